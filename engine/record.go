package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/identity"
	"fettle/judge"
	"fettle/recall"
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
	Signals  bool   // give each record's newest signal
	Limit    int    // 1 to 1,000; 0: 100
	Search   string // text in names, addresses and domains, whatever its case

	UpdatedSince string // written then or later: 30d, a date or a time; "": whenever
	Source       string // that have an id in this list; "": whoever sent them
}

// RecordView is one record of a page. Blank fields are left out of Values.
type RecordView struct {
	ID         int64          `json:"id"`
	Values     map[string]any `json:"values"`
	Invalid    []string       `json:"invalid,omitempty"` // fields whose value has a bad format
	Suppressed bool           `json:"suppressed,omitempty"`

	// Statuses is what providers said of values, by field, such as catch_all.
	Statuses map[string]fettle.Status `json:"statuses,omitempty"`

	// Disputed are the fields whose sources disagree about the value, where no
	// person has chosen one since.
	Disputed []string `json:"disputed,omitempty"`

	// Cells says of the fields that an enrichment fills how they stand, where
	// there is something to say.
	Cells map[string]CellState `json:"cells,omitempty"`

	// Signal is what happened to the record last, where that was asked for: of
	// its signals that stand, the one that was learned of last.
	Signal *fettle.Signal `json:"signal,omitempty"`
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
	l, err := e.listing(ctx, q)
	if err != nil {
		return page, err
	}
	var use *recall.Use
	if l.byOrder() {
		var give func()
		if use, give, err = e.orders.Turn(ctx, l.key); err != nil {
			return page, err
		}
		defer give()
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		found, next, err := l.page(ctx, tx, use)
		if err != nil {
			return err
		}
		page.Fields, page.Next = l.fields, next
		for _, r := range found {
			page.Items = append(page.Items, viewRecord(r, l.fields))
		}
		if q.Cells {
			if err := markCells(ctx, tx, page.Items, l.fields); err != nil {
				return err
			}
		}
		if q.Signals {
			return giveSignals(ctx, tx, page.Items)
		}
		return nil
	})
	return page, err
}

// byOrder reports whether the page is read by the list's order: where the
// database would sort, or pass over much that comes before.
func (l *listing) byOrder() bool {
	far := l.query.Offset >= recall.NearOffset || l.query.Offset > 0 && l.query.Where.Text != ""
	return !l.timed && l.query.After == "" && (l.query.Sort != "" || far)
}

func (l *listing) page(ctx context.Context, tx *store.Tx, use *recall.Use) ([]*store.Record, string, error) {
	if use != nil {
		late := recall.ReadAgain
		if l.query.Offset > 0 {
			late = recall.GiveLate
		}
		ids, ok, err := use.IDs(ctx, tx, l.query, late)
		if err != nil {
			return nil, "", err
		}
		if ok {
			return tx.PageOf(ctx, l.query, ids)
		}
	}
	return tx.Page(ctx, l.query)
}

// CountRecords counts the records that a query has, on all its pages. What is
// narrowed is counted by its order, which the pages then have.
func (e *Engine) CountRecords(ctx context.Context, actor fettle.Actor, q Query) (int64, error) {
	var n int64
	if err := actor.Require(fettle.Viewer, "count records"); err != nil {
		return 0, err
	}
	l, err := e.listing(ctx, q)
	if err != nil {
		return 0, err
	}
	key, held := e.orders.Any(l.key.What)
	if !held {
		key = l.key
	}
	l.query.Sort, l.query.Desc = key.Sort, key.Desc
	late := recall.ReadAgain
	if l.query.Where.Text == "" {
		late = recall.DoWithout
	}
	var use *recall.Use
	if !l.timed && (held || l.query.Where.Text != "") {
		var give func()
		if use, give, err = e.orders.Turn(ctx, key); err != nil {
			return 0, err
		}
		defer give()
	}
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		if use != nil {
			ids, ok, err := use.IDs(ctx, tx, l.query, late)
			if n = int64(len(ids)); ok || err != nil {
				return err
			}
		}
		n, err = tx.Count(ctx, l.query.Entity, l.query.Where)
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
		if r.Disputed(f.Key) {
			v.Disputed = append(v.Disputed, f.Key)
		}
		if st := store.StatusIn(r.StatusList, f.Key); st != "" {
			if v.Statuses == nil {
				v.Statuses = map[string]fettle.Status{}
			}
			v.Statuses[f.Key] = st
		}
	}
	return v
}

// listing is a query as the store has it, checked.
type listing struct {
	query  store.Query
	fields []fettle.Field // to be shown
	timed  bool           // changes without an entry of the change log: with time, or by what sources repeat
	key    recall.Key
}

func (e *Engine) listing(ctx context.Context, q Query) (l listing, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		l, err = e.listed(ctx, tx, q)
		return err
	})
	return l, err
}

func (e *Engine) listed(ctx context.Context, tx *store.Tx, q Query) (listing, error) {
	var l listing
	entity, m, err := e.scoped(ctx, tx, q.Entity, q.Audience)
	if err != nil {
		return l, err
	}
	env, err := e.judge.Env(ctx, tx, entity)
	if err != nil {
		return l, err
	}
	l.timed = m.Timed
	parts := []expr.Fragment{m.Where}
	if strings.TrimSpace(q.Where) != "" {
		f, err := env.Lists().Filter(q.Where)
		if err != nil {
			return l, err
		}
		l.timed = l.timed || f.UsesTime() || f.ReadsDisputes()
		parts = append(parts, f.SQL(time.Now()))
	}
	if text := strings.TrimSpace(q.Search); text != "" {
		parts = append(parts, expr.Search(searched(entity), text))
	}
	if q.UpdatedSince != "" {
		since, err := sinceOf(q.UpdatedSince, time.Now())
		if err != nil {
			return l, err
		}
		l.timed = true
		parts = append(parts, store.UpdatedSince(entity, since))
	}
	if q.Source != "" {
		l.timed = true // a record may come by an id without a change that says so
		parts = append(parts, store.HoldingKey(identity.Key{Kind: identity.ExternalKey, Value: identity.ExternalPrefix(q.Source)}.Stored(entity)))
	}
	if l.fields, err = checkFields(ctx, tx, entity, q.Fields); err != nil {
		return l, err
	}
	if sorts := []string{"", "id", "created_at", "updated_at"}; !slices.Contains(sorts, q.Sort) {
		if _, err := checkFields(ctx, tx, entity, []string{q.Sort}); err != nil {
			return l, err
		}
	}
	l.query = store.Query{Entity: entity, Where: expr.All(parts...), Sort: q.Sort, Desc: q.Desc, After: q.After, Offset: q.Offset, Limit: q.Limit}
	for _, f := range l.fields {
		l.query.Fields = append(l.query.Fields, f.Key)
	}
	l.key, err = recall.KeyOf(ctx, tx, l.query)
	return l, err
}

// scope finds the entity and the filter of "an audience, or all of an entity".
func (e *Engine) scope(ctx context.Context, tx *store.Tx, entity fettle.Entity, audience string) (fettle.Entity, expr.Fragment, error) {
	entity, m, err := e.scoped(ctx, tx, entity, audience)
	return entity, m.Where, err
}

func (e *Engine) scoped(ctx context.Context, tx *store.Tx, entity fettle.Entity, audience string) (fettle.Entity, judge.Membership, error) {
	if audience == "" {
		if entity == "" {
			return "", judge.Membership{}, fettle.Errorf(fettle.Invalid, "neither an entity nor an audience is named").WithHint("Name people, companies or an audience.")
		}
		_, err := fettle.ParseEntity(string(entity))
		return entity, judge.Membership{}, err
	}
	a, err := findAudience(ctx, tx, audience)
	if err != nil {
		return "", judge.Membership{}, err
	}
	if entity != "" && entity != a.Entity {
		return "", judge.Membership{}, fettle.Errorf(fettle.Invalid, "the audience %s is of %s, not of %s", audience, a.Entity, entity).WithHint("Name the audience alone.")
	}
	m, err := e.judge.Membership(ctx, tx, a.Entity, []string{audience})
	return a.Entity, m, err
}

// searched are the fields that a search looks into.
func searched(entity fettle.Entity) []string {
	if entity == fettle.Companies {
		return []string{"name", "domain", "industry", "location", "linkedin_url", "external_id"}
	}
	return []string{"name", "first_name", "last_name", "email", "title", "location", "phone", "company_domain", "linkedin_url", "external_id"}
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
