module github.com/dtn-tools/tcpcl/interop

go 1.26.0

require (
	github.com/dtn-tools/tcpcl v0.0.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/google/gopacket v1.1.19 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	golang.org/x/crypto v0.57.0 // indirect
)

replace github.com/dtn-tools/tcpcl => ../
