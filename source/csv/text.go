package csv

import (
	"bytes"
	"errors"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// textRows gives the rows of delimited text.
type textRows struct {
	scan scanner
	// strict: the text was said or seen to be UTF-8, so that a row which is not
	// is refused. Until then such a row is read as Windows-1252: a file that was
	// plain ASCII so far has shown no other encoding.
	strict bool
	single *charmap.Charmap // decodes each row by itself; nil: the rows are UTF-8 already
	enc    textEncoding
	notes  *notes
}

// openText finds out how the text is written and starts to read it.
func openText(r io.Reader, sample []byte, name string, opts Options, ev *evidence, n *notes) (*textRows, textEncoding, error) {
	enc, err := detectEncoding(sample, opts.Encoding, ev)
	if err != nil {
		return nil, enc, err
	}
	text := enc.decodeSample(sample)
	delimiter, skip := separatorLine(text)
	switch {
	case opts.Delimiter != 0:
		delimiter = opts.Delimiter
	case delimiter == 0:
		delimiter = detectDelimiter(text, name, len(sample) < sampleBytes)
	}
	rows := &textRows{strict: enc.sure, enc: enc, notes: n}
	if single, ok := enc.codec.(*charmap.Charmap); ok {
		// Its delimiters and quotes are those of ASCII. Rows are decoded one by
		// one, so that one of another encoding is noticed.
		rows.single, enc.codec = single, nil
	}
	rows.scan = newScanner(enc.reader(r), delimiter)
	if skip {
		if err := rows.scan.next(); err != nil {
			return nil, enc, err
		}
	}
	return rows, enc, nil
}

func (t *textRows) next(rec *record) error {
	if err := t.scan.next(); err != nil {
		return err
	}
	rec.line, rec.reject = t.scan.recordLine, t.scan.reject
	raw := t.scan.raw()
	var decode *charmap.Charmap
	if !ascii(raw) {
		decode = t.decoder(raw, rec)
	}
	s := string(raw)
	special := strings.IndexByte(s, 0) >= 0 || strings.Contains(s, endOfFile)
	for _, f := range t.scan.fields {
		cell := s[f.from:f.to]
		if f.escaped {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		if special {
			cell = t.plain(cell)
		}
		if decode != nil {
			cell = decodeSingle(decode, cell)
		} else if rec.reject != "" {
			cell = strings.ToValidUTF8(cell, "\ufffd")
		}
		rec.cells = append(rec.cells, cell)
	}
	if decode != nil && t.single != nil {
		t.notes.checkLetters(t.enc, rec)
	}
	return nil
}

// decoder gives the code page of a row that is not ASCII; nil: it is UTF-8, or
// refused because it is not.
func (t *textRows) decoder(raw []byte, rec *record) *charmap.Charmap {
	valid := utf8.Valid(raw)
	switch {
	case t.single != nil && valid && t.enc.letters != nil: // guessed, and this row is UTF-8
		t.notes.add(noteMixed, rec.line, "", "is UTF-8 in a file of "+t.enc.name+", and was read as that")
		return nil
	case t.single != nil:
		return t.single
	case valid:
		t.strict = true
	case t.strict:
		if rec.reject == "" {
			rec.reject = "the row is not valid UTF-8"
		}
	default:
		return charmap.Windows1252
	}
	return nil
}

// decodeSingle decodes text of a code page.
func decodeSingle(page *charmap.Charmap, cell string) string {
	if ascii([]byte(cell)) {
		return cell
	}
	var b strings.Builder
	b.Grow(2 * len(cell))
	for i := range len(cell) {
		b.WriteRune(page.DecodeByte(cell[i]))
	}
	return b.String()
}

// endOfFile is what DOS programs write behind the last line.
const endOfFile = "\x1a"

// plain drops NULs, and the mark of DOS at the end of the last cell: programs
// fill the rest of a block with more of both.
func (t *textRows) plain(cell string) string {
	cell = strings.ReplaceAll(cell, "\x00", "")
	if _, more := t.scan.at(0); !more && errors.Is(t.scan.err, io.EOF) {
		cell = strings.TrimRight(cell, endOfFile)
	}
	return cell
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

// delimiters are tried in this order; the first wins a draw. Those that text
// holds as well must do better.
var delimiters = []struct {
	mark   byte
	weight float64
}{{',', 1}, {';', 1}, {'\t', 1}, {'|', 1}, {0x1f, 1}, {'~', 0.9}, {'^', 0.9}, {':', 0.4}}

// separator is the "sep=;" that Excel writes and reads as a first line, in
// quotes too, and with the commas that other programs add.
var separator = regexp.MustCompile(`(?i)^"?sep[ ]*=[ ]*("")?([^\r\n"])("")?"?[ ,;\t|]*[\r\n]`)

func separatorLine(text []byte) (delimiter byte, found bool) {
	m := separator.FindSubmatch(text[:min(len(text), 64)])
	if m == nil || m[2][0] >= utf8.RuneSelf {
		return 0, false
	}
	return m[2][0], true
}

// detectDelimiter chooses the one that splits the rows most evenly and most
// finely. Whole says that the text is all there is, so that its last row is
// complete.
func detectDelimiter(text []byte, name string, whole bool) byte {
	best, bestScore := byte(','), 0.0
	for _, d := range delimiters {
		score := d.weight * delimiterScore(text, d.mark, whole)
		if ext := strings.ToLower(filepath.Ext(name)); d.mark == '\t' && (ext == ".tsv" || ext == ".tab") {
			score *= 2
		}
		if score > bestScore+1e-9 {
			best, bestScore = d.mark, score
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
