// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command createfiles is the limit that extraction of small bundles is measured against: it creates, writes and closes
// files of given lengths, with bare system calls.
//
//	createfiles DIRECTORY FILE-WITH-A-LENGTH-A-LINE
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: createfiles DIRECTORY LENGTHS")
		os.Exit(2)
	}
	if err := create(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "createfiles:", err)
		os.Exit(1)
	}
}

func create(dir, lengths string) error {
	text, err := os.ReadFile(lengths)
	if err != nil {
		return err
	}
	var data []byte
	i := 0
	for line := range strings.Lines(string(text)) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return err
		}
		for len(data) < n {
			data = append(data, make([]byte, n)...)
		}
		i++
		if err := createFile(dir+"/"+strconv.Itoa(i)+".bundle", data[:n]); err != nil {
			return err
		}
	}
	return nil
}

func createFile(name string, data []byte) error {
	fd, err := syscall.Open(name, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_EXCL|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return &os.PathError{Op: "create", Path: name, Err: err}
	}
	for len(data) > 0 && err == nil {
		var n int
		n, err = syscall.Write(fd, data)
		data = data[max(n, 0):]
	}
	if cerr := syscall.Close(fd); err == nil {
		err = cerr
	}
	return err
}
