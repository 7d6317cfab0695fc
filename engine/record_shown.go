package engine

import (
	"context"
	"slices"
	"strings"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/store"
)

// shownRecords are those of the records that are edited which the list that one
// looks at had before.
type shownRecords struct {
	entity fettle.Entity
	where  expr.Fragment
	ids    []int64
}

// shown finds them. Without a list, or with all records of an entity, none leaves.
func (e *Engine) shown(ctx context.Context, tx *store.Tx, in EditsInput, writes []ingest.Write) (s shownRecords, err error) {
	q := in.Within
	if q.Audience == "" && strings.TrimSpace(q.Where) == "" && strings.TrimSpace(q.Search) == "" {
		return s, nil
	}
	if q.Audience == "" {
		q.Entity = in.Entity
	}
	l, err := e.listed(ctx, tx, q)
	if err != nil {
		return s, err
	}
	s.entity, s.where = in.Entity, l.query.Where
	for _, w := range writes {
		s.ids = append(s.ids, w.Record)
	}
	slices.Sort(s.ids)
	s.ids, err = tx.Members(ctx, s.entity, s.where, slices.Compact(s.ids))
	return s, err
}

// left counts those that are not in the list any more.
func (s shownRecords) left(ctx context.Context, tx *store.Tx) (int, error) {
	if len(s.ids) == 0 {
		return 0, nil
	}
	still, err := tx.Members(ctx, s.entity, s.where, s.ids)
	return len(s.ids) - len(still), err
}
