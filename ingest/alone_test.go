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
					{Values: []any{"7", "Cy", "cy@x.com", "linkedin.com/in/cy"}},
					{Values: []any{"7", "Cy", nil, "linkedin.com/in/cyrus"}},
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

// TestWhoSharesAKeyMeanwhileIsSeen has another process share a key that one record
// alone has, while it is looked who is alone: it waits, and leaves the key shared.
func TestWhoSharesAKeyMeanwhileIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const key = "pe:ann@x.com"
		importText(t, db, "External ID,Name,Email\n1,Ann,ann@x.com\n", ingest.ImportOptions{Source: "crm"})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			held, err := tx.MatchKeys(ctx, []string{key})
			if err != nil || held[key] == 0 {
				t.Fatalf("%v: %v", held, err)
			}
			if err := tx.ShareKeys(ctx, []string{key}); err != nil {
				return err
			}
			return tx.AddSharing(ctx, []store.MatchKey{{Key: key, Record: held[key]}})
		})
		has, commit, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := ingest.Upsert(t.Context(), tx, ingest.UpsertInput{
					Entity: fettle.People, Source: "crm", Origin: 1, Actor: "ann", Now: now, Fields: []string{"external_id", "name", "email"},
					Rows: []ingest.Row{{Values: []any{"2", "Bob", "ann@x.com"}}, {Values: []any{"3", "Cy", "ann@x.com"}}},
				})
				close(has)
				<-commit
				return err
			})
		}()
		<-has
		led, done := make(chan error, 1), make(chan struct{})
		go func() {
			led <- db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.LeadAlone(t.Context(), nil)
				return err
			})
			close(done)
		}()
		if !storetest.Blocked(t, db, done) {
			t.Error("it did not wait")
		}
		close(commit)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if err := <-led; err != nil {
			t.Fatal(err)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			held, err := tx.MatchKeys(ctx, []string{key})
			if id, known := held[key]; err != nil || !known || id != store.NoRecord {
				t.Errorf("the key leads to %v: %v", held, err)
			}
			return err
		})
	})
}
