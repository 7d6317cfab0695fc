package run

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/rights"
)

// TestAgreementGrows: what was agreed to grows by no more than the filters of each
// change, however many audiences there are, and not without a bound.
func TestAgreementGrows(t *testing.T) {
	bob := fettle.Actor{Name: "bob", Role: fettle.Editor, MaySpend: true}
	filters := []string{`city == "Bonn"`, `city == "Paris"`, `city == "Oslo"`}
	stored, most := "", 0
	for n := range 3 * mostBounds {
		old := append([]string{}, filters...)
		filters[n%len(filters)] = fmt.Sprintf(`city == "Bonn" && title != "%d"`, n)
		var err error
		if stored, err = refiltered(stored, old, filters, bob, rights.Capped, "ada"); err != nil {
			t.Fatal(err)
		}
		if most = max(most, len(stored)); most > 16<<10 {
			t.Fatalf("%d bytes after %d changes", len(stored), n+1)
		}
		if n == 2 && !strings.Contains(stored, "Paris") {
			t.Errorf("what was agreed to first is lost: %s", stored)
		}
	}
	a, err := readAgreement(stored)
	if err != nil || len(a.Layers) != 1 || a.Layers[0].Opener != "bob" {
		t.Errorf("%+v, %v; after so many changes the newest word alone stands", a, err)
	}
}
