package ingest

import (
	"testing"

	"fettle"
)

// TestWhatWouldGoIsShownFirst: where an import replaces values, a person looks
// there before anywhere else.
func TestWhatWouldGoIsShownFirst(t *testing.T) {
	p := newPreview()
	p.totals = map[string]*fettle.FieldChanges{
		"city": {Field: "city", Filled: 900}, "email": {Field: "email", Replaced: 2}, "phone": {Field: "phone", Cleared: 3}, "a": {Field: "a", Filled: 1},
	}
	var v fettle.ImportView
	p.into(&v)
	got := ""
	for _, f := range v.FieldChanges {
		got += f.Field + " "
	}
	if got != "phone email a city " {
		t.Errorf("%s", got)
	}
}
