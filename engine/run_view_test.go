package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestARunSaysWhatItWrote has enrichments of each write policy run over records of
// which some have a value from an import, some one set by hand, some none. Whatever
// is found, an answer without a value replaces none; what was filled and overwritten
// is counted, and each overwrite says why it was allowed.
func TestARunSaysWhatItWrote(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		world := 0
		rapid.Check(t, func(rt *rapid.T) {
			cfg := sandbox.Defaults()
			cfg.HitRate = rapid.SampledFrom([]float64{0, 0.3, 0.7, 1}).Draw(rt, "hit rate")
			cfg.MisfitRate = rapid.SampledFrom([]float64{0, 0.5}).Draw(rt, "misfits")
			cfg.Seed = rapid.Uint64Range(1, 1000).Draw(rt, "seed")
			world++
			writesOfARun(t, db, cfg, fmt.Sprintf("of%d", world))
		})
	})
}

func writesOfARun(t *testing.T, db *store.DB, cfg sandbox.Config, list string) {
	t.Helper()
	w := newWorld(t, db, cfg)
	stop := w.work(w.e)
	defer stop()
	policies := []fettle.WritePolicy{fettle.FillBlanks, fettle.Overwrite, fettle.OverwriteAll}
	for _, p := range policies {
		w.field(list+"_"+string(p), fettle.Text)
	}
	var rows []map[string]any
	for i := range 12 {
		r := map[string]any{"external_id": fmt.Sprintf("%s-%d", list, i), "name": fmt.Sprintf("Person %s %d", list, i), "title": list, "company_domain": "acme.com"}
		for _, p := range policies {
			if i%3 > 0 {
				r[list+"_"+string(p)] = fmt.Sprintf("old%d@acme.com", i)
			}
		}
		rows = append(rows, r)
	}
	w.upsert(fettle.People, rows...)
	w.audience(list, fmt.Sprintf("title == %q", list))
	ids := w.ids(list)
	for _, p := range policies {
		field := list + "_" + string(p)
		w.edit(ids[2], field, "hand@acme.com")
		before := map[int64]any{}
		for _, id := range ids {
			before[id] = w.value(id, field)
		}
		def := findEmail(list, 1000)
		def.Outputs, def.Write = fettle.Outputs{{Name: "email", Field: field}}, p
		name := list + "-" + strings.ReplaceAll(string(p), "_", "-")
		w.save(name, def)
		w.start(name)
		w.settle(name)
		w.wroteAsItSays(name, field, p, before)
	}
	w.sound()
}

// wroteAsItSays compares what a run says of what it wrote with what was and is.
func (w *world) wroteAsItSays(name, field string, p fettle.WritePolicy, before map[int64]any) {
	w.t.Helper()
	runs, next, err := w.e.Runs(w.t.Context(), admin, name, 0, 10)
	if err != nil || len(runs) != 1 || next != 0 {
		w.t.Fatalf("%d runs, %v", len(runs), err)
	}
	var fills, overwrites int64
	for id, was := range before {
		switch now := w.value(id, field); {
		case was != nil && now == nil:
			w.t.Errorf("%s: record %d lost %v", name, id, was)
		case was == nil && now != nil:
			fills++
		case was != now:
			overwrites++
		}
	}
	r, err := w.e.EnrichmentRun(w.t.Context(), admin, name, runs[0].ID)
	if err != nil || *r.Fills != fills || *r.Overwrites != overwrites || *r.EmptyOverValue != 0 || r.SpentCredits != w.show(name).SpentCredits {
		w.t.Errorf("%s: the run says %d filled, %d overwritten, %d emptied, %s spent; %d and %d were, %v", name, *r.Fills, *r.Overwrites, *r.EmptyOverValue, r.SpentCredits, fills, overwrites, err)
	}
	var got int64
	for after := int64(0); ; {
		page, next, err := w.e.RunOverwrites(w.t.Context(), admin, name, r.ID, after, 2)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, x := range page {
			got++
			was, is := fmt.Sprint(before[x.RecordID]), fmt.Sprint(w.value(x.RecordID, field))
			if fmt.Sprintf("%s", x.Before) != fmt.Sprintf("%q", was) || fmt.Sprintf("%s", x.After) != fmt.Sprintf("%q", is) || x.Policy != string(p) || x.Source == "" || x.AgeDays == nil || x.Why == "" {
				w.t.Errorf("%s: %+v, was %s, is %s", name, x, was, is)
			}
			if byHand := x.SourceKind == store.OriginPerson; byHand && p != fettle.OverwriteAll {
				w.t.Errorf("%s: it replaced what a person had set: %s", name, x.Why)
			}
		}
		if after = next; after == 0 {
			break
		}
	}
	if got != overwrites {
		w.t.Errorf("%s: %d overwrites are listed, want %d", name, got, overwrites)
	}
	if _, err := w.e.EnrichmentRun(w.t.Context(), admin, name, r.ID+1000); fettle.CodeOf(err) != fettle.NotFound {
		w.t.Errorf("another run: %v", err)
	}
}
