package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"fettle"
)

// IngestRecord is a record as the ingest door reads and writes it: the columns
// of its own, and the values of the fields that were asked for.
type IngestRecord struct {
	ID         int64
	CreatedUS  int64
	UpdatedUS  int64
	Origins    string // JSON {"": origin of most fields, "email": 17}
	Invalid    string // ",email,phone,"; "" for none
	Statuses   string // ",email:valid,"; "" for none
	Disputed   string // ",email,title,"; "" for none
	Suppressed bool
	Company    int64  // people only; 0 for none
	CompanyKey string // people only; "" for none
	Values     []any  // aligned with the fields; in the forms of fettle.Field's type
}

// LockRecords reads the records that exist among ids, in the order of their
// ids, and locks them until the end of the transaction.
func (tx *Tx) LockRecords(ctx context.Context, entity fettle.Entity, ids []int64, fields []fettle.Field) ([]IngestRecord, error) {
	company := "company_id, company_key"
	if entity != fettle.People {
		company = "NULL, NULL"
	}
	var sb strings.Builder
	fmt.Fprintf(&sb, "WITH v(id) AS (@rows) SELECT id, created_at_us, updated_at_us, origins, invalid, statuses, _disputed, suppressed, %s", company)
	for _, f := range fields {
		sb.WriteString(", " + column(f.Key))
	}
	fmt.Fprintf(&sb, " FROM %s WHERE id IN (SELECT id FROM v) ORDER BY id%s", table(entity), tx.lockOf(string(entity)))

	out := make([]IngestRecord, 0, len(ids))
	dest := make([]any, 10+len(fields))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		rec := IngestRecord{Values: make([]any, len(fields))}
		var invalid, statuses, disputed, key sql.NullString
		var company sql.NullInt64
		dest[0], dest[1], dest[2], dest[3], dest[4], dest[5], dest[6] = &rec.ID, &rec.CreatedUS, &rec.UpdatedUS, &rec.Origins, &invalid, &statuses, &disputed
		dest[7], dest[8], dest[9] = &rec.Suppressed, &company, &key
		for i := range fields {
			dest[10+i] = &rec.Values[i]
		}
		if err := r.Scan(dest...); err != nil {
			return err
		}
		rec.Invalid, rec.Statuses, rec.Disputed, rec.Company, rec.CompanyKey = invalid.String, statuses.String, disputed.String, company.Int64, key.String
		for i, f := range fields {
			v, err := decodeValue(f.Type, rec.Values[i])
			if err != nil {
				return fmt.Errorf("record %d, field %s: %w", rec.ID, f.Key, err)
			}
			rec.Values[i] = v
		}
		out = append(out, rec)
		return nil
	}, idBatch(ids), sb.String())
	return out, err
}

// InsertRecords adds records with ids of their own.
func (tx *Tx) InsertRecords(ctx context.Context, entity fettle.Entity, fields []fettle.Field, recs []IngestRecord) error {
	types := []string{"bigint", "bigint", "bigint", "text", "text", "text", "text", "boolean"}
	names := "id, created_at_us, updated_at_us, origins, invalid, statuses, _disputed, suppressed"
	if entity == fettle.People {
		types, names = append(types, "bigint", "text"), names+", company_id, company_key"
	}
	for _, f := range fields {
		types, names = append(types, sqlType(f.Type)), names+", "+column(f.Key)
	}
	b := NewBatch(types...)
	b.values = make([]any, 0, len(recs)*len(types))
	for i := range recs {
		r := &recs[i]
		tx.touch(r.ID)
		b.Add(r.ID, r.CreatedUS, r.UpdatedUS, r.Origins, nullText(r.Invalid), nullText(r.Statuses), nullText(r.Disputed), r.Suppressed)
		if entity == fettle.People {
			b.Add(nullID(r.Company), nullText(r.CompanyKey))
		}
		b.Add(r.Values...)
	}
	_, err := tx.execBatch(ctx, b, fmt.Sprintf("INSERT INTO %s (%s) @rows", table(entity), names))
	return err
}

// UpdateRecords sets the given fields of records, with origins, invalid marks,
// statuses and, of people where links is set, their company.
func (tx *Tx) UpdateRecords(ctx context.Context, entity fettle.Entity, fields []fettle.Field, links bool, recs []IngestRecord) error {
	types := []string{"bigint", "bigint", "text", "text", "text"}
	names := "id, updated_at_us, origins, invalid, statuses"
	sets := "updated_at_us = v.updated_at_us, origins = v.origins, invalid = v.invalid, statuses = v.statuses"
	links = links && entity == fettle.People
	if links {
		types, names, sets = append(types, "bigint", "text"), names+", company_id, company_key", sets+", company_id = v.company_id, company_key = v.company_key"
	}
	for _, f := range fields {
		types, names, sets = append(types, sqlType(f.Type)), names+", "+column(f.Key), sets+", "+column(f.Key)+" = v."+column(f.Key)
	}
	b := NewBatch(types...)
	b.values = make([]any, 0, len(recs)*len(types))
	for i := range recs {
		r := &recs[i]
		tx.touch(r.ID)
		b.Add(r.ID, r.UpdatedUS, r.Origins, nullText(r.Invalid), nullText(r.Statuses))
		if links {
			b.Add(nullID(r.Company), nullText(r.CompanyKey))
		}
		b.Add(r.Values...)
	}
	_, err := tx.execBatch(ctx, b, fmt.Sprintf("WITH v(%s) AS (@rows) UPDATE %s SET %s FROM v WHERE %s.id = v.id", names, table(entity), sets, table(entity)))
	return err
}

// RemoveRecords deletes the rows of records, and nothing else of theirs.
func (tx *Tx) RemoveRecords(ctx context.Context, entity fettle.Entity, ids []int64) (int64, error) {
	tx.touchAll(ids)
	return tx.execBatch(ctx, idBatch(ids), fmt.Sprintf("WITH v(id) AS (@rows) DELETE FROM %s WHERE id IN (SELECT id FROM v)", table(entity)))
}

// nullText stores "" as NULL.
func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// nullID stores 0 as NULL.
func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
