package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// Query asks for records: of an audience, or all of an entity. Where and
// Search narrow further.
type Query struct {
	Entity   fettle.Entity
	Audience string
	Where    string   // CEL
	Fields   []string // none: all
	Sort     string   // a field's key, created_at or updated_at; "": the order of creation
	Desc     bool
	After    string // the Next of the page before
	Offset   int64  // records to pass over behind After
	Cells    bool   // say how the cells stand
	Limit    int    // 1 to 1,000; 0: 100
	Search   string // text in names, addresses and domains, whatever its case
}

// RecordView is one record of a page. Blank fields are left out of Values.
type RecordView struct {
	ID         int64          `json:"id"`
	Values     map[string]any `json:"values"`
	Invalid    []string       `json:"invalid,omitempty"` // fields whose value has a bad format
	Suppressed bool           `json:"suppressed,omitempty"`

	// Cells says of the fields that an enrichment fills how they stand, where
	// there is something to say.
	Cells map[string]CellState `json:"cells,omitempty"`
}

// RecordPage is one page of records.
type RecordPage struct {
	Fields []fettle.Field `json:"fields"`
	Items  []RecordView   `json:"items"`
	Next   string         `json:"next,omitempty"` // for the page after; "" after the last
}

// Records reads one page of records.
func (e *Engine) Records(ctx context.Context, actor fettle.Actor, q Query) (RecordPage, error) {
	page := RecordPage{Items: []RecordView{}}
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return page, err
	}
	if q.Limit < 0 || q.Limit > store.MaxPage {
		return page, fettle.Errorf(fettle.Invalid, "%d records a page", q.Limit).WithHint("Ask for 1 to %d.", store.MaxPage)
	}
	if q.Offset < 0 {
		return page, fettle.Errorf(fettle.Invalid, "an offset of %d", q.Offset).WithHint("Ask for 0 or more.")
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		sq, fields, err := e.storeQuery(ctx, tx, q)
		if err != nil {
			return err
		}
		found, next, err := tx.Page(ctx, sq)
		if err != nil {
			return err
		}
		page.Fields, page.Next = fields, next
		for _, r := range found {
			page.Items = append(page.Items, viewRecord(r, fields))
		}
		if q.Cells {
			return markCells(ctx, tx, page.Items, fields)
		}
		return nil
	})
	return page, err
}

// CountRecords counts the records that a query has, on all its pages.
func (e *Engine) CountRecords(ctx context.Context, actor fettle.Actor, q Query) (int64, error) {
	var n int64
	if err := actor.Require(fettle.Viewer, "count records"); err != nil {
		return 0, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		sq, _, err := e.storeQuery(ctx, tx, q)
		if err != nil {
			return err
		}
		n, err = tx.Count(ctx, sq.Entity, sq.Where)
		return err
	})
	return n, err
}

func viewRecord(r *store.Record, fields []fettle.Field) RecordView {
	v := RecordView{ID: r.ID, Values: make(map[string]any, len(fields)), Suppressed: r.Suppressed}
	for _, f := range fields {
		x := r.Value(f.Key)
		if x == nil {
			continue
		}
		v.Values[f.Key] = x
		if r.Invalid(f.Key) {
			v.Invalid = append(v.Invalid, f.Key)
		}
	}
	return v
}

// storeQuery turns a query into the store's, checked.
func (e *Engine) storeQuery(ctx context.Context, tx *store.Tx, q Query) (store.Query, []fettle.Field, error) {
	entity, where, err := e.scope(ctx, tx, q.Entity, q.Audience)
	if err != nil {
		return store.Query{}, nil, err
	}
	env, err := e.env(ctx, tx, entity)
	if err != nil {
		return store.Query{}, nil, err
	}
	parts := []expr.Fragment{where}
	for _, text := range []string{q.Where, searchFilter(entity, q.Search)} {
		f, err := env.Filter(text)
		if err != nil {
			return store.Query{}, nil, err
		}
		if text != "" {
			parts = append(parts, f.SQL(time.Now()))
		}
	}
	fields, err := checkFields(ctx, tx, entity, q.Fields)
	if err != nil {
		return store.Query{}, nil, err
	}
	if sorts := []string{"", "id", "created_at", "updated_at"}; !slices.Contains(sorts, q.Sort) {
		if _, err := checkFields(ctx, tx, entity, []string{q.Sort}); err != nil {
			return store.Query{}, nil, err
		}
	}
	out := store.Query{Entity: entity, Where: allOf(parts), Sort: q.Sort, Desc: q.Desc, After: q.After, Offset: q.Offset, Limit: q.Limit}
	for _, f := range fields {
		out.Fields = append(out.Fields, f.Key)
	}
	return out, fields, nil
}

// scope finds the entity and the filter of "an audience, or all of an entity".
func (e *Engine) scope(ctx context.Context, tx *store.Tx, entity fettle.Entity, audience string) (fettle.Entity, expr.Fragment, error) {
	if audience == "" {
		if entity == "" {
			return "", expr.Fragment{}, fettle.Errorf(fettle.Invalid, "neither an entity nor an audience is named").WithHint("Name people, companies or an audience.")
		}
		_, err := fettle.ParseEntity(string(entity))
		return entity, expr.Fragment{}, err
	}
	a, err := findAudience(ctx, tx, audience)
	if err != nil {
		return "", expr.Fragment{}, err
	}
	if entity != "" && entity != a.Entity {
		return "", expr.Fragment{}, fettle.Errorf(fettle.Invalid, "the audience %s is of %s, not of %s", audience, a.Entity, entity).WithHint("Name the audience alone.")
	}
	m, err := e.membership(ctx, tx, a.Entity, []string{audience})
	return a.Entity, m.where, err
}

// allOf joins filters; an empty one is every record.
func allOf(parts []expr.Fragment) expr.Fragment {
	var out expr.Fragment
	var texts []string
	for _, p := range parts {
		if p.Text == "" {
			continue
		}
		p = p.Shift(len(out.Args))
		texts = append(texts, "("+p.Text+")")
		out.Args = append(out.Args, p.Args...)
	}
	out.Text = strings.Join(texts, " AND ")
	return out
}

// searched are the fields that a search looks into.
func searched(entity fettle.Entity) []string {
	if entity == fettle.Companies {
		return []string{"name", "domain", "industry", "location", "linkedin_url", "external_id"}
	}
	return []string{"name", "first_name", "last_name", "email", "title", "location", "phone", "company_domain", "linkedin_url", "external_id"}
}

// searchFilter is the filter of a search; "" for none.
func searchFilter(entity fettle.Entity, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	clauses := make([]string, 0, 10)
	for _, f := range searched(entity) {
		clauses = append(clauses, f+".contains("+strconv.Quote(text)+")")
	}
	return strings.Join(clauses, " || ")
}

// survivor follows a record that was merged away to the one that it became
// part of.
func survivor(ctx context.Context, tx *store.Tx, id int64) (int64, error) {
	into, err := tx.Aliases(ctx, []int64{id})
	if err != nil {
		return 0, err
	}
	if to, ok := into[id]; ok {
		return to, nil
	}
	return id, nil
}
