package ingest_test

import (
	"context"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestIDsAreComparedWithinOneList imports lists whose ids are the same, and the
// same people under two systems' ids.
func TestIDsAreComparedWithinOneList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := importText(t, db, "Record ID,Name,Email\n1,Ann Lee,ann@x.com\n2,Bob Roe,bob@x.com\n", ingest.ImportOptions{})
		if v.Source != "csv:record-id" || v.IDColumn != "Record ID" {
			t.Errorf("list %q, ids %q", v.Source, v.IDColumn)
		}
		v = importText(t, db, "User-ID,Name\n1,Xen Ito\n2,Yul Kim\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 2})
		v = importText(t, db, "Contact ID 18,Full Name,Email\n0031t00000AbCdE,Ann Lee,ann@x.com\n0031t00000AbCdF,Bob Roe,BOB@x.com\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Unchanged: 2})
		v = importText(t, db, "RECORD id,Name,Title\n1,Ann Lee,CTO\n3,Cid,CFO\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 1, Updated: 1})
		v = importText(t, db, "Number,Name\n1,Zoe\n2,Zac\n", ingest.ImportOptions{Source: "webinar", Map: map[string]string{"Number": "external_id"}})
		if wantCounts(t, v, counts{Read: 2, Created: 2}); v.Source != "webinar" || v.IDColumn != "Number" {
			t.Errorf("list %q, ids %q", v.Source, v.IDColumn)
		}
		if v = importText(t, db, "Name,Email\nAnn Lee,ann@x.com\n", ingest.ImportOptions{}); v.Source != "csv" || v.IDColumn != "" {
			t.Errorf("list %q, ids %q", v.Source, v.IDColumn)
		}
	})
}

// TestTheColumnOfIDsIsRemembered imports a few rows of a list whose ids are only
// known by an earlier file, or by whoever said so.
func TestTheColumnOfIDsIsRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := importText(t, db, "bioguide,Name\nB000944,Ann\nC000127,Bob\nC000141,Cid\nC000174,Dan\nC001070,Eve\n", ingest.ImportOptions{})
		v := importText(t, db, "bioguide,Name,Title,Email\nC000127,Bob,CTO,bob@x.com\n", ingest.ImportOptions{})
		if wantCounts(t, v, counts{Read: 1, Updated: 1}); v.IDColumn != "bioguide" {
			t.Errorf("ids %q", v.IDColumn)
		}
		importText(t, db, "Nr,Name,Email\n7,Fay,fay@x.com\n", ingest.ImportOptions{Map: map[string]string{"Nr": "external_id"}})
		if v = importText(t, db, "Nr,Name,Email\n7,Fay,fay@y.com\n", ingest.ImportOptions{}); v.IDColumn != "Nr" || v.Updated != 1 {
			t.Errorf("ids %q, %+v", v.IDColumn, countsOf(v))
		}
		v = importText(t, db, "Nr,Name\n7,Fay\n", ingest.ImportOptions{DryRun: true, Map: map[string]string{"Nr": ""}})
		if v.IDColumn != "" {
			t.Errorf("ids %q of a column that is left out", v.IDColumn)
		}
		undo(t, db, first.ID)
		if v = importText(t, db, "bioguide,Fname\nX,Bob\n", ingest.ImportOptions{DryRun: true, Source: "x"}); v.IDColumn != "bioguide" {
			t.Errorf("ids %q", v.IDColumn) // the second import was not taken back
		}
	})
}

func TestListNames(t *testing.T) {
	db := storetest.Open(t)
	seen := map[string]string{}
	for _, c := range []struct{ heading, list string }{
		{"id", "csv:id"},
		{"ID", "csv:id"},
		{"Contact ID", "csv:contact-id"},
		{"Kunden-Nr. (ü)", "csv:kunden-nr-u"},
		{"顧客番号", "csv:顧客番号"},
		{"a:b%c", "csv:a-b-c"},
		{"#", ""},
		{"№", ""},
		{strings.Repeat("very long ", 30) + "a", ""},
		{strings.Repeat("very long ", 30) + "b", ""},
		{strings.Repeat("顧客番号", 30), ""},
	} {
		v := importText(t, db, c.heading+",Name\n1,Ann\n", ingest.ImportOptions{DryRun: true, Map: map[string]string{c.heading: "external_id"}})
		if c.list != "" && v.Source != c.list || ingest.CheckSource(v.Source) != nil {
			t.Errorf("%q is the list %q, want %q", c.heading, v.Source, c.list)
		}
		if other := seen[v.Source]; other != "" && !strings.EqualFold(other, c.heading) {
			t.Errorf("%q and %q are one list", other, c.heading)
		}
		seen[v.Source] = c.heading
	}
}

// TestAnotherListIsRefused imports files whose ids, or other keys, meet somebody
// else.
func TestAnotherListIsRefused(t *testing.T) {
	const people = "id,name,email\n1,Ann Lee,ann@x.com\n2,Bob Roe,bob@x.com\n3,Cid Poe,cid@x.com\n4,Dan Fox,\n"
	for _, c := range []struct {
		name, first, then string
		source            string
		refused           string // the kind
	}{
		{"other people", people, "id,name,city\n1,Xen Ito,Lima\n2,Yul Kim,Cairo\n", "", "other_names"},
		{"other people, with keys of their own", people, "id,name,email\n1,Xen Ito,xen@y.com\n2,Yul Kim,yul@y.com\n", "", "other_names"},
		{"more than half", people, "id,name\n1,Ann Lee\n2,Yul Kim\n3,Zoe Orr\n", "", "other_names"},
		{"just half", people, "id,name\n1,Ann Lee\n2,Bob Roe\n3,Zoe Orr\n4,Zac Ort\n", "", ""},
		{"one", people, "id,name\n1,Xen Ito\n9,Yul Kim\n", "", ""},
		{"names in another order", people, "id,name\n1,\"LEE, Ann\"\n2,\"Roe, Bob\"\n", "", ""},
		{"names in two columns", people, "id,first name,last name\n1,Ann,Lee\n2,Bob,Roe\n", "", ""},
		{"renamed, with the same addresses", people, "id,name,email\n1,Xen Ito,ann@x.com\n2,Yul Kim,BOB@x.com\n", "", ""},
		{"changed addresses", people, "id,name,email\n1,Ann Lee,ann@new.com\n2,Bob Roe,bob@new.com\n", "", ""},
		{"without names", people, "id,score\n1,5\n2,6\n", "", "other_names"},
		{"without names, one", people, "id,score\n1,5\n9,6\n", "", ""},
		{"without names, of a named list", people, "id,title\n1,CTO\n2,CFO\n", "crm", ""},
		{"other people of a named list", people, "id,name\n1,Xen Ito\n2,Yul Kim\n", "crm", "other_names"},
		{"without names, again", "id,title,location\n1,CTO,Rome\n2,CFO,Oslo\n", "id,title,location\n1,CTO,Rome\n2,CEO,Oslo\n", "", ""},
		{"the same people with other ids", people, "id,name,email\n71,Ann Lee,ann@x.com\n72,Bob Roe,bob@x.com\n", "", "other_ids"},
		{"half of them with other ids", people, "id,name,email\n1,Ann Lee,ann@x.com\n72,Bob Roe,bob@x.com\n", "", ""},
		{"new people", people, "id,name,email\n5,Eve Ash,eve@x.com\n6,Fay Oak,fay@x.com\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				opts := ingest.ImportOptions{Source: c.source, CreateFields: true}
				importText(t, db, c.first, opts)
				before := snapshotOf(t, db)
				for _, dry := range []bool{true, false} {
					opts.DryRun = dry
					_, err := tryImport(t, db, c.then, opts)
					if c.refused == "" {
						if err != nil {
							t.Errorf("dry %t: %v", dry, err)
						}
						continue
					}
					e := fettle.AsError(err)
					if err == nil || e.Code != fettle.Refused || e.Details["kind"] != c.refused || e.Details["ask"] != "same_list" || !strings.Contains(e.Hint, "--source NAME") || !strings.Contains(e.Hint, "--same-list") {
						t.Errorf("dry %t: %v, %+v", dry, err, e)
					}
				}
				if c.refused == "" {
					return
				}
				if after := snapshotOf(t, db); after != before {
					t.Errorf("it wrote: %s, before %s", after, before)
				}
				opts.SameList = true
				importText(t, db, c.then, opts)
			})
		})
	}
}

// snapshotOf is what an import could have written.
func snapshotOf(t *testing.T, db *store.DB) string {
	t.Helper()
	var sb strings.Builder
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		imports, err := tx.Imports(ctx, 0, 100)
		if err != nil {
			return err
		}
		fields, err := tx.Fields(ctx, fettle.People)
		if err != nil {
			return err
		}
		for _, f := range fields {
			sb.WriteString(f.Key + " ")
		}
		next, err := tx.NextID(ctx, store.SeqChange)
		sb.WriteString(strings.Repeat("i", len(imports)) + strings.Repeat("c", int(next)))
		return err
	})
	return sb.String()
}

// TestCompaniesOfAnotherList compares names without what many of them have.
func TestCompaniesOfAnotherList(t *testing.T) {
	db := storetest.Open(t)
	first, then := "id,name\n", "id,name\n"
	for i, city := range strings.Fields("Oslo Rome Bonn Lyon Kyiv Riga Graz Bern Pisa Cork Gent Lodz Nice Brno Pecs Linz Vigo Bari Metz Hull Bath York") {
		id := string(rune('a'+i)) + "1"
		first += id + ",University of " + city + "\n"
		then += id + ",University of New " + strings.ToUpper(city[1:]) + "ville\n"
	}
	importText(t, db, first, ingest.ImportOptions{Entity: fettle.Companies})
	if _, err := tryImport(t, db, then, ingest.ImportOptions{Entity: fettle.Companies}); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("other universities: %v", err)
	}
	wantCounts(t, importText(t, db, first, ingest.ImportOptions{Entity: fettle.Companies}), counts{Read: 22, Unchanged: 22})
}

// TestShortAndLongIDsMeet imports an export with short ids of Salesforce and one
// with long ones, in either order, and over ids that were kept as they came.
func TestShortAndLongIDsMeet(t *testing.T) {
	const short, long = "0031t00000AbCdE", "0031t00000AbCdEAAV"
	for _, ids := range [][2]string{{short, long}, {long, short}, {strings.ToLower(long), short}} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			importText(t, db, "Contact ID,Name\n"+ids[0]+",Ann\n", ingest.ImportOptions{})
			wantCounts(t, importText(t, db, "Contact ID,Name\n"+ids[1]+",Ann\n", ingest.ImportOptions{}), counts{Read: 1, Unchanged: 1})
			other := strings.Replace(short, "Ab", "ab", 1)
			wantCounts(t, importText(t, db, "Contact ID,Name\n"+other+",Bob\n", ingest.ImportOptions{}), counts{Read: 1, Created: 1})
		})
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Contact ID,Name\n"+short+",Ann\n", ingest.ImportOptions{})
		rekey(t, db, 1, "px:csv%3Acontact-id:"+long, "px:csv%3Acontact-id:"+short) // as an older version kept it
		wantCounts(t, importText(t, db, "Contact ID,Name\n"+long+",Ann\n", ingest.ImportOptions{}), counts{Read: 1, Unchanged: 1})
		v := importText(t, db, "Contact ID,Name,Email\n"+short+",Ann,ann@x.com\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Updated: 1})
	})
}

// rekey keeps a key of a record in another form.
func rekey(t *testing.T, db *store.DB, record int64, from string, to ...string) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		if from != "" {
			held, err := tx.MatchKeys(ctx, []string{from})
			if err != nil {
				return err
			}
			if held[from] != record {
				t.Fatalf("%s leads to %d", from, held[from])
			}
			if err := tx.RemoveMatchKeys(ctx, []store.MatchKey{{Key: from, Record: record}}); err != nil {
				return err
			}
		}
		for _, key := range to {
			if _, err := tx.AddMatchKeys(ctx, []store.MatchKey{{Key: key, Record: record}}); err != nil {
				return err
			}
		}
		return nil
	})
}
