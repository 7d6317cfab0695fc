package ingest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
	"fettle/store"
)

// formerMapping is how an earlier import of the same columns read them. A row that
// nothing identified is known by all that it said then: a column that has got a
// field since, or another one, would make it a new row.
type formerMapping struct {
	source  string
	mapped  []target
	rest    []int
	fields  []string // of mapped and rest as a fingerprint names them, sorted
	columns []string
}

// maxFormer is how many earlier readings of the same columns are tried.
const maxFormer = 4

// formerMappings finds the earlier imports of the same columns, newest first,
// where rows were kept by all that they say.
func (imp *importer) formerMappings(ctx context.Context, tx *store.Tx) ([]formerMapping, error) {
	entity := imp.opts.Entity
	if any, err := tx.HasMatchKey(ctx, keyText(entity, identity.Key{Kind: identity.RowKey}), 0); err != nil || !any {
		return nil, err
	}
	all, err := tx.Imports(ctx, 0, maxOldImports)
	if err != nil {
		return nil, err
	}
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	columns := imp.reader.Columns()
	sorted := slices.Sorted(slices.Values(columns))
	seen := map[string]bool{}
	var out []formerMapping
	for _, old := range all {
		held := slices.Sorted(slices.Values(slices.AppendSeq(slices.Clone(old.Counts.Unmapped), maps.Keys(old.Mapping))))
		if old.Entity != entity || sourceOf(old.Source) != sourceOf(imp.list) || !slices.Equal(held, sorted) {
			continue
		}
		m := formerMapping{source: sourceOf(old.Source), columns: columns}
		var said strings.Builder
		for i, c := range columns {
			key := old.Mapping[c]
			if key == "" {
				m.rest = append(m.rest, i)
				m.fields = append(m.fields, rawPrefix+c)
				continue
			}
			f, ok := fieldByKey(fields, key)
			if !ok {
				f = fettle.Field{Key: key, Type: fettle.Text}
			}
			m.mapped, m.fields = append(m.mapped, target{i, f}), append(m.fields, key)
			said.WriteString(c + "\x00" + key + "\x00")
		}
		slices.Sort(m.fields)
		if seen[said.String()] || len(m.mapped) == 0 {
			continue
		}
		seen[said.String()] = true
		if out = append(out, m); len(out) == maxFormer {
			break
		}
	}
	return out, nil
}

// key is the fingerprint that a row had if nothing identified it then; not ok if
// it was refused.
func (m *formerMapping) key(cells []string) (k identity.Key, ok bool) {
	values := make(map[string]any, len(m.fields))
	for _, t := range m.mapped {
		v, ok := formerValue(t.field.Type, cells[t.column])
		if !ok {
			return k, false
		}
		values[t.field.Key] = v
	}
	for _, i := range m.rest {
		values[rawPrefix+m.columns[i]] = strings.TrimSpace(cells[i])
	}
	return identity.FingerprintKey(m.source, func(field string) any { return values[field] }, m.fields), true
}

// formerValue is a cell as earlier rules took it: text was kept as it was written.
func formerValue(t fettle.FieldType, cell string) (value any, ok bool) {
	switch t {
	case fettle.Number, fettle.Boolean, fettle.Date, fettle.Timestamp, fettle.JSON:
		value, _, err := identity.Clean(t, cell)
		return value, err == nil
	default:
		return strings.TrimSpace(cell), true
	}
}

// formerKeys gives a row the keys that earlier imports may have given it.
func (imp *importer) formerKeys(line csv.Row, row *Row) {
	add := func(k identity.Key, ok bool) {
		if ok && !slices.Contains(row.former, k) {
			row.former = append(row.former, k)
		}
	}
	for i := range imp.formerMaps {
		m := &imp.formerMaps[i]
		add(m.key(line.Cells))
		for _, t := range m.mapped {
			if t.field.Key == "email" {
				add(identity.QuotedEmail(line.Cells[t.column]))
			}
		}
	}
}

// formerHit is a row whose own keys lead nowhere, and a key of earlier rules.
type formerHit struct {
	row  int
	key  identity.Key
	sure bool // all that the row says is in the key
	id   int64
}

// findFormerRows finds the records of rows that earlier rules knew by other keys
// than those of today: such a row is not a new record.
func (u *upserter) findFormerRows(ctx context.Context) error {
	hits := u.formerHits()
	if len(hits) == 0 {
		return nil
	}
	texts := make([]string, len(hits))
	for i, h := range hits {
		texts[i] = keyText(u.entity, h.key)
	}
	held, err := u.tx.MatchKeys(ctx, unique(texts))
	if err != nil {
		return err
	}
	var ask []int64
	for i := range hits {
		if hits[i].id = u.resolve(held[keyText(u.entity, hits[i].key)]); hits[i].id != 0 && !hits[i].sure {
			ask = append(ask, hits[i].id)
		}
	}
	f, err := u.readFormer(ctx, unique(ask))
	if err != nil {
		return err
	}
	for _, h := range hits {
		if h.id == 0 || u.known(h.row) || !h.sure && !u.isFormer(h, f) {
			continue
		}
		if u.in.assumeNew {
			return errKnown
		}
		first := u.keys[h.row][0]
		u.at[first], u.adopt[first] = h.id, true
		u.result.known++
	}
	return nil
}

// known reports whether a key of a row leads to a record.
func (u *upserter) known(n int) bool {
	return slices.ContainsFunc(u.keys[n], func(k identity.Key) bool { return u.at[k] != 0 })
}

// formerHits are the keys by which earlier rules may have known the rows that
// those of today do not.
func (u *upserter) formerHits() []formerHit {
	var hits []formerHit
	for n := range u.keys {
		if len(u.keys[n]) == 0 || len(u.sharing.of[n]) > 0 || u.known(n) {
			continue
		}
		for _, k := range u.in.Rows[n].former {
			hits = append(hits, formerHit{row: n, key: k, sure: true})
		}
		if len(u.in.Rows[n].aside) == 0 && slices.ContainsFunc(u.keys[n], func(k identity.Key) bool { return k.Kind == identity.EmailKey }) {
			continue // its address is a key today, and its id was not rounded
		}
		wrote := func(field string) any { // what was set aside as well
			for _, a := range u.in.Rows[n].aside {
				if a.Field == field && u.sayings(n)(field) == nil {
					return a.Value
				}
			}
			return u.sayings(n)(field)
		}
		for _, k := range identity.FormerKeys(u.entity, sourceOf(u.in.Source), wrote) {
			hits = append(hits, formerHit{row: n, key: shorten(k)})
		}
	}
	return hits
}

// sayings gives what a row says of a field.
func (u *upserter) sayings(n int) func(field string) any {
	return func(field string) any {
		if i := slices.Index(u.in.Fields, field); i >= 0 {
			return u.in.Rows[n].Values[i]
		}
		return nil
	}
}

// readFormer reads the names and the keys of records.
func (u *upserter) readFormer(ctx context.Context, ids []int64) (*found, error) {
	f := &found{records: map[int64]func(string) any{}, keys: map[int64][]identity.Key{}}
	if len(ids) == 0 {
		return f, nil
	}
	if err := f.read(ctx, u.tx, u.entity, nameFields(), ids); err != nil {
		return nil, err
	}
	if err := f.readGone(ctx, u.tx, ids, false); err != nil {
		return nil, err
	}
	kept, err := u.tx.KeysOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	ofList, err := u.in.former.ofList(ctx, u.tx, ids)
	for _, id := range ids {
		for _, text := range kept[id] {
			if k, ok := parseKey(text); ok {
				f.keys[id] = append(f.keys[id], u.in.former.today(k, ofList[id])...)
			}
		}
	}
	return f, err
}

// isFormer reports whether a record that holds a key which many shared is that of
// the row: its name does not say otherwise, nor a stronger key.
func (u *upserter) isFormer(h formerHit, f *found) bool {
	there, ok := f.records[h.id]
	if !ok {
		return false
	}
	here, theirs := nameOf(u.sayings(h.row)), nameOf(there)
	if u.entity == fettle.Companies && !identity.SameCompany(here, theirs) || u.entity == fettle.People && identity.NamesDiffer(here, theirs) {
		return false
	}
	c := identity.Candidate{Record: h.id, Keys: map[identity.KeyKind][]string{}}
	for _, k := range f.keys[h.id] {
		c.Keys[k.Kind] = append(c.Keys[k.Kind], k.Value)
	}
	d := identity.Decide(append(slices.Clone(u.keys[h.row]), h.key), map[identity.Key]int64{h.key: h.id}, map[int64]identity.Candidate{h.id: c})
	return d.Record == h.id
}
