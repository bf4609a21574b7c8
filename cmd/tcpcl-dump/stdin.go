// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

// interruptStdin makes reading from a pipe on standard input end when ctx does: whoever sends may be silent for ever. The
// pipe is opened anew for that, where the system can, because what was inherited cannot be given a deadline.
func interruptStdin(ctx context.Context, files []string) {
	if !slices.Contains(files, "-") || !isPipe(os.Stdin) {
		return
	}
	again, err := os.Open("/dev/stdin")
	if err != nil {
		return
	}
	os.Stdin = again
	context.AfterFunc(ctx, func() { _ = again.SetReadDeadline(time.Now()) })
}

// interrupted puts the context's error in the place of what interrupting the reading made of it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	others := slices.DeleteFunc(flatten(err), func(err error) bool {
		return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ctx.Err())
	})
	return errors.Join(append(others, ctx.Err())...)
}

// finished takes the context's error out of those of a live capture, which ends by being interrupted.
func finished(ctx context.Context, err error) error {
	return errors.Join(slices.DeleteFunc(flatten(err), func(err error) bool { return errors.Is(err, ctx.Err()) })...)
}

func isPipe(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}
