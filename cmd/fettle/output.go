package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"fettle"
)

// print prints v as JSON with --json, and otherwise as text writes it.
func (s *session) print(v any, text func(w io.Writer)) error {
	if !s.JSON {
		text(s.stdout)
		return nil
	}
	enc := json.NewEncoder(s.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printList prints a list: JSON prints [] for an empty one.
func printList[T any](s *session, items []T, text func(w io.Writer)) error {
	if items == nil {
		items = []T{}
	}
	return s.print(items, text)
}

// grid is a table of a terminal: columns whose heading begins with # hold
// numbers and are set to the right.
type grid struct {
	t       table.Writer
	columns int
}

func newGrid(headings ...string) *grid {
	g := &grid{t: table.NewWriter(), columns: len(headings)}
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatUpper
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	g.t.SetStyle(style)
	row, configs := table.Row{}, make([]table.ColumnConfig, len(headings))
	for i, h := range headings {
		h, right := strings.CutPrefix(h, "#")
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: 60, WidthMaxEnforcer: text.WrapSoft}
		if right {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
		row = append(row, h)
	}
	g.t.AppendHeader(row)
	g.t.SetColumnConfigs(configs)
	return g
}

func (g *grid) row(cells ...any) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = cell(c)
	}
	g.t.AppendRow(row)
}

func (g *grid) render(w io.Writer, empty string) {
	if g.t.Length() == 0 {
		_, _ = fmt.Fprintln(w, empty)
		return
	}
	for line := range strings.SplitSeq(g.t.Render(), "\n") {
		_, _ = fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// cell renders a value for people.
func cell(v any) string {
	switch v := v.(type) {
	case string:
		return printable(v)
	case int64:
		return thousands(v)
	case int:
		return thousands(int64(v))
	case fettle.Credits:
		return credits(v)
	case *fettle.Credits:
		if v == nil {
			return "none"
		}
		return credits(*v)
	case *int64:
		if v == nil {
			return "none"
		}
		return thousands(*v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format("2006-01-02 15:04:05")
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case nil:
		return ""
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		if p.IsNil() {
			return "" // its String would end the program
		}
		return cell(p.Elem().Interface())
	}
	return printable(fmt.Sprint(v))
}

// printable keeps control characters of records from the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	return fettle.Thousands(n)
}

// credits writes an amount for people, with thousands separators; --json has it
// exactly.
func credits(c fettle.Credits) string { return c.Text() }

// bar draws a share between 0 and 1, ten characters wide.
func bar(share float64) string {
	const width = 10
	eighths := int(share*width*8 + 0.5)
	full := min(width, eighths/8)
	s := strings.Repeat("█", full)
	if full < width && eighths%8 > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[eighths%8])
	}
	return s + strings.Repeat(" ", width-len([]rune(s)))
}

func percent(share float64) string {
	switch {
	case share > 0 && share < 0.001:
		return "<0.1%"
	case share < 1 && share > 0.999:
		return ">99.9%"
	}
	return strconv.FormatFloat(share*100, 'f', 1, 64) + "%"
}

// count writes "1 row", "2 rows".
func plural(n int64, one, many string) string {
	return fettle.Count(n, one, many)
}

// pairs prints lines of a label and a value, aligned.
func pairs(w io.Writer, kv ...any) {
	width := 0
	for i := 0; i+1 < len(kv); i += 2 {
		width = max(width, len(cell(kv[i])))
	}
	for i := 0; i+1 < len(kv); i += 2 {
		if v := cell(kv[i+1]); v != "" {
			_, _ = fmt.Fprintf(w, "%-*s  %s\n", width, cell(kv[i]), v)
		}
	}
}

// amount writes "1 credit", "2.5 credits".
func amount(c fettle.Credits) string {
	if c == fettle.Credit {
		return "1 credit"
	}
	return c.Words()
}
