package engine_test

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestHubAsOf tells how fields were filled then beside now, counts who was erased
// since apart, and refuses a time before the history.
func TestHubAsOf(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 4, "engineer")
		ids := w.ids(fettle.AllPeople)
		time.Sleep(time.Millisecond)
		then := time.Now()
		time.Sleep(time.Millisecond)
		w.edit(ids[0], "title", nil)
		if _, err := w.e.DeleteRecords(ctx, editor, ids[1:2], "", false); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.DeleteRecords(ctx, editor, ids[2:3], "", true); err != nil {
			t.Fatal(err)
		}
		v, err := w.e.HubAsOf(ctx, viewer, "", "", then)
		if err != nil || v.Entity != fettle.People || v.Records != 3 || v.Then.RecordsNow != 2 || v.Then.Erased != 1 || v.Then.HistorySince.After(then) {
			t.Fatalf("%+v %+v: %v", v, v.Then, err)
		}
		for _, f := range v.Fields {
			if f.Field == "title" && (f.Filled != 3 || f.Rate != 1 || f.Now.Filled != 1 || f.Now.Rate != 0.5) {
				t.Errorf("titles: %+v, now %+v", f, f.Now)
			}
		}
		_, err = w.e.HubAsOf(ctx, viewer, fettle.People, "", then.AddDate(-1, 0, 0))
		if w.code(fettle.Refused, err, "before the history"); !strings.Contains(err.Error(), v.Then.HistorySince.Format(time.RFC3339)) {
			t.Errorf("the refusal does not say when it begins: %v", err)
		}
	})
}
