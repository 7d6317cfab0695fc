package fettle_test

import (
	"testing"

	"fettle"
)

func TestUndoSentence(t *testing.T) {
	for want, u := range map[string]fettle.UndoView{
		"12,345 records go, 1 value returns":                                  {Deleted: 12345, Restored: 1},
		"1 record goes, 0 values return, 1,000 companies that it had made go": {Deleted: 1, Companies: 1000},
		"0 records go, 2 values return, 1,200 records are reduced to what was bought (2,400 values), 1 record or value stays, changed later": {
			Restored: 2, Reduced: 1200, Bought: 2400, Kept: 1,
		},
	} {
		if got := u.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", -1234: "-1,234", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := fettle.Thousands(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
