package ingest_test

import (
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAnEmptyAnswerReplacesNothing writes values and blanks at random, under any
// policy, over what was imported, bought, or set by hand: a field that has a value
// keeps one, and what is said of each write is what it did.
func TestAnEmptyAnswerReplacesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Title,Location\nAnn,Engineer,\nBob,,Berlin\n", ingest.ImportOptions{})
		hand, bought := origin(t, db, store.OriginPerson, "ann"), origin(t, db, store.OriginEnrichment, "e")
		rapid.Check(t, func(rt *rapid.T) {
			w := ingest.Write{
				Record: rapid.Int64Range(1, 2).Draw(rt, "record"), Field: rapid.SampledFrom([]string{"name", "title", "location"}).Draw(rt, "field"),
				Value: rapid.SampledFrom([]any{nil, "", "  ", "\u00a0", "x", "y"}).Draw(rt, "value"), Valid: true,
				Policy: rapid.SampledFrom([]fettle.WritePolicy{"", fettle.FillBlanks, fettle.Overwrite, fettle.OverwriteAll}).Draw(rt, "policy"),
			}
			first := rapid.SampledFrom([]any{nil, "x", "z"}).Draw(rt, "held before")
			from := rapid.SampledFrom([]int64{hand, bought}).Draw(rt, "set by")
			values(t, db, ingest.ValuesInput{Origin: from, Hand: true, Actor: "ann", Writes: []ingest.Write{{Record: w.Record, Field: w.Field, Value: first, Valid: true, Clear: true}}})
			before := records(t, db, fettle.People, w.Record)[w.Record].Value(w.Field)
			change := values(t, db, ingest.ValuesInput{Origin: bought, Actor: "system", Writes: []ingest.Write{w}})[0].Change
			after := records(t, db, fettle.People, w.Record)[w.Record].Value(w.Field)
			want := ingest.Same
			switch {
			case before == nil && after != nil:
				want = ingest.Filled
			case before != after:
				want = ingest.Overwrote
			}
			if before != nil && after == nil || change != want {
				rt.Errorf("%+v over %v: %v, which is told as %d", w, before, after, change)
			}
		})
	})
}
