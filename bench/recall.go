// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

// sentMessage is a message as far as it can be told from its neighbours without its place in the stream, which is not known
// in absolute terms where the capture began after the session did.
type sentMessage struct {
	src, dst   string
	kind       string
	transferID uint64
	length     uint64
}

func sentAs(m capgen.Message) sentMessage {
	return sentMessage{m.Src.String(), m.Dst.String(), strings.ToUpper(m.Kind), m.TransferID, m.Length}
}

// foundRecord is the part of tcpcl-dump's message and transfer records that matters here.
type foundRecord struct {
	Record     string `json:"record"`
	Src        string `json:"src"`
	Dst        string `json:"dst"`
	Type       string `json:"type"`
	TransferID uint64 `json:"transfer_id"`
	DataLength uint64 `json:"data_length"`
	AckLength  uint64 `json:"ack_length"`
	State      string `json:"state"`
	SHA256     string `json:"sha256"`
	CRC        string `json:"crc"`
}

func (f *foundRecord) message() sentMessage {
	return sentMessage{f.Src, f.Dst, f.Type, f.TransferID, max(f.DataLength, f.AckLength)}
}

// messagesFound is the percentage of a clean capture's messages that tcpcl-dump finds.
func (r *runner) messagesFound(on *capture) (float64, error) {
	found := int64(0)
	err := r.records(r.ours(on, everyMessage...), func(f *foundRecord) {
		if f.Record == "message" {
			found++
		}
	})
	return percent(found, on.truth.MessagesTotal), err
}

func (r *runner) adverseRecall() ([]float64, error) {
	on, err := r.captures.get(captureID{"adverse", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	var s score
	s.start(on)
	if err := r.records(r.ours(on, everyMessage...), s.message); err != nil {
		return nil, err
	}
	if err := r.records(r.ours(on, transfers...), s.transfer); err != nil {
		return nil, err
	}
	a := on.truth.Adverse
	captured := int64(0)
	for _, n := range a.MsgsCaptured {
		captured += n
	}
	r.note(fmt.Sprintf("%d messages found, %d have all octets captured; %d bundles found, %d have all octets captured, %d end before the first hole; %d messages and %d bundles invented",
		s.messages, captured, len(s.bundles), a.BundlesCaptured, a.BundlesBeforeGap, s.inventedMessages, s.inventedBundles))
	before, whole := s.recall(on.truth)
	return []float64{percent(before, a.BundlesBeforeGap), percent(whole, a.BundlesCaptured), float64(s.inventedMessages + s.inventedBundles)}, nil
}

// score compares what was found with what was sent.
type score struct {
	unmatched map[sentMessage]int // messages sent and not found yet
	sent      map[string]bool     // hashes of the bundles sent
	bundles   map[string]bool     // hashes of the bundles found

	messages, inventedMessages, inventedBundles int
}

func (s *score) start(on *capture) {
	s.unmatched, s.sent, s.bundles = map[sentMessage]int{}, map[string]bool{}, map[string]bool{}
	for m, n := range on.sent {
		s.unmatched[m] = n
	}
	for _, b := range on.truth.BundleList {
		s.sent[hex.EncodeToString(b.SHA256[:])] = true
	}
}

func (s *score) message(f *foundRecord) {
	if f.Record != "message" {
		return
	}
	s.messages++
	m := f.message()
	if s.unmatched[m] == 0 {
		s.inventedMessages++
		return
	}
	s.unmatched[m]--
}

func (s *score) transfer(f *foundRecord) {
	if f.Record != "transfer" || f.State != "complete" {
		return
	}
	if !s.sent[f.SHA256] {
		s.inventedBundles++
		return
	}
	s.bundles[f.SHA256] = true
}

// recall counts the found bundles that end before the first hole of their stream, and that are captured whole.
func (s *score) recall(t *capgen.Truth) (before, whole int64) {
	for _, b := range t.BundleList {
		if s.bundles[hex.EncodeToString(b.SHA256[:])] {
			if b.BeforeGap {
				before++
			}
			if b.Captured {
				whole++
			}
		}
	}
	return before, whole
}

func percent(n, of int64) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(n) / float64(of)
}

// records runs a command that prints a JSON object a line, and hands each to f.
func (r *runner) records(c command, f func(*foundRecord)) error {
	cmd := exec.CommandContext(r.ctx, c.args[0], c.args[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	scanErr := eachRecord(out, f)
	if scanErr != nil {
		io.Copy(io.Discard, out) // so that the command can end
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(slices.Clone(c.args), " "), err)
	}
	return scanErr
}

func eachRecord(in io.Reader, f func(*foundRecord)) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var found foundRecord
			if err := json.Unmarshal(line, &found); err != nil {
				return fmt.Errorf("%q: %w", line[:min(len(line), 200)], err)
			}
			f(&found)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
