package main

import "testing"

func TestVersionForPeople(t *testing.T) {
	for _, c := range []struct {
		b    build
		want string
	}{
		{build{"1.2.0", "0123456789abcdef", "2026-11-30T01:02:03+01:00"}, "fettle 1.2.0 (commit 0123456789ab of 2026-11-30)"},
		{build{"1.2.0", "0123", ""}, "fettle 1.2.0 (commit 0123)"},
		{build{"dev", "", ""}, "fettle dev"},
	} {
		if got := c.b.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if built().Version == "" {
		t.Error("a build has no version")
	}
}
