// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package main

import "os"

// hangUps tells of no signal: there is none.
func hangUps() <-chan os.Signal { return nil }
