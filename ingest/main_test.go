package ingest_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/source/csv"
	"fettle/store"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// importText imports a CSV text into people.
func importText(t testing.TB, db *store.DB, text string, opts ingest.ImportOptions) fettle.ImportView {
	t.Helper()
	v, err := tryImport(t, db, text, opts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func tryImport(t testing.TB, db *store.DB, text string, opts ingest.ImportOptions) (fettle.ImportView, error) {
	t.Helper()
	r, err := csv.Open(strings.NewReader(text), int64(len(text)), "test.csv", csv.Options{Header: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	if opts.Entity == "" {
		opts.Entity = fettle.People
	}
	opts.Actor, opts.Now = "ann", now
	opts.Again = func() (*csv.Reader, error) {
		return csv.Open(strings.NewReader(text), int64(len(text)), "test.csv", csv.Options{Header: 1})
	}
	return ingest.Import(t.Context(), db, r, opts)
}

func update(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// records reads records by id: field → text, with the marks of the record.
func records(t testing.TB, db *store.DB, entity fettle.Entity, ids ...int64) map[int64]*store.Record {
	t.Helper()
	out := map[int64]*store.Record{}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		fields, err := tx.Fields(ctx, entity)
		if err != nil {
			return err
		}
		keys := make([]string, len(fields))
		for i, f := range fields {
			keys[i] = f.Key
		}
		rs, err := tx.Records(ctx, entity, ids, keys, nil)
		for _, r := range rs {
			out[r.ID] = r
		}
		return err
	})
	return out
}

// counts is what an import says of its rows.
type counts struct{ Read, Created, Updated, Merged, Unchanged, Rejected, Conflicts int64 }

func countsOf(v fettle.ImportView) counts {
	return counts{v.Read, v.Created, v.Updated, v.Merged, v.Unchanged, v.Rejected, v.Conflicts}
}

func wantCounts(t testing.TB, v fettle.ImportView, want counts) {
	t.Helper()
	if got := countsOf(v); got != want {
		t.Errorf("import: %+v, want %+v; rejects %v", got, want, v.Rejects)
	}
	if v.Read != v.Created+v.Updated+v.Merged+v.Unchanged+v.Rejected {
		t.Errorf("rows do not add up: %+v", countsOf(v))
	}
}

func origin(t testing.TB, db *store.DB, kind, name string) int64 {
	t.Helper()
	var id int64
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = tx.OriginID(ctx, store.Origin{Kind: kind, Name: name, Day: fettle.DayOf(now)})
		return err
	})
	return id
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
