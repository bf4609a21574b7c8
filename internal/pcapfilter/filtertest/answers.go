// SPDX-License-Identifier: Apache-2.0

package filtertest

import (
	_ "embed"
	"fmt"
	"hash/crc32"
	"strings"
)

// AnswersFile is where the answers to the packets made by hand are, from the folder of this package.
const AnswersFile = "answers.txt"

//go:embed answers.txt
var answers string

// Answers says which of the packets made by hand tcpdump takes, by filter and group: a Digest of their frames. There is none where tcpdump
// refuses the filter for the link type.
func Answers() map[string]map[string]string {
	all := map[string]map[string]string{}
	for line := range strings.Lines(answers) {
		expression, list, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			continue
		}
		all[expression] = map[string]string{}
		for answer := range strings.FieldsSeq(list) {
			group, digest, _ := strings.Cut(answer, "=")
			all[expression][group] = digest
		}
	}
	return all
}

// Digest makes a short text of a list of frames.
func Digest(frames []uint64) string {
	text := fmt.Sprint(frames)
	return fmt.Sprintf("%d/%08x", len(frames), crc32.ChecksumIEEE([]byte(text)))
}
