package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
)

// Record is one person or company with the fields that were asked for.
type Record struct {
	ID          int64
	CompanyID   int64 // of a person; 0 if none
	CreatedAtUS int64
	UpdatedAtUS int64
	Suppressed  bool // is never enriched
	OriginsJSON string
	InvalidList string // the fields with a bad format: ",email,phone,"; "" if none
	StatusList  string // what providers say of values: ",email:valid,"; "" for none
	DisputeList string // the fields whose sources disagree: ",email,title,"; "" for none
	layout      *layout
	values      []any
}

// layout says where the values of a batch of records are.
type layout struct {
	entity       fettle.Entity
	own, company map[string]int
}

// Entity is people or companies.
func (r *Record) Entity() fettle.Entity { return r.layout.entity }

// Value is the record's value in a field that was asked for; nil is blank. What
// expr.SourceOf makes of a field is asked for like one, and so are expr.Signals.
func (r *Record) Value(key string) any {
	if i, ok := r.layout.own[key]; ok {
		return r.values[i]
	}
	switch key {
	case expr.CreatedAt:
		return time.UnixMicro(r.CreatedAtUS).UTC()
	case expr.UpdatedAt:
		return time.UnixMicro(r.UpdatedAtUS).UTC()
	}
	return nil
}

// CompanyValue is the value in a field of the person's company that was asked
// for; nil is blank, and stands for no company too.
func (r *Record) CompanyValue(key string) any {
	if i, ok := r.layout.company[key]; ok {
		return r.values[i]
	}
	return nil
}

// Has reports whether a field of the record was asked for.
func (r *Record) Has(key string) bool {
	_, ok := r.layout.own[key]
	return ok
}

// Invalid reports whether the value in a field has a bad format.
func (r *Record) Invalid(key string) bool {
	return r.InvalidList != "" && strings.Contains(r.InvalidList, ","+key+",")
}

// Disputed reports whether the sources of the value in a field disagree, and no
// person has chosen one since.
func (r *Record) Disputed(key string) bool {
	return r.DisputeList != "" && strings.Contains(r.DisputeList, ","+key+",")
}

// Status is what its provider said of the value in a field, as text; nil where
// nothing was said, as of what was imported or typed.
func (r *Record) Status(key string) any {
	if st := StatusIn(r.StatusList, key); st != "" {
		return string(st)
	}
	return nil
}

// Origins gives the id of each value's origin; the key "" has the origin of
// the fields that are not named.
func (r *Record) Origins() (map[string]int64, error) { return ParseOrigins(r.OriginsJSON) }

// ParseOrigins reads a record's origins.
func ParseOrigins(s string) (map[string]int64, error) {
	out := map[string]int64{}
	err := json.Unmarshal([]byte(s), &out)
	return out, err
}

// selection is what a query of records reads.
type selection struct {
	layout  *layout
	types   []fettle.FieldType
	columns string
	join    string // of the company, or ""
}

const recordColumns = "r.id, r.created_at_us, r.updated_at_us, r.suppressed, r.origins, COALESCE(r.invalid, ''), COALESCE(r.statuses, ''), COALESCE(r._disputed, '')"

const companyJoin = " LEFT JOIN companies c ON c.id = r.company_id"

// usesCompany reports whether a fragment reads the person's company.
func usesCompany(text string) bool { return strings.Contains(text, `c."`) }

func (tx *Tx) selection(ctx context.Context, entity fettle.Entity, fields, company []string, where string) (*selection, error) {
	s := &selection{layout: &layout{entity: entity, own: make(map[string]int, len(fields)), company: make(map[string]int, len(company))}}
	types, err := tx.types(ctx, entity, fields)
	if err != nil {
		return nil, err
	}
	if len(company) > 0 && entity != fettle.People {
		return nil, fettle.Errorf(fettle.Invalid, "companies have no company").WithHint("Ask for the fields without company.")
	}
	companyTypes, err := tx.types(ctx, fettle.Companies, company)
	if err != nil {
		return nil, err
	}
	s.types = append(types, companyTypes...)
	var sb strings.Builder
	sb.WriteString(recordColumns)
	if entity == fettle.People {
		sb.WriteString(", COALESCE(r.company_id, 0)")
	} else {
		sb.WriteString(", 0")
	}
	for i, key := range fields {
		s.layout.own[key] = i
		if f, ok := expr.DisputedField(key); ok {
			sb.WriteString(", " + expr.DisputedSQL(f))
			continue
		}
		if f, ok := expr.SourceField(key); ok {
			sb.WriteString(", " + expr.SourceSQL(f))
			continue
		}
		sb.WriteString(", " + columnOf("r", key))
	}
	for i, key := range company {
		s.layout.company[key] = len(fields) + i
		sb.WriteString(", " + columnOf("c", key))
	}
	s.columns = sb.String()
	if len(company) > 0 || usesCompany(where) {
		s.join = companyJoin
	}
	return s, nil
}

// columnOf is the column of a field; of signals there is none.
func columnOf(alias, key string) string {
	if key == expr.Signals {
		return "NULL"
	}
	return alias + "." + column(key)
}

// scanner scans the rows of the selection.
func (s *selection) scanner(keep func(*Record) error) func(*sql.Rows) error {
	const fixed = 9
	dest := make([]any, fixed+len(s.types))
	return func(rows *sql.Rows) error {
		r := &Record{layout: s.layout, values: make([]any, len(s.types))}
		dest[0], dest[1], dest[2], dest[3], dest[4], dest[5], dest[6], dest[7], dest[8] = &r.ID, &r.CreatedAtUS, &r.UpdatedAtUS, &r.Suppressed, &r.OriginsJSON, &r.InvalidList, &r.StatusList, &r.DisputeList, &r.CompanyID
		for i := range r.values {
			dest[fixed+i] = &r.values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, v := range r.values {
			decoded, err := decodeValue(s.types[i], v)
			if err != nil {
				return err
			}
			r.values[i] = decoded
		}
		return keep(r)
	}
}

// Records reads records by their ids, in the order of ids. Those that are gone
// are left out.
func (tx *Tx) Records(ctx context.Context, entity fettle.Entity, ids []int64, fields, company []string) ([]*Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	s, err := tx.selection(ctx, entity, fields, company, "")
	if err != nil {
		return nil, err
	}
	out := make([]*Record, 0, len(ids))
	keep := func(r *Record) error {
		out = append(out, r)
		return nil
	}
	err = tx.queryBatch(ctx, s.scanner(keep), idBatch(ids),
		"WITH v(id) AS (@rows) SELECT "+s.columns+" FROM v JOIN "+table(entity)+" r ON r.id = v.id"+s.join)
	if err != nil {
		return nil, err
	}
	inOrder(out, ids)
	return out, tx.readSignals(ctx, s, out)
}

// inOrder puts records in the order of ids; PostgreSQL gives them in any.
func inOrder(records []*Record, ids []int64) {
	i := 0
	for _, id := range ids {
		if i < len(records) && records[i].ID == id {
			i++
		}
	}
	if i == len(records) {
		return
	}
	at := make(map[int64]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortStableFunc(records, func(a, b *Record) int { return at[a.ID] - at[b.ID] })
}
