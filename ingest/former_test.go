package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// oldImport imports people as an older version did: the ids of all files were of
// one list, csv.
func oldImport(t *testing.T, db *store.DB, heading string, rows ...[3]string) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		imp := store.Import{
			Entity: fettle.People, Source: "csv", File: "old.csv", State: store.ImportDone, CreatedUS: 1, EndedUS: 2,
			Mapping: map[string]string{heading: "external_id", "Name": "name", "Email": "email"},
		}
		if err := tx.AddImport(ctx, &imp); err != nil {
			return err
		}
		from, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "csv", RefID: imp.ID, Day: "2026-01-02"})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Origin: from, Actor: "ann", Now: now, Fields: []string{"external_id", "name", "email"}}
		for i, r := range rows {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 2, Values: []any{r[0], r[1], r[2]}})
		}
		_, err = ingest.Upsert(ctx, tx, in)
		return err
	})
}

// TestOldIDsKeepTheirHeading imports files again that came before each file's ids
// had a list of their own.
func TestOldIDsKeepTheirHeading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		oldImport(t, db, "Record ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		// All old ids stood under this heading.
		v := importText(t, db, "Record ID,Name,Title\n1,Ann Lee,CTO\n3,Cid Poe,CFO\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 1, Updated: 1})
		// Another list does not meet them.
		v = importText(t, db, "User ID,Name\n1,Xen Ito\n2,Yul Kim\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 2})
		// Who names the list as the old version did meets them.
		v = importText(t, db, "User ID,Name,Title\n2,Bob Roe,CEO\n", ingest.ImportOptions{Source: "csv"})
		wantCounts(t, v, counts{Read: 1, Updated: 1})
		// Their ids differ from others of the same list as before.
		v = importText(t, db, "Record ID,Name,Email\n22,Bea Roe,bob@x.com\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Created: 1, Conflicts: 1})
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		oldImport(t, db, "Record ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		oldImport(t, db, "User ID", [3]string{"3", "Xen Ito", "xen@x.com"}, [3]string{"4", "Yul Kim", "yul@x.com"})
		v := importText(t, db, "Record ID,Name\n1,Ann Lee\n2,Bob Roe\n3,Zoe Orr\n4,Zac Ort\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 4, Created: 2, Unchanged: 2})
		v = importText(t, db, "User ID,Name\n1,Fay Oak\n3,Xen Ito\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 1, Unchanged: 1})
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) { // the ids of the old list are asked about too
		oldImport(t, db, "ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		for _, text := range []string{"id,Name\n1,Xen Ito\n2,Yul Kim\n", "id,Name,Email\n7,Ann Lee,ann@x.com\n8,Bob Roe,bob@x.com\n"} {
			if _, err := tryImport(t, db, text, ingest.ImportOptions{}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// formerly makes the database hold a record's keys as earlier rules made them.
func formerly(t *testing.T, db *store.DB, record int64, keys ...string) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		held, err := tx.KeysOf(ctx, []int64{record})
		if err != nil {
			return err
		}
		var old []store.MatchKey
		for _, k := range held[record] {
			old = append(old, store.MatchKey{Key: k, Record: record})
		}
		return tx.RemoveMatchKeys(ctx, old)
	})
	rekey(t, db, record, "", keys...)
}

// TestRowsOfEarlierRulesAreKnownAgain imports files again that came when other
// rules made the keys: no row becomes a second record.
func TestRowsOfEarlierRulesAreKnownAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		entity fettle.Entity
		text   string
		keys   []string // of record 1
		then   string
		want   counts
	}{
		{"a mailbox of a function", fettle.People, "Name,Email\nAnn Lee,empfang@acme.de\n", []string{"pe:empfang@acme.de"}, "", counts{Read: 1, Unchanged: 1}},
		{
			"a mailbox that several had", fettle.People, "Name,Email\nBob Roe,empfang@acme.de\n",
			[]string{"pe:empfang@acme.de"},
			"Name,Email\nAnn Lee,empfang@acme.de\nBob Roe,empfang@acme.de\n",
			counts{Read: 2, Created: 1, Unchanged: 1},
		},
		{
			"a mailbox, and a key that is new", fettle.People, "Name,Email\nAnn Lee,empfang@acme.de\n",
			[]string{"pe:empfang@acme.de"},
			"Name,Email,LinkedIn\nAnn Lee,empfang@acme.de,linkedin.com/in/annlee\n",
			counts{Read: 1, Updated: 1},
		},
		{
			"a mailbox of somebody with another id", fettle.People, "Record ID,Name,Email\n1,Ann Lee,empfang@acme.de\n",
			[]string{"pe:empfang@acme.de", "px:csv%3Arecord-id:1"},
			"Record ID,Name,Email\n2,Ann Lee,empfang@acme.de\n",
			counts{Read: 1, Created: 1},
		},
		{"a site of a builder", fettle.Companies, "Name,Domain\nBakery,bakery.jimdofree.com\n", []string{"cd:jimdofree.com"}, "", counts{Read: 1, Unchanged: 1}},
		{
			"sites of a builder", fettle.Companies, "Name,Domain\nBakery,bakery.jimdofree.com\n",
			[]string{"cd:jimdofree.com"},
			"Name,Domain\nFlorist,florist.jimdofree.com\nBakery Ltd,http://bakery.jimdofree.com\n",
			counts{Read: 2, Created: 1, Updated: 1},
		},
		{"a page on a platform", fettle.Companies, "Name,Domain\nBakery,https://substack.com/bakery\n", []string{"cd:substack.com"}, "", counts{Read: 1, Unchanged: 1}},
		{"typographic quotes", fettle.People, "Name,Email\nKim Bay,\nJoe Yew,“joe@gamma.com”\n", nil, "", counts{Read: 2, Unchanged: 2}},
		{"a rounded id", fettle.People, "ID,Name\n1.23457E+15,Ann Lee\n", []string{"px:csv:1.23457E+15"}, "", counts{Read: 1, Unchanged: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				opts := ingest.ImportOptions{Entity: c.entity}
				importText(t, db, c.text, opts)
				if c.keys == nil {
					rekey(t, db, 2, "pe:joe@gamma.com", "pe:“joe@gamma.xn--com-9o0a") // as the version before kept it
				} else {
					formerly(t, db, 1, c.keys...)
				}
				if c.then == "" {
					c.then = c.text
				}
				opts.DryRun = true
				wantCounts(t, importText(t, db, c.then, opts), c.want)
				opts.DryRun = false
				wantCounts(t, importText(t, db, c.then, opts), c.want)
				wantCounts(t, importText(t, db, c.then, opts), counts{Read: c.want.Read, Unchanged: c.want.Read})
			})
		})
	}
}

// TestRowsKnownByAllTheySay imports a file again whose columns have got fields, or
// others, since: a row without any key was known by all that it said.
func TestRowsKnownByAllTheySay(t *testing.T) {
	const text = "Name,Web,Code,Plan\nAnn Lee,https://www.acme.com/team,B000944,N/A\nBob Roe,acme.com,C000127,Gold\nCid Poe,,C000141,N/A\nDan Fox,x.com,C000174,N/A\nEve Ash,y.com,C001070,N/A\n"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, text, ingest.ImportOptions{Map: map[string]string{"Code": "", "Web": ""}})
		v := importText(t, db, text, ingest.ImportOptions{Map: map[string]string{"Code": ""}})
		if wantCounts(t, v, counts{Read: 5, Updated: 4, Unchanged: 1}); v.Mapping["Web"] == "" {
			t.Errorf("mapping %v", v.Mapping)
		}
		v = importText(t, db, text, ingest.ImportOptions{CreateFields: true}) // a field more, and a column of ids
		if wantCounts(t, v, counts{Read: 5, Updated: 5}); v.Mapping["Code"] == "" || v.Mapping["Plan"] == "" {
			t.Errorf("mapping %v", v.Mapping)
		}
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{}), counts{Read: 5, Unchanged: 5})
	})
}
