// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/render"
)

func newInterfaces() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "interfaces [flags]",
		Short: "List the interfaces that -i takes, or why none can be captured",
		Long: "List the interfaces that can be captured with -i, with their addresses; any stands for all of them together. Where capturing\n" +
			"is not allowed the reason is said, and what to do about it.",
		Example: "  tcpcl-dump interfaces\n" +
			"  tcpcl-dump interfaces -T ndjson | jq -r 'select(.up) | .name'\n" +
			"  tcpcl-dump -i eth0 -f 'tcp port 4556'",
		Args: cobra.NoArgs,
	}
	var format, colour choice
	cmd.Flags().SortFlags = false
	addChoice(cmd, &format, "format", "T", "what the output looks like", "table", "json", "ndjson", "csv")
	addChoice(cmd, &colour, "color", "", "colour the output", "auto", "always", "never")
	output := cmd.Flags().String("output", "", "write to `FILE` instead of standard output")
	cmd.RunE = func(*cobra.Command, []string) error {
		v := &view{cmd: cmd, format: format, colour: colour, output: *output}
		return v.listInterfaces()
	}
	return cmd
}

func (v *view) listInterfaces() error {
	list, err := interfaces()
	if err != nil {
		return fmt.Errorf("the interfaces cannot be listed: %w", err)
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	if v.format.value == "table" {
		t := render.Table{Columns: []render.Column{{Name: "interface"}, {Name: "state"}, {Name: "mtu", Right: true, Drop: 1}, {Name: "addresses", Min: 20}}}
		for _, i := range list {
			state, mtu := "down", ""
			if i.up {
				state = "up"
			}
			if i.mtu > 0 {
				mtu = strconv.Itoa(i.mtu)
			}
			t.Rows = append(t.Rows, []render.Cell{{Text: i.name, Meaning: render.Active}, {Text: state}, {Text: mtu}, {Text: strings.Join(i.addresses, " ")}})
		}
		err = t.Write(out, out.tableOptions(false))
		if why := list[0].why; why != "" {
			fmt.Fprintln(os.Stderr, "tcpcl-dump: none of them can be captured: "+why)
		}
		return ended(nil, err, out.close())
	}
	err = v.header(out, networkInterface{})
	for i := 0; i < len(list) && err == nil; i++ {
		_, err = out.Write(rowFormat(v.format.value)(nil, list[i]))
	}
	return ended(nil, err, out.close())
}

// networkInterface is one that -i takes.
type networkInterface struct {
	name      string
	up        bool
	mtu       int // 0: none
	addresses []string
	why       string // it cannot be captured; "" if it can
}

// interfaces lists all of them, any first.
func interfaces() ([]networkInterface, error) {
	var why string
	var none *capture.NoCapture
	if errors.As(capture.Capturable(), &none) {
		why = none.Err.Error()
		if none.Hint != "" {
			why += "; " + none.Hint
		}
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	list := []networkInterface{{name: capture.AnyInterface, up: true, why: why}}
	for _, i := range all {
		n := networkInterface{name: i.Name, up: i.Flags&net.FlagUp != 0, mtu: i.MTU, why: why}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addresses {
			n.addresses = append(n.addresses, a.String())
		}
		list = append(list, n)
	}
	return list, nil
}

func (i networkInterface) AppendJSON(dst []byte) []byte {
	dst = record.AppendString(append(dst, `{"record":"interface","name":`...), i.name)
	dst = strconv.AppendBool(append(dst, `,"up":`...), i.up)
	dst = strconv.AppendInt(append(dst, `,"mtu":`...), int64(i.mtu), 10)
	dst = append(dst, `,"addresses":[`...)
	for n, a := range i.addresses {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendString(dst, a)
	}
	if i.why == "" {
		return append(dst, `],"capturable":true,"why":null}`...)
	}
	return append(record.AppendString(append(dst, `],"capturable":false,"why":`...), i.why), '}')
}

func (networkInterface) AppendCSVHeader(dst []byte) []byte {
	return append(dst, "name,up,mtu,addresses,capturable,why"...)
}

func (i networkInterface) AppendCSV(dst []byte) []byte {
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return fmt.Appendf(dst, "%s,%t,%d,%s,%t,%s", quoted(i.name), i.up, i.mtu, quoted(strings.Join(i.addresses, " ")), i.why == "", quoted(i.why))
}
