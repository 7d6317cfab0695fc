package store_test

import (
	"context"
	"errors"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// openRows opens pending rows of records 1 to n in enrichment 1.
func openRows(t *testing.T, db *store.DB, n int64) []store.Row {
	t.Helper()
	var out []store.Row
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		ids := make([]int64, n)
		for i := range ids {
			ids[i] = int64(i) + 1
		}
		if _, err := tx.InsertRows(t.Context(), store.Opening{Enrichment: 1, Run: 1, Cause: fettle.CauseStart, NowUS: 1}, ids); err != nil {
			return err
		}
		rows, err := tx.PendingRows(t.Context(), 1, 0, "", int(n))
		out = rows
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// counted fails the test unless row_counts is what the rows are.
func counted(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		n, err := tx.AuditCount(t.Context(), "row_counts")
		if err == nil && n != 0 {
			counts, _ := tx.RowCounts(t.Context(), 1)
			t.Errorf("%d counts are wrong: %v", n, counts)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func running(r store.Row) store.Row {
	r.State = fettle.RowRunning
	return r
}

// TestRowsAreWrittenAsTheyWereRead gives the verbs that move counters rows that
// are not as their caller believes.
func TestRowsAreWrittenAsTheyWereRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := openRows(t, db, 3)
		done := rows[0]
		done.State, done.Outcome, done.Paid = fettle.RowDone, fettle.Found, true
		paid := rows[1]
		paid.Paid = true
		unlike := []store.Row{done, paid, {EnrichmentID: 1, RecordID: 99, State: fettle.RowPending}}
		for name, write := range map[string]func(context.Context, *store.Tx) error{
			"another state": func(ctx context.Context, tx *store.Tx) error {
				return tx.PutRows(ctx, unlike[:1], []store.Row{running(rows[0])})
			},
			"another count": func(ctx context.Context, tx *store.Tx) error {
				return tx.PutRows(ctx, unlike[1:2], []store.Row{running(rows[1])})
			},
			"no row": func(ctx context.Context, tx *store.Tx) error {
				return tx.PutRows(ctx, unlike[2:], []store.Row{running(unlike[2])})
			},
			"one of two": func(ctx context.Context, tx *store.Tx) error {
				return tx.PutRows(ctx, []store.Row{rows[1], done}, []store.Row{running(rows[1]), running(rows[0])})
			},
			"delete": func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRows(ctx, unlike) },
			"delete the moved": func(ctx context.Context, tx *store.Tx) error {
				return tx.DeleteRows(ctx, []store.Row{running(rows[2])})
			},
			"delete twice": func(ctx context.Context, tx *store.Tx) error {
				return tx.DeleteRows(ctx, []store.Row{rows[2], rows[2]})
			},
			"carry away": func(ctx context.Context, tx *store.Tx) error {
				return tx.RemoveCarriedRows(ctx, []store.CarriedRow{{Enrichment: 1, Record: 1, State: "running"}})
			},
			"carry to a taken": func(ctx context.Context, tx *store.Tx) error {
				return tx.AddCarriedRows(ctx, []store.CarriedRow{{Enrichment: 1, Record: 1, State: "done"}})
			},
		} {
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return write(t.Context(), tx) }); !errors.Is(err, store.ErrMoved) {
				t.Errorf("%s: %v, want ErrMoved", name, err)
			}
			counted(t, db)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.PutRows(t.Context(), []store.Row{rows[0], rows[0]}, []store.Row{running(rows[0]), running(rows[0])})
		}); err == nil {
			t.Error("a row was written twice in one statement")
		}
		counted(t, db)
	})
}

// TestRowsThatAreClaimedMeanwhile has a claim commit between the moment when
// another transaction has read rows and the moment when it writes them.
func TestRowsThatAreClaimedMeanwhile(t *testing.T) {
	for name, write := range map[string]func(context.Context, *store.Tx, []store.Row) error{
		"delete": func(ctx context.Context, tx *store.Tx, rows []store.Row) error { return tx.DeleteRows(ctx, rows) },
		"carry": func(ctx context.Context, tx *store.Tx, rows []store.Row) error {
			var out []store.CarriedRow
			for _, r := range rows {
				out = append(out, store.CarriedRow{Enrichment: r.EnrichmentID, Record: r.RecordID, State: string(r.State)})
			}
			return tx.RemoveCarriedRows(ctx, out)
		},
		"put": func(ctx context.Context, tx *store.Tx, rows []store.Row) error {
			now := make([]store.Row, len(rows))
			for i, r := range rows {
				now[i] = r
				now[i].State, now[i].Outcome = fettle.RowDone, fettle.Skipped
			}
			return tx.PutRows(ctx, rows, now)
		},
		"clear": func(ctx context.Context, tx *store.Tx, _ []store.Row) error {
			_, err := tx.ClearRows(ctx, 1, 10)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.Postgres(t) // SQLite has one writer at a time
			openRows(t, db, 3)
			tries := 0
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				m, err := tx.RowsOf(t.Context(), 1, []int64{1, 2, 3})
				if err != nil {
					return err
				}
				if tries++; tries == 1 {
					claim(t, db, m[1])
				}
				var rows []store.Row
				for _, r := range m {
					if r.State == fettle.RowPending {
						rows = append(rows, r)
					}
				}
				return write(t.Context(), tx, rows)
			})
			if err != nil {
				t.Fatal(err)
			}
			counted(t, db)
		})
	}
}

// claim makes a row run.
func claim(t *testing.T, db *store.DB, r store.Row) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutRows(t.Context(), []store.Row{r}, []store.Row{running(r)}) })
	if err != nil {
		t.Fatal(err)
	}
}
