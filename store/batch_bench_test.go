package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkBatch compares the two ways in which SQLite takes many rows in one
// statement: VALUES with parameters, in several sizes, and one JSON document.
// The work is that of a settle: update a row by its key and append another.
func BenchmarkBatch(b *testing.B) {
	for _, rows := range []int{16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("values-%d", rows), func(b *testing.B) { benchBatch(b, rows, false) })
	}
	b.Run("json-256", func(b *testing.B) { benchBatch(b, 256, true) })
	b.Run("json-1024", func(b *testing.B) { benchBatch(b, 1024, true) })
}

const batchColumns = 12

func benchBatch(b *testing.B, rows int, asJSON bool) {
	b.Helper()
	ctx := context.Background()
	db, err := Open(ctx, filepath.Join(b.TempDir(), "bench.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	source := valuesRows(&Batch{types: make([]string, batchColumns), values: make([]any, batchColumns*rows)}, 0)
	if asJSON {
		var sb strings.Builder
		for i := range batchColumns {
			fmt.Fprintf(&sb, ", value ->> %d", i)
		}
		source = "SELECT " + sb.String()[2:] + " FROM json_each(?)"
	}
	insert := "INSERT INTO attempts (id, enrichment_id, version, run_id, record_id, step, try, provider, model, operation, cause, fields, " +
		"actor, state, outcome, worker_id, resend, job_id, held_uc, step_uc, charged_uc, overrun_uc, units, unit_uc, spends_record, inputs_hash, message, reserved_at_us, done_at_us) " +
		"SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, '', 'settled', '', 0, 0, '', 0, 0, 0, 0, 0, 0, 0, '', '', 0, 0 FROM (" + source + ")"
	update := "WITH v(id, a, b, c, d, e, f, g, h, i, j, k) AS (" + source + ") UPDATE attempts SET charged_uc = v.e, outcome = v.g FROM v WHERE attempts.id = v.id"
	if asJSON {
		for i := batchColumns; i > 0; i-- {
			insert = strings.Replace(insert, fmt.Sprintf("column%d,", i), fmt.Sprintf(`"value ->> %d",`, i-1), 1)
		}
	}
	stmts := []*sql.Stmt{prepareOrFail(b, db, insert), prepareOrFail(b, db, update)}
	next := int64(1)
	b.ResetTimer()
	for b.Loop() {
		tx, err := db.write.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		for done := 0; done < 1024; done += rows {
			args := batchArgs(b, next, rows, asJSON)
			next += int64(rows)
			for _, s := range stmts {
				if _, err := tx.StmtContext(ctx, s).ExecContext(ctx, args...); err != nil { //nolint:sqlclosecheck // it stays prepared
					b.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds(), "rows/s")
}

func prepareOrFail(b *testing.B, db *DB, q string) *sql.Stmt {
	b.Helper()
	s, err := db.write.PrepareContext(b.Context(), q)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func batchArgs(b *testing.B, first int64, rows int, asJSON bool) []any {
	b.Helper()
	args := make([]any, 0, rows*batchColumns)
	table := make([][]any, 0, rows)
	for i := range int64(rows) {
		row := []any{first + i, int64(1), int64(2), int64(3), (first + i) * 7919, int64(0), int64(1), "sandbox/find_email", "", "0123456789abcdef", "start", ",email,"}
		args, table = append(args, row...), append(table, row)
	}
	if !asJSON {
		return args
	}
	doc, err := json.Marshal(table)
	if err != nil {
		b.Fatal(err)
	}
	return []any{string(doc)}
}
