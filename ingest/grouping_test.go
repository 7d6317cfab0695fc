package ingest_test

import (
	"context"
	"errors"
	"fmt"
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

// identified gives what must group a row of one source with others, "" where it
// may depend on the order: its id, or in a list without ids its LinkedIn address.
func identified(row map[string]any, ids bool) string {
	key, value := "linkedin_url", ""
	if ids {
		key = "external_id"
	}
	if v, ok := row[key].(string); ok {
		value = v
	}
	return value
}

// TestGroupingDoesNotDependOnOrder puts the rows of two lists in, in any order
// and in any pieces: of each list those of one id are one record, and no others
// are.
func TestGroupingDoesNotDependOnOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		by := origin(t, db, store.OriginImport, "crm")
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; db.Postgres() && runs > 30 {
				return // each run is slower there
			}
			ids := rapid.Bool().Draw(rt, "ids")
			rows := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) map[string]any {
				row := drawRow(rt)
				if !ids {
					row["external_id"] = nil
				}
				row["source"] = rapid.SampledFrom([]string{"crm", "crm", "hub"}).Draw(rt, "source")
				if row["linkedin_url"] != nil {
					row["linkedin_url"] = strings.ToLower(row["linkedin_url"].(string))
				}
				return row
			}), 1, 14).Draw(rt, "rows")
			rows = rapid.Permutation(rows).Draw(rt, "order")
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				got, err := inPieces(t.Context(), rt, tx, fettle.People, by, modelFields, rows)
				if err != nil {
					return err
				}
				for i := range rows {
					for j := range i {
						a, b := identified(rows[i], ids), identified(rows[j], ids)
						if a == "" || b == "" || ids && sourceOf(rows[i]) != sourceOf(rows[j]) {
							continue
						}
						if x, y := linkedin(a, ids), linkedin(b, ids); (x == y) != (got[i] == got[j]) {
							rt.Fatalf("rows %d and %d are of %s and %s; the records are %v", j, i, y, x, got)
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

// inPieces puts rows of one source in, in pieces that it draws, and gives the
// record of each.
func inPieces(ctx context.Context, rt *rapid.T, tx *store.Tx, entity fettle.Entity, by int64, fields []string, rows []map[string]any) ([]int64, error) {
	var got []int64
	for len(got) < len(rows) {
		n := rapid.IntRange(1, len(rows)-len(got)).Draw(rt, "piece")
		in := ingest.UpsertInput{Entity: entity, Source: sourceOf(rows[len(got)]), Origin: by, Actor: "ann", Now: now, Fields: fields}
		for i, row := range rows[len(got) : len(got)+n] {
			if i > 0 && sourceOf(row) != in.Source {
				break
			}
			r := ingest.Row{Line: len(got) + i + 2}
			for _, f := range fields {
				r.Values = append(r.Values, row[f])
			}
			in.Rows = append(in.Rows, r)
		}
		res, err := ingest.Upsert(ctx, tx, in)
		if err != nil {
			return nil, err
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

// sourceOf is the list that a row is from.
func sourceOf(row map[string]any) string {
	if s, ok := row["source"].(string); ok {
		return s
	}
	return "crm"
}

func linkedin(s string, id bool) string {
	if key, ok := identity.LinkedIn(s); ok && !id {
		return key
	}
	return s
}

const mailbox = "External ID,Name,Email\nX1,Fay,fay@x.com\nX2,Gil,fay@x.com\nX3,Hal,fay@x.com\n"

// TestOtherIDsStayApart imports people of one list who share a mailbox.
func TestOtherIDsStayApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		dry := importText(t, db, mailbox, ingest.ImportOptions{Source: "crm", DryRun: true})
		wantCounts(t, dry, counts{Read: 3, Created: 3, Conflicts: 2})
		wantCounts(t, importText(t, db, mailbox, crm), counts{Read: 3, Created: 3, Conflicts: 2})
		wantCounts(t, importText(t, db, mailbox, crm), counts{Read: 3, Unchanged: 3})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.Conflicts(ctx, fettle.People, 0, 10)
			if len(list) != 2 || list[1].Record != 2 || list[1].Other != 1 || list[1].Key != "pe:fay@x.com" || list[1].Source != "crm" {
				t.Errorf("conflicts: %+v", list)
			}
			return err
		})
		// The shared address joins nobody, and still finds the one who has nothing else.
		only := "Name,Email\nIda,fay@x.com\nIda,fay@x.com\n"
		wantCounts(t, importText(t, db, only, crm), counts{Read: 2, Created: 1, Merged: 1, Conflicts: 1})
		wantCounts(t, importText(t, db, only, crm), counts{Read: 2, Unchanged: 1, Merged: 1})
		by := origin(t, db, store.OriginUndo, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{4}, Origin: by, Actor: "ann", Now: now})
			return err
		})
		wantCounts(t, importText(t, db, only, crm), counts{Read: 2, Created: 1, Merged: 1})
		if r := records(t, db, fettle.People, 4); len(r) != 1 {
			t.Error("the deleted record did not come back as itself")
		}
		wantCounts(t, importText(t, db, only, ingest.ImportOptions{Source: "hub"}), counts{Read: 2, Created: 1, Merged: 1, Conflicts: 1})
	})
}

// TestAFileIsLookedThrough has the rows that show a key to be shared far behind
// the one that it would have joined.
func TestAFileIsLookedThrough(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("External ID,Name,Email\n,Ann,fay@x.com\n")
		for i := range 12_000 {
			fmt.Fprintf(&sb, "%d,P %d,p%d@x.com\n", i, i, i)
		}
		sb.WriteString("a,Bob,fay@x.com\nb,Cid,fay@x.com\n,Ann,fay@x.com\n")
		v := importText(t, db, sb.String(), ingest.ImportOptions{Source: "crm"})
		wantCounts(t, v, counts{Read: 12_004, Created: 12_003, Merged: 1, Conflicts: 2})
		if len(v.Merges) != 1 || v.Merges[0].Line != 12_005 || v.Merges[0].WithLine != 2 {
			t.Errorf("merges %+v", v.Merges)
		}
	})
}

// TestWhoHadOnlyASharedKey is found again after the key was shared.
func TestWhoHadOnlyASharedKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		importText(t, db, "Name,Email\nIda,fay@x.com\n", crm)
		wantCounts(t, importText(t, db, mailbox, crm), counts{Read: 3, Created: 3, Conflicts: 3})
		wantCounts(t, importText(t, db, "Name,Email\nIda,fay@x.com\n", crm), counts{Read: 1, Unchanged: 1})
	})
}

// TestAMergeByAPersonOutranksASharedKey gives the key to the survivor.
func TestAMergeByAPersonOutranksASharedKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := strings.Join(strings.SplitAfter(mailbox, "\n")[:3], "")
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{Source: "crm"}), counts{Read: 2, Created: 2, Conflicts: 1})
		merge(t, db, 1, 2)
		v := importText(t, db, "Name,Email\nFay,fay@x.com\n", ingest.ImportOptions{Source: "hub"})
		wantCounts(t, v, counts{Read: 1, Updated: v.Updated, Unchanged: v.Unchanged})
		if len(records(t, db, fettle.People, 1, 2, 3)) != 1 {
			t.Error("the survivor was not found by the key")
		}
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{Source: "crm"}), counts{Read: 2, Merged: 1, Unchanged: 1})
		v = importText(t, db, "Name,Email\nFay,fay@x.com\n", ingest.ImportOptions{Source: "web", Policy: fettle.FillBlanks})
		wantCounts(t, v, counts{Read: 1, Unchanged: 1}) // the file of both ids does not show it to be shared again
	})
}

// TestADryRunKnowsWhatAPieceShares has pieces whose rows show a key to be shared that
// an earlier piece of the dry run brought, and pieces after it. Rows are an id, a
// LinkedIn address and an e-mail.
func TestADryRunKnowsWhatAPieceShares(t *testing.T) {
	for name, c := range map[string]struct {
		pieces  [][][]any
		created []int64
		before  [][]any // is there before
	}{
		"by its rows": {[][][]any{{{nil, "linkedin.com/in/a1", nil}}, {{"1", "linkedin.com/in/a1", nil}, {"2", "linkedin.com/in/a1", nil}}}, []int64{1, 2}, nil},
		"and who has nothing else": {
			[][][]any{{{nil, "linkedin.com/in/a1", nil}}, {{"1", "linkedin.com/in/a1", nil}, {"2", "linkedin.com/in/a1", nil}}, {{nil, "linkedin.com/in/a1", nil}}}, []int64{1, 2, 0}, nil,
		},
		"and who has nothing else but what was shared": {
			[][][]any{
				{{nil, "linkedin.com/in/a1", "d@x.com"}, {nil, "linkedin.com/in/b2", "d@x.com"}}, {{"1", "linkedin.com/in/a1", nil}, {"2", "linkedin.com/in/a1", nil}}, {{nil, "linkedin.com/in/a1", nil}},
			}, []int64{2, 2, 0}, nil,
		},
		"and whom it tells apart": {
			[][][]any{{{"1", nil, "d@x.com"}, {"4", "linkedin.com/in/c3", nil}}, {{"1", "linkedin.com/in/c3", nil}}, {{nil, "linkedin.com/in/a1", "d@x.com"}}}, []int64{2, 0, 1}, nil,
		},
		"until a merge leaves it with one": {
			[][][]any{{{"1", "linkedin.com/in/c3", nil}}, {{nil, nil, "d@x.com"}}},
			[]int64{0, 0},
			[][]any{{"1", "linkedin.com/in/b2", "d@x.com"}, {nil, "linkedin.com/in/c3", "d@x.com"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				by := origin(t, db, store.OriginImport, "crm")
				put := func(dry *ingest.Overlay, pieces [][][]any) (created, conflicts []int64) {
					for _, rows := range pieces {
						in := ingest.UpsertInput{Entity: fettle.People, Source: "crm", Origin: by, Actor: "ann", Now: now, Fields: []string{"external_id", "linkedin_url", "email"}, DryRun: dry}
						for i, values := range rows {
							in.Rows = append(in.Rows, ingest.Row{Line: i + 2, Values: slices.Clone(values)})
						}
						update(t, db, func(ctx context.Context, tx *store.Tx) error {
							res, err := ingest.Upsert(ctx, tx, in)
							created, conflicts = append(created, res.Created), append(conflicts, res.Conflicts)
							return err
						})
					}
					return created, conflicts
				}
				put(nil, [][][]any{c.before})
				wouldCreate, wouldConflict := put(&ingest.Overlay{}, c.pieces)
				created, conflicts := put(nil, c.pieces)
				if !slices.Equal(created, c.created) || !slices.Equal(wouldCreate, created) || !slices.Equal(wouldConflict, conflicts) {
					t.Errorf("%d created, %d conflicts; a dry run said %d and %d", created, conflicts, wouldCreate, wouldConflict)
				}
			})
		})
	}
}
