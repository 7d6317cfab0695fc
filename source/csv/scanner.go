package csv

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// The bounds that keep memory flat, whatever the file holds.
const (
	startBuffer = 256 << 10
	maxRow      = 16 << 20 // longest row in bytes
	maxQuoted   = 1 << 20  // longest quoted cell; beyond it the quote is taken for a stray one
	minQuoted   = 4 << 10  // to which that bound falls as stray quotes add up
)

// unclosed is why a row with a quote that nothing closes is refused.
const unclosed = "a quote is opened and never closed"

var (
	errRowTooLong = errors.New("row too long")
	errUnclosed   = errors.New("unclosed quote")
)

// field is a cell within the raw record.
type field struct {
	from, to int
	escaped  bool // doubled quotes stand for one
}

// scanner splits delimited text into records. It reads what RFC 4180 describes
// and forgives what people's tools write: CR, LF and CRLF mixed, quotes inside
// plain cells, blanks around quoted ones, text after a closing quote. A stray
// quote never swallows the rows below it in silence: if it is not closed within
// maxQuoted, or by the end, its row is rejected and the next line begins a row.
type scanner struct {
	src        io.Reader
	delimiter  byte
	buf        []byte
	start, end int   // the unread part of buf; a record begins at start
	err        error // why the input gives no more: io.EOF or a failure
	line       int   // of the next record
	quoteLimit int

	fields     []field
	recordLen  int
	recordLine int
	reject     string
	quoted     bool // the record has a quoted cell, which may span lines
}

func newScanner(src io.Reader, delimiter byte) scanner {
	return scanner{src: src, delimiter: delimiter, buf: make([]byte, startBuffer), line: 1, quoteLimit: maxQuoted}
}

// raw is the current record with its line end. It is overwritten by next.
func (s *scanner) raw() []byte { return s.buf[s.start-s.recordLen : s.start] }

// next reads one record into fields. A blank line is a record of one empty
// field. A failure of the input is returned instead of the row that it cuts.
func (s *scanner) next() error {
	s.fields, s.reject, s.quoted = s.fields[:0], "", false
	s.recordLine, s.recordLen = s.line, 0
	if s.start == s.end && !s.more() {
		return s.err
	}
	length, err := s.record(true)
	if errors.Is(err, errUnclosed) {
		s.fields, s.quoted = s.fields[:0], false
		s.quoteLimit = max(minQuoted, s.quoteLimit/2)
		s.reject = unclosed
		length, err = s.record(false)
	}
	if errors.Is(err, errRowTooLong) {
		return s.skipRow()
	}
	if err != nil {
		return err
	}
	s.recordLen = length
	s.start += length
	s.line++
	if s.quoted {
		s.line += lineEnds(s.raw()) - 1
		if length > 0 && s.start == s.end && !isLineEnd(s.buf[s.start-1]) {
			s.line++ // the last line has no end
		}
	}
	return nil
}

// record splits one record and returns its length with the line end. Positions
// count from the record's start, because more moves the buffer.
func (s *scanner) record(quotes bool) (int, error) {
	pos := 0
	for {
		open := -1
		if quotes {
			open = s.openQuote(pos)
		}
		var err error
		if open >= 0 {
			s.quoted = true
			pos, err = s.quotedField(pos, open)
		} else {
			pos, err = s.plainField(pos)
		}
		if err != nil {
			return 0, err
		}
		c, ok := s.at(pos)
		if !ok {
			return pos, s.cut()
		}
		pos++
		if c == s.delimiter {
			continue
		}
		if c == '\r' {
			if next, ok := s.at(pos); ok && next == '\n' {
				pos++
			} else if !ok && s.cut() != nil {
				return 0, s.cut()
			}
		}
		return pos, nil
	}
}

// cut is the error if the input failed or the row grew too long where the
// record's text ends.
func (s *scanner) cut() error {
	switch {
	case s.end-s.start >= maxRow:
		return errRowTooLong
	case errors.Is(s.err, io.EOF):
		return nil
	}
	return s.err
}

// plainField reads to the next delimiter or line end; quotes in it are text.
func (s *scanner) plainField(from int) (int, error) {
	pos := from
	for {
		for w := s.buf[s.start:s.end]; pos < len(w); pos++ {
			if c := w[pos]; c == s.delimiter || c == '\n' || c == '\r' {
				s.add(field{from: from, to: pos})
				return pos, nil
			}
		}
		if !s.more() {
			s.add(field{from: from, to: pos})
			return pos, s.cut()
		}
	}
}

// add keeps a field. A row with more cells than any table may have keeps one
// more than that, to be refused.
func (s *scanner) add(f field) {
	if len(s.fields) <= MaxColumns {
		s.fields = append(s.fields, f)
		return
	}
	s.reject = "the row has more than " + strconv.Itoa(MaxColumns) + " cells"
}

// openQuote gives the place of the quote that a field begins with, after
// blanks, or -1.
func (s *scanner) openQuote(pos int) int {
	for {
		switch c, ok := s.at(pos); {
		case ok && c == '"':
			return pos
		case ok && (c == ' ' || c == '\t') && c != s.delimiter:
			pos++
		default:
			return -1
		}
	}
}

// quotedField reads a field whose opening quote is at open and returns the
// place of the delimiter or line end behind it.
func (s *scanner) quotedField(from, open int) (int, error) {
	pos, escaped := open+1, false
	for {
		quote, err := s.findQuote(pos, open)
		if err != nil {
			return 0, err
		}
		if next, ok := s.at(quote + 1); ok && next == '"' {
			pos, escaped = quote+2, true
			continue
		}
		if after, ok := s.closes(quote); ok {
			s.add(field{open + 1, quote, escaped})
			return after, nil
		}
		lines := bytes.ContainsAny(s.buf[s.start+open:s.start+quote], "\r\n")
		if before := s.buf[s.start+quote-1]; lines && (before == s.delimiter || isLineEnd(before)) {
			return 0, errUnclosed // a cell of a later row begins here
		}
		if last, ok := s.strayInside(quote + 1); ok {
			s.add(field{open + 1, last, true})
			after, _ := s.closes(last)
			return after, nil
		}
		if lines {
			return 0, errUnclosed
		}
		// Text follows the closing quote: the cell is what is written, to the
		// next delimiter.
		after, err := s.plainField(quote + 1)
		if err == nil {
			s.fields[len(s.fields)-1].from = from // as plainField began behind the quote
		}
		return after, err
	}
}

// findQuote gives the place of the next quote, and errUnclosed if none follows.
func (s *scanner) findQuote(pos, open int) (int, error) {
	for {
		w := s.buf[s.start:s.end]
		if i := bytes.IndexByte(w[pos:], '"'); i >= 0 && pos+i-open <= s.quoteLimit {
			return pos + i, nil
		}
		pos = len(w)
		if pos-open > s.quoteLimit {
			return 0, errUnclosed
		}
		if s.more() {
			continue
		}
		if err := s.cut(); err != nil {
			return 0, err
		}
		return 0, errUnclosed
	}
}

// closes reports whether only blanks stand between the quote and the field's
// end, and where that is.
func (s *scanner) closes(quote int) (after int, ok bool) {
	for pos := quote + 1; ; pos++ {
		c, more := s.at(pos)
		if !more || c == s.delimiter || isLineEnd(c) {
			return pos, true
		}
		if c != ' ' && c != '\t' {
			return 0, false
		}
	}
}

// strayInside finds the quote that ends a cell with quotes inside it, such as
// "he said "no" twice": on the same line, and not one that seems to open the
// next cell.
func (s *scanner) strayInside(pos int) (last int, ok bool) {
	before := byte('"')
	for ; ; pos++ {
		c, more := s.at(pos)
		if !more || isLineEnd(c) {
			return 0, false
		}
		if c == '"' {
			if before == s.delimiter {
				return 0, false
			}
			if _, closed := s.closes(pos); closed {
				return pos, true
			}
		}
		if c != ' ' || s.delimiter == ' ' {
			before = c
		}
	}
}

// at gives the byte at a place of the record, reading on if need be.
func (s *scanner) at(pos int) (byte, bool) {
	for s.start+pos >= s.end {
		if !s.more() {
			return 0, false
		}
	}
	return s.buf[s.start+pos], true
}

// more reads on, keeping the record. It is false at the end of the input, on a
// failure, and when the record fills the largest buffer.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	if s.start > 0 {
		copy(s.buf, s.buf[s.start:s.end])
		s.start, s.end = 0, s.end-s.start
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxRow {
			return false
		}
		larger := make([]byte, min(2*len(s.buf), maxRow))
		copy(larger, s.buf)
		s.buf = larger
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// skipRow drops a row that does not fit, to its line end.
func (s *scanner) skipRow() error {
	s.fields, s.reject = s.fields[:0], "the row is longer than 16 MB"
	for {
		if i := bytes.IndexAny(s.buf[s.start:s.end], "\r\n"); i >= 0 {
			s.start += i + 1
			break
		}
		s.start, s.end = 0, 0
		if !s.more() {
			break
		}
	}
	s.line++
	if s.start > 0 && s.buf[s.start-1] == '\r' {
		if c, ok := s.at(0); ok && c == '\n' {
			s.start++
		}
	}
	return nil
}

// lineEnds counts LF, CRLF and CR.
func lineEnds(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if cr := bytes.Count(b, []byte{'\r'}); cr > 0 {
		n += cr - bytes.Count(b, []byte("\r\n"))
	}
	return n
}

func isLineEnd(c byte) bool { return c == '\n' || c == '\r' }
