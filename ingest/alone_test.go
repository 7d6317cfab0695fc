package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestNoKeyIsSharedByOneAlone has rows of one company differ, or of one person, so that
// a key of theirs counts as shared, and erases one of two that share one: whoever is left
// with it is found by it, and people go to it.
func TestNoKeyIsSharedByOneAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		alone := func(what string) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				keys, err := tx.LeadAlone(ctx, nil)
				if err != nil || len(keys) != 0 {
					t.Errorf("%s: shared by one alone: %v: %v", what, keys, err)
				}
				return err
			})
		}
		works := func(who, want string) {
			t.Helper()
			if got := employers(t, db)[who]; got != want {
				t.Errorf("%s works for %q, want %q", who, got, want)
			}
		}
		of := ingest.ImportOptions{Entity: fettle.Companies, Source: "erp"}
		importText(t, db, "Name,Email\nAnn,ann@beta.com\nBob,bob@both.com\n", ingest.ImportOptions{Source: "hub"})
		const rows = "External ID,Name,Domain\n1,Beta,beta.com\n1,Acme,acme.com; acme.io\n,Acme,beta.com; acme.io\n"
		wantCounts(t, importText(t, db, rows, of), counts{Read: 3, Created: 1, Merged: 2})
		alone("imported")
		works("Ann", "Acme")
		wantCounts(t, importText(t, db, rows, of), counts{Read: 3, Unchanged: 1, Merged: 2})
		alone("again")

		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Upsert(ctx, tx, ingest.UpsertInput{
				Entity: fettle.People, Source: "api", Origin: 1, Actor: "ann", Now: now, Fields: []string{"external_id", "name", "email", "linkedin_url"},
				Rows: []ingest.Row{
					{Values: []any{"7", "Cy", "cy@x.com", "linkedin.com/in/cy"}}, {Values: []any{"7", "Cy", nil, "linkedin.com/in/cyrus"}},
					{Values: []any{nil, "Cy", "cy@x.com", "linkedin.com/in/cyrus"}},
				},
			})
			return err
		})
		alone("sent")

		importText(t, db, "External ID,Name,Domain\n8,One,both.com\n9,Two,both.com\n", of)
		works("Bob", "")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			held, err := tx.MatchKeys(ctx, []string{"cx:erp:9"})
			if err != nil {
				return err
			}
			_, err = ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.Companies, IDs: []int64{held["cx:erp:9"]}, Erase: true, Origin: 1, Actor: "ann", Now: now})
			return err
		})
		alone("erased")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.LinkPeople(ctx, tx, nil, 1, "ann", now)
			return err
		})
		works("Bob", "One")
	})
}
