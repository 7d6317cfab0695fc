package ingest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestMappedLaterSelectsChoose maps columns of a past import into a select that is
// there and into one that is made: the first keeps its own spelling and marks what
// it does not know, the second learns its values.
func TestMappedLaterSelectsChoose(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddField(ctx, fettle.Field{Entity: fettle.People, Key: "stage", Label: "Stage", Type: fettle.Select, Options: []string{"Won", "Lost"}})
		})
		v := importText(t, db, "Email,Phase,Tier\na@a.com,won,gold\nb@b.com,Maybe,Gold\nc@c.com,LOST,silver\n", ingest.ImportOptions{})
		in := ingest.LaterOptions{Import: v.ID, Map: map[string]string{"Phase": "stage", "Tier": "tier:select"}, DryRun: true, Actor: "ann", Now: now}
		for _, in.DryRun = range []bool{true, false} {
			later, err := ingest.MapLater(t.Context(), db, in)
			if err != nil {
				t.Fatal(err)
			}
			want := []fettle.NewValues{
				{Field: "stage", Values: []fettle.NewValue{{Value: "Maybe", Rows: 1}}},
				{Field: "tier", Values: []fettle.NewValue{{Value: "gold", Rows: 1}, {Value: "silver", Rows: 1}}, Created: true},
			}
			if diff := cmp.Diff(want, later.NewValues); diff != "" {
				t.Errorf("dry %t: %s", in.DryRun, diff)
			}
		}
		got := map[int64][3]string{}
		for id, r := range records(t, db, fettle.People, 1, 2, 3) {
			got[id] = [3]string{fettle.FormatValue(r.Value("stage")), fettle.FormatValue(r.Value("tier")), r.InvalidList}
		}
		if diff := cmp.Diff(map[int64][3]string{1: {"Won", "gold", ""}, 2: {"Maybe", "gold", ",stage,"}, 3: {"Lost", "silver", ""}}, got); diff != "" {
			t.Error(diff)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			f, err := tx.Field(ctx, fettle.People, "tier")
			if diff := cmp.Diff([]string{"gold", "silver"}, f.Options); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}
