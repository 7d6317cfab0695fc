package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// likeness is what an undo gives back: records, keys, cells, marks, decisions, and
// what stays as it is, the journal.
type likeness map[string]string

// likeness writes down what there is, of these records and of those that are there.
func (w *world) likeness(also []int64) likeness {
	w.t.Helper()
	out := likeness{}
	ids := slices.Clone(also)
	for _, name := range []string{fettle.AllPeople, fettle.AllCompanies} {
		for _, id := range w.ids(name) {
			ids = append(ids, id)
			d, err := w.e.Record(w.t.Context(), admin, id)
			if err != nil {
				w.t.Fatal(err)
			}
			out[fmt.Sprint("record ", id)] = fmt.Sprint(valuesOf(d), " at ", d.CompanyID, " suppressed ", d.Suppressed)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		keys, err := tx.KeysOf(w.t.Context(), ids)
		if err != nil {
			return err
		}
		shared, err := tx.SharedBy(w.t.Context(), ids)
		if err != nil {
			return err
		}
		cells, err := tx.Cells(w.t.Context(), ids)
		if err != nil {
			return err
		}
		for id := range maps.Keys(keys) {
			slices.Sort(keys[id])
			out[fmt.Sprint("keys ", id)] = strings.Join(keys[id], ", ")
		}
		for id, list := range shared {
			slices.Sort(list)
			out[fmt.Sprint("shared ", id)] = strings.Join(list, ", ")
		}
		for k, c := range cells {
			out[fmt.Sprint("cell ", k)] = fmt.Sprint(c)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	out["journal"] = fmt.Sprint(len(w.journal("")))
	return out
}

// differs says in what two likenesses differ, but for what begins so.
func (l likeness) differs(from likeness, but ...string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(l)) {
		if from[key] != l[key] {
			out = append(out, fmt.Sprintf("%s: %s, and was %s", key, l[key], from[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		if _, ok := l[key]; !ok {
			out = append(out, fmt.Sprintf("%s: gone, was %s", key, from[key]))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool {
		return slices.ContainsFunc(but, func(b string) bool { return strings.HasPrefix(s, b) })
	})
}

// done does one thing at random, and gives the change set that it is.
func (p *pastWorld) done() string {
	p.t.Helper()
	ctx := p.t.Context()
	newest := func(kind string) string {
		sets, _, err := p.e.ChangeSets(ctx, viewer, engine.SetsQuery{Kind: kind, Limit: 1})
		if err != nil || len(sets) == 0 {
			p.t.Fatal(kind, err)
		}
		return sets[0].ID
	}
	person := func(i int) map[string]any {
		return map[string]any{
			"external_id": fmt.Sprint("h", i), "name": fmt.Sprint("Person ", i), "title": []any{"cto", "boss"}[p.rnd.IntN(2)],
			"email": fmt.Sprintf("h%d@c%d.com", i%7, i%3), "company_domain": fmt.Sprintf("c%d.com", p.rnd.IntN(5)),
		}
	}
	ids := p.ids(fettle.AllPeople)
	some := ids[:1+p.rnd.IntN(min(4, len(ids)))]
	var err error
	switch op := p.rnd.IntN(9); op {
	case 0, 1: // two calls of one sender, of people that are there and of new ones
		for range 2 {
			rows := []map[string]any{person(p.rnd.IntN(12)), person(p.rnd.IntN(12))}
			if _, err = p.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "hook", Confirm: true, Rows: rows}); err != nil {
				p.t.Fatal(err)
			}
		}
		return newest(store.SetUpsert)
	case 2:
		p.n++
		row := map[string]any{"name": fmt.Sprint("Typed ", p.n), "email": fmt.Sprintf("typed%d@c1.com", p.n), "title": "boss"}
		v, err := p.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, ByHand: true, Confirm: true, Rows: []map[string]any{row}})
		if err != nil || v.Set == "" {
			p.t.Fatal(v.Set, err)
		}
		return v.Set
	case 3:
		d, err := p.e.Record(ctx, admin, some[0])
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err = p.e.SuppressRecords(ctx, admin, some, "", !d.Suppressed); err != nil {
			p.t.Fatal(err)
		}
		return newest(store.SetSuppress)
	case 4:
		if _, err = p.e.DeleteRecords(ctx, admin, some, "", false); err != nil {
			p.t.Fatal(err)
		}
		return newest(store.SetDelete)
	case 5:
		for _, id := range some {
			if _, err = p.e.SplitRecord(ctx, admin, id, fmt.Sprint("older", id)); err == nil {
				return newest(store.SetSplit)
			}
		}
		return p.done()
	case 6:
		in := engine.EditsInput{Entity: fettle.People, Confirm: true}
		for _, id := range some {
			p.n++
			in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "title", Value: fmt.Sprint("edited ", p.n)})
		}
		v, err := p.e.EditRecords(ctx, admin, in)
		if err != nil {
			p.t.Fatal(err)
		}
		return v.Set
	}
	if rows := p.rnd.IntN(3); rows > 0 { // one row makes two records one
		var list []map[string]any
		for range rows {
			list = append(list, map[string]any{"linkedin_url": fmt.Sprint("linkedin.com/in/p", p.rnd.IntN(4)), "email": fmt.Sprintf("q%d@c1.com", p.rnd.IntN(4)), "title": "one"})
		}
		v, err := p.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "joins", Confirm: true, Rows: list})
		if err != nil {
			p.t.Fatal(err)
		}
		if v.Set != "" {
			return v.Set
		}
	}
	text := "LinkedIn URL,Email,Title\n"
	if p.rnd.IntN(2) == 0 {
		text += fmt.Sprintf("linkedin.com/in/p%d,q%d@c1.com,imported\n", p.rnd.IntN(4), p.rnd.IntN(4))
	} else {
		text = "External ID,Name,Email,Title\n"
	}
	for range 3 * strings.Count(text, "External") {
		x := person(p.rnd.IntN(12))
		text += fmt.Sprintf("%v,%v,%v,imported\n", x["external_id"], x["name"], x["email"])
	}
	v, err := p.e.Import(ctx, admin, engine.ImportInput{File: file(p.t, text), Entity: fettle.People, Source: "hook", Confirm: true})
	if err != nil {
		p.t.Fatal(err)
	}
	return store.SetID(store.SetImport, v.ID)
}

// TestUndoHistories does something at random, takes it back, does it again and takes
// it back again: records, keys and cells are as they were each time.
func TestUndoHistories(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed := uint64(time.Now().UnixNano())
		t.Log("seed", seed)
		w := newWorld(t, db, sandbox.Defaults())
		p := &pastWorld{world: w, rnd: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test
		for i := range 6 {
			row := map[string]any{"external_id": fmt.Sprint("h", i), "name": fmt.Sprint("Person ", i), "company_domain": fmt.Sprintf("c%d.com", i%3), "title": "engineer"}
			if i%2 == 0 {
				row["email"] = fmt.Sprintf("h%d@c%d.com", i, i%3)
			}
			w.upsert(fettle.People, row)
		}
		for i := range 4 {
			w.upsert(fettle.People, map[string]any{"linkedin_url": fmt.Sprint("linkedin.com/in/p", i), "name": fmt.Sprint("P ", i)})
			w.upsert(fettle.People, map[string]any{"email": fmt.Sprintf("q%d@c1.com", i), "name": fmt.Sprint("P ", i)})
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { // ids of one list keep records apart today
			for id := range int64(6) {
				if _, err := tx.AddMatchKeys(t.Context(), []store.MatchKey{{Key: fmt.Sprint("px:crm:older", id+1), Record: id + 1}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.upsert(fettle.Companies, map[string]any{"domain": "c1.com", "name": "C1"}, map[string]any{"domain": "c2.com", "name": "C2"})
		stop := w.work(w.e)
		w.save("email", findEmail(fettle.AllPeople, 1000))
		w.start("email")
		w.settle("email")
		stop()
		kinds, merged := map[string]int{}, int64(0)
		for range 14 {
			all := slices.Concat(w.ids(fettle.AllPeople), w.ids(fettle.AllCompanies))
			before := w.likeness(all)
			set := p.done()
			after := w.likeness(all)
			all = slices.Concat(all, w.ids(fettle.AllPeople), w.ids(fettle.AllCompanies))
			kinds[strings.SplitN(set, "-", 2)[0]]++
			first := w.take(set)
			merged += first.Unmerged
			undone := w.likeness(all)
			again := w.take(first.ID)
			redone := w.likeness(all)
			second := w.take(set)
			twice := w.likeness(all)
			if first.LeftCount+again.LeftCount+second.LeftCount > 0 {
				t.Errorf("%s: %s left, then %s, then %s: %+v", set, first, again, second, slices.Concat(first.Left, again.Left, second.Left))
			}
			for what, diff := range map[string][]string{
				"the undo is not as before":     undone.differs(before, "keys"), // whoever went keeps theirs
				"the redo is not as it was":     redone.differs(after, "keys"),
				"the second undo is not as the": twice.differs(undone),
			} {
				if len(diff) > 0 {
					t.Errorf("%s (%s): %s:\n%s", set, w.what(set), what, strings.Join(diff, "\n"))
				}
			}
			if t.Failed() {
				return
			}
		}
		t.Log(kinds, merged, "merges taken apart")
		w.sound()
	})
}

// what is a change set in words.
func (w *world) what(id string) string {
	v, err := w.e.ChangeSet(w.t.Context(), viewer, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v.What
}
