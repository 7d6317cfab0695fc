package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/expr"
	"fettle/store"
	"fettle/store/storetest"
)

func update(tb testing.TB, db *store.DB, fn func(*store.Tx) error) {
	tb.Helper()
	if err := db.Update(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}

func view(tb testing.TB, db *store.DB, fn func(*store.Tx) error) {
	tb.Helper()
	if err := db.View(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}

// add writes records whose values stand under their fields' keys; "company_id"
// is a person's company.
func add(tb testing.TB, db *store.DB, entity fettle.Entity, rows ...map[string]any) []int64 {
	tb.Helper()
	var ids []int64
	update(tb, db, func(tx *store.Tx) error {
		fields, err := tx.Fields(tb.Context(), entity)
		if err != nil {
			return err
		}
		first, err := tx.NextIDs(tb.Context(), store.SeqRecord, len(rows))
		if err != nil {
			return err
		}
		recs := make([]store.IngestRecord, len(rows))
		ids = nil
		for i, row := range rows {
			recs[i] = store.IngestRecord{ID: first + int64(i), Origins: `{"":1}`, Values: make([]any, len(fields)), CreatedUS: int64(i), UpdatedUS: 7}
			if c, ok := row["company_id"].(int64); ok {
				recs[i].Company = c
			}
			for j, f := range fields {
				if recs[i].Values[j], err = store.EncodeValue(f.Type, row[f.Key]); err != nil {
					return err
				}
			}
			ids = append(ids, recs[i].ID)
		}
		return tx.InsertRecords(tb.Context(), entity, fields, recs)
	})
	return ids
}

func TestRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		berlin := add(t, db, fettle.Companies, map[string]any{"name": "Örtel", "location": "Berlin", "employee_count": 12.0})[0]
		ids := add(t, db, fettle.People,
			map[string]any{"name": "Ada", "company_id": berlin}, map[string]any{"name": "Bob"}, map[string]any{"title": "x"})
		view(t, db, func(tx *store.Tx) error {
			got, err := tx.Records(t.Context(), fettle.People, []int64{ids[2], 999_999, ids[0]}, []string{"name", "title"}, []string{"location", "employee_count"})
			if err != nil {
				return err
			}
			if len(got) != 2 || got[0].ID != ids[2] || got[1].ID != ids[0] {
				t.Fatalf("got %d records, the first two wrong: %+v", len(got), got)
			}
			ada := got[1]
			values := []any{ada.Value("name"), ada.Value("title"), ada.CompanyValue("location"), ada.CompanyValue("employee_count"), ada.Value("email"), got[0].CompanyValue("location")}
			if diff := cmp.Diff([]any{"Ada", nil, "Berlin", 12.0, nil, nil}, values); diff != "" {
				t.Error(diff)
			}
			if ada.CompanyID != berlin || ada.UpdatedAtUS != 7 || ada.Entity() != fettle.People || ada.Has("email") || !ada.Has("title") {
				t.Errorf("%+v", ada)
			}
			if o, err := ada.Origins(); err != nil || o[""] != 1 {
				t.Errorf("origins = %v, %v", o, err)
			}
			_, err = tx.Records(t.Context(), fettle.People, ids, []string{"nope"}, nil)
			if fettle.CodeOf(err) != fettle.NotFound {
				t.Errorf("an unknown field gives %v", err)
			}
			return nil
		})
	})
}

func TestRecordsInBatchesKeepOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := make([]map[string]any, 700)
		for i := range rows {
			rows[i] = map[string]any{"name": fmt.Sprint(i)}
		}
		ids := add(t, db, fettle.People, rows...)
		slices.Reverse(ids)
		for range 2 { // the second time with prepared statements
			update(t, db, func(tx *store.Tx) error {
				got, err := tx.Records(t.Context(), fettle.People, ids, []string{"name"}, nil)
				if err != nil {
					return err
				}
				if len(got) != len(ids) {
					t.Fatalf("%d records", len(got))
				}
				for i, r := range got {
					if r.ID != ids[i] || r.Value("name") != fmt.Sprint(len(ids)-1-i) {
						t.Fatalf("record %d is %d, %v", i, r.ID, r.Value("name"))
					}
				}
				return nil
			})
		}
	})
}

func TestFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		companies := add(t, db, fettle.Companies, map[string]any{"location": "Berlin"}, map[string]any{"location": "Paris"})
		update(t, db, func(tx *store.Tx) error {
			for _, f := range []fettle.Field{{Key: "born", Type: fettle.Date}, {Key: "seen", Type: fettle.Timestamp}, {Key: "score", Type: fettle.Number}, {Key: "vip", Type: fettle.Boolean}} {
				f.Entity = fettle.People
				if err := tx.AddField(t.Context(), f); err != nil {
					return err
				}
			}
			return nil
		})
		seen := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
		ids := add(t, db, fettle.People,
			map[string]any{"name": "ÉMILE Σοφός", "company_id": companies[0], "born": fettle.Day("1990-01-02"), "score": 1.5, "vip": true},
			map[string]any{"name": "Zoë", "company_id": companies[1], "seen": seen, "score": -2.0, "vip": false},
			map[string]any{"name": "bob", "born": fettle.Day("1999-12-31"), "seen": seen.Add(time.Hour)})
		tests := map[string]struct {
			where expr.Fragment
			want  []int64
		}{
			"everyone":  {expr.Fragment{}, ids},
			"fold":      {expr.Fragment{Text: `fettle_fold(r."name") LIKE $1`, Args: []any{"%" + expr.Fold("ÉMILE ΣΟΦΌΣ") + "%"}}, ids[:1]},
			"company":   {expr.Fragment{Text: `c."location" = $1`, Args: []any{"Paris"}}, ids[1:2]},
			"day":       {expr.Fragment{Text: `r."born" >= $1`, Args: []any{fettle.Day("1995-01-01")}}, ids[2:]},
			"timestamp": {expr.Fragment{Text: `r."seen" <= $1`, Args: []any{seen}}, ids[1:2]},
			"number":    {expr.Fragment{Text: `r."score" < $1 OR r."score" > $2`, Args: []any{0.0, 1.0}}, ids[:2]},
			"boolean":   {expr.Fragment{Text: `r."vip" = FALSE`}, ids[1:2]},
			"bytes":     {expr.Fragment{Text: `r."name" > $1`, Args: []any{"Zz"}}, []int64{ids[0], ids[2]}},
		}
		for name, tt := range tests {
			view(t, db, func(tx *store.Tx) error {
				n, err := tx.Count(t.Context(), fettle.People, tt.where)
				if err != nil || n != int64(len(tt.want)) {
					t.Errorf("%s: Count = %d, %v", name, n, err)
				}
				got, err := tx.MemberIDs(t.Context(), fettle.People, tt.where, ids[0]-1, 10)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%s: MemberIDs: %v\n%s", name, err, diff)
				}
				if got, err = tx.MemberIDs(t.Context(), fettle.People, tt.where, tt.want[0], 1); err != nil || (len(tt.want) > 1) != (len(got) == 1) {
					t.Errorf("%s: the second of MemberIDs: %v, %v", name, got, err)
				}
				got, err = tx.Members(t.Context(), fettle.People, tt.where, []int64{ids[2], ids[1], ids[0], ids[1]})
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%s: Members: %v\n%s", name, err, diff)
				}
				page, next, err := tx.Page(t.Context(), store.Query{Entity: fettle.People, Where: tt.where, Fields: []string{"name"}})
				if err != nil || next != "" || len(page) != len(tt.want) {
					t.Errorf("%s: Page: %d records, %q, %v", name, len(page), next, err)
				}
				return nil
			})
		}
	})
}

func TestPagesVisitEachRecordOnceInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		company := add(t, db, fettle.Companies, map[string]any{"name": "c"})[0]
		update(t, db, func(tx *store.Tx) error {
			for key, typ := range map[string]fettle.FieldType{"n": fettle.Number, "at": fettle.Timestamp, "vip": fettle.Boolean, "day": fettle.Date} {
				if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: key, Type: typ}); err != nil {
					return err
				}
			}
			return nil
		})
		rows := make([]map[string]any, 23)
		for i := range rows {
			rows[i] = map[string]any{"name": strings.Repeat("é", i%3) + "x", "company_id": company}
			if i%4 > 0 {
				at := time.Date(2026, 1, 1+i%5, 0, 0, 0, 1000*i, time.UTC)
				rows[i]["n"], rows[i]["vip"], rows[i]["at"], rows[i]["day"] = float64(i%4)/3, i%2 == 0, at, fettle.DayOf(at)
			}
		}
		ids := add(t, db, fettle.People, rows...)
		for _, sort := range []string{"", "name", "title", "n", "at", "vip", "day", "created_at", "updated_at"} {
			for _, desc := range []bool{false, true} {
				checkPages(t, db, len(ids), store.Query{
					Entity: fettle.People, Where: expr.Fragment{Text: `c."name" = $1`, Args: []any{"c"}}, CompanyFields: []string{"name"}, Sort: sort, Desc: desc, Limit: 5,
				})
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, next, err := tx.Page(t.Context(), store.Query{Entity: fettle.People, Sort: "name", Limit: 1})
			if err != nil {
				return err
			}
			_, _, err = tx.Page(t.Context(), store.Query{Entity: fettle.People, Sort: "title", After: next})
			return err
		})
		if fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("the cursor of another order gives %v", err)
		}
	})
}

// checkPages walks the pages of a query and compares them with one big page.
func checkPages(t *testing.T, db *store.DB, want int, q store.Query) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		whole := q
		whole.Limit = 1000
		all, _, err := tx.Page(t.Context(), whole)
		if err != nil {
			return err
		}
		var pages []int64
		for {
			page, next, err := tx.Page(t.Context(), q)
			if err != nil {
				return err
			}
			for _, r := range page {
				pages = append(pages, r.ID)
			}
			if next == "" {
				break
			}
			q.After = next
		}
		if got := recordIDs(all); !slices.Equal(got, pages) || len(got) != want {
			t.Errorf("sort %q desc %v: pages %v\nwhole %v", q.Sort, q.Desc, pages, got)
		}
		return nil
	})
}

func recordIDs(records []*store.Record) []int64 {
	out := make([]int64, len(records))
	for i, r := range records {
		out[i] = r.ID
	}
	return out
}

func TestFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "order", Type: fettle.Number}); err != nil {
				return err
			}
			f, err := tx.Field(t.Context(), fettle.People, "order")
			if err != nil || f.Position != 11 || f.Label != "order" {
				t.Errorf("%+v, %v", f, err)
			}
			f.Label, f.KeyField = "Order", true
			if err := tx.UpdateField(t.Context(), f); err != nil {
				return err
			}
			if f, err = tx.Field(t.Context(), fettle.People, "order"); err != nil || f.Label != "Order" || !f.KeyField {
				t.Errorf("%+v, %v", f, err)
			}
			for code, err := range map[fettle.Code]error{
				fettle.Refused:  tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "order", Type: fettle.Text}),
				fettle.Invalid:  tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "Order", Type: fettle.Text}),
				fettle.NotFound: tx.DropField(t.Context(), fettle.People, "nope"),
			} {
				if fettle.CodeOf(err) != code {
					t.Errorf("want %s, got %v", code, err)
				}
			}
			if err := tx.DropField(t.Context(), fettle.People, "name"); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("dropping a built-in field: %v", err)
			}
			if err := tx.DropField(t.Context(), fettle.People, "order"); err != nil {
				return err
			}
			return tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "order", Type: fettle.JSON})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestFieldsHaveAnEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			fields, err := tx.Fields(t.Context(), fettle.Companies)
			if err != nil {
				return err
			}
			for i := len(fields); i < fettle.MaxFields; i++ {
				if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.Companies, Key: fmt.Sprintf("f%d", i), Type: fettle.Text}); err != nil {
					return err
				}
			}
			return nil
		})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddField(t.Context(), fettle.Field{Entity: fettle.Companies, Key: "one_more", Type: fettle.Text})
		})
		if e := fettle.AsError(err); e.Code != fettle.Refused || e.Hint == "" {
			t.Errorf("%v", err)
		}
		wide := map[string]any{}
		view(t, db, func(tx *store.Tx) error {
			fields, err := tx.Fields(t.Context(), fettle.Companies)
			for _, f := range fields {
				if f.Type == fettle.Text {
					wide[f.Key] = strings.Repeat("x", 100)
				}
			}
			return err
		})
		many := make([]map[string]any, 300)
		for i := range many {
			many[i] = wide
		}
		add(t, db, fettle.Companies, many...)
	})
}

func TestUpdateRollsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		failure := errors.New("no")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.PutSetting(t.Context(), "x", "1"); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		view(t, db, func(tx *store.Tx) error {
			if v, ok, err := tx.Setting(t.Context(), "x"); ok || err != nil {
				t.Errorf("setting = %q, %v", v, err)
			}
			if err := tx.PutSetting(t.Context(), "x", "1"); err == nil {
				t.Error("View lets a statement write")
			}
			return nil
		})
	})
}
