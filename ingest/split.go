package ingest

import (
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/past"
	"fettle/store"
)

// SeveralIDs gives of each record its external ids where it has several of one
// source. Those that it has because a person made records one do not count.
func SeveralIDs(ctx context.Context, tx *store.Tx, ids []int64) (map[int64][]string, error) {
	keys, err := tx.KeysOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[int64][]string{}
	var all []string
	for id, texts := range keys {
		var external []string
		for _, text := range texts {
			if k, ok := parseKey(text); ok && k.Kind == identity.ExternalKey {
				external = append(external, text)
			}
		}
		if several := ofOneSource(external); len(several) > 0 {
			out[id] = several
			all = append(all, several...)
		}
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	others, err := tx.OtherKeys(ctx, all)
	if err != nil || len(others) == 0 {
		return out, err
	}
	for id, texts := range out {
		if out[id] = ofOneSource(slices.DeleteFunc(texts, func(k string) bool { return others[k] })); len(out[id]) == 0 {
			delete(out, id)
		}
	}
	return out, nil
}

// ofOneSource gives those of external ids whose source has another of them.
func ofOneSource(keys []string) []string {
	var out []string
	for _, a := range keys {
		ka, _ := parseKey(a)
		if slices.ContainsFunc(keys, func(b string) bool {
			kb, _ := parseKey(b)
			return a != b && identity.Comparable(ka, kb)
		}) {
			out = append(out, a)
		}
	}
	return out
}

// Shows reports whether an external id is the one that a record with this value of
// external_id shows: that one stays with it.
func Shows(value any, key string) bool { return value == externalID(key) }

// externalID is an external id within its source.
func externalID(key string) string {
	parsed, _ := parseKey(key)
	_, id, _ := strings.Cut(parsed.Value, ":")
	return id
}

// SplitInput names one of the ids of a record that has several of one source.
type SplitInput struct {
	Entity fettle.Entity
	Record int64
	Key    string // as KeyName shows it, or the id within its source
	Origin int64
	Actor  string
	Now    time.Time
}

// Split makes a record of its own of an id: it gets the values that the record
// held when it showed that id last, as far as the log knows, but for what was
// bought, which stays with its purchase. A key that both have is shared from then
// on. It gives the new record and the name of its id. A merge takes it back: see TakeBack.
func Split(ctx context.Context, tx *store.Tx, in SplitInput) (id int64, name string, err error) {
	key, err := splitKey(ctx, tx, in)
	if err != nil {
		return 0, "", err
	}
	fields, err := tx.Fields(ctx, in.Entity)
	if err != nil {
		return 0, "", err
	}
	b, err := newBatch(ctx, tx, in.Entity, in.Origin, in.Actor, in.Now, fieldKeys(fields))
	if err != nil {
		return 0, "", err
	}
	if err := b.load(ctx, []int64{in.Record}); err != nil {
		return 0, "", err
	}
	r := b.recs[in.Record]
	if r == nil {
		return 0, "", missing(in.Entity, in.Record)
	}
	shown := externalID(key)
	if Shows(r.Values[b.index["external_id"]], key) {
		return 0, "", fettle.Errorf(fettle.Refused, "%s is the id that record %d shows", KeyName(key), in.Record).WithHint("Split off another of its ids: this one stays.")
	}
	values, err := b.when(ctx, r, shown)
	if err != nil {
		return 0, "", err
	}
	n := &record{keysKnown: true, written: true, created: true, relink: true}
	n.ID, n.CreatedUS, n.UpdatedUS, n.Values, n.origins.base = -1, b.now, b.now, values, r.origins.base
	b.log(n, store.ChangeCreate, 0, "")
	b.fresh, b.recs[n.ID] = append(b.fresh, n), n
	if err := b.flush(ctx); err != nil {
		return 0, "", err
	}
	if err := tx.MoveMatchKeys(ctx, in.Record, []store.MatchKey{{Key: key, Record: n.ID}}); err != nil {
		return 0, "", err
	}
	if err := b.shareWith(ctx, r, n); err != nil {
		return 0, "", err
	}
	return n.ID, KeyName(key), b.book.write(ctx, tx, in.Entity, in.Origin, b.now)
}

// splitKey finds the id that is meant among those of which the record has several.
func splitKey(ctx context.Context, tx *store.Tx, in SplitInput) (string, error) {
	several, err := SeveralIDs(ctx, tx, []int64{in.Record})
	if err != nil {
		return "", err
	}
	var names []string
	for _, text := range several[in.Record] {
		name := KeyName(text)
		if _, id, _ := strings.Cut(strings.TrimPrefix(name, "external:"), ":"); in.Key == name || in.Key == id {
			return text, nil
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "", fettle.Errorf(fettle.Refused, "record %d has no two ids of one list", in.Record).WithHint("Only such a record is split.")
	}
	return "", fettle.Errorf(fettle.NotFound, "record %d has no id %.80q", in.Record, in.Key).WithHint("Its ids are: %s.", strings.Join(names, ", "))
}

// when gives the values that a record held when it showed an id last; the id
// alone where the log does not know. What was bought is left out.
func (b *batch) when(ctx context.Context, r *record, id string) ([]any, error) {
	log, err := b.tx.LogOf(ctx, []int64{r.ID})
	if err != nil {
		return nil, err
	}
	cells, err := b.tx.Cells(ctx, []int64{r.ID})
	if err != nil {
		return nil, err
	}
	at := b.index["external_id"]
	values := slices.Clone(r.Values)
	entries := log[r.ID]
	for i := len(entries) - 1; i >= 0 && values[at] != id; i-- {
		changes, err := past.Changes(entries[i].Changes)
		if err != nil {
			return nil, err
		}
		for field, ch := range changes {
			if c, ok := b.index[field]; ok {
				if values[c], err = past.Value(b.fields[c].Type, ch.Old); err != nil {
					values[c] = nil // the field's type was another one then
				}
			}
		}
	}
	if values[at] != id {
		values = make([]any, len(b.fields))
		values[at] = id
	}
	for i, f := range b.fields {
		if cells[store.CellKey{Record: r.ID, Field: f.Key}].BoughtUS > 0 {
			values[i] = nil
		}
	}
	return values, nil
}

// shareWith gives a record that was split off its other keys. One that the record
// has that it was split from tells neither from now on.
func (b *batch) shareWith(ctx context.Context, from, n *record) error {
	keys := keysOf(b.entity, "", func(field string) any {
		if i, ok := b.index[field]; ok && field != "external_id" {
			return n.Values[i]
		}
		return nil
	}, identity.Options{})
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = keyText(b.entity, k)
	}
	held, err := b.tx.MatchKeys(ctx, texts)
	if err != nil {
		return err
	}
	var free, sharing []store.MatchKey
	var share []string
	for _, text := range texts {
		switch holder, ok := held[text]; {
		case !ok:
			free = append(free, store.MatchKey{Key: text, Record: n.ID})
		case holder == from.ID:
			share = append(share, text)
			sharing = append(sharing, store.MatchKey{Key: text, Record: from.ID}, store.MatchKey{Key: text, Record: n.ID})
		case holder == store.NoRecord:
			sharing = append(sharing, store.MatchKey{Key: text, Record: n.ID})
		}
	}
	if _, err := b.tx.AddMatchKeys(ctx, free); err != nil {
		return err
	}
	if err := b.tx.ShareKeys(ctx, share); err != nil {
		return err
	}
	return b.tx.AddSharing(ctx, sharing)
}
