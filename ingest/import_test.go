package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

const team = `External ID,Name,Email,Title,Company domain,Shoe size
1,Ann Lee,ann@acme.com,Engineer,acme.com,38
2,Bob Ray,bob@acme.com,Designer,https://www.acme.com/about,
3,Cid Roe,,Founder,gmail.com,44
`

func TestImportTwiceIsUnchanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dry := importText(t, db, team, ingest.ImportOptions{DryRun: true})
		wantCounts(t, dry, counts{Read: 3, Created: 3})
		if dry.ID != 0 {
			t.Errorf("a dry run has the id %d", dry.ID)
		}
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Created: 3})
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{DryRun: true}), counts{Read: 3, Unchanged: 3})
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Unchanged: 3})
		r := records(t, db, "people", 1, 2, 3)
		if len(r) != 3 || r[1].Value("title") != "Engineer" || r[3].Value("email") != nil {
			t.Errorf("records: %v", r)
		}
	})
}

func TestRejects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := "Name,Shoe size,Note\nAnn,38,x\nBob,big,y\n,,z\nCid,39\nDan,40,a,b\nEve,\"" + strings.Repeat("9", 70_000) + "\",\n"
		v := importText(t, db, text, ingest.ImportOptions{Map: map[string]string{"Shoe size": "shoe_size:number"}, Strict: true})
		wantCounts(t, v, counts{Read: 6, Created: 2, Rejected: 4})
		want := []fettle.Reject{{Line: 3, Field: "shoe_size"}, {Line: 4}, {Line: 6}, {Line: 7, Field: "shoe_size"}}
		for i := range v.Rejects {
			if v.Rejects[i].Reason == "" {
				t.Errorf("no reason: %+v", v.Rejects[i])
			}
			v.Rejects[i].Reason = ""
		}
		if diff := cmp.Diff(want, v.Rejects); diff != "" {
			t.Errorf("rejects (-want +got)\n%s", diff)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			kept, err := tx.ImportRejects(ctx, v.ID, 0, 100)
			if len(kept) != 4 || kept[0].Raw != `{"Name":"Bob","Note":"y","Shoe size":"big"}` {
				t.Errorf("kept: %+v", kept)
			}
			raw, err2 := tx.ImportRowsOf(ctx, 1)
			if err2 != nil || len(raw) != 1 || raw[0].Raw != `{"Note":"x"}` {
				t.Errorf("unmapped columns: %+v, %v", raw, err2)
			}
			return err
		})
		if diff := cmp.Diff([]string{"Note"}, v.Unmapped); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMappingIsChecked(t *testing.T) {
	db := storetest.Open(t)
	for _, c := range []struct {
		name string
		opts ingest.ImportOptions
		says string
	}{
		{"no such column", ingest.ImportOptions{Map: map[string]string{"Nme": "name"}}, `no column "Nme"`},
		{"no such field", ingest.ImportOptions{Map: map[string]string{"Shoe size": "shoes"}}, `no field "shoes"`},
		{"no such type", ingest.ImportOptions{Map: map[string]string{"Shoe size": "shoes:float"}}, `"float"`},
		{"another type", ingest.ImportOptions{Map: map[string]string{"Title": "title:number"}}, "of type text"},
		{"a reserved key", ingest.ImportOptions{Map: map[string]string{"Title": "origins:text"}}, "reserved"},
		{"twice", ingest.ImportOptions{Map: map[string]string{"Title": "name", "Name": "name"}}, "both"},
		{"nothing mapped", ingest.ImportOptions{Map: map[string]string{"Title": "", "Name": "", "Email": "", "External ID": "", "Company domain": ""}}, "no column of the file"},
		{"a long source", ingest.ImportOptions{Source: strings.Repeat("x", 101)}, "source"},
	} {
		_, err := tryImport(t, db, team, c.opts)
		if fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	v := importText(t, db, team, ingest.ImportOptions{CreateFields: true, Map: map[string]string{"Email": ""}})
	want := map[string]string{"External ID": "external_id", "Name": "name", "Title": "title", "Company domain": "company_domain", "Shoe size": "shoe_size"}
	if diff := cmp.Diff(want, v.Mapping); diff != "" {
		t.Errorf("mapping (-want +got)\n%s", diff)
	}
}

func TestDryRunWritesNothingAndSaysTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("External ID,Email,Shoe size\n")
		for i := range 12_500 {
			fmt.Fprintf(&sb, "%d,p%d@x.com,%d\n", i%12_100, i%12_100, i) // the last 400 come back in another block
		}
		var would int
		opts := ingest.ImportOptions{CreateFields: true, DryRun: true, OnBatch: func(_ context.Context, fields []string, w []ingest.WouldBe) error {
			would += len(w)
			if !slices.Contains(fields, "shoe_size") || w[0].ID >= 0 && w[0].Created {
				t.Errorf("fields %v, first %+v", fields, w[0])
			}
			return nil
		}}
		dry := importText(t, db, sb.String(), opts)
		if would != 12_500 {
			t.Errorf("%d records would change, want 12,100 created and 400 updated", would)
		}
		if len(records(t, db, fettle.People, 1)) != 0 {
			t.Error("a dry run wrote")
		}
		opts.DryRun, opts.OnBatch = false, nil
		wet := importText(t, db, sb.String(), opts)
		wantCounts(t, dry, counts{Read: 12_500, Created: 12_100, Merged: 400})
		wantCounts(t, wet, counts{Read: 12_500, Created: 12_100, Merged: 400})
	})
}

// TestBrokenOffImportIsFinishedByAnother ends an import between two batches.
func TestBrokenOffImportIsFinishedByAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("Name,Email\n")
		for i := range 3500 {
			fmt.Fprintf(&sb, "P %d,p%d@x.com\n", i, i)
		}
		batches := 0
		v, err := tryImport(t, db, sb.String(), ingest.ImportOptions{OnBatch: func(context.Context, []string, []ingest.WouldBe) error {
			if batches++; batches == 2 {
				return errRollback
			}
			return nil
		}})
		if !errors.Is(err, errRollback) || v.Created != 2000 || v.State != store.ImportFailed {
			t.Fatalf("%v: %+v", err, countsOf(v))
		}
		wantCounts(t, importText(t, db, sb.String(), ingest.ImportOptions{}), counts{Read: 3500, Created: 1500, Unchanged: 2000})
		if res := undo(t, db, v.ID); res.Deleted != 2000 {
			t.Errorf("undo of the first: %+v", res)
		}
	})
}

func TestUndoKeepsWhatChangedSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := importText(t, db, "External ID,Name,Title,Location\n1,Ann,CTO,Berlin\n2,Bob,CFO,Bonn\n", ingest.ImportOptions{})
		second := importText(t, db, "External ID,Name,Title,Location\n1,Ann,CEO,Paris\n3,Cid,COO,Rome\n4,Dan,CMO,Oslo\n", ingest.ImportOptions{})
		hand := origin(t, db, store.OriginPerson, "ann")
		values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{
			{Record: 1, Field: "title", Value: "Boss", Valid: true}, {Record: 3, Field: "title", Value: "Boss", Valid: true},
		}})
		res := undo(t, db, second.ID)
		if res.Deleted != 1 || res.Restored != 1 || res.Kept != 2 {
			t.Errorf("undo: %+v", res)
		}
		r := records(t, db, fettle.People, 1, 2, 3, 4)
		if len(r) != 3 || r[1].Value("title") != "Boss" || r[1].Value("location") != "Berlin" || r[3].Value("title") != "Boss" {
			t.Errorf("after the undo: %d records", len(r))
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := ingest.UndoImport(t.Context(), tx, ingest.UndoInput{ImportID: second.ID, Origin: hand, Actor: "ann", Now: now})
			return err
		})
		if fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("a second undo: %v", err)
		}
		if res := undo(t, db, first.ID); res.Deleted != 1 || res.Kept != 1 {
			t.Errorf("undo of the first: %+v", res)
		}
	})
}

func TestHandSetValuesStay(t *testing.T) {
	db := storetest.Open(t)
	importText(t, db, team, ingest.ImportOptions{})
	hand := origin(t, db, store.OriginPerson, "ann")
	values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{{Record: 1, Field: "title", Value: "Boss", Valid: true}}})
	wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Unchanged: 3})
	wantCounts(t, importText(t, db, team, ingest.ImportOptions{Policy: fettle.OverwriteAll}), counts{Read: 3, Updated: 1, Unchanged: 2})
}

func TestBlanksOverwriteOnlyWhenTold(t *testing.T) {
	db := storetest.Open(t)
	importText(t, db, team, ingest.ImportOptions{})
	blank := "External ID,Title\n1,\n"
	wantCounts(t, importText(t, db, blank, ingest.ImportOptions{}), counts{Read: 1, Unchanged: 1})
	wantCounts(t, importText(t, db, blank, ingest.ImportOptions{Blank: true}), counts{Read: 1, Updated: 1})
	if v := records(t, db, fettle.People, 1)[1].Value("title"); v != nil {
		t.Errorf("title is %v", v)
	}
}

func TestPhoneIsAKeyOnlyWhenChosen(t *testing.T) {
	db := storetest.Open(t)
	text := "Name,Phone\nAnn,+49 30 1234567\nBob,030 1234567\n"
	wantCounts(t, importText(t, db, text, ingest.ImportOptions{DryRun: true}), counts{Read: 2, Created: 2})
	wantCounts(t, importText(t, db, text, ingest.ImportOptions{PhoneKey: true, Region: "DE"}), counts{Read: 2, Created: 1, Merged: 1})
}

// TestImportsAtOnce imports one file many times at once.
func TestImportsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("Name,Email\n")
		for i := range 1500 {
			fmt.Fprintf(&sb, "P %d,p%d@x.com\n", i, i)
		}
		var g errgroup.Group
		var created atomic.Int64
		for range 4 {
			g.Go(func() error {
				v, err := tryImport(t, db, sb.String(), ingest.ImportOptions{})
				created.Add(v.Created)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if n := created.Load(); n != 1500 {
			t.Errorf("created %d, want 1500", n)
		}
	})
}

// TestReplay imports two states of one roster, as two syncs of a source.
func TestReplay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		opts := ingest.ImportOptions{Source: "roster", CreateFields: true, Map: map[string]string{"member": "external_id"}}
		const first = "member,name,title,state\nA1,Ann Lee,Representative,OH\nB2,Bob Ray,Senator,WA\nC3,Cid Roe,Representative,NY\nD4,Dan Orr,Senator,UT\n"
		const second = "member,name,title,state\nB2,Bob Ray,Senator,WA\nC3,Cid Roe,Senator,NY\nE5,Eve Poe,Representative,OH\nA1,Ann Lee,Senator,OH\n"
		wantCounts(t, importText(t, db, first, opts), counts{Read: 4, Created: 4})
		wantCounts(t, importText(t, db, second, opts), counts{Read: 4, Created: 1, Updated: 2, Unchanged: 1})
		for id, want := range map[int64]string{1: `{"title":["Representative","Senator",1]}`, 2: "", 3: `{"title":["Representative","Senator",1]}`, 4: ""} {
			log := logOf(t, db, id)
			if got := log[len(log)-1].Changes; got != want {
				t.Errorf("record %d: %s", id, got)
			}
		}
		// The same ids under another source are other people.
		opts.Source = "other"
		wantCounts(t, importText(t, db, first, opts), counts{Read: 4, Created: 4})
	})
}

// TestNaughtyStrings puts strings that break things into every text field.
func TestNaughtyStrings(t *testing.T) {
	naughty := []string{
		"NULL", "undefined", "1;DROP TABLE people", "' OR 1=1 -- ", `"`, `\`, "$1 $2 @rows ?", "%s%d%n", "<script>alert(1)</script>", "Ω≈ç√∫˜µ", "田中さん",
		"👩‍👩‍👧‍👦", "\u202etest\u202c", "ﺍﻠﻌﺮﺒﻳﺓ", "\u200b", "\ufeff", "-0", "1e400", "NaN", "Infinity", "0x7f", "../../etc/passwd", "{{7*7}}", "\x01\x02\x1b[31m", "a\tb\nc", "Z̮̞̠͙͔ͅa",
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		in := ingest.UpsertInput{Entity: fettle.People, Source: "naughty: %", Origin: 1, Actor: "'; --", Now: now}
		for _, f := range fettle.DefaultFields() {
			if f.Entity == fettle.People {
				in.Fields = append(in.Fields, f.Key)
			}
		}
		for i, s := range naughty {
			row := ingest.Row{Line: i + 2, Raw: map[string]string{s: s}}
			for range in.Fields {
				row.Values = append(row.Values, s)
			}
			in.Rows = append(in.Rows, row)
		}
		for _, created := range []int64{int64(len(naughty)), 0} {
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				res, err := ingest.Upsert(ctx, tx, in)
				if res.Created != created {
					t.Errorf("created %d, want %d", res.Created, created)
				}
				return err
			})
		}
		for i, s := range naughty {
			r := records(t, db, fettle.People, int64(i+1))[int64(i+1)]
			if r == nil || r.Value("title") != s || r.Value("email") != s {
				t.Errorf("%q is lost", s)
			}
		}
	})
}

// TestWideFile imports as many columns as an entity may have, and one more.
func TestWideFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		file := func(columns, rows int) string {
			var sb strings.Builder
			sb.WriteString("External ID")
			for i := 1; i < columns; i++ {
				fmt.Fprintf(&sb, ",Column %d", i)
			}
			for r := range rows {
				fmt.Fprintf(&sb, "\n%d", r)
				for i := 1; i < columns; i++ {
					fmt.Fprintf(&sb, ",%d.%d", r, i)
				}
			}
			return sb.String()
		}
		room := fettle.MaxFields - 9 // ten fields are there, and one of them is mapped
		if _, err := tryImport(t, db, file(room+1, 1), ingest.ImportOptions{CreateFields: true}); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("one column too many: %v", err)
		}
		wantCounts(t, importText(t, db, file(room, 30), ingest.ImportOptions{CreateFields: true}), counts{Read: 30, Created: 30})
		wantCounts(t, importText(t, db, file(room, 30), ingest.ImportOptions{CreateFields: true}), counts{Read: 30, Unchanged: 30})
	})
}

// TestAFileThatContradictsItself says two things of each person, far apart.
func TestAFileThatContradictsItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("Email,Title\n")
		for i := range 3000 {
			fmt.Fprintf(&sb, "p%d@x.com,Title %d\n", i%1500, i)
		}
		wantCounts(t, importText(t, db, sb.String(), ingest.ImportOptions{}), counts{Read: 3000, Created: 1500, Merged: 1500})
		if v := records(t, db, fettle.People, 8)[8].Value("title"); v != "Title 1507" {
			t.Errorf("the last word is not %v", v)
		}
		wantCounts(t, importText(t, db, sb.String(), ingest.ImportOptions{}), counts{Read: 3000, Merged: 1500, Unchanged: 1500})
	})
}

// TestUndoStopsARunningImport undoes an import between two of its batches.
func TestUndoStopsARunningImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("Name,Email\n")
		for i := range 2500 {
			fmt.Fprintf(&sb, "P %d,p%d@x.com\n", i, i)
		}
		var res ingest.UndoResult
		v, err := tryImport(t, db, sb.String(), ingest.ImportOptions{OnBatch: func(context.Context, []string, []ingest.WouldBe) error {
			res = undo(t, db, 1)
			return nil
		}})
		if fettle.CodeOf(err) != fettle.Refused || v.Created != 1000 || v.State != store.ImportUndoing || res.Deleted != 1000 {
			t.Errorf("%v: %+v, %s; undo %+v", err, countsOf(v), v.State, res)
		}
	})
}

// TestEveryoneAtOnce imports, merges and writes values at the same time.
func TestEveryoneAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		bought := origin(t, db, store.OriginEnrichment, "e")
		file := func(seed int) string {
			var sb strings.Builder
			sb.WriteString("Name,Email,LinkedIn URL\n")
			for i := range 600 {
				email, linkedin := fmt.Sprintf("p%d@x.com", i%200), fmt.Sprintf("linkedin.com/in/p%d-x", i%200)
				switch (i + seed) % 3 {
				case 0:
					email = ""
				case 1:
					linkedin = ""
				}
				fmt.Fprintf(&sb, "P %d.%d,%s,%s\n", seed, i, email, linkedin)
			}
			return sb.String()
		}
		var g errgroup.Group
		for seed := range 3 {
			g.Go(func() error {
				_, err := tryImport(t, db, file(seed), ingest.ImportOptions{})
				return err
			})
			g.Go(func() error {
				for round := range 5 {
					in := ingest.ValuesInput{Entity: fettle.People, Origin: bought, Actor: "system", Now: now}
					for id := range int64(100) {
						in.Writes = append(in.Writes, ingest.Write{
							Record: 300 - id*3, Field: "email", Value: fmt.Sprintf("v%d.%d@y.com", seed, id), Valid: true, Policy: fettle.Overwrite, Attempt: int64(round),
						})
					}
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						_, err := ingest.Values(t.Context(), tx, in)
						return err
					})
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for id := int64(1); id <= 2000; id++ {
			ids = append(ids, id)
		}
		s := stateOf(t, db, fettle.People, ids...)
		if len(s.People) < 200 {
			t.Errorf("%d people", len(s.People))
		}
		for id := range s.Keys {
			if s.People[id] == nil {
				t.Errorf("the keys %v lead to nobody", s.Keys[id])
			}
		}
		for id, into := range s.Aliases {
			if s.People[id] != nil || s.People[into] == nil {
				t.Errorf("%d leads to %d", id, into)
			}
		}
	})
}
