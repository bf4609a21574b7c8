// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

// captureID names a generated capture: a profile of capgen and the wanted size.
type captureID struct {
	profile string
	size    int64
}

func (id captureID) String() string { return fmt.Sprintf("%s-%dM", id.profile, id.size>>20) }

type capture struct {
	id    captureID
	path  string
	keys  string // its key log; "": it needs none
	truth *capgen.Truth
	sent  map[sentMessage]int // adverse captures only: how often each message was sent
}

// captures are made when a row first needs them and removed when no later row does: together they are too large for many
// temporary folders.
type captures struct {
	dir  string
	made map[captureID]*capture
}

// get gives a capture that is in the page cache.
func (c *captures) get(id captureID) (*capture, error) {
	if made := c.made[id]; made != nil {
		return made, warm(made.path)
	}
	made := &capture{id: id, path: filepath.Join(c.dir, id.String()+".pcap")}
	o := capgen.Options{Profile: id.profile, Size: id.size, Seed: 1}
	if id.profile == "adverse" {
		made.sent = map[sentMessage]int{}
		o.OnMessage = func(m capgen.Message) { made.sent[sentAs(m)]++ }
	}
	if id.profile == "tls" {
		made.keys = made.path + ".keys"
		keys, err := os.Create(made.keys)
		if err != nil {
			return nil, err
		}
		defer keys.Close()
		o.KeyLog = keys
	}
	f, err := os.Create(made.path)
	if err != nil {
		return nil, err
	}
	made.truth, err = capgen.Write(f, o)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	c.made[id] = made
	return made, warm(made.path)
}

// keepOnly removes the captures that are not among those needed.
func (c *captures) keepOnly(needed map[captureID]bool) error {
	for id, made := range c.made {
		if !needed[id] {
			delete(c.made, id)
			if err := os.Remove(made.path); err != nil {
				return err
			}
		}
	}
	return nil
}

// warm brings a file into the page cache.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return err
}
