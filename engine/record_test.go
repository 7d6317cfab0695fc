package engine_test

import (
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func recordsOf(audience string) engine.Query { return engine.Query{Audience: audience} }

func TestRecordPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 25, "Engineer")
		w.people(25, 5, "Über-Chef")
		seen := map[int64]bool{}
		q := engine.Query{Entity: fettle.People, Limit: 7, Sort: "name", Desc: true, Fields: []string{"name", "title"}}
		last := "~"
		for {
			p, err := w.e.Records(ctx, viewer, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Items {
				name, _ := r.Values["name"].(string)
				if seen[r.ID] || name > last || len(r.Values) != 2 {
					t.Errorf("%d %v after %s", r.ID, r.Values, last)
				}
				seen[r.ID], last = true, name
			}
			if q.After = p.Next; p.Next == "" {
				break
			}
		}
		if len(seen) != 30 {
			t.Errorf("%d records", len(seen))
		}
		for text, want := range map[string]int{"über-chef": 5, "NUMBER7": 1, `"quoted\`: 0, "company3.com": 1, "  ": 30} {
			p, err := w.e.Records(ctx, viewer, engine.Query{Entity: fettle.People, Search: text})
			if err != nil || len(p.Items) != want {
				t.Errorf("search %q: %d, %v", text, len(p.Items), err)
			}
		}
		q.After, q.Offset, q.Limit = "", 7, 2
		jumped, err := w.e.Records(ctx, viewer, q)
		if err != nil || len(jumped.Items) != 2 {
			t.Fatalf("%d records at offset 7, %v", len(jumped.Items), err)
		}
		q.Offset, q.Limit = 0, 7
		first, err := w.e.Records(ctx, viewer, q)
		if err != nil {
			t.Fatal(err)
		}
		q.After = first.Next
		if next, err := w.e.Records(ctx, viewer, q); err != nil || next.Items[0].ID != jumped.Items[0].ID {
			t.Errorf("offset 7 is not the record behind the first 7: %v", err)
		}
		if n, err := w.e.CountRecords(ctx, viewer, engine.Query{Entity: fettle.People, Where: `title == "Engineer"`, Search: "number1"}); err != nil || n != 11 {
			t.Errorf("counted %d, %v", n, err)
		}
		_, err = w.e.Records(ctx, viewer, engine.Query{Entity: fettle.People, Fields: []string{"emial"}})
		refused(t, err, fettle.Invalid, "Did you mean email?")
		_, err = w.e.Records(ctx, viewer, engine.Query{Entity: fettle.People, Sort: "nmae"})
		refused(t, err, fettle.Invalid, "Did you mean name?")
		_, err = w.e.Records(ctx, viewer, engine.Query{Entity: fettle.Companies, Audience: fettle.AllPeople})
		refused(t, err, fettle.Invalid)
		_, err = w.e.Records(ctx, viewer, engine.Query{})
		refused(t, err, fettle.Invalid)
	})
}

func find(t *testing.T, d engine.RecordDetail, field string) engine.ValueDetail {
	t.Helper()
	i := slices.IndexFunc(d.Values, func(v engine.ValueDetail) bool { return v.Field == field })
	if i < 0 {
		t.Fatalf("no field %s", field)
	}
	return d.Values[i]
}

func TestRecordDetailSaysWhereValuesComeFrom(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 1, "Engineer")
		w.save("work-email", findEmail(fettle.AllPeople, 100))
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		p, err := w.e.Records(ctx, viewer, recordsOf(fettle.AllPeople))
		if err != nil || len(p.Items) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		id := p.Items[0].ID
		refused(t, w.e.EditRecord(ctx, viewer, id, "title", "x", false), fettle.NotAllowed)
		refused(t, w.e.EditRecord(ctx, editor, id, "titel", "x", false), fettle.Invalid, "title")
		refused(t, w.e.EditRecord(ctx, editor, 99_999, "title", "x", false), fettle.NotFound)
		if err := w.e.EditRecord(ctx, editor, id, "title", "Chief Engineer", false); err != nil {
			t.Fatal(err)
		}
		if err := w.e.EditRecord(ctx, editor, id, "company_domain", nil, false); err != nil {
			t.Fatal(err)
		}
		d, err := w.e.Record(ctx, viewer, id)
		if err != nil {
			t.Fatal(err)
		}
		if v := find(t, d, "name"); v.Source != "csv" || v.SourceKind != store.OriginImport {
			t.Errorf("name: %+v", v)
		}
		if v := find(t, d, "title"); v.Source != "by hand" || v.Actor != "ed" || v.Value != "Chief Engineer" {
			t.Errorf("title: %+v", v)
		}
		if v := find(t, d, "company_domain"); v.Value != nil || v.Source != "by hand" {
			t.Errorf("cleared: %+v", v)
		}
		if v := find(t, d, "phone"); v.Value != nil || v.Source != "" || v.Purchase != nil {
			t.Errorf("phone: %+v", v)
		}
		email := find(t, d, "email")
		if email.Source != "work-email" || email.Purchase == nil || email.Purchase.Charged != fettle.Credit || email.Purchase.Provider == "" || email.Purchase.Enrichment != "work-email" {
			t.Errorf("email: %+v %+v", email, email.Purchase)
		}
		if len(d.History) != 4 || d.History[3].Kind != store.ChangeCreate {
			t.Fatalf("history: %+v", d.History)
		}
		if c := d.History[1].Changes["title"]; string(c[0]) != `"Engineer"` || string(c[1]) != `"Chief Engineer"` {
			t.Errorf("the change of the title: %s", c)
		}
	})
}

func TestUpsertDeleteSuppress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		in := engine.UpsertInput{Entity: fettle.Companies, Source: "crm", Strict: true, Rows: []map[string]any{
			{"name": "Acme", "domain": "acme.com", "employee_count": 12.0},
			{"name": "Bolt", "domain": "bolt.com", "employee_count": "many"},
			{"name": "Acme Inc", "domain": "www.acme.com"},
		}}
		v, err := w.e.UpsertRecords(ctx, editor, in)
		if err != nil || v.Read != 3 || v.Created != 1 || v.Merged != 1 || v.Rejected != 1 || v.Rejects[0].Line != 2 || v.Rejects[0].Field != "employee_count" {
			t.Fatalf("%+v, %v", v, err)
		}
		again, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.Companies, Source: "crm", Rows: in.Rows[2:]})
		if err != nil || again.Unchanged != 1 {
			t.Errorf("%+v, %v", again, err)
		}
		_, err = w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{{"domian": "x.com"}}})
		refused(t, err, fettle.Invalid, "Did you mean domain?")

		w.people(0, 12, "Engineer")
		w.audience("some", `name.endsWith("1")`)
		n, err := w.e.SuppressRecords(ctx, editor, nil, "some", true)
		if err != nil || n != 2 { // Number1, Number11
			t.Errorf("%d suppressed, %v", n, err)
		}
		p, err := w.e.Records(ctx, viewer, recordsOf("some"))
		if err != nil || !p.Items[0].Suppressed {
			t.Errorf("%+v, %v", p.Items, err)
		}
		companies, err := w.e.Records(ctx, viewer, engine.Query{Entity: fettle.Companies})
		if err != nil {
			t.Fatal(err)
		}
		n, err = w.e.DeleteRecords(ctx, editor, []int64{p.Items[0].ID, companies.Items[0].ID, 99_999}, "", false)
		if err != nil || n != 2 {
			t.Errorf("%d deleted, %v", n, err)
		}
		n, err = w.e.DeleteRecords(ctx, editor, nil, fettle.AllPeople, false)
		if err != nil || n != 11 {
			t.Errorf("%d deleted, %v", n, err)
		}
		_, err = w.e.DeleteRecords(ctx, editor, []int64{1}, "some", false)
		refused(t, err, fettle.Invalid)
	})
}

func TestExport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		_, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.People, Rows: []map[string]any{
			{"email": "a@x.example", "name": `=cmd|' /C calc'!A0`, "phone": "+49 30 123456", "title": "a,\"b\"\nc"},
			{"email": "b@x.example", "name": "-12.5"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for raw, want := range map[bool]string{
			false: "email,name,phone,title\na@x.example,'=cmd|' /C calc'!A0,+49 30 123456,\"a,\"\"b\"\"\nc\"\nb@x.example,-12.5,,\n",
			true:  "email,name,phone,title\na@x.example,=cmd|' /C calc'!A0,+49 30 123456,\"a,\"\"b\"\"\nc\"\nb@x.example,-12.5,,\n",
		} {
			var out strings.Builder
			n, err := w.e.Export(ctx, viewer, engine.Query{Audience: fettle.AllPeople, Fields: []string{"email", "name", "phone", "title"}}, engine.ExportOptions{Raw: raw}, &out)
			if err != nil || n != 2 || out.String() != want {
				t.Errorf("raw %v: %d, %v\n%s", raw, n, err, out.String())
			}
		}
		var out strings.Builder
		_, err = w.e.Export(ctx, viewer, recordsOf("no-such"), engine.ExportOptions{}, &out)
		refused(t, err, fettle.NotFound)
		if out.Len() > 0 {
			t.Errorf("wrote %q before failing", out.String())
		}
	})
}
