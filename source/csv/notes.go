package csv

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fettle"
)

// The kinds of notes. They are told with the result of an import.
const (
	noteEncoding = "encoding"          // the encoding was guessed
	noteDoubt    = "encoding_doubtful" // and could be another
	noteLetters  = "letters"           // rows whose letters do not fit it
	noteMixed    = "mixed_encodings"   // rows that are UTF-8 although the file is not
	noteSheets   = "sheets"            // worksheets that were passed over
	noteFormulas = "formulas"          // cells of formulas that hold no value
	noteTitle    = "title"             // lines above the headings
)

// notes collects what is to be said of a file, one note for a kind and column.
type notes struct{ list []fettle.FileNote }

// add counts one more line for a note; the first one's text is shown.
func (n *notes) add(kind string, line int, column, text string) {
	i := slices.IndexFunc(n.list, func(f fettle.FileNote) bool { return f.Kind == kind && f.Column == column })
	if i < 0 {
		n.list = append(n.list, fettle.FileNote{Kind: kind, Line: line, Column: column, Count: 1, Text: text})
		return
	}
	n.list[i].Count++
}

// worstRow is how implausible the letters of a row may be, by the letter.
const worstRow = -8.0

// checkLetters notes a row whose letters do not fit the encoding that was
// guessed for the file: it may be in another one.
func (n *notes) checkLetters(enc textEncoding, rec *record) {
	if enc.letters == nil {
		return
	}
	const fewest = 3
	sum, count := 0.0, 0
	for _, c := range rec.cells {
		s, k := enc.letters.fit([]rune(c))
		sum, count = sum+s, count+k
	}
	if count < fewest || sum/float64(count) >= worstRow {
		return
	}
	i := slices.IndexFunc(rec.cells, func(c string) bool { return strings.IndexFunc(c, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 })
	n.add(noteLetters, rec.line, "", fmt.Sprintf("does not look like %s: %q", enc.name, rec.cells[i]))
}

// said notes how the text is read where that is not certain.
func (n *notes) said(enc textEncoding) {
	if enc.sample == "" {
		return
	}
	if enc.doubt != "" {
		n.list = append(n.list, fettle.FileNote{Kind: noteDoubt, Count: 1, Text: fmt.Sprintf("it was read as %s, and %s: is this right? %s", enc.name, enc.doubt, enc.sample)})
		return
	}
	n.list = append(n.list, fettle.FileNote{Kind: noteEncoding, Count: 1, Text: fmt.Sprintf("it was read as %s: %s", enc.name, enc.sample)})
}

// Notes are what is to be said of the file, as far as it was read: a doubtful
// encoding, sheets that were passed over, formulas without a value.
func (r *Reader) Notes() []fettle.FileNote { return slices.Clone(r.notes.list) }
