package engine

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
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

// The bounds of looking through records for values.
const (
	stretchIDs   = 1 << 14
	valuesWait   = 500 * time.Millisecond
	maxValuesFor = 10 * time.Second
	keptValues   = 100_000
	keptBytes    = 16 << 20
)

// FieldValues counts the values that records have in a field, the most frequent
// first. It looks through stretches of ids from everywhere among the records
// until all are done or the time is up, and says which; so it costs no more
// where there are more records, and what it saw of them is not the oldest alone.
func (e *Engine) FieldValues(ctx context.Context, actor fettle.Actor, q ValuesQuery) (fettle.ValuesView, error) {
	v := fettle.ValuesView{Field: q.Field, Items: []fettle.FieldValue{}}
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return v, err
	}
	if q.Limit < 0 || q.Limit > MaxValues {
		return v, fettle.Errorf(fettle.Invalid, "%d values", q.Limit).WithHint("Ask for 1 to %d.", MaxValues)
	}
	if q.Wait < 0 || q.Wait > maxValuesFor {
		return v, fettle.Errorf(fettle.Invalid, "a wait of %s", q.Wait).WithHint("Wait for %s at the most.", maxValuesFor)
	}
	until := time.Now().Add(cmp.Or(q.Wait, valuesWait))
	err := e.db.View(ctx, func(tx *store.Tx) error {
		l, err := e.listed(ctx, tx, Query{Entity: q.Entity, Audience: q.Audience, Where: q.Where, Search: q.Search})
		if err != nil {
			return err
		}
		scope := store.ValueScope{Entity: l.query.Entity, Where: l.query.Where}
		if scope.Field, scope.OfCompany, err = valuesOf(ctx, tx, l.query.Entity, q.Field); err != nil {
			return err
		}
		last, err := tx.LastID(ctx, scope.Entity)
		if err != nil {
			return err
		}
		c := valueCount{typ: scope.Field.Type, text: expr.Fold(strings.TrimSpace(q.Text)), counts: map[any]int64{}}
		v.Exact, err = stretches(last, cmp.Or(q.Stretch, stretchIDs), func(after, to int64) (bool, error) {
			err := tx.ValueCounts(ctx, scope, after, to, c.add)
			return time.Now().Before(until) && !c.full(), err
		})
		v.Entity = scope.Entity
		c.view(&v, cmp.Or(q.Limit, 20))
		return err
	})
	return v, err
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

// stretches looks through the ids up to last, some at once: first one half into
// them, then one and three quarters, and so on, so that whenever it stops what
// was seen is from everywhere. It reports whether all were looked through.
func stretches(last, wide int64, look func(after, to int64) (goOn bool, err error)) (all bool, err error) {
	n := (last + wide - 1) / wide
	if n == 0 {
		return true, nil
	}
	width := bits.Len64(uint64(n - 1))
	left := n
	for i := range uint64(1) << width {
		at := int64(bits.Reverse64(i+1) >> (64 - width)) // the last is 0
		if at >= n {
			continue
		}
		goOn, err := look(at*wide, min((at+1)*wide, last))
		if left--; err != nil || left == 0 || !goOn {
			return left == 0, err
		}
	}
	return true, nil
}

// valueCount adds up the values of stretches.
type valueCount struct {
	typ     fettle.FieldType
	text    string // folded; what does not hold it is not counted
	counts  map[any]int64
	bytes   int
	records int64
	blank   int64
}

// full reports whether no more values are kept: nearly every record has its own.
func (c *valueCount) full() bool { return len(c.counts) >= keptValues || c.bytes >= keptBytes }

func (c *valueCount) add(value any, records int64) {
	c.records += records
	text, textual := value.(string)
	switch {
	case value == nil:
		c.blank += records
	case c.typ == fettle.MultiSelect && textual:
		for _, one := range fettle.SplitChoices(text) {
			c.count(one, records)
		}
	default:
		c.count(value, records)
	}
}

func (c *valueCount) count(value any, records int64) {
	if c.text != "" && !strings.Contains(expr.Fold(fettle.FormatValue(value)), c.text) {
		return
	}
	n, known := c.counts[value]
	if !known {
		if text, ok := value.(string); ok {
			c.bytes += len(text)
		}
	}
	c.counts[value] = n + records
}

// view gives the most frequent values; of two that are as frequent the one that
// comes first as text.
func (c *valueCount) view(v *fettle.ValuesView, limit int) {
	v.Records, v.Blank = c.records, c.blank
	all := make([]fettle.FieldValue, 0, len(c.counts))
	for value, n := range c.counts {
		all = append(all, fettle.FieldValue{Value: value, Count: n})
		v.Others.Records += n
	}
	slices.SortFunc(all, func(a, b fettle.FieldValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(fettle.FormatValue(a.Value), fettle.FormatValue(b.Value)))
	})
	v.Items = all[:min(limit, len(all))]
	for _, x := range v.Items {
		v.Others.Records -= x.Count
	}
	v.Others.Values = int64(len(all) - len(v.Items))
}
