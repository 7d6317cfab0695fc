package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestZeroPaddedIDsAreADoubt imports numbers with and without their zeros, in one
// file and in two.
func TestZeroPaddedIDsAreADoubt(t *testing.T) {
	doubts := func(t *testing.T, db *store.DB) (out []store.Conflict) {
		t.Helper()
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.Conflicts(ctx, fettle.People, 0, 100)
			for _, r := range rows {
				out = append(out, r.Conflict)
			}
			return err
		})
		return out
	}
	for _, c := range []struct {
		name, first, then string
		want              []store.Conflict
	}{
		{"zeros that come", "id,name\n10,Ann\n11,Bob\n", "id,name\n0010,Ann\n12,Cid\n", []store.Conflict{{Record: 3, Other: 1, Key: "px:csv%3Aid:0010", Reason: "zero_padded"}}},
		{"zeros that go", "id,name\n0010,Ann\n0011,Bob\n", "id,name\n10,Ann\n", []store.Conflict{{Record: 3, Other: 1, Key: "px:csv%3Aid:10", Reason: "zero_padded"}}},
		{"other zeros", "id,name\n0010,Ann\n", "id,name\n00010,Ann\n", []store.Conflict{{Record: 2, Other: 1, Key: "px:csv%3Aid:00010", Reason: "zero_padded"}}},
		{"in one file", "id,name\n7,Zoe\n", "id,name\n10,Ann\n0010,Ann\n", []store.Conflict{{Record: 3, Other: 2, Key: "px:csv%3Aid:0010", Reason: "zero_padded"}}},
		{"nothing but zeros", "id,name\n0,Ann\n", "id,name\n00,Ann\n", []store.Conflict{{Record: 2, Other: 1, Key: "px:csv%3Aid:00", Reason: "zero_padded"}}},
		{"of another list", "id,name\n10,Ann\n", "user,name\n0010,Ann\n", nil},
		{"letters", "id,name\nA10,Ann\n", "id,name\n0A10,Ann\n", nil},
		{"none", "id,name\n10,Ann\n", "id,name\n100,Bob\n1,Cid\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				importText(t, db, c.first, ingest.ImportOptions{})
				opts := ingest.ImportOptions{Map: map[string]string{}, DryRun: true}
				if c.then[:4] == "user" {
					opts.Map["user"] = "external_id"
				}
				dry := importText(t, db, c.then, opts)
				opts.DryRun = false
				v := importText(t, db, c.then, opts)
				if v.Conflicts != int64(len(c.want)) || dry.Conflicts != v.Conflicts || v.Created != v.Read {
					t.Errorf("dry %+v, then %+v", countsOf(dry), countsOf(v))
				}
				got := doubts(t, db)
				if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
					t.Errorf("doubts %+v, want %+v", got, c.want)
				}
				again := importText(t, db, c.then, opts)
				wantCounts(t, again, counts{Read: v.Read, Unchanged: v.Read})
			})
		})
	}
}
