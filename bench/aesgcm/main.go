// SPDX-License-Identifier: Apache-2.0

// Command aesgcm is the limit that decryption is measured against: it opens so many octets with Go's own AES-128-GCM, in the largest
// records that TLS has, and does nothing else.
//
//	aesgcm OCTETS
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"os"
	"strconv"
)

const (
	record  = 16 << 10
	records = 64 // different ones, together as large as a read buffer or two
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: aesgcm OCTETS")
		os.Exit(2)
	}
	octets, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err == nil {
		err = open(octets)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "aesgcm:", err)
		os.Exit(1)
	}
}

// open seals some records and opens them over and over.
func open(octets int64) error {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	nonce, header := make([]byte, aead.NonceSize()), []byte{23, 3, 3, record >> 8, 16}
	var sealed [records][]byte
	for i := range sealed {
		nonce[0] = byte(i)
		sealed[i] = aead.Seal(nil, nonce, make([]byte, record), header)
	}
	plain := make([]byte, 0, record)
	for i := 0; octets > 0; i++ {
		nonce[0] = byte(i % records)
		if _, err := aead.Open(plain, nonce, sealed[i%records], header); err != nil {
			return err
		}
		octets -= record
	}
	return nil
}
