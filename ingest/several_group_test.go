package ingest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// severalRow is a row of which a cell may hold several values.
type severalRow struct {
	values map[string]any
	cells  map[string][]string // of fields that may hold several
	id     string
}

// drawSeveral draws a row of one list.
func drawSeveral(rt *rapid.T, entity fettle.Entity, ids bool) severalRow {
	list := func(name string, least int, values ...string) []string {
		out := rapid.SliceOfNDistinct(rapid.SampledFrom(values), least, 3, rapid.ID[string]).Draw(rt, name)
		return rapid.Permutation(out).Draw(rt, name+" in order")
	}
	r := severalRow{values: map[string]any{}, cells: map[string][]string{}}
	if ids {
		r.id = rapid.SampledFrom([]string{"1", "2", "3", ""}).Draw(rt, "id")
	}
	least := 0
	if !ids {
		least = 1
	}
	if entity == fettle.People {
		r.values["name"] = rapid.SampledFrom([]string{"Ann", "Bob"}).Draw(rt, "name")
		r.cells["linkedin_url"] = list("linkedin", least, "linkedin.com/in/a1", "linkedin.com/in/b2", "linkedin.com/in/c3", "linkedin.com/in/d4", "linkedin.com/in/e5")
		r.cells["email"] = list("email", 0, "a@x.com", "b@x.com", "c@x.com")
	} else {
		r.values["name"] = rapid.SampledFrom([]string{"Alpha", "ALPHA, Inc.", "Beta", "Gamma"}).Draw(rt, "name")
		r.cells["domain"] = list("domain", 1, "x.com", "y.com", "z.com", "law.x.com")
		r.cells["linkedin_url"] = list("linkedin", 0, "linkedin.com/company/a", "linkedin.com/company/b")
	}
	if r.id != "" {
		r.values["external_id"] = r.id
	}
	return r
}

// strong are the keys by which rows without ids are certainly one.
func (r severalRow) strong(entity fettle.Entity) (out []string) {
	if entity == fettle.People {
		for _, v := range r.cells["linkedin_url"] {
			k, _ := identity.LinkedIn(v)
			out = append(out, k)
		}
		return out
	}
	for _, v := range r.cells["domain"] {
		domain, _ := identity.Domain(v)
		named, _ := identity.Named(domain, r.values["name"].(string))
		out = append(out, named.Value)
	}
	return out
}

// groups gives each row the least row that is one with it: by its id, or by what it
// has in common with others, step by step. -1: that may depend on the order.
func groups(rows []severalRow, entity fettle.Entity, ids bool) []int {
	out := make([]int, len(rows))
	for i := range out {
		out[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i := range rows {
			for j := range i {
				one := rows[i].id == rows[j].id
				if !ids {
					one = slices.ContainsFunc(rows[i].strong(entity), func(k string) bool { return slices.Contains(rows[j].strong(entity), k) })
				}
				if least := min(out[i], out[j]); one && out[i] != out[j] {
					out[i], out[j], changed = least, least, true
				}
			}
		}
	}
	for i := range rows {
		if ids && rows[i].id == "" {
			out[i] = -1
		}
	}
	return out
}

func (r severalRow) row(t interface{ Fatalf(string, ...any) }, entity fettle.Entity, line int, fields []fettle.Field) ingest.Row {
	row := ingest.Row{Line: line, Values: make([]any, len(fields))}
	for i, f := range fields {
		clean := func(part string) (any, bool, error) { return identity.Clean(f.Type, part) }
		row.Values[i] = r.values[f.Key]
		if cell := r.cells[f.Key]; len(cell) > 0 {
			parts := ingest.Several(f, strings.Join(cell, "; "), len(cell) == 1, clean)
			if len(cell) > 1 && len(parts) != len(cell) {
				t.Fatalf("%q has the parts %q", cell, parts)
			}
			row.Values[i] = cell[0]
			if len(parts) > 1 {
				row.TakeFirst(f, i, parts, clean, false)
			}
		}
	}
	return row
}

// TestSeveralValuesGroupInAnyOrder puts rows with several addresses in a cell in, in
// any order of rows and values and in any pieces: those of one id are one record, and
// without ids those that have an address in common. A dry run says the same.
func TestSeveralValuesGroupInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		by := origin(t, db, store.OriginImport, "crm")
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; db.Postgres() && runs > 30 {
				return // each run is slower there
			}
			entity := rapid.SampledFrom(fettle.Entities()).Draw(rt, "entity")
			ids := rapid.Bool().Draw(rt, "ids")
			var rows []severalRow
			for range rapid.IntRange(1, 12).Draw(rt, "rows") {
				rows = append(rows, drawSeveral(rt, entity, ids))
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				got, err := putSeveral(t.Context(), rt, tx, entity, by, rows)
				if err != nil {
					return err
				}
				want := groups(rows, entity, ids)
				for i := range rows {
					for j := range i {
						if want[i] >= 0 && want[j] >= 0 && (want[i] == want[j]) != (got[i] == got[j]) {
							rt.Fatalf("rows %d and %d: want %v, got %v of %+v", j, i, want, got, rows)
						}
					}
				}
				return errRollback
			})
			if !errors.Is(err, errRollback) {
				rt.Fatal(err)
			}
		})
	})
}

// putSeveral puts rows in, in pieces that it draws, and gives the record of each.
func putSeveral(ctx context.Context, rt *rapid.T, tx *store.Tx, entity fettle.Entity, by int64, rows []severalRow) ([]int64, error) {
	keys := []string{"external_id", "name", "email", "linkedin_url"}
	if entity == fettle.Companies {
		keys = []string{"external_id", "name", "domain", "linkedin_url"}
	}
	fields := make([]fettle.Field, len(keys))
	for i, key := range keys {
		var err error
		if fields[i], err = tx.Field(ctx, entity, key); err != nil {
			return nil, err
		}
	}
	var got []int64
	for len(got) < len(rows) {
		n := rapid.IntRange(1, len(rows)-len(got)).Draw(rt, "piece")
		input := func(dry *ingest.Overlay) ingest.UpsertInput {
			in := ingest.UpsertInput{Entity: entity, Source: "crm", Origin: by, Actor: "ann", Now: now, Fields: keys, DryRun: dry}
			for i, r := range rows[len(got) : len(got)+n] {
				in.Rows = append(in.Rows, r.row(rt, entity, len(got)+i+2, fields))
			}
			return in
		}
		would, err := ingest.Upsert(ctx, tx, input(&ingest.Overlay{}))
		if err != nil {
			return nil, err
		}
		res, err := ingest.Upsert(ctx, tx, input(nil))
		if err != nil {
			return nil, err
		}
		if would.Created != res.Created || would.Merged != res.Merged || would.Conflicts != res.Conflicts || would.Joined != res.Joined {
			rt.Fatalf("a dry run said %d created, %d merged, %d conflicts, %d joined; the run did %d, %d, %d, %d", would.Created, would.Merged, would.Conflicts, would.Joined,
				res.Created, res.Merged, res.Conflicts, res.Joined)
		}
		got = append(got, res.Records...)
	}
	aliases, err := tx.Aliases(ctx, got)
	for i, id := range got {
		if into, ok := aliases[id]; ok {
			got[i] = into
		}
	}
	return got, err
}

// TestOrderInTheCellDoesNotMatter has a row of which each address leads to another
// person: which of them stands first does not say whose the row is.
func TestOrderInTheCellDoesNotMatter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "External ID,Name,Email\nX1,Ann,a@x.com\nX2,Bob,b@x.com\n", ingest.ImportOptions{Source: "crm"})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			f, err := tx.Field(ctx, fettle.People, "email")
			if err != nil {
				return err
			}
			for _, cell := range [][]string{{"a@x.com", "b@x.com"}, {"b@x.com", "a@x.com"}} {
				r := severalRow{cells: map[string][]string{"email": cell}}
				in := ingest.UpsertInput{Entity: fettle.People, Source: "hub", Now: now, Fields: []string{"email"}, DryRun: &ingest.Overlay{}}
				in.Rows = []ingest.Row{r.row(t, fettle.People, 2, []fettle.Field{f})}
				res, err := ingest.Upsert(ctx, tx, in)
				if err != nil || res.Records[0] != 1 || res.Conflicts != 1 {
					t.Errorf("%q led to %v with %d conflicts, %v", cell, res.Records, res.Conflicts, err)
				}
			}
			return nil
		})
	})
}
