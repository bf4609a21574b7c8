// SPDX-License-Identifier: Apache-2.0

// Command tcpcl-dump reads packet captures and shows what TCPCL (RFC 7242, RFC 9174) said in them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run is the whole program; what it returns is the exit code.
func run() int {
	signal.Ignore(syscall.SIGPIPE) // so that writing into a closed pipe is an error and not a death
	ctx, stop := interruptible()
	defer stop()
	return diagnose(os.Stderr, newRoot().ExecuteContext(ctx))
}

// interruptible gives a context that ends with the first Ctrl-C or SIGTERM. The second ends the program at once.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, cancel
}
