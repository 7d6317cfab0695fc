package run_test

import (
	"log/slog"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/run"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAClaimGoesByTheNewestConnections has a connection change after a program
// was read and before its claim: nothing is claimed by what held before.
func TestAClaimGoesByTheNewestConnections(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, actor := t.Context(), fettle.Actor{Name: "ann", Role: fettle.Admin}
		e, err := engine.New(ctx, engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), Providers: []provider.Provider{formula.New()}, SecretKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		rows := []map[string]any{{"external_id": "1", "name": "Ann"}}
		if _, err := e.UpsertRecords(ctx, actor, engine.UpsertInput{Entity: fettle.People, Rows: rows, NoRun: true, Confirm: true}); err != nil {
			t.Fatal(err)
		}
		def := fettle.Definition{
			Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: formula.Name, Formula: map[string]string{"value": "name"}}},
			Outputs: fettle.Outputs{{Name: "value", Field: "title"}}, Limit: &fettle.Limit{None: true},
		}
		if _, err := e.SaveEnrichment(ctx, actor, "titles", def); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Start(ctx, actor, "titles", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		c := run.NewClaimer(t, newWorker(t, db, formula.New()), "titles")
		if err := db.Update(ctx, func(tx *store.Tx) error {
			return tx.PutConnection(ctx, store.Connection{Provider: "another"})
		}); err != nil {
			t.Fatal(err)
		}
		if looked, changed := c.ClaimOne(); !changed || looked != 0 {
			t.Errorf("%d rows were claimed", looked)
		}
	})
}
