// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

// Exit codes: a promise to scripts.
const (
	exitDone        = 0
	exitInput       = 2 // wrong usage, or input that cannot be opened, is cut short or damaged
	exitCapture     = 3 // an interface that cannot be captured
	exitOutput      = 4
	exitInterrupted = 130
)

// usageError is a mistake on the command line; command is where help is to be had.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string {
	if text := e.err.Error(); strings.Contains(text, "\n") { // it shows a place below itself
		return fmt.Sprintf("%s\nsee %s --help", text, e.command)
	}
	return fmt.Sprintf("%v; see %s --help", strings.TrimSpace(e.err.Error()), e.command)
}

func (e *usageError) Unwrap() error { return e.err }

func usage(cmd *cobra.Command, format string, a ...any) error {
	return &usageError{cmd.CommandPath(), fmt.Errorf(format, a...)}
}

// outputError is a failure to write results.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }

func (e *outputError) Unwrap() error { return e.err }

// isOutputError says whether err is about results that could not be written.
func isOutputError(err error) bool {
	var output *outputError
	return errors.As(err, &output)
}

// outputFailed makes an outputError of err, and nil of nil.
func outputFailed(err error) error {
	if err == nil {
		return nil
	}
	return &outputError{err}
}

// diagnose says on w what went wrong, a line each, and returns the exit code.
func diagnose(w io.Writer, err error) int {
	code := exitDone
	var said []string
	say := func(err error) {
		if text := err.Error(); !slices.Contains(said, text) { // a full disk fails more than one write
			said = append(said, text)
			fmt.Fprintf(w, "tcpcl-dump: %s\n", text)
		}
	}
	for _, err := range flatten(err) {
		switch {
		case errors.Is(err, context.Canceled):
			code = max(code, exitInterrupted)
		case isOutputError(err):
			if isClosedPipe(err) {
				continue
			}
			say(err)
			code = max(code, exitOutput)
		case isNoCapture(err):
			say(err)
			code = max(code, exitCapture)
		case err == dissect.ErrWrite: // says nothing that the outputError beside it does not
		default:
			say(err)
			code = max(code, exitInput)
		}
	}
	return code
}

// isNoCapture says whether err is about an interface.
func isNoCapture(err error) bool {
	var none *capture.NoCapture
	return errors.As(err, &none)
}

// flatten lists the errors that were put together.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

// isClosedPipe says whether whoever read our output has gone away, which is their good right.
func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
