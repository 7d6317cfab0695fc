package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"fettle"
)

func printImport(w io.Writer, v fettle.ImportView) {
	done := "imported"
	if v.DryRun {
		done = "would import"
	}
	_, _ = fmt.Fprintf(w, "%s %s: %s created, %s updated, %s unchanged, %s merged, %s rejected, %s\n", done, plural(v.Read, "row", "rows"),
		thousands(v.Created), thousands(v.Updated), thousands(v.Unchanged), thousands(v.Merged), thousands(v.Rejected), plural(v.Conflicts, "conflict", "conflicts"))
	if v.CompaniesCreated > 0 {
		made := "made"
		if v.DryRun {
			made = "would be made"
		}
		_, _ = fmt.Fprintf(w, "%s %s of the people's domains and ids\n", plural(v.CompaniesCreated, "company", "companies"), made)
	}
	printColumns(w, v)
	printNotes(w, v)
	printDoubts(w, v)
	const shown = 10
	for _, a := range v.Aside[:min(shown, len(v.Aside))] {
		_, _ = fmt.Fprintf(w, "  line %d: %s %q was not imported, its row was: %s\n", a.Line, printable(a.Column), a.Value, printable(a.Reason))
	}
	if v.SetAside > shown {
		_, _ = fmt.Fprintf(w, "  … and %s more such values\n", thousands(v.SetAside-shown))
	}
	printNewValues(w, v.NewValues)
	printMerges(w, v)
	for _, r := range v.Rejects[:min(shown, len(v.Rejects))] {
		_, _ = fmt.Fprintf(w, "  line %d: %s\n", r.Line, printable(strings.TrimSpace(r.Field+" "+r.Reason)))
	}
	if len(v.Rejects) > shown {
		_, _ = fmt.Fprintf(w, "  … and %s more\n", thousands(v.Rejected-shown))
	}
	printPreview(w, v)
	printReceipt(w, v)
	if v.ID != 0 && !v.DryRun && v.State == "done" {
		_, _ = fmt.Fprintf(w, "take it back with: fettle import undo %d\n", v.ID)
	}
}

// printMerges says which rows fell together, those whose names differ first.
func printMerges(w io.Writer, v fettle.ImportView) {
	const shown = 10
	rows := slices.Clone(v.Merges)
	slices.SortStableFunc(rows, func(a, b fettle.MergedRow) int {
		switch {
		case a.NamesDiffer == b.NamesDiffer:
			return a.Line - b.Line
		case a.NamesDiffer:
			return -1
		}
		return 1
	})
	for _, m := range rows[:min(shown, len(rows))] {
		with := fmt.Sprintf("is on the record of line %d", m.WithLine)
		if m.WithLine == 0 {
			with = fmt.Sprintf("makes records %d and %d one", m.RecordID, m.OtherID)
		}
		if m.Key != "" {
			with += ", by " + printable(keyInWords(m.Key))
		}
		if m.NamesDiffer {
			with += ": their names differ"
		}
		_, _ = fmt.Fprintf(w, "  line %d %s\n", m.Line, with)
	}
	if v.Merged > shown {
		_, _ = fmt.Fprintf(w, "  … and %s more merged\n", thousands(v.Merged-shown))
	}
}

// keyInWords writes a key of a record as one speaks of it: its sort, and its value.
func keyInWords(key string) string {
	sort, value, _ := strings.Cut(key, ":")
	switch sort {
	case "external": // external:LIST:VALUE, and a list may have a colon
		if list, csv := strings.CutPrefix(value, "csv:"); csv {
			value = list
		}
		if _, id, ok := strings.Cut(value, ":"); ok {
			value = id
		}
		return "the id " + value
	case "email", "domain", "phone":
		return "the " + sort + " " + value
	case "linkedin":
		return "LinkedIn " + value
	case "row":
		return "every cell: it is the very same row"
	}
	return key
}

// printColumns says which column went where, which of them tells the rows
// apart, and what was left out.
func printColumns(w io.Writer, v fettle.ImportView) {
	var moved, same []string
	id, domain := "", ""
	for column, field := range v.Mapping {
		if field == "external_id" {
			id = column
		}
		if field == "company_domain" && column != field {
			domain = column
		}
		if column == field {
			same = append(same, column)
			continue
		}
		moved = append(moved, fmt.Sprintf("%s → %s", column, field))
	}
	slices.Sort(moved)
	slices.Sort(same)
	if all := slices.Concat(moved, same); len(all) > 0 && (len(v.Receipt) == 0 || v.Read == 0) { // the receipt has them
		_, _ = fmt.Fprintf(w, "columns: %s\n", printable(some(all, 40)))
	}
	if id != "" {
		_, _ = fmt.Fprintf(w, "the id of each row is %s, in the list %s\n", printable(id), printable(v.Source))
	}
	if domain != "" {
		_, _ = fmt.Fprintf(w, "the domain of each person's company is taken from %s (--map \"%s=FIELD\" puts it elsewhere)\n", printable(domain), printable(domain))
	}
	if len(v.NewFields) > 0 {
		made := make([]string, len(v.NewFields))
		for i, f := range v.NewFields {
			made[i] = fmt.Sprintf("%s (%s)", f.Field, strings.TrimSpace(string(f.Type)+" "+f.Currency))
		}
		_, _ = fmt.Fprintf(w, "new fields: %s\n", printable(some(made, 40)))
	}
	printLeftOut(w, v)
}

// printLeftOut says which columns have no field, and how to get them.
func printLeftOut(w io.Writer, v fettle.ImportView) {
	if v.Employer != "" {
		_, _ = fmt.Fprintf(w, "each person's company is named by %s\n", printable(v.Employer))
	}
	out := slices.DeleteFunc(slices.Clone(v.Unmapped), func(c string) bool { return c == v.Employer })
	if len(out) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "left out: %s\n", printable(some(out, 40)))
	if v.DryRun {
		_, _ = fmt.Fprintf(w, "  --create-fields makes a field of each; --map \"%s=FIELD\" puts one into a field\n", printable(out[0]))
		return
	}
	_, _ = fmt.Fprintf(w, "  what they hold is kept with the rows: fettle import map %d \"%s=FIELD\" puts it into a field; next time --create-fields makes one of each\n",
		v.ID, printable(out[0]))
}

// some lists the first names of a list, and how many more there are.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, … and %s", strings.Join(names[:most], ", "), plural(int64(len(names)-most), "more column", "more columns"))
}

// printNotes says how the file was read, where that is not plain.
func printNotes(w io.Writer, v fettle.ImportView) {
	for _, n := range v.Notes {
		text := printable(n.Text)
		switch n.Kind {
		case "encoding":
			_, _ = fmt.Fprintf(w, "%s\n", text)
		case "encoding_doubtful":
			_, _ = fmt.Fprintf(w, "warning: %s (say it with --encoding NAME)\n", text)
		case "sheets":
			_, _ = fmt.Fprintf(w, "%s (choose one with --sheet \"NAME\")\n", text)
		case "title":
			_, _ = fmt.Fprintf(w, "line %d %s\n", n.Line, text)
		case "formulas":
			_, _ = fmt.Fprintf(w, "warning: in column %s, %s without a value, the first in line %d: %s\n", printable(n.Column), plural(n.Count, "formula", "formulas"), n.Line, text)
		default:
			_, _ = fmt.Fprintf(w, "warning: line %d %s%s\n", n.Line, text, moreLines(n.Count))
		}
	}
	for _, p := range v.Placeholders {
		_, _ = fmt.Fprintf(w, "%s: %s counted as blank (%s)\n", printable(p.Column), plural(p.Values, "value", "values"), printable(strings.Join(p.Words, ", ")))
	}
}

func moreLines(count int64) string {
	if count < 2 {
		return ""
	}
	return fmt.Sprintf(", and so do %s more", plural(count-1, "line", "lines"))
}

// printDoubts says what is imported and is likely not meant: rows that will not
// be known again, and columns that hold something else than their field.
func printDoubts(w io.Writer, v fettle.ImportView) {
	if v.Unidentified > 0 {
		which := fmt.Sprintf("%s of these rows", thousands(v.Unidentified))
		if v.Unidentified == v.Read-v.Rejected {
			which = "these " + string(v.Entity)
		}
		_, _ = fmt.Fprintf(w, "warning: nothing identifies %s: each row that is not the same in everything becomes a new record (map a column of ids: --map \"COLUMN=external_id\")\n", which)
	}
	for _, c := range v.Invalid {
		such := ""
		if c.Example != "" { // it is kept no longer than the answer
			such = fmt.Sprintf(", such as %q", c.Example)
		}
		_, _ = fmt.Fprintf(w, "warning: %s of %s values of %s are no %s%s: they are marked and identify nothing (map it elsewhere: --map \"%s=FIELD\")\n",
			thousands(c.Invalid), thousands(c.Values), printable(c.Column), formatNames[c.Type], such, printable(c.Column))
	}
}

// formatNames are the types whose format is checked, as one speaks of values.
var formatNames = map[fettle.FieldType]string{
	fettle.Email: "email addresses", fettle.URL: "web addresses", fettle.Phone: "phone numbers", fettle.Domain: "domains",
	fettle.LinkedIn: "LinkedIn addresses", fettle.Country: "countries",
}

// printUndo says what was taken back of an import, and what stays.
func printUndo(w io.Writer, v fettle.ImportView) {
	u := v.Undo
	if u == nil {
		u = &fettle.UndoView{}
	}
	if u.DryRun {
		_, _ = fmt.Fprintf(w, "taking import %d back would do this; nothing is written yet\n", v.ID)
	} else {
		_, _ = fmt.Fprintf(w, "import %d was taken back\n", v.ID)
	}
	_, _ = fmt.Fprintf(w, "%s deleted, %s put back, %s undone\n", plural(u.Deleted, "record", "records"), plural(u.Restored, "value", "values"), plural(u.Unmerged, "merge", "merges"))
	if u.Reduced > 0 {
		_, _ = fmt.Fprintf(w, "%s reduced to what was bought, %s in all: in no audience until imported again, and not bought again then\n",
			plural(u.Reduced, "record", "records"), plural(u.Bought, "value", "values"))
	}
	if u.Kept > 0 {
		_, _ = fmt.Fprintf(w, "%s stay: what was changed since is kept\n", plural(u.Kept, "record or value", "records and values"))
	}
}
