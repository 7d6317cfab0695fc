package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// people counts the people.
func people(t testing.TB, db *store.DB) (n int64) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = tx.Count(ctx, fettle.People, expr.Fragment{Text: "1 = 1"})
		return err
	})
	return n
}

func TestMergedRowsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Email\nann@x.com\n", ingest.ImportOptions{})
		importText(t, db, "LinkedIn URL\nlinkedin.com/in/annlee\n", ingest.ImportOptions{})
		text := "Name,Email,LinkedIn URL\nFay,fay@x.com,\nGil,FAY@x.com,\n Fay ,fay@x.com,\nAnn,ann@x.com,linkedin.com/in/annlee\nAnn,ann@x.com,\n,,\n"
		for _, dry := range []bool{true, false} {
			v := importText(t, db, text, ingest.ImportOptions{DryRun: dry})
			wantCounts(t, v, counts{Read: 6, Created: 1, Merged: 4, Rejected: 1})
			made := int64(3)
			if dry {
				made = -1
			}
			want := []fettle.MergedRow{
				{Line: 3, WithLine: 2, RecordID: made, Key: "email:fay@x.com", NamesDiffer: true},
				{Line: 4, WithLine: 2, RecordID: made, Key: "email:fay@x.com", NamesDiffer: true}, // from Gil, who the record was by then
				{Line: 5, RecordID: 1, OtherID: 2, Key: "linkedin:in/annlee"},
				{Line: 6, WithLine: 5, RecordID: 1, Key: "email:ann@x.com"},
			}
			if diff := cmp.Diff(want, v.Merges); diff != "" || v.Joined != 1 {
				t.Errorf("dry %t: %d joined; merges (-want +got)\n%s", dry, v.Joined, diff)
			}
			if dry {
				continue
			}
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				kept, err := tx.ImportMerges(ctx, v.ID, 0, 100)
				if diff := cmp.Diff(v.Merges, kept); diff != "" {
					t.Error("kept:", diff)
				}
				return err
			})
		}
	})
}

// TestCreatedIsWhatTheTableHasMore imports files whose rows meet each other and
// what is there in many ways, also across the blocks in which a file is read.
func TestCreatedIsWhatTheTableHasMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for seed := range uint64(4) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			rows, pool := 11_000, []int{200, 9000, 30_000, 400}[seed]
			var sb strings.Builder
			sb.WriteString("External ID,Name,Email,LinkedIn URL\n")
			for range rows {
				p := rnd.IntN(pool)
				id, email, linkedin := fmt.Sprint(p), fmt.Sprintf("p%d@x.com", p), fmt.Sprintf("linkedin.com/in/p%d-x", p)
				if rnd.IntN(2) == 0 || seed == 3 {
					id = ""
				}
				if rnd.IntN(2) == 0 {
					email = ""
				}
				if rnd.IntN(2) == 0 {
					linkedin = ""
				}
				fmt.Fprintf(&sb, "%s,P %d,%s,%s\n", id, rnd.IntN(3), email, linkedin)
			}
			before := people(t, db)
			v := importText(t, db, sb.String(), ingest.ImportOptions{Source: fmt.Sprint("s", seed)})
			if more := people(t, db) - before; v.Created-v.Joined != more {
				t.Errorf("seed %d: %d created, %d joined; the table has %d more", seed, v.Created, v.Joined, more)
			}
			if v.Created+v.Updated+v.Merged+v.Unchanged+v.Rejected != v.Read || v.Read != int64(rows) {
				t.Errorf("seed %d: %+v", seed, countsOf(v))
			}
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				kept, err := tx.ImportMerges(ctx, v.ID, 0, rows)
				if int64(len(kept)) != v.Merged {
					t.Errorf("seed %d: %d merged, %d listed", seed, v.Merged, len(kept))
				}
				return err
			})
		}
	})
}
