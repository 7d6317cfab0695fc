package ingest

import (
	"context"
	"slices"

	"fettle/identity"
	"fettle/store"
)

// listFor names the list of a file's ids. What was exported from here has its
// ids under the key of their field, whatever list they are of: it is of the list
// that knows most of them.
func (m *mapping) listFor(ctx context.Context, tx *store.Tx, first [][]string, opts ImportOptions) (string, error) {
	list := m.list(opts)
	if opts.Source != "" || !m.isExport() {
		return list, nil
	}
	column := m.mapped[m.at["external_id"]].column
	var ids []string
	for _, row := range first {
		if row[column] != "" {
			ids = append(ids, row[column])
		}
	}
	lists, err := knownLists(ctx, tx, opts)
	if err != nil {
		return list, err
	}
	best := 0
	for _, l := range append([]string{list}, lists...) {
		texts := make([]string, len(ids))
		for i, id := range ids {
			texts[i] = keyText(opts.Entity, shorten(identity.External(l, id)))
		}
		held, err := tx.MatchKeys(ctx, texts)
		if err != nil {
			return list, err
		}
		if len(held) > best && 2*len(held) > len(ids) {
			list, best = l, len(held)
		}
	}
	return list, nil
}

// isExport reports whether the headings are what an export from here has: keys of
// fields, each over its own.
func (m *mapping) isExport() bool {
	if _, ok := m.at["external_id"]; !ok || len(m.mapped) != len(m.columns) {
		return false
	}
	return !slices.ContainsFunc(m.mapped, func(t target) bool { return m.columns[t.column] != t.field.Key })
}

// knownLists are the lists that ids have come under.
func knownLists(ctx context.Context, tx *store.Tx, opts ImportOptions) ([]string, error) {
	var out []string
	imports, err := tx.Imports(ctx, 0, maxOldImports)
	if err != nil {
		return nil, err
	}
	for _, imp := range imports {
		if imp.Entity == opts.Entity && imp.Counts.List != "" {
			out = append(out, imp.Counts.List)
		}
	}
	all, err := tx.Origins(ctx)
	for _, o := range all {
		if o.Kind == store.OriginImport || o.Kind == store.OriginAPI {
			out = append(out, o.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), err
}
