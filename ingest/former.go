package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// former is how older versions kept the ids of a list.
type former struct {
	list    string       // prefix of its keys
	old     string       // prefix of the keys of ids that had one list for all files; "" if none can be of this list
	imports []int64      // the imports of that time whose ids stood under the same heading
	sure    bool         // all ids of that time did
	widths  map[int]bool // lengths of numbers with leading zeros in the list; nil: not looked up yet
	any     bool         // the list has ids
	short   bool         // ids of 15 characters may be kept as they were written
}

// formerOf finds out how ids of a list are kept in the database.
func formerOf(ctx context.Context, tx *store.Tx, entity fettle.Entity, list string) (*former, error) {
	f := &former{list: identity.ExternalPrefix(list), sure: true}
	has := func(prefix string, length int) (bool, error) {
		return tx.HasMatchKey(ctx, keyText(entity, identity.Key{Kind: identity.ExternalKey, Value: prefix}), length)
	}
	prefixes := []string{f.list}
	var err error
	if f.any, err = has(f.list, 0); err != nil {
		return nil, err
	}
	if old := identity.ExternalPrefix(unnamed); list != sourceOf(list) {
		all, err := tx.Imports(ctx, 0, maxOldImports)
		if err != nil {
			return nil, err
		}
		for _, imp := range all {
			column := idColumn(imp.Mapping)
			switch {
			case imp.Entity != entity || imp.Source != unnamed || imp.Counts.List != "" || column == "":
			case listOf(column) == list:
				f.imports = append(f.imports, imp.ID)
			default:
				f.sure = false
			}
		}
		there, err := has(old, 0)
		if err != nil {
			return nil, err
		}
		if there && len(f.imports) > 0 {
			f.old, f.any, prefixes = old, true, append(prefixes, old)
		}
		if f.sure && f.old != "" {
			sent, err := tx.HasOrigin(ctx, store.OriginAPI, unnamed)
			if err != nil {
				return nil, err
			}
			f.sure = !sent
		}
	}
	for _, prefix := range prefixes {
		there, err := has(prefix, 15)
		if err != nil {
			return nil, err
		}
		f.short = f.short || there
	}
	return f, nil
}

// maxOldImports is how many imports are looked through for the headings of ids.
const maxOldImports = 10_000

// spellings are the other ways in which a key may be kept.
func (f *former) spellings(k identity.Key) []identity.Key {
	if k.Kind != identity.ExternalKey {
		return nil
	}
	prefix, id := identity.ExternalParts(k.Value)
	var out []identity.Key
	with := func(prefix, id string) {
		out = append(out, shorten(identity.Key{Kind: identity.ExternalKey, Value: prefix + id}))
	}
	short, ok := identity.ShortRecordID(id)
	if ok && f.short {
		with(prefix, short)
	}
	if f.old != "" && prefix == f.list {
		with(f.old, id)
		if ok && f.short {
			with(f.old, short)
		}
	}
	return out
}

// today gives a kept key as it is made now, and in old the key of the list too if
// the record of an id from the time of one list for all files is of this list.
func (f *former) today(k identity.Key, ofList bool) []identity.Key {
	if k.Kind != identity.ExternalKey {
		return []identity.Key{k}
	}
	prefix, id := identity.ExternalParts(k.Value)
	id = identity.RecordID(id)
	out := []identity.Key{{Kind: k.Kind, Value: prefix + id}}
	if ofList && f.old != "" && prefix == f.old {
		out = append(out, identity.Key{Kind: k.Kind, Value: f.list + id})
	}
	return out
}

// ofList gives those of the records whose ids of the time of one list for all
// files stood under the heading of this list.
func (f *former) ofList(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]bool, error) {
	out := make(map[int64]bool, len(ids))
	if f.old == "" || len(ids) == 0 {
		return out, nil
	}
	if f.sure {
		for _, id := range ids {
			out[id] = true
		}
		return out, nil
	}
	return tx.ImportedBy(ctx, ids, f.imports)
}

// each gives the keys that are held in the form of an older version, and by whom.
func (f *former) each(ctx context.Context, tx *store.Tx, byText map[string]identity.Key, held map[string]int64, give func(k identity.Key, id int64)) error {
	isOld := func(text string) bool {
		k, _ := parseKey(text)
		prefix, _ := identity.ExternalParts(k.Value)
		return prefix == f.old
	}
	var old []int64 // who holds ids of the time of one list for all files
	for text := range byText {
		if id := held[text]; id != 0 && isOld(text) {
			old = append(old, id)
		}
	}
	ofList, err := f.ofList(ctx, tx, unique(old))
	if err != nil {
		return err
	}
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		if id := held[text]; id != 0 && (ofList[id] || !isOld(text)) {
			give(byText[text], id)
		}
	}
	return nil
}

// findFormer finds who holds keys in the form of an older version.
func (u *upserter) findFormer(ctx context.Context, byText map[string]identity.Key, held map[string]int64) error {
	there := false
	err := u.in.former.each(ctx, u.tx, byText, held, func(k identity.Key, id int64) {
		if u.at[k] == 0 {
			u.at[k], u.adopt[k], there = u.resolve(id), true, true
			u.result.known++
		}
	})
	if err == nil && there && u.in.assumeNew {
		return errKnown
	}
	return err
}
