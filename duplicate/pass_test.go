package duplicate_test

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/duplicate"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// put writes people of a list, each a line of id, name, email, company domain.
func put(t *testing.T, db *store.DB, source string, lines ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		origin, err := tx.OriginID(t.Context(), store.Origin{Kind: store.OriginImport, Name: source, Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: source, Origin: origin, Actor: "ann", Now: now, Fields: []string{"external_id", "name", "email", "company_domain"}}
		for i, line := range lines {
			row := ingest.Row{Line: i + 1}
			for part := range strings.SplitSeq(line, ",") {
				var v any
				if part != "" {
					v = part
				}
				row.Values = append(row.Values, v)
			}
			in.Rows = append(in.Rows, row)
		}
		_, err = ingest.Upsert(t.Context(), tx, in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, db *store.DB, number int64) duplicate.Result {
	t.Helper()
	res, err := duplicate.Pass(t.Context(), db, fettle.People, number, now)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// queue is the queue of people in a state: pair → kind.
func queue(t *testing.T, db *store.DB, state string) map[[2]int64]string {
	t.Helper()
	out := map[[2]int64]string{}
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Duplicates(t.Context(), store.DuplicatesInput{Entity: fettle.People, State: state, Limit: 100})
		for _, r := range rows {
			out[r.Now] = r.Kind
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDecisionsLastUntilKeyDataChanges finds a pair, keeps it apart, searches
// again, changes what does not say who they are, and then what does.
func TestDecisionsLastUntilKeyDataChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "crm", "1,Ann Lee,ann@acme.com,acme.com", "2,Ann Lee,alee@acme.com,acme.com", "3,Bob Ray,bob@acme.com,acme.com")
		if res := search(t, db, 1); res.Likely != 1 || res.Records != 3 {
			t.Fatalf("the search: %+v", res)
		}
		pair := [2]int64{1, 2}
		if q := queue(t, db, fettle.DuplicateOpen); len(q) != 1 || q[pair] != fettle.DuplicateLikely {
			t.Fatalf("the queue: %v", q)
		}
		decide(t, db, pair)
		search(t, db, 2)
		if q := queue(t, db, fettle.DuplicateOpen); len(q) != 0 {
			t.Errorf("a decision did not last: %v", q)
		}
		put(t, db, "crm", "2,ann  lee,ALee@acme.com,acme.com") // the same, written otherwise
		if res := search(t, db, 3); res.Raised != 0 {
			t.Errorf("raised by what says the same: %+v", res)
		}
		put(t, db, "crm", "2,Ann Lee,ann.lee@acme.com,acme.com")
		if res := search(t, db, 4); res.Raised != 1 {
			t.Errorf("not raised: %+v", res)
		}
		if q := queue(t, db, fettle.DuplicateOpen); q[pair] != fettle.DuplicateLikely {
			t.Errorf("the queue: %v", q)
		}
		// What is likely no more goes from the queue.
		put(t, db, "crm", "2,Zoe Novak,zoe@novak.example,novak.example")
		search(t, db, 5)
		q := queue(t, db, fettle.DuplicateOpen)
		delete(q, [2]int64{2, 0}) // a rename by nothing but the id is a doubt of its own
		if len(q) != 0 {
			t.Errorf("still likely: %v", q)
		}
	})
}

// decide keeps a pair apart, by what the two are now.
func decide(t *testing.T, db *store.DB, pair [2]int64) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		recs, err := tx.Records(t.Context(), fettle.People, pair[:], ingest.KeyFields(fettle.People), nil)
		if err != nil {
			return err
		}
		basis := ingest.KeyData(fettle.People, recs[0].Value) + "." + ingest.KeyData(fettle.People, recs[1].Value)
		return tx.DecideDuplicate(t.Context(), store.Duplicate{Pair: pair, Entity: fettle.People, State: fettle.DuplicateApart, Basis: basis, Actor: "ann", DecidedUS: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSeveralIDsAreListed lists a record that holds two ids of one list, as older
// programs left them, until one goes; ids of two lists are nothing to list.
func TestSeveralIDsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put(t, db, "crm", "1,Ann Lee,ann@acme.com,", "2,Bob Ray,bob@acme.com,")
		put(t, db, "hub", "h1,Ann Lee,ann@acme.com,")
		key := []store.MatchKey{{Key: "px:crm:7", Record: 2}}
		update := func(fn func(tx *store.Tx) error) {
			if err := db.Update(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		update(func(tx *store.Tx) error {
			_, err := tx.AddMatchKeys(t.Context(), key)
			return err
		})
		if res := search(t, db, 1); res.Splits != 1 {
			t.Errorf("the search: %+v", res)
		}
		if q := queue(t, db, fettle.DuplicateOpen); len(q) != 1 || q[[2]int64{2, 0}] != fettle.DuplicateSplit {
			t.Errorf("the queue: %v", q)
		}
		update(func(tx *store.Tx) error { return tx.RemoveMatchKeys(t.Context(), key) })
		search(t, db, 2)
		if q := queue(t, db, fettle.DuplicateOpen); len(q) != 0 {
			t.Errorf("still to split: %v", q)
		}
	})
}
