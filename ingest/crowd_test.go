package ingest_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// crowd makes two companies, 1 and 2, of which the second has many people: more
// than two transactions change.
func crowd(t *testing.T, db *store.DB) {
	t.Helper()
	importText(t, db, "Name,Domain,LinkedIn URL\nAcme,acme.com,\nAcme GmbH,acme.de,linkedin.com/company/acme\n", ingest.ImportOptions{Entity: fettle.Companies})
	var sb strings.Builder
	sb.WriteString("External ID,Company domain\n")
	for i := range crowded {
		fmt.Fprintf(&sb, "p%d,acme.de\n", i)
	}
	importText(t, db, sb.String(), ingest.ImportOptions{})
	wantPeople(t, db, 0, 0, crowded)
}

// crowded is how many people a company has that has many.
const crowded = 11_000

// wantPeople compares how many people have no company, company 1 and company 2.
func wantPeople(t *testing.T, db *store.DB, none, first, second int) {
	t.Helper()
	var n [3]int
	err := db.Writer().QueryRowContext(t.Context(), `SELECT COUNT(CASE WHEN company_id IS NULL THEN 1 END), COUNT(CASE WHEN company_id = 1 THEN 1 END),
		COUNT(CASE WHEN company_id = 2 THEN 1 END) FROM people`).Scan(&n[0], &n[1], &n[2])
	if want := [3]int{none, first, second}; err != nil || n != want {
		t.Fatalf("people without a company, at 1 and at 2: %v, want %v (%v)", n, want, err)
	}
}

// TestManyPeopleGoOverByPages merges a company with many people into another,
// a transaction's worth at a time: between any two, whoever comes goes on.
func TestManyPeopleGoOverByPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crowd(t, db)
		by := origin(t, db, store.OriginPerson, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			id, err := ingest.Merge(ctx, tx, ingest.MergeInput{Entity: fettle.Companies, Survivor: 1, Loser: 2, Origin: by, Actor: "ann", Now: now})
			if err == nil && id != 0 {
				t.Errorf("merged at once: %d", id)
			}
			return err
		})
		wantPeople(t, db, 0, 0, crowded)
		due := func(want int) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				n, err := ingest.DueMerges(ctx, tx, now)
				if err == nil && n != want {
					t.Errorf("%d merges were dealt with, want %d", n, want)
				}
				return err
			})
		}
		due(1)
		wantPeople(t, db, 0, 5000, 6000)
		due(1)
		wantPeople(t, db, 0, 10_000, 1000)
		if got := records(t, db, fettle.Companies, 1, 2); len(got) != 2 {
			t.Fatalf("%d companies before the last of their people went over", len(got))
		}
		due(1)
		wantPeople(t, db, 0, crowded, 0)
		if got := records(t, db, fettle.Companies, 1, 2); len(got) != 1 {
			t.Errorf("%d companies after they are one", len(got))
		}
		due(0)
	})
}

// TestManyPeopleLoseTheirCompanyByPages deletes a company with many people.
// Where that is broken off, the people find their company again.
func TestManyPeopleLoseTheirCompanyByPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crowd(t, db)
		by := origin(t, db, store.OriginPerson, "ann")
		in := ingest.DeleteInput{Entity: fettle.Companies, IDs: []int64{2}, Origin: by, Actor: "ann", Now: now}
		unlink := func(want bool) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				more, err := ingest.Unlink(ctx, tx, in)
				if err == nil && more != want {
					t.Errorf("more is %v", more)
				}
				return err
			})
		}
		unlink(true)
		wantPeople(t, db, 5000, 0, 6000)
		for range 3 {
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, _, err := ingest.SweepLinks(ctx, tx, "", by, "system", now)
				return err
			})
		}
		wantPeople(t, db, 0, 0, crowded)
		unlink(true)
		unlink(true)
		unlink(false) // the rest is the deletion's
		wantPeople(t, db, 10_000, 0, 1000)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, in)
			return err
		})
		wantPeople(t, db, crowded, 0, 0)
		var logged sql.NullInt64
		err := db.Writer().QueryRowContext(t.Context(), `SELECT COUNT(DISTINCT record_id) FROM changes WHERE changes = '{"company_id":[2,null]}'`).Scan(&logged)
		if err != nil || logged.Int64 != crowded {
			t.Errorf("%d people are said to have lost their company: %v", logged.Int64, err)
		}
	})
}
