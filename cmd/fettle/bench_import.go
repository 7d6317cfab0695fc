package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver of the bare INSERTs

	"fettle"
	"fettle/client"
)

// benchColumns is how many columns the imported file has.
const benchColumns = 30

type benchImportCmd struct {
	Rows    int    `default:"200000" help:"How many rows."`
	Seed    uint64 `default:"1" help:"The same seed makes the same rows."`
	Profile string `help:"Write a CPU profile of the import to this file."`
}

// benchResult is one measurement and its bound.
type benchResult struct {
	Name   string  `json:"name"`
	Rows   int     `json:"rows"`
	PerSec float64 `json:"rows_per_second"`
	Bound  float64 `json:"bound_rows_per_second"`
	Ratio  float64 `json:"ratio"`
	HeapMB float64 `json:"peak_heap_mb"`
}

func (c *benchImportCmd) Run(ctx context.Context, s *session) error {
	dir, err := os.MkdirTemp("", "fettle-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := benchWorkspace(ctx, s, dir)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	file := filepath.Join(dir, "people.csv")
	if err := writeBenchCSV(file, c.Rows, c.Seed); err != nil {
		return err
	}
	stop, err := profile(c.Profile)
	if err != nil {
		return err
	}
	heap := watchHeap()
	took, err := benchImport(ctx, s, file)
	peak := heap()
	stop()
	if err != nil {
		return err
	}
	bare, err := benchInsert(ctx, filepath.Join(dir, "bare.db"), file)
	if err != nil {
		return err
	}
	r := benchResult{Name: "import", Rows: c.Rows, PerSec: float64(c.Rows) / took.Seconds(), Bound: float64(c.Rows) / bare.Seconds(), HeapMB: peak}
	r.Ratio = r.PerSec / r.Bound
	return s.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "import of %s × %d columns: %s rows/s; bare INSERTs: %s rows/s; ratio %.2f (to reach: 0.20); peak heap %.0f MB\n",
			plural(int64(c.Rows), "row", "rows"), benchColumns, thousands(int64(r.PerSec)), thousands(int64(r.Bound)), r.Ratio, r.HeapMB)
	})
}

func benchImport(ctx context.Context, s *session, file string) (time.Duration, error) {
	api, err := s.client(ctx)
	if err != nil {
		return 0, err
	}
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	began := time.Now()
	v, err := api.Import(ctx, client.Import{Entity: fettle.People, File: "people.csv", Source: "bench", Map: map[string]string{}, CreateFields: true, NoRun: true}, in)
	if err != nil {
		return 0, err
	}
	if v.Rejected > 0 {
		return 0, fettle.Errorf(fettle.Internal, "%d rows were rejected", v.Rejected)
	}
	return time.Since(began), nil
}

// writeBenchCSV writes people with random keys: their order on disk has
// nothing to do with the order of their keys.
func writeBenchCSV(path string, rows int, seed uint64) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buf := bufio.NewWriterSize(file, 1<<20)
	w := csv.NewWriter(buf)
	head := []string{"external_id", "name", "first_name", "last_name", "email", "title", "location", "linkedin_url", "company_domain"}
	for i := len(head); i < benchColumns; i++ {
		head = append(head, "extra_"+strconv.Itoa(i))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(seed, 7))
	row := make([]string, benchColumns)
	for range rows {
		key := strconv.FormatUint(rnd.Uint64(), 36)
		row[0], row[1], row[2], row[3] = key, "Ada "+key, "Ada", key
		row[4], row[5], row[6] = key+"@example.com", "Engineer "+key[:1], "Berlin"
		row[7], row[8] = "https://www.linkedin.com/in/"+key, key[:3]+".example"
		for i := 9; i < benchColumns; i++ {
			row[i] = "value " + strconv.FormatUint(rnd.Uint64N(100000), 10)
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), buf.Flush())
}

// benchInsert is the bound: the same rows by prepared INSERTs of 100 rows, in
// transactions of 5,000, as durable as ours.
func benchInsert(ctx context.Context, path, file string) (took time.Duration, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<20))
	head, err := r.Read()
	if err != nil {
		return 0, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE people (id INTEGER PRIMARY KEY, "+strings.Join(head, " TEXT, ")+" TEXT)"); err != nil {
		return 0, err
	}
	const batch, perTx = 100, 5000
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(head)), ",") + ")"
	text := "INSERT INTO people (" + strings.Join(head, ",") + ") VALUES " + strings.TrimSuffix(strings.Repeat(one+",", batch), ",")
	began := time.Now()
	for done := false; !done; {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		if done, err = insertBatches(ctx, tx, r, text, batch, perTx/batch); err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func insertBatches(ctx context.Context, tx *sql.Tx, r *csv.Reader, text string, batch, batches int) (done bool, err error) {
	stmt, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for range batches {
		args := make([]any, 0, batch*benchColumns)
		for range batch {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				return true, nil // a last batch that is not full is left out of the bound
			}
			if err != nil {
				return false, err
			}
			for _, v := range row {
				args = append(args, v)
			}
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return false, err
		}
	}
	return false, nil
}

// watchHeap looks at the heap until the answer is asked for: its peak in MB.
func watchHeap() (peak func() float64) {
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				result <- most
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() float64 {
		close(stop)
		return float64(<-result) / (1 << 20)
	}
}
