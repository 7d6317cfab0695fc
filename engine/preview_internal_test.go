package engine

import (
	"fmt"
	"log/slog"
	"testing"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/store"
	"fettle/store/storetest"
)

// What is written about a record between the preview of its row and the claim
// counts: its own values, those of its company, and what became of the row.
func TestAPreviewIsJudgedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, actor := t.Context(), fettle.Actor{Name: "ann", Role: fettle.Admin}
		e, err := New(ctx, Config{DB: db, Log: slog.New(slog.DiscardHandler), Providers: []provider.Provider{formula.New()}, SecretKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		upsert := func(entity fettle.Entity, rows ...map[string]any) {
			t.Helper()
			if _, err := e.UpsertRecords(ctx, actor, UpsertInput{Entity: entity, Rows: rows, NoRun: true, Confirm: true}); err != nil {
				t.Fatal(err)
			}
		}
		upsert(fettle.Companies, map[string]any{"domain": "acme.com", "location": "Berlin"})
		for stretch := range int64(4) {
			skipIDs(t, db, store.StretchStart(stretch+1))
			var rows []map[string]any
			for i := range 400 {
				rows = append(rows, map[string]any{"external_id": fmt.Sprint(stretch, "-", i), "name": "Old", "company_domain": "acme.com"})
			}
			upsert(fettle.People, rows...)
		}
		def := fettle.Definition{
			Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: formula.Name, Formula: map[string]string{"value": `name + " of " + company.location`}}},
			Outputs: fettle.Outputs{{Name: "value", Field: "title"}}, Limit: &fettle.Limit{None: true},
		}
		if _, err := e.SaveEnrichment(ctx, actor, "titles", def, false); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Start(ctx, actor, "titles", StartOptions{}); err != nil {
			t.Fatal(err)
		}
		c := newClaimer(t, e)
		first := c.preview(0)
		if len(first.rows) != 800 {
			t.Fatalf("%d rows were previewed, want those of two whole stretches", len(first.rows))
		}
		changed := first.rows[3].RecordID
		if err := e.EditRecord(ctx, actor, changed, "name", "New", false); err != nil {
			t.Fatal(err)
		}
		if c.claim(first); c.w.blind > 0 {
			t.Error("the preview was of no use")
		}
		want := map[int64]string{changed: "New of Berlin", first.rows[4].RecordID: "Old of Berlin", first.last: "Old of Berlin"}

		second := c.preview(first.last)
		upsert(fettle.Companies, map[string]any{"domain": "acme.com", "location": "Kyiv"})
		c.claim(second)
		want[second.rows[0].RecordID] = "Old of Kyiv"
		for id, title := range want {
			d, err := e.Record(ctx, actor, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range d.Values {
				if v.Field == "title" && v.Value != title {
					t.Errorf("record %d: %v, want %s", id, v.Value, title)
				}
			}
		}
		if n := c.claim(second).looked; n != 0 {
			t.Errorf("%d rows were claimed twice", n)
		}
	})
}

// skipIDs has the next record take an id.
func skipIDs(t *testing.T, db *store.DB, id int64) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		next, err := tx.NextIDs(t.Context(), store.SeqRecord, 0)
		if err == nil {
			_, err = tx.NextIDs(t.Context(), store.SeqRecord, int(id-next))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// claimer claims by hand what a worker claims in its loop.
type claimer struct {
	t *testing.T
	w *worker
	e store.Enrichment
	p *judge.Program
}

func newClaimer(t *testing.T, e *Engine) *claimer {
	t.Helper()
	c := &claimer{t: t, w: e.worker}
	for range 10 { // opens the rows, a page at a time
		if err := c.w.tend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err := e.db.View(t.Context(), func(tx *store.Tx) (err error) {
		c.e, err = tx.Enrichment(t.Context(), "titles")
		return err
	})
	if err == nil {
		c.p, err = c.w.program(t.Context(), c.e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *claimer) preview(after int64) *preview {
	c.t.Helper()
	v := c.w.preview(c.t.Context(), c.e, c.p, after)
	if v == nil {
		c.t.Fatal("nothing was previewed")
	}
	return v
}

func (c *claimer) claim(v *preview) (out claimed) {
	c.t.Helper()
	err := c.w.db.Update(c.t.Context(), func(tx *store.Tx) (err error) {
		out, err = c.w.claimPage(c.t.Context(), tx, c.p, 0, map[*connect.Connection]int{c.p.Steps[0].Connection: page}, v, page)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}
