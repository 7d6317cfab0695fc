package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"fettle"
	"fettle/past"
	"fettle/signal"
	"fettle/store"
)

// WordDetail is what one source said last of a field on which sources have said
// different things.
type WordDetail struct {
	Value      any    `json:"value"`
	Source     string `json:"source"`
	SourceKind string `json:"source_kind"`
	Day        string `json:"day"`
	Actor      string `json:"actor,omitempty"`
	Stands     bool   `json:"stands,omitempty"`  // the record holds it
	Agrees     bool   `json:"agrees,omitempty"`  // it says the same as what the record holds, aside from its writing
	Settled    bool   `json:"settled,omitempty"` // a person has chosen a value since: it disputes nothing
}

// readWords tells of each field on which sources have said different things what
// each of them said last, what the record holds first.
func (d *RecordDetail) readWords(ctx context.Context, tx *store.Tx, r *store.Record, fields []fettle.Field) error {
	words, err := tx.Words(ctx, []int64{r.ID})
	if err != nil || len(words) == 0 {
		return err
	}
	from, err := r.Origins()
	if err != nil {
		return err
	}
	ids := slices.Collect(maps.Values(from))
	for _, w := range words {
		ids = append(ids, w.Origin)
	}
	slices.Sort(ids)
	known, err := tx.OriginsByID(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for i, f := range fields {
		v := &d.Values[i]
		held, named := from[f.Key]
		if !named {
			held = from[""]
		}
		var said []WordDetail
		for _, w := range words {
			value, err := past.Value(f.Type, json.RawMessage(w.Value))
			if w.Field != f.Key || err != nil || value == nil || w.Speaker == signal.Speaker(known[held]) && v.Value != nil {
				continue
			}
			said = append(said, wordDetail(value, known[w.Origin], WordDetail{Settled: w.Settled, Agrees: v.Value != nil && signal.Fold(f, value) == signal.Fold(f, v.Value)}))
		}
		if len(said) == 0 {
			continue
		}
		if v.Value != nil {
			said = slices.Insert(said, 0, wordDetail(v.Value, known[held], WordDetail{Stands: true}))
			v.Why = whyStands(known[held].Kind)
		}
		v.Words, v.Disputed = said, r.Disputed(f.Key)
	}
	return nil
}

func wordDetail(value any, o store.Origin, w WordDetail) WordDetail {
	w.Value, w.Source, w.SourceKind, w.Day = value, o.Label(), o.Kind, string(o.Day)
	if o.Kind == store.OriginPerson {
		w.Actor = o.Name
	}
	return w
}

// whyStands says why what the record holds stands over what others said, by who
// wrote it.
func whyStands(kind string) string {
	switch kind {
	case store.OriginPerson:
		return "A person chose it. Imports and enrichments leave it alone, but for those that overwrite everything."
	case store.OriginEnrichment:
		return "An enrichment wrote it last. It replaces what is there only where it is told to overwrite."
	case store.OriginImport, store.OriginAPI:
		return "It was written last: a list replaces what other lists and enrichments wrote."
	case store.OriginDerived:
		return "It follows from other values of the record."
	}
	return "It was put back by an undo."
}
