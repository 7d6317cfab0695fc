package engine

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/internal/text"
	"fettle/store"
)

func newUpsertView(in UpsertInput) fettle.UpsertView {
	source := cmp.Or(in.Source, "api")
	if in.ByHand {
		source = cmp.Or(in.Source, store.Origin{Kind: store.OriginPerson}.Label())
	}
	return fettle.UpsertView{
		ImportView: fettle.ImportView{
			Entity: in.Entity, Source: source, State: store.ImportDone, Mapping: map[string]string{}, Unmapped: []string{},
			Rejects: []fettle.Reject{}, Merges: []fettle.MergedRow{}, Receipt: []fettle.ReceiptField{}, At: time.Now().UTC(),
		},
		Records: make([]fettle.UpsertedRecord, len(in.Rows)),
	}
}

// upsertRows is an upsert's records as they were read.
type upsertRows struct {
	fields  []string
	choices []bool       // which of them know their values
	rows    []ingest.Row // without those that are not written
	invalid [][]fettle.InvalidValue
	ignored []fettle.IgnoredKey
}

// readUpsert cleans the values of records.
func readUpsert(ctx context.Context, tx *store.Tx, in UpsertInput) (upsertRows, error) {
	out := upsertRows{invalid: make([][]fettle.InvalidValue, len(in.Rows))}
	all, err := tx.Fields(ctx, in.Entity)
	if err != nil {
		return out, err
	}
	byKey := make(map[string]fettle.Field, len(all))
	for _, f := range all {
		byKey[f.Key] = f
	}
	used, unknown := map[string]bool{}, map[string]int64{}
	for i, row := range in.Rows {
		if _, is := in.Unstorable[i]; is {
			continue
		}
		for key := range row {
			if _, ok := byKey[key]; ok {
				used[key] = true
				continue
			}
			if !in.IgnoreUnknown {
				err := noField(in.Entity, key, all)
				return out, err.With("line", i+1).WithHint("%s Or send ignore_unknown to go on without such keys.", err.Hint)
			}
			unknown[key]++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		out.ignored = append(out.ignored, fettle.IgnoredKey{Key: text.Clip(key, maxEcho), Records: unknown[key], Hint: noField(in.Entity, key, all).Hint})
	}
	out.fields = slices.Sorted(maps.Keys(used))
	out.choices = make([]bool, len(out.fields))
	for j, key := range out.fields {
		out.choices[j] = byKey[key].Type.Choices()
	}
	for i, row := range in.Rows {
		if why, is := in.Unstorable[i]; is {
			out.note(i, text.Clip(why.Field, maxEcho), why.Value, text.Clip(why.Reason, maxEcho), false)
			continue
		}
		r := ingest.Row{Line: i + 1, Values: make([]any, len(out.fields)), Invalid: make([]bool, len(out.fields))}
		aside := false
		for j, key := range out.fields {
			ok := out.value(&r, i, j, byKey[key], row[key])
			aside = aside || !ok || in.ByHand && r.Invalid[j]
		}
		if !aside || !in.Strict && !in.ByHand {
			out.rows = append(out.rows, r)
		}
	}
	return out, nil
}

// value puts a value into a record. Not ok: something of it was left out. Of several
// values of a field that identifies, in one text or a list, the first is the value and
// the others find the record too.
func (r *upsertRows) value(row *ingest.Row, index, n int, f fettle.Field, sent any) (ok bool) {
	clean := func(part string) (any, bool, error) { return upsertValue(f, part) }
	parts := severalSent(f, sent, clean)
	if len(parts) > 0 {
		for i, reason := range row.TakeFirst(f, n, parts, clean, false) {
			r.note(index, f.Key, parts[i+1], "it holds "+reason, false)
		}
		sent = parts[0]
	}
	v, valid, err := upsertValue(f, sent)
	if err != nil {
		r.note(index, f.Key, sent, fettle.AsError(err).Message, false)
		return false
	}
	if !valid {
		r.note(index, f.Key, sent, badFormat(f.Type), true)
	}
	row.Values[n], row.Invalid[n] = v, !valid
	return len(parts) < 2
}

// severalSent takes several values apart; nil if it is one, or something else.
func severalSent(f fettle.Field, sent any, clean func(string) (any, bool, error)) []string {
	text, ok := sent.(string)
	if list, isList := sent.([]any); isList {
		texts := make([]string, len(list))
		for i, v := range list {
			if texts[i], ok = v.(string); !ok {
				return nil
			}
		}
		text, ok = strings.Join(texts, "\n"), len(list) > 0
	}
	if !ok {
		return nil
	}
	_, valid, err := clean(text)
	if err != nil {
		return nil
	}
	if list, isList := sent.([]any); isList && len(list) == 1 {
		return []string{text}
	}
	return ingest.Several(f, text, valid, clean)
}

// exactFloat is the size from which a number of JSON has lost digits.
const exactFloat = 1 << 53

// upsertValue cleans a value. A long id that was sent as a number is not the id
// any more.
func upsertValue(f fettle.Field, v any) (any, bool, error) {
	if n, ok := v.(float64); ok && f.Type.Textual() && math.Abs(n) >= exactFloat {
		return nil, false, fettle.Errorf(fettle.Invalid, "the number has more digits than a number of JSON carries; send it as text, in quotes")
	}
	if text, ok := v.(string); ok {
		if err := identity.SameCurrency(f, text); err != nil {
			return nil, false, err
		}
	}
	return identity.CleanValue(f.Type, v)
}

// badFormat says what a value is not, that is stored nevertheless.
func badFormat(t fettle.FieldType) string {
	return "it has not the format of type " + string(t)
}

// maxEcho is how much of a text that was sent is shown again.
const maxEcho = 200

func (r *upsertRows) note(index int, field string, value any, reason string, stored bool) {
	if s, ok := value.(string); ok {
		value = text.Clip(s, maxEcho)
	}
	switch value.(type) {
	case map[string]any, []any:
		value = text.Clip(fettle.FormatValue(value), maxEcho)
	}
	r.invalid[index] = append(r.invalid[index], fettle.InvalidValue{Field: field, Value: value, Reason: reason, Stored: stored})
}

// answer says what became of each record.
func (r *upsertRows) answer(view *fettle.UpsertView, res ingest.UpsertResult) {
	for i := range view.Records {
		view.Records[i] = fettle.UpsertedRecord{Index: i, Outcome: fettle.UpsertInvalid, Invalid: r.invalid[i]}
	}
	clashes := map[int64][]fettle.UpsertClash{}
	for _, c := range res.Clashes {
		key := ingest.KeyName(c.Key)
		clashes[c.Record] = append(clashes[c.Record], fettle.UpsertClash{WithID: c.Other, Key: key, Reason: c.Reason})
		clashes[c.Other] = append(clashes[c.Other], fettle.UpsertClash{WithID: c.Record, Key: key, Reason: c.Reason})
	}
	for n, row := range r.rows {
		rec := &view.Records[row.Line-1]
		for j, key := range r.fields {
			if r.choices[j] && row.Invalid[j] {
				rec.Invalid = append(rec.Invalid, fettle.InvalidValue{Field: key, Value: row.Values[j], Reason: "the field does not know the value", Stored: true})
			}
		}
		if res.Outcomes[n] == ingest.Blank {
			if len(rec.Invalid) == 0 {
				rec.Invalid = []fettle.InvalidValue{{Reason: "the record is blank"}}
			}
			continue
		}
		rec.ID, rec.Outcome, rec.Conflicts = res.Records[n], outcomeWord(res.Outcomes[n]), clashes[res.Records[n]]
		rec.Filled, rec.Kept = res.Filled[rec.ID], res.Kept[n]
		if len(rec.Conflicts) > 0 {
			rec.Outcome, rec.Wrote = fettle.UpsertConflict, rec.Outcome
		}
	}
	for i := range view.Records {
		rec := &view.Records[i]
		for k, v := range rec.Invalid {
			switch {
			case rec.Outcome == fettle.UpsertInvalid:
				rec.Invalid[k].Stored = false
				view.Rejects = append(view.Rejects, fettle.Reject{Line: i + 1, Field: v.Field, Reason: v.Reason})
			case !v.Stored:
				view.SetAside++
			}
		}
		if rec.Outcome == fettle.UpsertInvalid {
			view.Rejected++
		}
	}
	view.Read, view.Ignored = int64(len(view.Records)), r.ignored
	view.Created, view.Updated, view.Merged, view.Unchanged, view.Conflicts = res.Created, res.Updated, res.Merged, res.Unchanged, res.Conflicts
	view.NewValues = res.NewValues()
	view.Joined, view.Merges = res.Joined, append(view.Merges, res.Merges...)
}

func outcomeWord(o ingest.Outcome) string {
	switch o {
	case ingest.Created:
		return fettle.UpsertCreated
	case ingest.Updated:
		return fettle.UpsertUpdated
	case ingest.Merged:
		return fettle.UpsertMerged
	case ingest.Blank:
		return fettle.UpsertInvalid
	case ingest.Unchanged:
	}
	return fettle.UpsertUnchanged
}
