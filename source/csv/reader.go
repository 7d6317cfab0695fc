package csv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"fettle"
)

// Options overrides what the reader would find out by itself.
type Options struct {
	Delimiter byte   // 0: found from the first rows among , ; tab |
	Encoding  string // "": found from the content; else a name as on the web, such as windows-1252
	Header    int    // the line of the headings, from 1; 0: the first row that looks like one
	Sheet     string // of a workbook: the name of a worksheet or its number, from 1; "": the first that holds a table
	Verbatim  bool   // cells as they are written: ="0010" stays, and so do the marks that Writer puts in front of formulas
}

// MaxColumns is the most columns that a table may have.
const MaxColumns = 4096

// sampleBytes is how much of a file decides about encoding and delimiter.
const sampleBytes = 1 << 20

// Row is one row of a table. Cells has one cell per column, "" for those that
// the row lacks; it is reused by the next call of Next, the strings are not. A
// row with a Reject is to be reported, not imported: the text says why.
type Row struct {
	Line   int // the physical line on which it starts, from 1
	Cells  []string
	Reject string
}

// Reader reads one table.
type Reader struct {
	columns  []string
	rows     rows
	ahead    []record // read ahead to find the headings
	queue    []record // read ahead by Peek
	failed   error    // why no more could be read ahead
	foot     footer
	verbatim bool
	notes    *notes
	sheet    string
	sheets   []string
	heading  int    // the line of the headings
	rec      record // the current row; its cells are reused
	spaced   bool   // "a, b, c": a blank behind each delimiter belongs to it
	input    *counter
	size     int64
	encoding string
	between  byte // what stands between the cells of a text
}

// record is a row as the file has it.
type record struct {
	line   int
	cells  []string
	reject string
}

// empty reports whether the line holds no row: nothing, or one blank cell.
func (r record) empty() bool { return len(r.cells) <= 1 && r.blank() }

func (r record) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return r.reject == ""
}

// rows is a source of rows: text or a worksheet.
type rows interface {
	next(rec *record) error // io.EOF at the end; rec.cells is reused
	buffered() int64        // bytes of the input that were read but not yet returned
	Close() error
}

// Open starts to read a table of size bytes (0 or less: not known, progress has
// no total). The name is for messages and its ending a hint. It fails with
// fettle.Invalid on what is no table.
func Open(r io.Reader, size int64, name string, opts Options) (*Reader, error) {
	name = filepath.Base(name)
	ev := evidenceOf(r)
	input := &counter{r: r}
	head := bufio.NewReaderSize(input, sampleBytes)
	sample, err := head.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	out := &Reader{input: input, size: size, verbatim: opts.Verbatim, notes: &notes{}}
	if err := checkContent(sample, name); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(sample, []byte("PK\x03\x04")) {
		out.encoding = "xlsx"
		err = out.openWorkbook(head, name, opts)
	} else {
		err = out.openText(head, sample, name, opts, ev)
	}
	if err != nil {
		return nil, err
	}
	if err := out.readHeader(name, opts); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// evidenceOf looks through a file for what tells its encoding, and leaves it
// where it was. It is nil for what cannot be read twice.
func evidenceOf(r io.Reader) *evidence {
	file, ok := r.(io.ReadSeeker)
	if !ok {
		return nil
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	var begin [4]byte
	n, _ := io.ReadFull(file, begin[:])
	ev := &evidence{}
	if _, isMarked := marked(begin[:n]); !isMarked && !bytes.HasPrefix(begin[:n], []byte("PK\x03\x04")) {
		ev = gather(io.MultiReader(bytes.NewReader(begin[:n]), file))
	}
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return nil
	}
	return ev
}

func (r *Reader) openText(head io.Reader, sample []byte, name string, opts Options, ev *evidence) error {
	if ev == nil {
		ev = gather(bytes.NewReader(sample))
		ev.whole = len(sample) < sampleBytes
	}
	if opts.Sheet != "" {
		return fettle.Errorf(fettle.Invalid, "%s is text and has no worksheets", name).WithHint("Leave the sheet out.").With("field", "sheet")
	}
	rows, enc, err := openText(head, sample, name, opts, ev, r.notes)
	if err != nil {
		return err
	}
	r.rows, r.encoding, r.between = rows, enc.name, rows.scan.delimiter
	r.notes.said(enc)
	return nil
}

// Columns are the headings, made unique: an empty one is column_3, the second
// "name" is name_2.
func (r *Reader) Columns() []string { return r.columns }

// HeadingLine is the line of the headings, from 1.
func (r *Reader) HeadingLine() int { return r.heading }

// peekBytes bounds what Peek reads ahead.
const peekBytes = 4 << 20

// Peek gives up to n of the next rows, one cell for each column, without those
// that cannot be read. Next still gives them all. It is to be called once,
// before Next.
func (r *Reader) Peek(n int) [][]string {
	size := 0
	for len(r.queue) < n && size < peekBytes && r.failed == nil {
		var rec record
		if r.failed = r.read(&rec); r.failed != nil {
			break
		}
		if rec.empty() {
			continue
		}
		for _, c := range rec.cells {
			size += len(c)
		}
		r.queue = append(r.queue, rec)
	}
	var out [][]string
	for _, rec := range r.queue[:min(n, len(r.queue))] {
		rec.cells = slices.Clone(rec.cells) // fitting changes them
		if row := r.fit(&rec); row.Reject == "" && !rec.blank() {
			out = append(out, row.Cells)
		}
	}
	return out
}

// Sheets are the worksheets of a workbook, and which of them is read.
func (r *Reader) Sheets() (all []string, chosen string) { return r.sheets, r.sheet }

// Encoding is what the content was taken for: utf-8, windows-1252, xlsx, …
func (r *Reader) Encoding() string { return r.encoding }

// Delimiter is what stands between the cells of a text, as ParseDelimiter reads it;
// "" of a workbook.
func (r *Reader) Delimiter() string { return delimiterText(r.between) }

// Progress is how many bytes of how many have been used up. Total is 0 when it
// is not known; of a workbook, done jumps to total at the start.
func (r *Reader) Progress() (done, total int64) {
	done = max(0, r.input.n-r.rows.buffered())
	if r.size <= 0 {
		return done, 0
	}
	return min(done, r.size), r.size
}

// Close releases what a workbook holds (temporary files). The io.Reader given
// to Open stays the caller's.
func (r *Reader) Close() error { return r.rows.Close() }

// Next gives the next row, and io.EOF after the last one; a row of several
// blank cells is refused as blank, a line with none is no row. Any other error is
// one of the input and ends the reading.
func (r *Reader) Next() (Row, error) {
	for {
		if len(r.queue) > 0 {
			r.rec, r.queue = r.queue[0], r.queue[1:]
		} else if r.failed != nil {
			return Row{}, r.failed
		} else {
			r.rec.cells = r.rec.cells[:0]
			if err := r.read(&r.rec); err != nil {
				return Row{}, err
			}
		}
		if r.rec.empty() {
			continue
		}
		row := r.fit(&r.rec)
		switch {
		case !r.rec.blank():
			if row.Reject == "" && r.repeatsHeadings(row.Cells) {
				row.Reject = "it repeats the headings"
			}
		case len(r.columns) == 1:
			continue
		default:
			row.Reject = "the row is blank"
		}
		return row, nil
	}
}

// fit gives the row as many cells as there are columns. Cells beyond them are
// refused unless blank: they would be lost in silence, and more often they mean
// that the row's cells are shifted.
func (r *Reader) fit(rec *record) Row {
	width := len(r.columns)
	if n := len(rec.cells); n > width {
		if extra := (record{cells: rec.cells[width:]}); !extra.blank() && rec.reject == "" {
			rec.reject = fmt.Sprintf("the row has %s, the heading has %d", fettle.Count(int64(n), "cell", "cells"), width)
		}
	}
	for len(rec.cells) < width {
		rec.cells = append(rec.cells, "")
	}
	if r.spaced {
		for i := 1; i < width; i++ {
			rec.cells[i] = strings.TrimPrefix(rec.cells[i], " ")
		}
	}
	if !r.verbatim {
		for i, c := range rec.cells[:width] {
			rec.cells[i] = unguard(c)
		}
	}
	return Row{Line: rec.line, Cells: rec.cells[:width], Reject: rec.reject}
}

// counter counts the bytes that were read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
