package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestADryRunSaysWhatIsDone imports files, undoes them, merges, unmerges and deletes
// in any order: before each import a dry run says the same of its rows. How many
// conflicts are new depends on which of three that share a key came first, so that it
// is not compared here.
func TestADryRunSaysWhatIsDone(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			open := storetest.Open
			if kind == storetest.PostgreSQL {
				open = storetest.Postgres
				open(t) // or it is skipped
			}
			runs, most := 0, 25 // histories
			if kind == storetest.PostgreSQL {
				most = 4 // each is slower there
			}
			rapid.Check(t, func(rt *rapid.T) {
				if runs++; runs > most {
					return
				}
				h := &dryHistory{t: t, db: open(t)}
				rt.Repeat(map[string]func(*rapid.T){
					"file": h.file, "another file": h.file, "pieces": h.pieces, "merge": h.merge, "unmerge": h.unmerge, "undo": h.undo, "delete": h.delete,
				})
			})
		})
	}
}

type dryHistory struct {
	t       *testing.T
	db      *store.DB
	imports []int64
	merges  []int64
}

// cell draws a value, or none.
func cell(rt *rapid.T, name string, values ...string) string {
	return rapid.SampledFrom(append(values, "", "")).Draw(rt, name)
}

// columns are what files of people and companies may have.
func historyColumns(entity fettle.Entity) map[string][]string {
	if entity == fettle.Companies {
		return map[string][]string{
			"External ID": {"1", "2", "3", "4"}, "Name": {"Acme", "Acme Inc.", "Bolt", "Cut"},
			"Domain":   {"acme.com", "acme.de", "bolt.com", "acme.com; acme.de", "shop.acme.com"},
			"LinkedIn": {"linkedin.com/company/a", "linkedin.com/company/b"},
		}
	}
	return map[string][]string{
		"External ID": {"1", "2", "3", "4"}, "Name": {"Ann Lee", "Bob Roe", "Cid"},
		"Email":    {"a@acme.com", "b@acme.com", "c@bolt.com", "a@acme.com; c@bolt.com", "info@acme.com"},
		"LinkedIn": {"linkedin.com/in/a", "linkedin.com/in/b", "linkedin.com/in/c"}, "Title": {"CEO", "CTO"},
		"Company Name": {"Acme", "Bolt", "Cut"}, "Website": {"acme.com", "bolt.com", "cut.io"}, "Company ID": {"c1", "c2"},
	}
}

// text draws a file.
func (h *dryHistory) text(rt *rapid.T, entity fettle.Entity) string {
	all := historyColumns(entity)
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(all))), 2, len(all), rapid.ID[string]).Draw(rt, "columns")
	lines := []string{strings.Join(names, ",")}
	for range rapid.IntRange(1, 12).Draw(rt, "rows") {
		cells := make([]string, len(names))
		for i, name := range names {
			cells[i] = cell(rt, name, all[name]...)
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (h *dryHistory) file(rt *rapid.T) {
	opts := ingest.ImportOptions{
		Entity: rapid.SampledFrom(fettle.Entities()).Draw(rt, "entity"), Source: rapid.SampledFrom([]string{"crm", "hub"}).Draw(rt, "source"), SameList: true,
		Policy: rapid.SampledFrom([]fettle.WritePolicy{"", "", fettle.FillBlanks, fettle.OverwriteAll}).Draw(rt, "policy"), Blank: rapid.Bool().Draw(rt, "blank"),
	}
	text := h.text(rt, opts.Entity)
	dry := opts
	dry.DryRun = true
	would, err := tryImport(h.t, h.db, text, dry)
	if err != nil {
		return // refused, and so it would be
	}
	got, err := tryImport(h.t, h.db, text, opts)
	if err != nil {
		rt.Fatal(err)
	}
	h.imports = append(h.imports, got.ID)
	said := func(v fettle.ImportView) string {
		return fmt.Sprintf("%d created, %d updated or unchanged, %d merged, %d rejected, %d joined, %d set aside, %d companies",
			v.Created, v.Updated+v.Unchanged, v.Merged, v.Rejected, v.Joined, v.SetAside, v.CompaniesCreated)
	}
	if said(would) != said(got) {
		rt.Fatalf("a dry run said %s; the import did %s, of\n%s", said(would), said(got), text)
	}
}

// pieces puts the rows of a list in, in pieces of which a dry run knows all at once.
func (h *dryHistory) pieces(rt *rapid.T) {
	by := origin(h.t, h.db, store.OriginImport, "crm")
	var pieces [][]ingest.Row
	for range rapid.IntRange(1, 4).Draw(rt, "pieces") {
		var rows []ingest.Row
		for range rapid.IntRange(1, 5).Draw(rt, "rows") {
			drawn := drawRow(rt)
			row := ingest.Row{Line: len(rows) + 2}
			for _, f := range modelFields {
				row.Values = append(row.Values, drawn[f])
			}
			rows = append(rows, row)
		}
		pieces = append(pieces, rows)
	}
	source := rapid.SampledFrom([]string{"crm", "hub"}).Draw(rt, "source")
	run := func(dry *ingest.Overlay) (said []string) {
		for _, rows := range pieces {
			update(h.t, h.db, func(ctx context.Context, tx *store.Tx) error {
				in := ingest.UpsertInput{Entity: fettle.People, Source: source, Origin: by, Actor: "ann", Now: now, Fields: modelFields, DryRun: dry}
				for _, r := range rows {
					r.Values = slices.Clone(r.Values)
					in.Rows = append(in.Rows, r)
				}
				in.Part()
				res, err := ingest.Upsert(ctx, tx, in)
				const text = "%d created, %d updated or unchanged, %d merged, %d joined"
				said = append(said, fmt.Sprintf(text, res.Created, res.Updated+res.Unchanged, res.Merged, res.Joined))
				return err
			})
		}
		return said
	}
	if would, got := run(&ingest.Overlay{}), run(nil); !slices.Equal(would, got) {
		rt.Fatalf("a dry run said %q; the pieces did %q", would, got)
	}
}

// people are those who are there.
func (h *dryHistory) people() []int64 {
	ids := make([]int64, 80)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	var out []int64
	for id := range records(h.t, h.db, fettle.People, ids...) {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (h *dryHistory) merge(rt *rapid.T) {
	if people := h.people(); len(people) > 1 {
		two := rapid.Permutation(people).Draw(rt, "pair")
		h.merges = append(h.merges, merge(h.t, h.db, two[0], two[1]))
	}
}

func (h *dryHistory) unmerge(rt *rapid.T) {
	if len(h.merges) > 0 {
		id := rapid.SampledFrom(h.merges).Draw(rt, "merge")
		if err := unmerge(h.t, h.db, id); err != nil && fettle.CodeOf(err) != fettle.Refused {
			rt.Fatal(err)
		}
	}
}

func (h *dryHistory) undo(rt *rapid.T) {
	if len(h.imports) > 0 {
		i := rapid.IntRange(0, len(h.imports)-1).Draw(rt, "import")
		undo(h.t, h.db, h.imports[i])
		h.imports = slices.Delete(h.imports, i, i+1)
	}
}

func (h *dryHistory) delete(rt *rapid.T) {
	if people := h.people(); len(people) > 0 {
		by := origin(h.t, h.db, store.OriginPerson, "ann")
		id := rapid.SampledFrom(people).Draw(rt, "record")
		update(h.t, h.db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{id}, Origin: by, Actor: "ann", Now: now})
			return err
		})
	}
}
