package signal

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/internal/text"
)

// Records reads bodies that hold records.
type Records struct {
	def    fettle.Source
	each   *expr.Value
	ignore *expr.Value
	values map[string]*expr.Value // by field
}

// Read is one record of a body: its values by field, or why it cannot be read.
type Read struct {
	Place  int // in what was sent, from 0
	Values map[string]any
	Bad    *fettle.InvalidValue
}

// RecordsOf checks how a source reads bodies. The error's detail "key" names the key.
func RecordsOf(def fettle.Source) (*Records, error) {
	if err := def.Check(); err != nil {
		return nil, err
	}
	env, err := expr.NewEnv(fettle.Companies, []fettle.Field{{Entity: fettle.Companies, Key: "body", Type: fettle.JSON}}, nil)
	if err != nil {
		return nil, err
	}
	h := &Records{def: def, values: map[string]*expr.Value{}}
	value := func(at, text string) (*expr.Value, error) {
		v, err := env.Value(text)
		if err != nil {
			return nil, fettle.AsError(err).With("key", at)
		}
		return v, nil
	}
	if def.Each != "" {
		if h.each, err = value("each", def.Each); err != nil {
			return nil, err
		}
	}
	if def.Ignore != "" {
		if h.ignore, err = value("ignore", def.Ignore); err != nil {
			return nil, err
		}
	}
	for _, field := range slices.Sorted(maps.Keys(def.Fields)) {
		if h.values[field], err = value("fields."+field, def.Fields[field]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Lists reports whether a body is a list of records.
func (h *Records) Lists() bool { return h.each != nil }

// Read gives the records of a body. What cannot be read says why by itself.
func (h *Records) Read(sent json.RawMessage, now time.Time) ([]Read, error) {
	parts := []json.RawMessage{sent}
	if h.each != nil {
		v, err := h.each.Eval(body(sent), now)
		if err != nil {
			return nil, fettle.AsError(err).With("key", "each")
		}
		raw, _ := v.(json.RawMessage)
		parts = nil
		if err := json.Unmarshal(raw, &parts); err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%s is no list in what was sent", h.def.Each).WithHint("Correct each, or send such a list.").With("key", "each")
		}
	}
	if len(parts) > maxEach {
		return nil, fettle.Errorf(fettle.Invalid, "%d records in one body", len(parts)).WithHint("Send at most %d at once.", maxEach).With("key", "each")
	}
	out := make([]Read, 0, len(parts))
	for i, part := range parts {
		if r, skip := h.one(part, now); !skip {
			r.Place = i
			out = append(out, r)
		}
	}
	return out, nil
}

func (h *Records) one(sent json.RawMessage, now time.Time) (r Read, skip bool) {
	bad := func(field, reason string) Read { return Read{Bad: &fettle.InvalidValue{Field: field, Reason: reason}} }
	if place, what := text.BadJSON(sent); what != "" {
		return bad("", "it holds "+what+" at "+place), false
	}
	if h.ignore != nil {
		v, err := h.ignore.Eval(body(sent), now)
		if err != nil {
			return bad("", "ignore: "+fettle.AsError(err).Message), false
		}
		if v == true || textOf(v) == "true" {
			return r, true
		}
	}
	r.Values = map[string]any{}
	for _, field := range slices.Sorted(maps.Keys(h.values)) {
		v, err := h.values[field].Eval(body(sent), now)
		if err != nil {
			return bad(field, fettle.AsError(err).Message), false
		}
		if v = plainOf(v); v != nil && v != "" {
			r.Values[field] = v
		}
	}
	if len(r.Values) == 0 {
		return bad("", "nothing in it fills a field: look at fields"), false
	}
	return r, false
}

// plainOf is a value as JSON gives it; nil for a blank.
func plainOf(v any) any {
	raw, ok := v.(json.RawMessage)
	if !ok {
		switch v.(type) {
		case nil, string, bool, float64:
			return v
		}
		return fettle.FormatValue(v)
	}
	var out any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}
