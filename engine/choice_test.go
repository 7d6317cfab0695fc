package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// A select keeps what it does not know, offers it, and learns it when it is told
// to; filters, marks, the Data Hub and an export go along.
func TestSelects(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		add := func(key string, typ fettle.FieldType, more fettle.Field) {
			t.Helper()
			more.Entity, more.Key, more.Type = fettle.People, key, typ
			if _, err := w.e.AddField(ctx, editor, more); err != nil {
				t.Fatal(err)
			}
		}
		add("stage", fettle.Select, fettle.Field{Options: []string{" Lead", "Customer"}})
		add("tags", fettle.MultiSelect, fettle.Field{Options: []string{"vip", "press", "b2b"}})
		add("revenue", fettle.Currency, fettle.Field{Currency: "EUR"})
		for _, bad := range []fettle.Field{
			{Type: fettle.Select, Options: []string{"a", "A"}},
			{Type: fettle.Select, Options: []string{"a;b"}},
			{Type: fettle.Currency},
			{Type: fettle.Currency, Currency: "ZZZ"},
			{Type: fettle.Text, Options: []string{"a"}},
			{Type: fettle.Number, Currency: "EUR"},
		} {
			bad.Entity, bad.Key = fettle.People, "bad"
			_, err := w.e.AddField(ctx, editor, bad)
			refused(t, err, fettle.Invalid)
		}
		text := "email,stage,tags,revenue\na@x.test,lead,press; VIP,\"€1,200.50\"\nb@x.test,Churned,vip;new,$5\nc@x.test,churned,,300\nd@x.test,Customer,new,EUR 7\n"
		in := engine.ImportInput{File: file(t, text), Entity: fettle.People, NoRun: true}
		v, err := w.e.Import(ctx, editor, in)
		if err != nil || v.Created != 4 || v.SetAside != 1 || v.Aside[0].Field != "revenue" || !strings.Contains(v.Aside[0].Reason, "holds EUR") {
			t.Fatalf("%+v, %v", v, err)
		}
		if got := fmt.Sprint(v.NewValues); got != "[{stage [{Churned 1} {churned 1}] false 0} {tags [{new 2}] false 0}]" {
			t.Errorf("offered: %s", got)
		}
		counts := func(want int64, where string) {
			t.Helper()
			n, err := w.e.CountRecords(ctx, viewer, engine.Query{Entity: fettle.People, Where: where})
			if err != nil || n != want {
				t.Errorf("%s: %d, %v, want %d", where, n, err, want)
			}
		}
		counts(1, `stage == "Lead"`)
		counts(2, `stage in ["Customer", "Churned"]`)
		counts(2, `"vip" in tags`)
		counts(2, `tags.contains("new")`)
		counts(0, `tags.contains("ne")`)
		counts(3, `tags in ["press", "new"]`)
		counts(1, `revenue > 1000 && tags == "vip;press"`)
		marked := func() int64 {
			h := w.hub(fettle.People, "")
			return hubField(t, h, "stage").Invalid*100 + hubField(t, h, "tags").Invalid
		}
		if n := marked(); n != 202 {
			t.Errorf("marked: %d", n)
		}
		if _, err := w.e.UpdateField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "stage", Label: "Stage", Options: []string{"Lead", "Customer", "Churned"}}); err != nil {
			t.Fatal(err)
		}
		if n := marked(); n != 2 {
			t.Errorf("marked, once the stage is known: %d", n)
		}
		in.File, in.CreateValues = file(t, text), true
		if v, err = w.e.Import(ctx, editor, in); err != nil || fmt.Sprint(v.NewValues) != "[{tags [{new 1}] true 0}]" || v.Updated > 1 {
			t.Errorf("%+v, %v", v, err)
		}
		if n := marked(); n != 0 {
			t.Errorf("marked, once all are known: %d", n)
		}
		if f := fieldOf(t, w, "tags"); strings.Join(f.Options, " ") != "vip press b2b new" {
			t.Errorf("%v", f.Options)
		}
		// What is exported and imported again changes nothing.
		var out strings.Builder
		if _, err := w.e.Export(ctx, viewer, engine.Query{Audience: fettle.AllPeople, Fields: []string{"email", "stage", "tags", "revenue"}}, engine.ExportOptions{}, &out); err != nil {
			t.Fatal(err)
		}
		in.File = file(t, out.String())
		if v, err = w.e.Import(ctx, editor, in); err != nil || v.Unchanged != 4 || len(v.NewValues) != 0 {
			t.Errorf("again: %+v, %v\n%s", v, err, out.String())
		}
		up, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.People, Rows: []map[string]any{{"email": "a@x.test", "tags": []any{"b2b", "VIP"}, "revenue": "CHF 3", "stage": "Gone"}}})
		if err != nil || len(up.NewValues) != 1 || up.Records[0].Invalid[0].Field != "revenue" || up.Records[0].Invalid[1].Field != "stage" || !up.Records[0].Invalid[1].Stored {
			t.Errorf("%+v, %v", up, err)
		}
		counts(1, `tags == "vip;b2b" && stage == "Gone"`)
		if err := w.e.EditRecord(ctx, editor, up.Records[0].ID, "stage", "customer", false); err != nil {
			t.Fatal(err)
		}
		counts(2, `stage == "Customer"`)
		p, err := w.e.Records(ctx, viewer, engine.Query{Entity: fettle.People, Sort: "revenue", Desc: true, Fields: []string{"revenue"}})
		if err != nil || p.Items[0].Values["revenue"] != 1200.5 {
			t.Errorf("%+v, %v", p.Items, err)
		}
	})
}

func fieldOf(t *testing.T, w *world, key string) fettle.Field {
	t.Helper()
	fields, err := w.e.Fields(t.Context(), viewer, fettle.People)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Key == key {
			return f
		}
	}
	return fettle.Field{}
}

// An AI step that fills a select is told its values when it is saved; one that
// is live keeps those that it was told.
func TestSelectsInPrompts(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		ctx := t.Context()
		w, a, _ := vendorWorld(t, storetest.DSN(t, kind))
		key, url := "k", a.http.URL+"/v1"
		must(t, w.e.SetConnection(ctx, admin, "llm/openai", engine.ConnectionInput{Key: &key, BaseURL: &url}))
		must(t, w.e.SetPrice(ctx, admin, provider.ModelPrice{
			Provider: "llm/openai", Model: "own-model", Input: provider.Unit, Output: provider.Unit, Context: 10_000, MaxOutput: 1000, EffectiveFrom: "2020-01-01",
		}))
		stage := fettle.Field{Entity: fettle.People, Key: "stage", Label: "Stage", Type: fettle.Select, Options: []string{"Lead", "Customer"}}
		if _, err := w.e.AddField(ctx, editor, stage); err != nil {
			t.Fatal(err)
		}
		def := findEmail(fettle.AllPeople, 100)
		def.Steps = []fettle.Step{{
			Provider: "llm/openai", Model: "own-model", Prompt: "Which stage is {{ name }} at?", MaxOutputTokens: 100,
			Output: map[string]any{"stage": map[string]any{"type": "string"}},
		}}
		def.Outputs = fettle.Outputs{{Name: "stage", Field: "stage"}}
		enum := func() string {
			t.Helper()
			v, err := w.e.Enrichment(ctx, viewer, "stages")
			if err != nil {
				t.Fatal(err)
			}
			p, _ := v.Definition.Steps[0].Output["stage"].(map[string]any)
			return fmt.Sprint(p["enum"])
		}
		if _, err := w.e.SaveEnrichment(ctx, admin, "stages", def); err != nil {
			t.Fatal(err)
		}
		if got := enum(); got != "[Lead Customer]" {
			t.Errorf("asks for one of %s", got)
		}
		w.start("stages")
		stage.Options = append(stage.Options, "Gone")
		if _, err := w.e.UpdateField(ctx, editor, stage); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.SaveEnrichment(ctx, admin, "stages", def); err != nil {
			t.Errorf("the same definition, while it is live: %v", err)
		}
		if got := enum(); got != "[Lead Customer]" {
			t.Errorf("a live one asks for one of %s", got)
		}
	}
}
