package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// crowdedFile has rows that share records near and far, rows that make two
// records one, values that are set aside, placeholders and rejected rows.
func crowdedFile(rnd *rand.Rand, rows int) string {
	var sb strings.Builder
	sb.WriteString("Email,LinkedIn,Title,City,Score\n")
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for i := range rows {
		email, linkedIn := fmt.Sprintf("p%d@acme.com", rnd.IntN(rows)), fmt.Sprintf("linkedin.com/in/person-%d", rnd.IntN(rows))
		switch rnd.IntN(4) {
		case 0:
			email = ""
		case 1:
			linkedIn = ""
		}
		if i%97 == 0 {
			sb.WriteString("a,b,c,d,1,too,many\n")
		}
		fmt.Fprintf(&sb, "%s,%s,%s,%s,%s\n", email, linkedIn, pick("CTO", "CEO", "", "#N/A"), pick("Berlin", ""), pick("1", "2", "many", ""))
	}
	return sb.String()
}

// wantReceipt checks that the differences explain the whole of each field, and
// gives the field's line.
func wantReceipt(t *testing.T, v fettle.ImportView) map[string]fettle.ReceiptField {
	t.Helper()
	out := map[string]fettle.ReceiptField{}
	for _, f := range v.Receipt {
		left := f.File
		for _, d := range f.Differs {
			left -= d.Rows
			if d.Rows < 0 {
				t.Errorf("%s: %+v", f.Field, f.Differs)
			}
		}
		if left != f.Table {
			t.Errorf("%s: %d in the file, %d in the table, of which %+v differ", f.Field, f.File, f.Table, f.Differs)
		}
		out[f.Field] = f
	}
	return out
}

// TestReceiptIsWhatTheTableHolds counts the table by itself.
func TestReceiptIsWhatTheTableHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddField(ctx, fettle.Field{Entity: fettle.People, Key: "score", Type: fettle.Number})
		})
		const rows = 13_000
		file := crowdedFile(rand.New(rand.NewPCG(1, 2)), rows)
		dry := importText(t, db, file, ingest.ImportOptions{DryRun: true, Map: map[string]string{"City": "location"}})
		wantReceipt(t, dry)
		v := importText(t, db, file, ingest.ImportOptions{Map: map[string]string{"City": "location"}})
		for field, f := range wantReceipt(t, v) {
			var n int64
			if err := db.Writer().QueryRowContext(t.Context(), "SELECT COUNT("+field+") FROM people").Scan(&n); err != nil {
				t.Fatal(err)
			}
			if f.Table != n || f.File == 0 {
				t.Errorf("%s: the receipt says %d of %d, the table has %d: %+v", field, f.Table, f.File, n, f.Differs)
			}
		}
		if v.Merged == 0 || v.Rejected == 0 || v.SetAside == 0 {
			t.Fatalf("the file shows nothing: %+v", countsOf(v))
		}
		var kept []fettle.Aside
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			kept, err = tx.ImportAsides(ctx, v.ID, fettle.Aside{}, rows)
			return err
		})
		if int64(len(kept)) != v.SetAside || kept[0].Value != "many" || kept[0].Field != "score" || kept[0].Column != "Score" {
			t.Errorf("%d of %d are kept, the first is %+v", len(kept), v.SetAside, kept[0])
		}
		again := importText(t, db, file, ingest.ImportOptions{Map: map[string]string{"City": "location"}})
		wantReceipt(t, again)
	})
}

// A value set by hand stays, and the receipt says so.
func TestReceiptSaysWhatWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Email,Title\na@acme.com,CTO\nb@acme.com,CEO\n", ingest.ImportOptions{})
		hand := origin(t, db, store.OriginPerson, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Values(ctx, tx, ingest.ValuesInput{
				Entity: fettle.People, Origin: hand, Hand: true, Now: now,
				Writes: []ingest.Write{{Record: 1, Field: "title", Value: "Chief", Valid: true, Policy: fettle.OverwriteAll}},
			})
			return err
		})
		v := importText(t, db, "Email,Title\na@acme.com,Head\nb@acme.com,Boss\n", ingest.ImportOptions{})
		got := wantReceipt(t, v)["title"]
		if got.File != 2 || got.Table != 1 || len(got.Differs) != 1 || got.Differs[0] != (fettle.ReceiptDiffers{Reason: "kept an older value", Rows: 1}) {
			t.Errorf("%+v", got)
		}
	})
}
