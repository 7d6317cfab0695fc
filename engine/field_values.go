package engine

import (
	"cmp"
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/internal/kept"
	"fettle/store"
)

// ValuesQuery asks which values records have in a field.
type ValuesQuery struct {
	Entity   fettle.Entity
	Audience string
	Where    string // CEL
	Search   string // text in names, addresses and domains
	Field    string // its key; company.KEY is one of a person's company
	Text     string // only values that hold it, whatever its case
	Limit    int    // values to give, 1 to MaxValues; 0: 20
	Wait     time.Duration
	Stretch  int64 // ids that are looked through at once; 0: stretchIDs
}

// MaxValues is the most values that are given of a field.
const MaxValues = 1000

// everyone reports whether the values of all records are asked for.
func (q ValuesQuery) everyone() bool {
	return strings.TrimSpace(q.Where+q.Search) == "" && (q.Audience == "" || q.Audience == fettle.AllPeople || q.Audience == fettle.AllCompanies)
}

// FieldValues counts the values that records have in a field, the most frequent
// first. It looks through stretches of ids from everywhere among the records
// until all are done or the time is up, and says which; so it costs no more
// where there are more records, and what it saw of them is not the oldest alone.
// What was counted over all records is kept, and gone on with.
func (e *Engine) FieldValues(ctx context.Context, actor fettle.Actor, q ValuesQuery) (fettle.ValuesView, error) {
	v := fettle.ValuesView{Entity: q.Entity, Field: q.Field, Items: []fettle.FieldValue{}}
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return v, err
	}
	if q.Limit < 0 || q.Limit > MaxValues {
		return v, fettle.Errorf(fettle.Invalid, "%d values", q.Limit).WithHint("Ask for 1 to %d.", MaxValues)
	}
	if q.Wait < 0 || q.Wait > maxValuesWait {
		return v, fettle.Errorf(fettle.Invalid, "a wait of %s", q.Wait).WithHint("Wait for %s at the most.", maxValuesWait)
	}
	until := time.Now().Add(cmp.Or(q.Wait, valuesWait))
	var turn *kept.Turn[valuesName, keptCount]
	if q.everyone() {
		var err error
		if turn, err = e.values.Turn(ctx, valuesName{q.Entity, q.Field}); err != nil {
			return v, err
		}
		defer func() {
			turn.Resize(turn.Value.size()) // of a field that is none as well
			turn.Give()
		}()
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		look, err := e.valueLook(ctx, tx, q, until)
		if err != nil {
			return err
		}
		var c *valueCount
		text := expr.Fold(strings.TrimSpace(q.Text))
		if turn != nil {
			c, err = turn.Value.goOn(ctx, look, text)
		} else {
			c = look.begin(text)
			err = look.into(ctx, c)
		}
		if err == nil {
			v.Entity = look.scope.Entity
			c.view(&v, cmp.Or(q.Limit, 20), text)
		}
		return err
	})
	return v, err
}

// valueLook checks what is asked for.
func (e *Engine) valueLook(ctx context.Context, tx *store.Tx, q ValuesQuery, until time.Time) (valueLook, error) {
	look := valueLook{tx: tx, until: until, wide: cmp.Or(q.Stretch, stretchIDs)}
	l, err := e.listed(ctx, tx, Query{Entity: q.Entity, Audience: q.Audience, Where: q.Where, Search: q.Search})
	if err != nil {
		return look, err
	}
	look.scope = store.ValueScope{Entity: l.query.Entity, Where: l.query.Where}
	if look.scope.Field, look.scope.OfCompany, err = valuesOf(ctx, tx, l.query.Entity, q.Field); err != nil {
		return look, err
	}
	look.last, err = tx.LastID(ctx, look.scope.Entity)
	return look, err
}

// valuesOf finds the field whose values are asked for.
func valuesOf(ctx context.Context, tx *store.Tx, entity fettle.Entity, name string) (f fettle.Field, ofCompany bool, err error) {
	key, ofCompany := strings.CutPrefix(name, "company.")
	if ofCompany && entity == fettle.People {
		entity = fettle.Companies
	} else {
		key, ofCompany = name, false
	}
	if key == "" {
		return f, false, fettle.Errorf(fettle.Invalid, "no field is named").WithHint("Name one of the fields of %s.", entity)
	}
	found, err := checkFields(ctx, tx, entity, []string{key})
	if err != nil {
		return f, ofCompany, err
	}
	if f = found[0]; f.Type == fettle.JSON {
		return f, ofCompany, fettle.Errorf(fettle.Invalid, "the values of %s are not counted, which is JSON", name).WithHint("Name another field.")
	}
	return f, ofCompany, nil
}
