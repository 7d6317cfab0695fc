package csv

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"fettle"
)

// lookAhead is how many rows are looked at to find the headings.
const lookAhead = 12

// readHeader finds the row of the headings and queues the rows read beyond it.
func (r *Reader) readHeader(name string, opts Options) error {
	var ahead []record
	for len(ahead) < lookAhead {
		var rec record
		if err := r.rows.next(&rec); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
		if rec.line < opts.Header || rec.blank() && len(ahead) == 0 {
			continue
		}
		ahead = append(ahead, rec)
	}
	if len(ahead) == 0 {
		return fettle.Errorf(fettle.Invalid, "%s is empty", name).WithHint("The file needs a row of headings and, below it, one row for each record.")
	}
	at := 0
	if opts.Header == 0 {
		at = headerRow(ahead)
	}
	if len(ahead[at].cells) > MaxColumns {
		return fettle.Errorf(fettle.Invalid, "%s has more than %d columns", name, MaxColumns).WithHint("Remove columns, or check that the delimiter is right.")
	}
	if ahead[at].reject == unclosed {
		return fettle.Errorf(fettle.Invalid, "the headings of %s cannot be read: line %d: %s", name, ahead[at].line, unclosed).
			WithHint("Close the quote, or take it out of the file.").With("line", ahead[at].line)
	}
	r.heading, r.spaced = ahead[at].line, spaced(ahead[at].cells)
	r.columns, r.ahead = uniqueNames(ahead[at].cells), ahead[at+1:]
	r.foot.width = len(r.columns)
	if at > 0 {
		r.notes.list = append(r.notes.list, titleNote(ahead[:at]))
	}
	return nil
}

// spaced reports headings written as "a, b, c". Values are kept to the letter,
// so that the blank of this way to write a table must go while it is read.
func spaced(headings []string) bool {
	for _, h := range headings[min(1, len(headings)):] {
		if !strings.HasPrefix(h, " ") {
			return false
		}
	}
	return len(headings) > 1
}

// headerRow is the first row, unless it looks like a title: much narrower than
// what follows, or shorter and no headings where headings follow. Then the next
// one is tried.
func headerRow(ahead []record) int {
	for at := range len(ahead) - 1 {
		if ahead[at].blank() {
			continue
		}
		own, rows := filled(ahead[at]), withoutBlank(ahead[at+1:])
		if len(rows) == 0 {
			return at
		}
		next := usualWidth(rows)
		title := (own == 1 && next >= 3) || (own > 1 && next >= 3*own)
		if !title && len(rows) >= 2 && own < next {
			title = own == 1 && headings(rows[0]) && filled(rows[0]) >= next || headings(rows[0]) && filled(rows[0]) >= next && hasValue(ahead[at])
		}
		if !title {
			return at
		}
	}
	return slices.IndexFunc(ahead, func(r record) bool { return !r.blank() })
}

// repeatsHeadings reports a row that is the headings once more, as files that
// were put one after the other have it.
func (r *Reader) repeatsHeadings(cells []string) bool {
	const marks = "\ufeff\u200b "
	return len(cells) > 1 && cells[0] != "" && strings.Trim(cells[0], marks) == strings.Trim(r.columns[0], marks) && slices.Equal(uniqueNames(cells), r.columns)
}

func withoutBlank(ahead []record) []record {
	return slices.DeleteFunc(slices.Clone(ahead), record.blank)
}

// headings reports whether a row can name columns: words, each another one.
func headings(rec record) bool {
	seen := map[string]bool{}
	for _, c := range rec.cells {
		c = strings.ToLower(strings.TrimSpace(c))
		if c == "" {
			continue
		}
		if seen[c] || isValue(c) {
			return false
		}
		seen[c] = true
	}
	return len(seen) > 0
}

// hasValue reports whether a row holds what no heading is.
func hasValue(rec record) bool {
	return slices.ContainsFunc(rec.cells, func(c string) bool { return isValue(strings.TrimSpace(c)) })
}

// isValue recognises numbers, dates, addresses and labels with a colon.
func isValue(c string) bool {
	digits := strings.Count(c, "") - 1 - len(strings.TrimFunc(c, unicode.IsDigit))
	return strings.ContainsAny(c, "@") || strings.HasSuffix(c, ":") || c != "" && strings.Trim(c, "0123456789.,:/-+ ") == "" || digits >= 4 && strings.ContainsAny(c, "-/.:")
}

// titleNote says which lines above the headings were passed over.
func titleNote(above []record) fettle.FileNote {
	var texts []string
	rows := withoutBlank(above)
	for _, rec := range rows {
		texts = append(texts, strings.TrimSpace(strings.Join(rec.cells, " ")))
	}
	return fettle.FileNote{Kind: noteTitle, Line: rows[0].line, Count: int64(len(rows)), Text: "stands above the headings: " + strconv.Quote(strings.Join(texts, " / "))}
}

// usualWidth is the greatest number of filled cells that at least two of the
// rows have, or the first row's if no two agree.
func usualWidth(ahead []record) int {
	seen, width := map[int]int{}, 0
	for _, rec := range ahead {
		n := filled(rec)
		if seen[n]++; seen[n] == 2 {
			width = max(width, n)
		}
	}
	if width == 0 {
		return filled(ahead[0])
	}
	return width
}

func filled(rec record) int {
	n := 0
	for _, c := range rec.cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// uniqueNames tidies headings and makes them unique.
func uniqueNames(cells []string) []string {
	names, taken := make([]string, len(cells)), make(map[string]bool, len(cells))
	for i, c := range cells {
		names[i] = strings.Trim(strings.Join(strings.Fields(c), " "), "\ufeff\u200b")
		if names[i] == "" {
			names[i] = "column_" + strconv.Itoa(i+1)
		}
	}
	for i, name := range names {
		for n := 2; taken[names[i]]; n++ {
			// A later heading may already be written like that.
			if candidate := name + "_" + strconv.Itoa(n); !slices.Contains(names, candidate) {
				names[i] = candidate
			}
		}
		taken[names[i]] = true
	}
	return names
}
