module github.com/dtn-tools/tcpcl/interop

go 1.26.0
