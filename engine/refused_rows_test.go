package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestARefusedRowStaysFailed has the provider refuse the inputs of two rows and
// bill nothing: judged again after a resume and by another enrichment, they are
// failed as they were, nobody is asked, and a rerun of what failed finds them.
func TestARefusedRowStaysFailed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		asks := &asksOf{name: regexp.MustCompile(`Number\d+`)}
		asks.broken.Store(true)
		w := between(t, db, sandbox.Defaults(), asks.between)
		defer w.work(w.e)()
		w.people(0, 2, "x")
		def := findEmail(fettle.AllPeople, 100)
		w.save("emails", def)
		w.start("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{Failed: 2})
		if got := asks.take(); len(got) != 2 {
			t.Fatalf("asked about %v", got)
		}

		w.pause("emails")
		def.Steps[0].When = `name != ""` // judged again: nothing that is asked is other
		w.save("emails", def)
		w.resume("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{Failed: 2})
		w.save("others", def)
		w.start("others")
		wantRows(t, w.settle("others"), fettle.RowCounts{Failed: 2})
		for id, r := range w.rows("emails") {
			if !strings.Contains(r.Detail, "the provider refused these inputs before") {
				t.Errorf("the row of %d says %q", id, r.Detail)
			}
		}
		if got := asks.take(); len(got) != 0 || w.show("emails").SpentCredits != 0 {
			t.Errorf("asked again about %v", got)
		}

		asks.broken.Store(false)
		if _, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{Failed: true}, true); err != nil {
			t.Fatal(err)
		}
		wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 2})
		w.sound()
	})
}
