package csv

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriterOptions chooses how a table is written.
type WriterOptions struct {
	Delimiter byte // 0: a comma
	Raw       bool // write cells as they are, although a spreadsheet may run them as formulas
	BOM       bool // begin with a byte order mark, by which Excel knows UTF-8
}

// Writer writes rows as RFC 4180 asks, with LF line ends. Unless Raw, a cell
// that a spreadsheet would run as a formula gets a ' in front: what strangers
// typed into a form must not run on the desk of whoever opens the export.
type Writer struct {
	w         *bufio.Writer
	delimiter byte
	raw       bool
	special   string // characters that need quotes
	row       []byte
}

// NewWriter starts a table.
func NewWriter(w io.Writer, opts WriterOptions) (*Writer, error) {
	if opts.Delimiter == 0 {
		opts.Delimiter = ','
	}
	out := &Writer{w: bufio.NewWriterSize(w, 64<<10), delimiter: opts.Delimiter, raw: opts.Raw, special: "\"\r\n\ufeff" + string(rune(opts.Delimiter))}
	if opts.BOM {
		if _, err := out.w.WriteString("\ufeff"); err != nil {
			return nil, fmt.Errorf("write table: %w", err)
		}
	}
	return out, nil
}

// Write writes one row.
func (w *Writer) Write(cells []string) error {
	w.row = w.row[:0]
	for i, c := range cells {
		if i > 0 {
			w.row = append(w.row, w.delimiter)
		}
		if !w.raw && guarded(c) {
			c = "'" + c
		}
		w.row = w.appendCell(w.row, c, len(cells) == 1)
	}
	w.row = append(w.row, '\n')
	if _, err := w.w.Write(w.row); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// appendCell quotes where the reader would otherwise see something else. The
// only cell of a row is quoted when empty, so that the row is no blank line.
func (w *Writer) appendCell(row []byte, c string, only bool) []byte {
	quote := strings.ContainsAny(c, w.special) || (only && c == "")
	if !quote && c != "" {
		quote = space(c[0]) || space(c[len(c)-1]) || (len(c) > 3 && strings.EqualFold(c[:4], "sep="))
	}
	if !quote {
		return append(row, c...)
	}
	row = append(row, '"')
	for {
		i := strings.IndexByte(c, '"')
		if i < 0 {
			break
		}
		row = append(append(row, c[:i+1]...), '"')
		c = c[i+1:]
	}
	return append(append(row, c...), '"')
}

func space(b byte) bool { return b == ' ' || b == '\t' || b == '\v' || b == '\f' }

// Flush writes what is buffered. The table is complete only when it succeeds.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// Formula reports whether a spreadsheet would run the text: it begins with = + -
// @, their full-width forms, a tab or a line end. Plain numbers (-12.5) and phone
// numbers (+49 30 123456) are none.
func Formula(c string) bool {
	if c == "" {
		return false
	}
	switch c[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		return !signedNumber(c[1:]) && (c[0] != '+' || !phoneNumber(c[1:]))
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(c, wide) {
			return true
		}
	}
	return false
}

// guarded reports whether a cell gets a ' in front: a formula, and what would
// read as a guarded one.
func guarded(c string) bool { return Formula(strings.TrimLeft(c, "'")) }

// unguard gives a cell as it was meant: without the ' that guards a formula, and
// without the ="…" by which programs make Excel take digits for text.
func unguard(c string) string {
	switch {
	case len(c) > 1 && c[0] == '\'' && guarded(c[1:]):
		return c[1:]
	case len(c) > 3 && c[0] == '=' && c[1] == '"' && c[len(c)-1] == '"':
		if inner := c[2 : len(c)-1]; !strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
			return strings.ReplaceAll(inner, `""`, `"`)
		}
	}
	return c
}

// signedNumber accepts what may follow a sign in a decimal number.
func signedNumber(s string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if found {
		exponent = strings.TrimLeft(exponent, "+-")
		if exponent == "" || strings.Trim(exponent, "0123456789") != "" {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return whole+fraction != "" && strings.Trim(whole, "0123456789,") == "" && strings.Trim(fraction, "0123456789") == ""
}

// phoneNumber accepts what may follow the + of a phone number: a digit, then
// digits in blanks, dots, brackets and hyphens, at least 6 of them and at most
// 15. As a formula it could do no more than subtract.
func phoneNumber(s string) bool {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n++
		case i > 0 && strings.IndexByte(" .()-/", c) >= 0:
		default:
			return false
		}
	}
	return n >= 6 && n <= 15
}
