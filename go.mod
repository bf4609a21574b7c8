module github.com/dtn-tools/tcpcl

go 1.26
