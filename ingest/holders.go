package ingest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// findKeys computes the keys of the rows and finds who holds them.
func (u *upserter) findKeys(ctx context.Context) error {
	row := 0
	at := make(map[string]int, len(u.in.Fields))
	for i, field := range u.in.Fields {
		at[field] = i
	}
	get := func(field string) any {
		if i, ok := at[field]; ok {
			return u.in.Rows[row].Values[i]
		}
		return nil
	}
	for row = range u.in.Rows {
		if len(u.in.Rows[row].Values) != len(u.in.Fields) {
			return fettle.Errorf(fettle.Invalid, "row %d has %s for %s", u.in.Rows[row].Line, fettle.Count(int64(len(u.in.Rows[row].Values)), "value", "values"), fettle.Count(int64(len(u.in.Fields)), "field", "fields"))
		}
		if err := u.oneForm(&u.in.Rows[row]); err != nil {
			return err
		}
		if !slices.ContainsFunc(u.in.Rows[row].Values, func(v any) bool { return v != nil }) {
			u.result.Outcomes[row] = Blank
			u.result.Blank++
			continue
		}
		keys := u.in.Rows[row].keys
		if keys == nil {
			keys = u.in.Rows[row].keysOf(u.in.Entity, u.in.Source, at, u.keyOpts)
		}
		if len(keys) == 0 {
			keys = append(keys, u.fingerprint(&u.in.Rows[row], get))
		}
		u.keys[row] = keys
	}
	return u.findHolders(ctx)
}

// findHolders finds who holds the keys of the rows, and which of them are shared.
func (u *upserter) findHolders(ctx context.Context) error {
	suspects := u.in.shared
	if suspects == nil {
		suspects = u.suspects()
	}
	byText := make(map[string]identity.Key, 2*len(u.in.Rows))
	byFormer := map[string]identity.Key{}
	suspected := map[identity.Key]bool{}
	for row := range u.in.Rows {
		for _, k := range u.keys[row] {
			if suspects.has(k) { // a dry run may know already who holds it
				suspected[k] = true
			}
			if u.at[k] != 0 || u.sharing.keys[k] {
				continue
			}
			if !u.in.assumeNew || suspects.has(k) {
				byText[keyText(u.in.Entity, k)] = k
			}
			for _, other := range u.in.former.spellings(k) {
				byFormer[keyText(u.in.Entity, other)] = k
			}
		}
	}
	held, err := u.tx.MatchKeys(ctx, slices.AppendSeq(slices.Collect(maps.Keys(byText)), maps.Keys(byFormer)))
	if err != nil {
		return err
	}
	if err := u.findOthers(ctx, byFormer, held); err != nil {
		return err
	}
	left, err := u.leftWithOne(ctx, held)
	if err != nil {
		return err
	}
	for text, k := range byText {
		switch id, ok := held[text]; {
		case left[text] != 0:
			u.at[k] = left[text]
		case ok && id == store.NoRecord:
			u.sharing.keys[k] = true
		case ok:
			u.at[k] = u.resolve(id)
			u.result.known++
		}
	}
	if err := u.findFormer(ctx, byFormer, held); err != nil {
		return err
	}
	if err := u.shareSuspects(ctx, suspected); err != nil {
		return err
	}
	todo := make([]int, len(u.keys))
	for n := range u.keys {
		todo[n] = n
		u.split(n)
	}
	if err := u.lookShared(ctx, todo); err != nil {
		return err
	}
	return u.findFormerRows(ctx)
}

// shareSuspects makes the keys shared of which the file shows that records share
// them.
func (u *upserter) shareSuspects(ctx context.Context, suspected map[identity.Key]bool) error {
	var shared []identity.Key
	for k := range suspected {
		if !u.sharing.keys[k] {
			shared = append(shared, k)
		}
	}
	if len(shared) == 0 {
		return nil
	}
	ofOne, err := u.ofOne(ctx, shared)
	if err != nil {
		return err
	}
	shared = slices.DeleteFunc(shared, func(k identity.Key) bool { return ofOne[k] })
	var holders []int64
	for _, k := range shared {
		if u.at[k] > 0 && u.recs[u.at[k]] == nil {
			holders = append(holders, u.at[k])
		}
	}
	if err := u.load(ctx, slices.Clone(holders)); err != nil {
		return err
	}
	for _, id := range holders {
		if u.recs[id] == nil {
			u.recs[id] = &record{IngestRecord: store.IngestRecord{ID: id}} // deleted
		}
	}
	for _, k := range shared {
		u.share(k, u.recs[u.at[k]])
	}
	return nil
}

// ofOne gives those of the keys that one record holds which has several ids of one
// list, or several domains or LinkedIn addresses, where every row that says the key
// comes to it by a stronger one: a person made its rows one, or a row said so, and
// they share the key with nobody.
func (u *upserter) ofOne(ctx context.Context, shared []identity.Key) (map[identity.Key]bool, error) {
	out := map[identity.Key]bool{}
	for _, k := range shared {
		out[k] = u.at[k] != 0
	}
	for _, keys := range u.keys {
		for _, k := range keys {
			if out[k] {
				out[k] = u.at[keys[0]] == u.at[k]
			}
		}
	}
	var holders []int64
	for k, is := range out {
		if is {
			holders = append(holders, u.at[k])
		}
	}
	if len(holders) == 0 {
		return out, nil
	}
	keys, err := u.tx.KeysOf(ctx, unique(holders))
	if err != nil {
		return nil, err
	}
	for k, is := range out {
		texts := keys[u.at[k]]
		if r := u.recs[u.at[k]]; r != nil && u.in.DryRun != nil {
			for _, held := range r.keys {
				if !u.sharing.keys[held] { // what is shared no table would give as its own
					texts = append(texts, keyText(u.entity, held))
				}
			}
		}
		out[k] = is && severalOfOneKind(unique(texts))
	}
	return out, nil
}

// severalOfOneKind reports whether there are two keys of which each would tell a
// record from that of the other.
func severalOfOneKind(texts []string) bool {
	for i, text := range texts {
		a, ok := parseKey(text)
		if !ok || a.Kind == identity.EmailKey || a.Kind == identity.PhoneKey {
			continue
		}
		for _, other := range texts[:i] {
			if b, ok := parseKey(other); ok && identity.Comparable(a, b) {
				return true
			}
		}
	}
	return false
}

// oneForm makes empty text blank, and brings JSON documents into the form in
// which the store gives them, so that the same document is unchanged.
func (u *upserter) oneForm(row *Row) (err error) {
	for i, v := range row.Values {
		if v == "" {
			row.Values[i] = nil
		}
	}
	for _, i := range u.documents {
		if row.Values[i], err = store.EncodeValue(fettle.JSON, row.Values[i]); err != nil {
			return err
		}
	}
	return nil
}

// rawPrefix begins the names of columns without a field in fingerprints: no field
// has a space.
const rawPrefix = "column "

// fingerprint is the key of a row that has no other: its source and everything
// that it says, columns that are not mapped included.
func (u *upserter) fingerprint(row *Row, get func(string) any) identity.Key {
	if len(row.Raw) == 0 {
		return identity.FingerprintKey(sourceOf(u.in.Source), get, u.sorted)
	}
	fields := slices.Clone(u.sorted)
	for name := range row.Raw {
		fields = append(fields, rawPrefix+name)
	}
	slices.Sort(fields)
	return identity.FingerprintKey(sourceOf(u.in.Source), func(field string) any {
		if column, raw := strings.CutPrefix(field, rawPrefix); raw {
			return row.Raw[column]
		}
		return get(field)
	}, fields)
}
