package main

import (
	"testing"
	"time"

	"fettle"
)

// TestCellsWithoutAValue writes what is not there: no cell may end the program.
func TestCellsWithoutAValue(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	for want, v := range map[string]any{"2026-11-29 10:00:00": &at, "none": (*fettle.Credits)(nil)} {
		if got := cell(v); got != want {
			t.Errorf("%T: %q, want %q", v, got, want)
		}
	}
	if got := cell((*int64)(nil)); got != "none" {
		t.Errorf("%q", got)
	}
	for _, v := range []any{nil, (*time.Time)(nil), (*fettle.TakeBackView)(nil), (*string)(nil)} {
		if got := cell(v); got != "" {
			t.Errorf("%T: %q, want nothing", v, got)
		}
	}
}
