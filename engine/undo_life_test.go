package engine_test

import (
	"fmt"
	"os"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// undone is a run whose undo is lived with: how it wrote, and what was there before.
type undone struct {
	write  fettle.WritePolicy
	before string // what the notes were
	reuse  bool   // another enrichment asked the same before
}

// TestWhatWasTakenBackStays takes back a run of which some values were edited since,
// while its enrichment is live, and lives on with it for 90 days of fake time in
// which all is due over and over: the values stay as they were put back, the edited
// ones as they were edited, and no call leaves. Of 1,000, with a look each day, with CHAOS_FOR
// set.
func TestWhatWasTakenBackStays(t *testing.T) {
	t.Parallel()
	n, edited, visits := 20, 3, 9
	if os.Getenv("CHAOS_FOR") != "" {
		n, edited, visits = 1000, 10, 90
	}
	for name, c := range map[string]undone{
		"filled blanks": {write: fettle.FillBlanks},
		"overwrote":     {write: fettle.Overwrite, before: "old %d"},
		"reused":        {write: fettle.FillBlanks, reuse: true},
	} {
		for _, kind := range storetest.Kinds() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				dsn := storetest.DSN(t, kind)
				synctest.Test(t, func(t *testing.T) {
					db, err := store.Open(t.Context(), dsn, quiet())
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = db.Close() })
					c.live(&world{t: t, db: db}, n, edited, visits)
				})
			})
		}
	}
}

func (c undone) live(w *world, n, edited, visits int) {
	t := w.t
	k := &clerk{books: map[string]map[fettle.Day]int64{}}
	calls := func() (sum int64) {
		for _, one := range k.books["a"] {
			sum += one
		}
		return sum
	}
	w.process(k)
	w.priced("clerk")
	w.field("note_a", fettle.Text)
	w.field("note_b", fettle.Text)
	w.people(0, n, "engineer")
	w.audience("wanted", `title != "boss"`)
	ids, was := w.ids("wanted"), map[int64]any{}
	for i, id := range ids {
		if c.before != "" {
			was[id] = fmt.Sprintf(c.before, i)
			w.imports(fmt.Sprint("p", i), "note_a", was[id])
		}
	}
	none := &fettle.Limit{None: true, Per: fettle.Lifetime}
	there := func(happens func()) { // a process is there for a moment, which looks for what is due as it begins
		w.process(k)
		stop := w.work(w.e)
		time.Sleep(time.Second)
		happens()
		time.Sleep(time.Second)
		stop()
	}
	idle := func() {}
	if c.reuse {
		w.save("first", clerkDefinition("a", "note_b", 0, none))
		w.start("first")
		there(idle)
		time.Sleep(time.Hour)
	}
	def := clerkDefinition("a", "note_a", 30*day, none)
	def.Write = c.write
	w.save("notes", def)
	w.start("notes")
	there(idle)
	if got := calls(); got != int64(n) {
		t.Fatalf("%d calls for %d", got, n)
	}
	run := w.lastRun()
	there(func() {
		for _, id := range ids[:edited] {
			w.edit(id, "note_a", "by hand")
		}
		time.Sleep(time.Second)
		before := w.journal("all")
		would := w.wouldTake(run)
		wantTaken(t, run, w.take(run), would, int64(n-edited), int64(edited))
		if after := w.journal("all"); !reflect.DeepEqual(after, before) {
			t.Errorf("the journal had %d entries, and has %d now, or others", len(before), len(after))
		}
		w.sound()
	})
	for range visits {
		time.Sleep(90 * day / time.Duration(visits))
		there(idle)
	}
	if more := calls() - int64(n); more != 0 {
		t.Errorf("%d calls left in the 90 days after", more)
	}
	for i, id := range ids {
		want := was[id]
		if i < edited {
			want = "by hand"
		}
		if got := w.value(id, "note_a"); got != want {
			t.Errorf("record %d holds %v, want %v", id, got, want)
		}
	}
	if v := w.show("notes"); v.State != fettle.Live || v.Rows.TakenBack != int64(n-edited) {
		t.Errorf("%s, rows %+v", v.State, v.Rows)
	}
	w.sound()
}
