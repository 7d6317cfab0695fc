package main

import (
	"strings"
	"testing"

	"fettle"
)

// TestAboutIsPrintable keeps what records and notes hold from acting on the
// terminal, and each of it on its line.
func TestAboutIsPrintable(t *testing.T) {
	const bad = "a\x1b[2Jb\r\nc"
	var out strings.Builder
	showAbout(&out, fettle.AboutView{
		Company:   &fettle.RelatedRecord{Name: bad},
		People:    &fettle.RelatedPeople{Total: 1, Items: []fettle.RelatedRecord{{Name: bad, Title: bad}}},
		Audiences: []fettle.AboutAudience{{Name: "x", Why: []string{bad}}},
		Keys:      []fettle.RecordKey{{Key: bad}},
		Notes:     []fettle.NoteEntry{{Actor: bad, Text: bad}},
	})
	if got := out.String(); strings.ContainsAny(got, "\x1b\r") || strings.Count(got, "\n") != 7 {
		t.Errorf("printed: %q", got)
	}
}
