package csv

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// repeat gives the same text over and over, n bytes of it.
type repeat struct {
	text string
	at   int
	n    int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.n > 0 {
		c := copy(p[n:min(len(p), n+r.n)], r.text[r.at:])
		n, r.n, r.at = n+c, r.n-c, (r.at+c)%len(r.text)
	}
	return n, nil
}

func TestMemoryIsFlat(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		most       int
	}{
		{"rows", "Ann,\"Lee, Jr\",ann@acme.com\n", startBuffer},
		{"one endless line", "abc,", maxRow},
		{"an endless cell", "abc", maxRow},
		{"an endless quoted cell", "\"\"", maxRow},
		{"stray quotes", "\"a,b\n" + strings.Repeat("c,d\n", 1000), 2 * maxQuoted},
	} {
		s := newScanner(&repeat{text: tc.text, n: 20 << 20}, ',')
		var err error
		for err == nil {
			err = s.next()
		}
		if !errors.Is(err, io.EOF) || cap(s.buf) > tc.most || cap(s.fields) > 3*MaxColumns {
			t.Errorf("%s: %d bytes and %d fields are kept, %v", tc.name, cap(s.buf), cap(s.fields), err)
		}
	}
}

func TestRowTooLong(t *testing.T) {
	text := "a,b\n" + strings.Repeat("x", maxRow+10) + "\r\nc,d\n"
	s := newScanner(strings.NewReader(text), ',')
	type line struct {
		number, fields int
		reject         string
	}
	var got []line
	for s.next() == nil {
		got = append(got, line{s.recordLine, len(s.fields), s.reject})
	}
	want := []line{{1, 2, ""}, {2, 0, "the row is longer than 16 MB"}, {3, 2, ""}}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v", got)
	}
}

func TestLongQuotedCells(t *testing.T) {
	long := strings.Repeat("line\n", 64<<10/5)
	s := newScanner(strings.NewReader("\""+long+"\",b\nc,d\n"), ',')
	if err := s.next(); err != nil || s.reject != "" || len(s.fields) != 2 || s.fields[0].to-s.fields[0].from != len(long) {
		t.Fatalf("%v %q %v", err, s.reject, s.fields)
	}
	if err := s.next(); err != nil || s.recordLine != 64<<10/5+2 || !bytes.Equal(s.raw(), []byte("c,d\n")) {
		t.Fatalf("%v, line %d, %q", err, s.recordLine, s.raw())
	}
}
