// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package extract

import (
	"errors"
	"os"
	"path/filepath"
)

// writeNew makes a file in dir that must not exist. name has no separators.
func writeNew(dir *os.File, name string, octets []byte) error {
	f, err := os.OpenFile(filepath.Join(dir.Name(), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	return errors.Join(err, f.Close())
}
