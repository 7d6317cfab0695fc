package run_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"fettle"
	"fettle/connect"
	"fettle/engine"
	"fettle/internal/events"
	"fettle/judge"
	"fettle/notify"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/run"
	"fettle/store"
	"fettle/store/storetest"
)

// What is written about a record between the preview of its row and the claim
// counts: its own values, those of its company, and what became of the row.
func TestAPreviewIsJudgedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, actor := t.Context(), fettle.Actor{Name: "ann", Role: fettle.Admin}
		e, err := engine.New(ctx, engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), Providers: []provider.Provider{formula.New()}, SecretKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		upsert := func(entity fettle.Entity, rows ...map[string]any) {
			t.Helper()
			if _, err := e.UpsertRecords(ctx, actor, engine.UpsertInput{Entity: entity, Rows: rows, NoRun: true, Confirm: true}); err != nil {
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
		if _, err := e.SaveEnrichment(ctx, actor, "titles", def); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Start(ctx, actor, "titles", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		c := run.NewClaimer(t, newWorker(t, db, formula.New()), "titles")
		first := c.Preview(0)
		if first.Rows() != 800 {
			t.Fatalf("%d rows were previewed, want those of two whole stretches", first.Rows())
		}
		changed := first.Record(3)
		if err := e.EditRecord(ctx, actor, changed, "name", "New", false); err != nil {
			t.Fatal(err)
		}
		if _, used := c.Claim(first); !used {
			t.Error("the preview was of no use")
		}
		want := map[int64]string{changed: "New of Berlin", first.Record(4): "Old of Berlin", first.Last(): "Old of Berlin"}

		second := c.Preview(first.Last())
		upsert(fettle.Companies, map[string]any{"domain": "acme.com", "location": "Kyiv"})
		c.Claim(second)
		want[second.Record(0)] = "Old of Kyiv"
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
		if n, _ := c.Claim(second); n != 0 {
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

// newWorker makes a worker beside the engine's own.
func newWorker(t *testing.T, db *store.DB, providers ...provider.Provider) *run.Worker {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	conns := connect.New(db, log, connect.Config{Providers: providers, SecretKey: make([]byte, 32)})
	if err := conns.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	feed := events.New()
	channels, err := notify.New(notify.Config{DB: db, Log: log, Events: feed, SecretKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return run.New(run.Config{
		DB: db, Log: log, Conns: conns, Judge: judge.New(conns), Events: feed, Workspace: "w", Channels: channels,
		Signals: func(context.Context) error { return nil },
	})
}
