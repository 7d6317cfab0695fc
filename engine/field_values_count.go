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

// The bounds of looking through records for values.
const (
	stretchIDs    = 1 << 14
	valuesWait    = 500 * time.Millisecond
	maxValuesWait = 10 * time.Second
	mostValues    = 100_000 // that are counted; nearly every record has its own beyond
	mostBytes     = 16 << 20
	keptFields    = 16 // counts that are kept, with so many values in all
	keptValues    = 40_000
)

// valueLook looks through the records of a scope for values, until a time.
type valueLook struct {
	tx    *store.Tx
	scope store.ValueScope
	last  int64 // the highest id
	wide  int64 // ids that are looked through at once
	until time.Time
}

func (l valueLook) begin(text string) *valueCount {
	return &valueCount{left: newStretches(l.last, l.wide), typ: l.scope.Field.Type, text: text, counts: map[any]int64{}, most: mostValues}
}

// into goes on with a count until it is done, full, or the time is up. A stretch
// is counted whole or not at all. One is always looked through.
func (l valueLook) into(ctx context.Context, c *valueCount) error {
	for !c.full() {
		next := c.left
		after, to, ok := next.next()
		if !ok {
			return nil
		}
		type found struct {
			value   any
			records int64
		}
		var all []found
		err := l.tx.ValueCounts(ctx, l.scope, after, to, func(value any, records int64) { all = append(all, found{value, records}) })
		if err != nil {
			return err
		}
		for _, f := range all {
			c.add(f.value, f.records)
		}
		if c.left = next; !time.Now().Before(l.until) {
			return nil
		}
	}
	return nil
}

// stretches are the ids up to a last one, some at once: first those half way,
// then one and three quarters, and so on, so that whenever one stops what was
// seen is from everywhere.
type stretches struct {
	last, wide int64
	n          int64  // stretches
	at         uint64 // places of the order that are behind
}

func newStretches(last, wide int64) stretches {
	return stretches{last: last, wide: wide, n: (last + wide - 1) / wide}
}

// next gives the next ids: those above after and up to to.
func (s *stretches) next() (after, to int64, ok bool) {
	if s.n == 0 {
		return 0, 0, false
	}
	width := bits.Len64(uint64(s.n - 1))
	for s.at < uint64(1)<<width {
		s.at++
		i := int64(bits.Reverse64(s.at) >> (64 - width)) // the last is 0
		if i < s.n {
			return i * s.wide, min((i+1)*s.wide, s.last), true
		}
	}
	return 0, 0, false
}

func (s stretches) done() bool {
	_, _, more := s.next()
	return !more
}

// valueCount adds up the values of stretches.
type valueCount struct {
	left    stretches
	typ     fettle.FieldType
	text    string // folded; what does not hold it is not counted
	counts  map[any]int64
	most    int // values
	bytes   int
	records int64
	blank   int64
}

func (c *valueCount) full() bool { return len(c.counts) >= c.most || c.bytes >= mostBytes }

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
	if !holds(value, c.text) {
		return
	}
	n, known := c.counts[value]
	if text, ok := value.(string); ok && !known {
		c.bytes += len(text)
	}
	c.counts[value] = n + records
}

func holds(value any, folded string) bool {
	return folded == "" || strings.Contains(expr.Fold(fettle.FormatValue(value)), folded)
}

// view gives the most frequent values that hold a text; of two that are as
// frequent the one that comes first as text.
func (c *valueCount) view(v *fettle.ValuesView, limit int, folded string) {
	v.Records, v.Blank, v.Exact = c.records, c.blank, c.left.done()
	all := make([]fettle.FieldValue, 0, len(c.counts))
	for value, n := range c.counts {
		if holds(value, folded) {
			all = append(all, fettle.FieldValue{Value: value, Count: n})
			v.Others.Records += n
		}
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

type valuesName struct {
	entity fettle.Entity
	field  string
}

// keptCount is what is kept of the values of all records, for one position of
// the change log: whoever types looks at it, and goes on with it where it was
// not done in time.
type keptCount struct {
	at    int64
	field fettle.Field // as it was
	last  int64
	wide  int64
	many  bool // more values than are kept: each question looks anew
	count *valueCount
}

func (k *keptCount) size() int {
	if k.count == nil {
		return 1
	}
	return 1 + len(k.count.counts)
}

// goOn gives a count that holds at least the values with a text.
func (k *keptCount) goOn(ctx context.Context, look valueLook, text string) (*valueCount, error) {
	at, err := look.tx.LogPosition(ctx)
	if err != nil {
		return nil, err
	}
	if f := look.scope.Field; f.Type != k.field.Type || f.CreatedAtUS != k.field.CreatedAtUS {
		*k = keptCount{field: f}
	}
	if k.count == nil || at != k.at || look.last != k.last || look.wide != k.wide {
		k.at, k.last, k.wide, k.count = at, look.last, look.wide, look.begin("")
		k.count.most = keptValues / 2
	}
	if !k.many {
		if err := look.into(ctx, k.count); err != nil {
			return nil, err
		}
		k.many = k.count.full()
	}
	if !k.many {
		return k.count, nil
	}
	k.count = nil
	c := look.begin(text)
	return c, look.into(ctx, c)
}
