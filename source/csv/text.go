package csv

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// textRows gives the rows of delimited text.
type textRows struct {
	scan scanner
	// strict: the text was said or seen to be UTF-8, so that a row which is not
	// is refused. Until then such a row is read as Windows-1252: a file that was
	// plain ASCII so far has shown no other encoding.
	strict  bool
	decoder *encoding.Decoder
}

// openText finds out how the text is written and starts to read it.
func openText(r io.Reader, sample []byte, name string, opts Options) (*textRows, string, error) {
	enc, err := detectEncoding(sample, opts.Encoding)
	if err != nil {
		return nil, "", err
	}
	text := enc.decodeSample(sample)
	delimiter, skip := separatorLine(text)
	switch {
	case opts.Delimiter != 0:
		delimiter = opts.Delimiter
	case delimiter == 0:
		delimiter = detectDelimiter(text, name, len(sample) < sampleBytes)
	}
	rows := &textRows{scan: newScanner(enc.reader(r), delimiter), strict: enc.sure, decoder: charmap.Windows1252.NewDecoder()}
	if skip {
		if err := rows.scan.next(); err != nil {
			return nil, "", err
		}
	}
	return rows, enc.name, nil
}

func (t *textRows) next(rec *record) error {
	if err := t.scan.next(); err != nil {
		return err
	}
	rec.line, rec.reject = t.scan.recordLine, t.scan.reject
	raw := t.scan.raw()
	foreign := false
	if !ascii(raw) {
		switch valid := utf8.Valid(raw); {
		case valid:
			t.strict = true
		case t.strict:
			if rec.reject == "" {
				rec.reject = "the row is not valid UTF-8"
			}
		default:
			foreign = true
		}
	}
	s := string(raw)
	nul := strings.IndexByte(s, 0) >= 0
	for _, f := range t.scan.fields {
		cell := s[f.from:f.to]
		if f.escaped {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		if nul {
			cell = strings.ReplaceAll(cell, "\x00", "")
		}
		if foreign {
			if decoded, err := t.decoder.String(cell); err == nil {
				cell = decoded
			}
		} else if rec.reject != "" {
			cell = strings.ToValidUTF8(cell, "\ufffd")
		}
		rec.cells = append(rec.cells, cell)
	}
	return nil
}

func (t *textRows) buffered() int64 { return int64(t.scan.end - t.scan.start) }

// Close has nothing to release.
func (t *textRows) Close() error { return nil }

// ascii looks at eight bytes at a time through utf8's fast path.
func ascii(b []byte) bool {
	for i := range b {
		if b[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// delimiters are tried in this order; the first wins a draw.
var delimiters = []byte{',', ';', '\t', '|'}

// separatorLine reads the "sep=;" that Excel writes and reads as a first line.
func separatorLine(text []byte) (delimiter byte, found bool) {
	if len(text) < 6 || !bytes.EqualFold(text[:4], []byte("sep=")) || (text[5] != '\n' && text[5] != '\r') {
		return 0, false
	}
	return text[4], true
}

// detectDelimiter chooses the one that splits the rows most evenly and most
// finely. Whole says that the text is all there is, so that its last row is
// complete.
func detectDelimiter(text []byte, name string, whole bool) byte {
	best, bestScore := byte(','), 0.0
	for _, d := range delimiters {
		score := delimiterScore(text, d, whole)
		if ext := strings.ToLower(filepath.Ext(name)); d == '\t' && (ext == ".tsv" || ext == ".tab") {
			score *= 2
		}
		if score > bestScore+1e-9 {
			best, bestScore = d, score
		}
	}
	return best
}

// delimiterScore is the share of rows that have the usual width, times the
// logarithm of that width, and less when the first row has another one.
func delimiterScore(text []byte, delimiter byte, whole bool) float64 {
	const most = 200
	scan := newScanner(bytes.NewReader(text), delimiter)
	var widths []int
	for len(widths) < most && scan.next() == nil {
		if len(bytes.TrimSpace(scan.raw())) > 0 {
			widths = append(widths, len(scan.fields))
		}
	}
	if !whole && len(widths) > 1 && len(widths) < most {
		widths = widths[:len(widths)-1]
	}
	count, usual := map[int]int{}, 0
	for _, w := range widths {
		count[w]++
		if w > 1 && (count[w] > count[usual] || (count[w] == count[usual] && w > usual)) {
			usual = w
		}
	}
	if usual == 0 {
		return 0
	}
	score := float64(count[usual]) / float64(len(widths)) * math.Log2(float64(usual))
	if widths[0] != usual {
		score *= 0.4
	}
	return score
}
