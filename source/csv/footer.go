package csv

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
)

// footer finds what stands below a table: notes of the program that wrote it,
// and rows of totals. Rows that may be that are held back until it is seen
// whether the table goes on.
type footer struct {
	width int // columns of the table
	rows  int // of the table so far
	gap   bool
	held  []record // may be below the table
	out   []record // to be given before more is read
}

// mostHeld bounds what is held back; a longer block is part of the table.
const mostHeld = 40

// read gives the next record: those read ahead first, then the file's, with what
// stands below the table refused.
func (r *Reader) read(rec *record) error {
	f := &r.foot
	for {
		if len(f.out) > 0 {
			*rec, f.out = f.out[0], f.out[1:]
			return nil
		}
		var next record
		if err := r.raw(&next, rec); err != nil {
			if !errors.Is(err, io.EOF) || len(f.held) == 0 {
				return err
			}
			f.refuse()
			continue
		}
		switch {
		case f.width < 2:
		case next.blank():
			f.gap = f.gap || len(next.cells) <= 1 // an empty line; "," is a row of blanks
		case f.mayEnd(next) && len(f.held) < mostHeld:
			next.cells = slices.Clone(next.cells)
			f.held = append(f.held, next)
			continue
		case len(f.held) > 0: // the table goes on
			next.cells = slices.Clone(next.cells)
			f.out, f.held = append(f.held, next), nil
			f.rows, f.gap = f.rows+len(f.out), false
			continue
		default:
			f.rows, f.gap = f.rows+1, false
		}
		*rec = next
		return nil
	}
}

// raw gives the next record of the file. It may use the cells of rec again.
func (r *Reader) raw(next, rec *record) error {
	if len(r.ahead) > 0 {
		*next, r.ahead = r.ahead[0], r.ahead[1:]
		return nil
	}
	next.cells = rec.cells[:0]
	return r.rows.next(next)
}

// refuse gives what is held at the end of the file its reason.
func (f *footer) refuse() {
	for i := range f.held {
		if f.held[i].reject == "" {
			f.held[i].reject = "it stands below the table and is no row of it"
		}
	}
	f.out, f.held = f.held, nil
}

// Words with which programs and people sign a table.
var (
	signature = regexp.MustCompile(`(?i)^\W*(` + strings.Join([]string{
		`copyright\b`, `©\s*\S{3}`, `\(c\)\s`, `confidential(\s*$|\s*[:,-]|\s+(information|and|report|document))`, `(generated|created|exported|printed|run|report run) (by|on|at|from|with)\b`,
		`report (generated|run|date)\b`, `(grand |sub)?totals? ?\(\d+ `, `filtered by\b`, `filters? applied`, `show:`, `source ?:`, `(page|seite) \d+( (of|von|de) \d+)?\W*$`, `end of (report|file|list|data)`, `-+ ?end`,
		`total (number of )?(records|rows|results|contacts|count)\b`, `\d+ (rows?|records?|results?)\b`, `all rights reserved`, `prepared (by|for)\b`, `as of \d`, `last updated\b`,
		`erstellt (von|am)\b`, `stand:`, `vertraulich\W*$`, `quelle:`, `(généré|exporté) (par|le)\b`, `confidentiel\W*$`, `(generado|exportado) (por|el)\b`, `fuente:`, `(generato|esportato) (da|il)\b`, `fonte:`,
		`wygenerowano\b`, `źródło:`, `poufne\W*$`,
	}, "|") + `)`)
	totals = regexp.MustCompile(`(?i)^\W*((grand |sub)?totals?|sum|summe|gesamt(summe)?|zwischensumme|totaal|totale|somme|suma|razem|celkem|итого|всего|合計|总计|합계|` +
		`count|average|durchschnitt|moyenne|promedio)\W*$`)
)

// mayEnd reports whether a row can stand below the table: with one filled cell,
// the first, behind a blank line or as a signature; or with totals.
func (f *footer) mayEnd(rec record) bool {
	if rec.reject != "" || len(rec.cells) == 0 {
		return false
	}
	first, n := strings.TrimSpace(rec.cells[0]), filled(rec)
	switch {
	case n == 1 && first != "":
		return f.gap && f.rows > 0 || len(f.held) > 0 || signature.MatchString(first)
	case n > 1 && totals.MatchString(first):
		for _, c := range rec.cells[1:] {
			if strings.Trim(c, "0123456789.,%$€£ '-+") != "" {
				return false
			}
		}
		return true
	}
	return f.gap && n > 1 && n < f.width && signature.MatchString(first)
}
