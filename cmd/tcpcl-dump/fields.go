// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

func newFields() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fields [flags] [TEXT...]",
		Short: "List the fields that -T fields -e knows",
		Long: "List the fields of messages with their types and meanings, or those whose name or meaning holds all of the texts given.\n" +
			"Names, types and formats are Wireshark's wherever it has the field.",
		Example: "  tcpcl-dump fields\n" +
			"  tcpcl-dump fields xfer_segment\n" +
			"  tcpcl-dump fields -T csv > fields.csv",
		Args: cobra.ArbitraryArgs,
	}
	var format, colour choice
	cmd.Flags().SortFlags = false
	addChoice(cmd, &format, "format", "T", "what the output looks like", "table", "json", "ndjson", "csv")
	addChoice(cmd, &colour, "color", "", "colour the output", "auto", "always", "never")
	output := cmd.Flags().String("output", "", "write to `FILE` instead of standard output")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		v := &view{cmd: cmd, format: format, colour: colour, output: *output}
		return v.fields(args)
	}
	return cmd
}

func (v *view) fields(args []string) error {
	out, err := v.open()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(render.FieldTable(), func(f render.FieldInfo) bool {
		text := strings.ToLower(f.Name + "\n" + f.Alias + "\n" + f.Description)
		return slices.ContainsFunc(args, func(a string) bool { return !strings.Contains(text, strings.ToLower(a)) })
	})
	if v.format.value == "table" {
		t := render.Table{Columns: []render.Column{{Name: "field"}, {Name: "type", Drop: 1}, {Name: "meaning", Min: 20}}}
		for _, f := range list {
			meaning := f.Description
			if f.Alias != "" {
				meaning += " (also " + f.Alias + ")"
			}
			t.Rows = append(t.Rows, []render.Cell{{Text: f.Name, Meaning: render.Active}, {Text: f.Type, Meaning: render.Muted}, {Text: meaning}})
		}
		return ended(nil, t.Write(out, out.tableOptions(false)), out.close())
	}
	err = v.header(out, fieldRow{})
	for i := 0; i < len(list) && err == nil; i++ {
		_, err = out.Write(rowFormat(v.format.value)(nil, fieldRow{list[i]}))
	}
	return ended(nil, err, out.close())
}

// fieldRow is a field as the formats for machines write it.
type fieldRow struct{ render.FieldInfo }

func (f fieldRow) AppendJSON(dst []byte) []byte {
	dst = record.AppendString(append(dst, `{"record":"field","name":`...), f.Name)
	dst = record.AppendString(append(dst, `,"type":`...), f.Type)
	dst = record.AppendString(append(dst, `,"description":`...), f.Description)
	if f.Alias == "" {
		return append(dst, `,"alias":null}`...)
	}
	return append(record.AppendString(append(dst, `,"alias":`...), f.Alias), '}')
}

func (fieldRow) AppendCSVHeader(dst []byte) []byte {
	return append(dst, "name,type,description,alias"...)
}

func (f fieldRow) AppendCSV(dst []byte) []byte {
	for i, text := range []string{f.Name, f.Type, f.Description, f.Alias} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, strings.ReplaceAll(text, `"`, `""`)...)
		dst = append(dst, '"')
	}
	return dst
}

// completeFields makes the shell offer the names of fields.
func completeFields(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("field", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, f := range render.FieldTable() {
			names = append(names, cobra.CompletionWithDesc(f.Name, f.Description))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}
