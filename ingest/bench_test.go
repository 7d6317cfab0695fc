package ingest_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the bare database that the import is measured against

	"fettle"
	"fettle/ingest"
	"fettle/source/csv"
	"fettle/store"
	"fettle/store/storetest"
)

const benchColumns = 30

// benchFile is a table of people with random keys and 30 columns.
func benchFile(rows int) (header []string, cells [][]string) {
	header = []string{"External ID", "Name", "First name", "Last name", "Email", "Title", "Location", "LinkedIn URL", "Company domain"}
	for len(header) < benchColumns {
		header = append(header, fmt.Sprintf("Extra %d", len(header)))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range rows {
		k := rnd.Uint64()
		row := []string{
			fmt.Sprintf("%016x", k), fmt.Sprintf("Ann %x Lee", k>>40), "Ann", "Lee", fmt.Sprintf("ann.%x@firm%d.com", k, k%5000), "Engineer", "Berlin",
			fmt.Sprintf("https://www.linkedin.com/in/ann-%x", k), fmt.Sprintf("firm%d.com", k%5000),
		}
		for i := len(row); i < benchColumns; i++ {
			row = append(row, fmt.Sprintf("value %d of %d", i, k%1000))
		}
		cells = append(cells, row)
	}
	return header, cells
}

// BenchmarkImport compares the import of a file of 30 columns with random keys
// with bare INSERTs of the same rows, 1,000 a transaction, into a table without
// indexes on the same settings. The share is to be 0.2 or more.
func BenchmarkImport(b *testing.B) {
	const rows = 20_000
	header, cells := benchFile(rows)
	var sb strings.Builder
	sb.WriteString(strings.Join(header, ",") + "\n")
	for _, row := range cells {
		sb.WriteString(strings.Join(row, ",") + "\n")
	}
	text := sb.String()
	b.Run("bare", func(b *testing.B) {
		for range b.N {
			bare(b, header, cells)
		}
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				db, err := store.Open(b.Context(), storetest.DSN(b, kind), discard())
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				importBench(b, db, text, rows)
				b.StopTimer()
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func importBench(b *testing.B, db *store.DB, text string, rows int64) {
	b.Helper()
	r, err := csv.Open(strings.NewReader(text), int64(len(text)), "bench.csv", csv.Options{})
	if err != nil {
		b.Fatal(err)
	}
	v, err := ingest.Import(b.Context(), db, r, ingest.ImportOptions{Entity: fettle.People, CreateFields: true, Actor: "bench", Now: now})
	if err != nil || v.Created != rows {
		b.Fatal(v.Created, err)
	}
}

// bare inserts the rows as fast as the database takes them.
func bare(b *testing.B, header []string, cells [][]string) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	columns := make([]string, len(header))
	for i := range header {
		columns[i] = fmt.Sprintf("c%d TEXT", i)
	}
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, "CREATE TABLE people (id INTEGER PRIMARY KEY, "+strings.Join(columns, ", ")+")"); err != nil {
		b.Fatal(err)
	}
	const batch, tx = 250, 1000
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(header)+1), ",") + ")"
	stmt, err := db.PrepareContext(ctx, "INSERT INTO people VALUES "+strings.TrimSuffix(strings.Repeat(one+",", batch), ","))
	if err != nil {
		b.Fatal(err)
	}
	for at := 0; at < len(cells); at += tx {
		t, err := db.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		for from := at; from < at+tx; from += batch {
			args := make([]any, 0, batch*(len(header)+1))
			for i, row := range cells[from : from+batch] {
				args = append(args, int64(from+i+1))
				for _, c := range row {
					args = append(args, c)
				}
			}
			if _, err := t.StmtContext(ctx, stmt).ExecContext(ctx, args...); err != nil { //nolint:sqlclosecheck // the transaction closes it
				b.Fatal(err)
			}
		}
		if err := t.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValues writes what an enrichment bought into one field that is a key
// and one that is not, 500 records a transaction.
func BenchmarkValues(b *testing.B) {
	const rows, batch = 20_000, 500
	header, cells := benchFile(rows)
	var sb strings.Builder
	sb.WriteString(strings.Join(header[:4], ",") + "\n")
	for _, row := range cells {
		sb.WriteString(strings.Join(row[:4], ",") + "\n")
	}
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			db, err := store.Open(b.Context(), storetest.DSN(b, kind), discard())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			importBench(b, db, sb.String(), rows)
			by := origin(b, db, store.OriginEnrichment, "bench")
			b.ResetTimer()
			for n := range b.N {
				for at := int64(0); at < rows; at += batch {
					in := ingest.ValuesInput{Entity: fettle.People, Origin: by, Actor: "bench", Now: now}
					for id := at + 1; id <= at+batch; id++ {
						email := fmt.Sprintf("p%d.%d@x%x.com", id, n, id*7919%100_003)
						in.Writes = append(in.Writes, ingest.Write{Record: id, Field: "email", Value: email, Valid: true, Attempt: id, Policy: fettle.Overwrite},
							ingest.Write{Record: id, Field: "title", Value: fmt.Sprint("Title ", n), Valid: true, Attempt: id, Policy: fettle.Overwrite})
					}
					update(b, db, func(ctx context.Context, tx *store.Tx) error {
						_, err := ingest.Values(ctx, tx, in)
						return err
					})
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
