package engine_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// inOrder gives the ids that a list should have: read from its start in the
// order of creation, and sorted here.
func (w *world) inOrder(q engine.Query) []int64 {
	w.t.Helper()
	all := engine.Query{Entity: q.Entity, Audience: q.Audience, Where: q.Where, Search: q.Search, Limit: 50}
	var records []engine.RecordView
	for {
		p, err := w.e.Records(w.t.Context(), viewer, all)
		if err != nil {
			w.t.Fatal(err)
		}
		records = append(records, p.Items...)
		if all.After = p.Next; p.Next == "" {
			break
		}
	}
	slices.SortFunc(records, func(a, b engine.RecordView) int {
		c := compareValues(a.Values[q.Sort], b.Values[q.Sort])
		if a.Values[q.Sort] == nil || b.Values[q.Sort] == nil {
			if c != 0 {
				return -c // blanks come last, whichever way
			}
		}
		if c = cmp.Or(c, cmp.Compare(a.ID, b.ID)); q.Desc {
			return -c
		}
		return c
	})
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids
}

// compareValues compares two values of one field; a blank is less.
func compareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	switch a := a.(type) {
	case float64:
		return cmp.Compare(a, b.(float64))
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case time.Time:
		return a.Compare(b.(time.Time))
	case fettle.Day:
		return strings.Compare(string(a), string(b.(fettle.Day)))
	}
	return strings.Compare(a.(string), b.(string))
}

// byOffsets reads a list in pages by their offset.
func (w *world) byOffsets(q engine.Query, size int) []int64 {
	w.t.Helper()
	q.Limit = size
	var ids []int64
	for {
		p, err := w.e.Records(w.t.Context(), viewer, q)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range p.Items {
			ids = append(ids, r.ID)
		}
		q.Offset += int64(size)
		if len(p.Items) < size {
			return ids
		}
	}
}

// TestListsFollowWrites compares pages by offset with the list read from its
// start, after each of many writes of every kind.
func TestListsFollowWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 60, "Engineer")
		for key, typ := range map[string]fettle.FieldType{"score": fettle.Number, "keen": fettle.Boolean, "born": fettle.Date, "seen": fettle.Timestamp} {
			w.field(key, typ)
		}
		w.audience("engineers", `title == "Engineer"`)
		w.audience("berliners", `company.location == "Berlin"`)
		rnd := rand.New(rand.NewPCG(1, 2))
		lists := []engine.Query{
			{Entity: fettle.People, Sort: "name"},
			{Entity: fettle.People, Sort: "score", Desc: true},
			{Entity: fettle.People, Sort: "keen"},
			{Entity: fettle.People, Sort: "born", Desc: true},
			{Entity: fettle.People, Sort: "seen"},
			{Audience: "engineers", Sort: "name", Desc: true},
			{Audience: "berliners", Sort: "name"},
			{Entity: fettle.People, Search: "NUMBER1", Sort: "title"},
		}
		steps := 25
		if underRace {
			steps = 12
		}
		for step := range steps {
			w.write(rnd)
			for _, q := range lists {
				want := w.inOrder(q)
				if got := w.byOffsets(q, 7); !slices.Equal(got, want) {
					t.Fatalf("step %d, %+v:\n got %v\nwant %v", step, q, got, want)
				}
				if n, err := w.e.CountRecords(t.Context(), viewer, q); err != nil || n != int64(len(want)) {
					t.Fatalf("step %d, %+v: counted %d of %d, %v", step, q, n, len(want), err)
				}
			}
		}
	})
}

// write does one random thing to the records.
func (w *world) write(rnd *rand.Rand) {
	w.t.Helper()
	ids := w.ids(fettle.AllPeople)
	id := ids[rnd.IntN(len(ids))]
	switch rnd.IntN(6) {
	case 0:
		w.edit(id, "name", fmt.Sprintf("%c number1 %d", 'A'+rnd.IntN(26), rnd.IntN(9)))
	case 1:
		w.edit(id, "name", nil)
	case 2:
		w.edit(id, "title", []any{"Engineer", "Designer", nil}[rnd.IntN(3)])
	case 3:
		w.edit(id, "score", float64(rnd.IntN(5)-2))
		w.edit(id, "keen", rnd.IntN(2) == 0)
		w.edit(id, "born", fmt.Sprintf("19%02d-01-02", rnd.IntN(100)))
		w.edit(id, "seen", time.Unix(rnd.Int64N(2e9), 0).UTC().Format(time.RFC3339))
	case 4:
		if _, err := w.e.DeleteRecords(w.t.Context(), admin, []int64{id}, "", rnd.IntN(2) == 0); err != nil {
			w.t.Fatal(err)
		}
	case 5:
		town := []string{"Berlin", "Oslo"}[rnd.IntN(2)]
		in := engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{{"domain": fmt.Sprintf("company%d.com", rnd.IntN(10)), "location": town}}}
		if _, err := w.e.UpsertRecords(w.t.Context(), admin, in); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestListsUnderWrites pages by offset while others write: a page is never out
// of order in itself, shows nobody twice, and once the writes end, the list is
// whole.
func TestListsUnderWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 300, "Engineer")
		ids := w.ids(fettle.AllPeople)
		var wg sync.WaitGroup
		for g := range 3 {
			wg.Go(func() {
				for i := range 25 {
					if err := w.e.EditRecord(t.Context(), editor, ids[(i*37+g*11)%len(ids)], "name", fmt.Sprintf("Zed %d %d", i%7, g), false); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			for i := range 60 {
				p, err := w.e.Records(t.Context(), viewer, engine.Query{Entity: fettle.People, Sort: "name", Offset: int64(i * 4), Limit: 60})
				if err != nil {
					t.Error(err)
					return
				}
				seen, last := map[int64]bool{}, ""
				for _, r := range p.Items {
					name, _ := r.Values["name"].(string)
					if seen[r.ID] || name < last {
						t.Errorf("%d %q behind %q", r.ID, name, last)
					}
					seen[r.ID], last = true, name
				}
				if len(p.Items) != 60 {
					t.Errorf("%d records at %d", len(p.Items), i*4)
				}
			}
		})
		wg.Wait()
		q := engine.Query{Entity: fettle.People, Sort: "name"}
		if got, want := w.byOffsets(q, 50), w.inOrder(q); !slices.Equal(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	})
}
