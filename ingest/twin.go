package ingest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle/identity"
	"fettle/store"
)

// ZeroPadded is the reason of a doubt: the ids of two records of one list are the
// same number, with other leading zeros. They may be one (a spreadsheet drops the
// zeros) and may be two, so nothing joins them but a person.
const ZeroPadded = "zero_padded"

// maxPadded is the longest number that is compared without its zeros.
const maxPadded = 32

// number takes an external key apart whose id is digits and nothing else.
func number(k identity.Key) (prefix, digits, value string, ok bool) {
	if k.Kind != identity.ExternalKey {
		return "", "", "", false
	}
	prefix, digits = identity.ExternalParts(k.Value)
	if digits == "" || len(digits) > maxPadded || strings.Trim(digits, "0123456789") != "" {
		return "", "", "", false
	}
	value = strings.TrimLeft(digits, "0")
	if value == "" {
		value = "0"
	}
	return prefix, digits, value, true
}

// twinsOf are the other ways in which a number is written in a list.
func twinsOf(k identity.Key, widths map[int]bool) []identity.Key {
	prefix, digits, value, ok := number(k)
	if !ok {
		return nil
	}
	var out []identity.Key
	add := func(id string) {
		if id != digits {
			out = append(out, identity.Key{Kind: k.Kind, Value: prefix + id})
		}
	}
	add(value)
	for _, n := range slices.Sorted(maps.Keys(widths)) {
		if n > len(value) {
			add(strings.Repeat("0", n-len(value)) + value)
		}
	}
	return out
}

// widths are the lengths of the numbers with leading zeros in the list, those of
// the rows that were read so far included.
func (u *upserter) widths(ctx context.Context) (map[int]bool, error) {
	f := u.in.former
	if f.widths == nil {
		prefix := keyText(u.entity, identity.Key{Kind: identity.ExternalKey, Value: f.list})
		lengths, err := u.tx.ZeroPadded(ctx, prefix)
		if err != nil {
			return nil, err
		}
		f.widths = map[int]bool{}
		for _, n := range lengths {
			f.widths[n] = n <= maxPadded
		}
	}
	for _, h := range u.numbers {
		if _, digits, value, _ := number(h.key); digits != value {
			f.widths[len(digits)] = true
		}
	}
	return f.widths, nil
}

// listTwins lists the records whose new ids are another's but for leading zeros.
func (u *upserter) listTwins(ctx context.Context) error {
	if len(u.numbers) == 0 {
		return nil
	}
	widths, err := u.widths(ctx)
	if err != nil {
		return err
	}
	texts := map[string]identity.Key{}
	for _, h := range u.numbers {
		for _, k := range twinsOf(h.key, widths) {
			texts[keyText(u.entity, k)] = k
		}
	}
	if len(texts) == 0 {
		return nil
	}
	held, err := u.tx.MatchKeys(ctx, slices.Collect(maps.Keys(texts)))
	if err != nil {
		return err
	}
	at := map[identity.Key]int64{}
	for text, k := range texts {
		if at[k] = u.resolve(u.at[k]); at[k] == 0 {
			at[k] = u.resolve(held[text])
		}
	}
	var list []store.Conflict
	var others []int64
	seen := map[pair]bool{}
	for _, h := range u.numbers {
		id := u.resolve(h.holder.ID)
		for _, k := range twinsOf(h.key, widths) {
			other := at[k]
			if other == 0 || other == id || seen[pair{other, id}] || seen[pair{id, other}] {
				continue
			}
			seen[pair{id, other}] = true
			c := store.Conflict{Record: id, Other: other, Key: keyText(u.entity, h.key), Reason: ZeroPadded}
			if older(id, other) {
				c.Record, c.Other, c.Key = other, id, keyText(u.entity, k)
			}
			list, others = append(list, c), append(others, id, other)
		}
	}
	there, err := u.there(ctx, others)
	if err != nil {
		return err
	}
	for _, c := range list {
		if there[c.Record] && there[c.Other] {
			u.result.Conflicts++
			u.book.conflicts = append(u.book.conflicts, c)
			u.result.Clashes = append(u.result.Clashes, c)
		}
	}
	return nil
}

// there gives those of the records that exist, or would after a dry run.
func (u *upserter) there(ctx context.Context, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	var ask []int64
	for _, id := range unique(ids) {
		if r := u.recs[id]; r != nil && (r.exists || r.written) {
			out[id] = true
		} else if id > 0 {
			ask = append(ask, id)
		}
	}
	read, err := u.tx.LockRecords(ctx, u.entity, ask, nil)
	for _, r := range read {
		out[r.ID] = true
	}
	return out, err
}
