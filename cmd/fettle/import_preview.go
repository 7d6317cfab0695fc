package main

import (
	"fmt"
	"io"
	"strings"

	"fettle"
)

// printPreview says what a dry run would change in records that are there, whom
// it would keep apart, and what live enrichments would do.
func printPreview(w io.Writer, v fettle.ImportView) {
	const shown = 10
	if len(v.FieldChanges) > 0 {
		fields := make([]string, len(v.FieldChanges))
		for i, f := range v.FieldChanges {
			fields[i] = printable(f.Field) + " " + changeCounts(f)
		}
		_, _ = fmt.Fprintf(w, "would change: %s\n", strings.Join(fields, "; "))
	}
	for _, c := range v.Changes[:min(shown, len(v.Changes))] {
		values := make([]string, len(c.Changes))
		for i, x := range c.Changes {
			values[i] = fmt.Sprintf("%s %s → %s", printable(x.Field), was(x.Old), was(x.New))
		}
		_, _ = fmt.Fprintf(w, "  line %d, #%d %s: %s\n", c.Line, c.RecordID, printable(c.Name), strings.Join(values, ", "))
	}
	if v.Updated > shown && len(v.Changes) > shown {
		_, _ = fmt.Fprintf(w, "  … and more; --json shows the first %d\n", len(v.Changes))
	}
	for _, c := range v.WouldConflict[:min(shown, len(v.WouldConflict))] {
		_, _ = fmt.Fprintf(w, "  would stay apart: %s and %s, who share %s\n", who(c.RecordID, c.Name), who(c.OtherID, c.Other), printable(c.Key))
	}
	if len(v.WouldConflict) > shown {
		_, _ = fmt.Fprintf(w, "  … and %s more\n", thousands(v.Conflicts-shown))
	}
	for _, q := range v.WouldRun {
		_, _ = fmt.Fprintf(w, "would run: %s into %s, %s to buy, at most %s\n",
			plural(q.Rows, "row", "rows"), printable(q.Enrichment), thousands(q.ToBuy), q.HighCredits.Words())
	}
}

func changeCounts(f fettle.FieldChanges) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{f.Replaced, "replaced"}, {f.Filled, "filled"}, {f.Cleared, "cleared"}} {
		if p.n > 0 {
			parts = append(parts, thousands(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}

// was shows a value of a change.
func was(v any) string {
	switch v := v.(type) {
	case nil:
		return "blank"
	case string:
		return fmt.Sprintf("%q", v)
	}
	return printable(fmt.Sprint(v))
}

func who(id int64, name string) string {
	switch {
	case id < 0 && name != "":
		return printable(name) + " (new)"
	case id < 0:
		return "a new record"
	}
	return strings.TrimSpace(fmt.Sprintf("#%d %s", id, printable(name)))
}
