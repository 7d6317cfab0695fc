package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// The hot paths of an import, a claim and an export: 1,000 records of 50
// fields at once, from a table in which their ids are spread.
func BenchmarkRecords(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) { benchRecords(b, kind) })
	}
}

func benchRecords(b *testing.B, kind string) {
	b.Helper()
	db := storetest.Open(b)
	if kind == storetest.PostgreSQL {
		db = storetest.Postgres(b)
	}
	update(b, db, func(tx *store.Tx) error {
		for i := range 40 {
			if err := tx.AddField(b.Context(), fettle.Field{Entity: fettle.People, Key: fmt.Sprintf("f%d", i), Type: fettle.Text}); err != nil {
				return err
			}
		}
		return nil
	})
	const total, batch = 50_000, 1000
	row := map[string]any{"name": "Ada Lovelace", "email": "ada@example.com", "title": "Engineer", "company_domain": "example.com"}
	for i := range 40 {
		row[fmt.Sprintf("f%d", i)] = fmt.Sprintf("value %d", i)
	}
	rows := make([]map[string]any, batch)
	for i := range rows {
		rows[i] = row
	}
	var ids []int64
	b.Run("insert", func(b *testing.B) {
		for b.Loop() {
			ids = append(ids, add(b, db, fettle.People, rows...)...)
		}
		b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "rows/s")
	})
	for len(ids) < total {
		ids = append(ids, add(b, db, fettle.People, rows...)...)
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, n := range []int{4, 40} {
		fields := []string{"name", "email", "title", "company_domain"}
		for i := range n - 4 {
			fields = append(fields, fmt.Sprintf("f%d", i))
		}
		b.Run(fmt.Sprintf("read-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				err := db.Update(b.Context(), func(tx *store.Tx) error {
					got, err := tx.Records(b.Context(), fettle.People, ids[at:at+batch], fields, nil)
					if err == nil && len(got) != batch {
						b.Errorf("%d records", len(got))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				at = (at + batch) % (len(ids) - batch)
			}
			b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
