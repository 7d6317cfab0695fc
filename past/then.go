package past

import (
	"context"
	"time"

	"fettle/expr"
	"fettle/store"
)

// Then is a record as it was, for expressions.
type Then struct {
	*Record

	Staffed *Record // the company that a person had; nil: none
	signals []expr.Signal
	theirs  []expr.Signal // of the company
	origins map[int64]store.Origin
}

// Value implements expr.Record.
func (r Then) Value(key string) any {
	switch key {
	case expr.CreatedAt:
		return time.UnixMicro(r.CreatedUS).UTC()
	case expr.UpdatedAt:
		return time.UnixMicro(r.UpdatedUS).UTC()
	case expr.Signals:
		return asValue(r.signals)
	}
	if field, ok := expr.SourceField(key); ok {
		if o, known := r.origins[r.Origins[field]]; known && r.Values[field] != nil {
			return o.Label()
		}
		return nil
	}
	return r.Values[key]
}

// Status implements expr.Record.
func (r Then) Status(key string) any {
	if st := r.Statuses[key]; st != "" {
		return string(st)
	}
	return nil
}

// CompanyValue implements expr.Record.
func (r Then) CompanyValue(key string) any {
	if r.Staffed == nil {
		return nil
	}
	if key == expr.Signals {
		return asValue(r.theirs)
	}
	return r.Staffed.Values[key]
}

// originsByID reads all origins.
func originsByID(ctx context.Context, tx *store.Tx) (map[int64]store.Origin, error) {
	all, err := tx.Origins(ctx)
	out := make(map[int64]store.Origin, len(all))
	for _, o := range all {
		out[o.ID] = o
	}
	return out, err
}

// asValue gives signals as a record does: nil for none.
func asValue(list []expr.Signal) any {
	if len(list) == 0 {
		return nil
	}
	return list
}
