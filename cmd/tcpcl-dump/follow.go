// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

func newFollow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "follow --session N [flags] [CAPTURE...]",
		Short: "Show one session, both directions, as messages with their data",
		Long: "Show one session as a conversation: the messages of both sides in the order of the capture, each with its data as a hex\n" +
			"dump or as text.",
		Example: "  tcpcl-dump follow --session 1 capture.pcap\n" +
			"  tcpcl-dump follow --session 3 -T text capture.pcap\n" +
			"  tcpcl-dump follow --session 1 -t ad --color always capture.pcap | less -R",
		Args: cobra.ArbitraryArgs,
	}
	var time string
	v := newView(cmd, func(*pflag.FlagSet) {}, "hex", "text")
	addTime(cmd, &time)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		format, err := render.ParseTimeFormat(time)
		if err != nil {
			return usage(cmd, "-t: %w", err)
		}
		if len(v.sessions) != 1 {
			return usage(cmd, "one session is needed: --session N; the sessions command lists them")
		}
		return v.follow(args, format)
	}
	return cmd
}

func (v *view) follow(args []string, time render.TimeFormat) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	encoder := render.NewFollow(render.FollowOptions{
		TextOptions: render.TextOptions{Time: time, Theme: out.theme, Width: out.width},
		AsText:      v.format.value == "text",
	})
	o := dissect.Options{Want: dissect.Messages | dissect.Data, Jobs: 1} // one session is one worker's
	_, err = v.run(args, o, out, func(o *dissect.Output) dissect.Sink { return &conversation{encoder: encoder, out: o} })
	_, failed := out.Write(encoder.Flush(nil))
	return ended(err, failed, out.close())
}

// conversation shows one session with its data.
type conversation struct {
	deaf
	encoder *render.Follow
	out     *dissect.Output
}

func (c *conversation) Message(m *record.Message) {
	c.out.Buf = c.encoder.AppendMessage(c.out.Buf, m)
	c.out.End()
}

func (c *conversation) Gap(g *record.Gap) {
	c.out.Buf = c.encoder.AppendGap(c.out.Buf, g)
	c.out.End()
}

func (c *conversation) TLS(r *record.TLS) {
	c.out.Buf = c.encoder.AppendTLS(c.out.Buf, r)
	c.out.End()
}

func (c *conversation) Data(t *record.Transfer, offset uint64, d []byte) {
	c.out.Buf = c.encoder.AppendData(c.out.Buf, t, offset, d)
	c.out.End()
}
