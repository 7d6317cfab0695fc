package ingest_test

import (
	"context"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestARenameByNothingButTheIDIsADoubt sends records under their ids with other
// names: each is an update, and who has nothing else in common is in the queue.
func TestARenameByNothingButTheIDIsADoubt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		from := origin(t, db, store.OriginAPI, "crm")
		send := func(rows ...[3]string) (res ingest.UpsertResult) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				in := ingest.UpsertInput{Entity: fettle.People, Source: "crm", Origin: from, Actor: "hook", Now: now, Fields: []string{"external_id", "name", "email"}}
				for i, r := range rows {
					in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{r[0], r[1], r[2]}})
				}
				res, err = ingest.Upsert(ctx, tx, in)
				return err
			})
			return res
		}
		send([3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"}, [3]string{"3", "Cid Poe", "cid@x.com"}, [3]string{"4", "Dan Fox", "dan@x.com"})
		res := send([3]string{"1", "Xen Ito", "xen@y.com"}, [3]string{"2", "Yul Kim", "bob@x.com"}, [3]string{"3", "Poe, Cid", "cid@y.com"}, [3]string{"4", "Dan Oak", ""})
		if res.Updated != 4 || res.Conflicts != 0 {
			t.Errorf("%+v", res)
		}
		var rows []store.DuplicateRow
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			rows, err = tx.Duplicates(ctx, store.DuplicatesInput{Entity: fettle.People, State: fettle.DuplicateOpen, Limit: 10})
			return err
		})
		if len(rows) != 1 || rows[0].Pair != [2]int64{1, 0} || rows[0].Kind != fettle.DuplicateSplit || !strings.Contains(rows[0].Reasons, "named it Xen Ito; it was Ann Lee") {
			t.Errorf("queue: %+v", rows)
		}
	})
}
