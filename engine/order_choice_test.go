package engine_test

import (
	"slices"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// A select sorts by the order of its options: in memory and by cursors, also
// after that order was changed and after a write. What it does not know comes
// behind what it knows, and blanks come last.
func TestSelectsSortByTheirOptions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		stages := []string{"Übrig", "New", "it's $1", "Won", "Lost"}
		tags := []string{"vip", "press", "b2b"}
		for _, f := range []fettle.Field{{Key: "stage", Type: fettle.Select, Options: stages}, {Key: "tags", Type: fettle.MultiSelect, Options: tags}} {
			f.Entity = fettle.People
			if _, err := w.e.AddField(ctx, editor, f); err != nil {
				t.Fatal(err)
			}
		}
		text := "email,stage,tags\na@x.test,Won,press;b2b\nb@x.test,New,b2b\nc@x.test,Mystery,vip;press\nd@x.test,,vip;b2b\ne@x.test,it's $1,odd\nf@x.test,Übrig,\ng@x.test,Lost,press\nh@x.test,Ask,vip\n"
		if _, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, text), Entity: fettle.People, NoRun: true}); err != nil {
			t.Fatal(err)
		}
		emails := func(q engine.Query) (out []string) {
			t.Helper()
			p, err := w.e.Records(ctx, viewer, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Items {
				out = append(out, r.Values["email"].(string)[:1])
			}
			return out
		}
		byCursors := func(q engine.Query) (out []string) {
			t.Helper()
			for q.Limit = 2; ; {
				p, err := w.e.Records(ctx, viewer, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range p.Items {
					out = append(out, r.Values["email"].(string)[:1])
				}
				if q.After = p.Next; p.Next == "" {
					return out
				}
			}
		}
		check := func(sort string, desc bool, want string) {
			t.Helper()
			for where, q := range map[string]engine.Query{
				"all":    {Entity: fettle.People, Sort: sort, Desc: desc},
				"filter": {Entity: fettle.People, Sort: sort, Desc: desc, Where: `email.endsWith(".test") && email != "-"`},
			} {
				for how, got := range map[string][]string{"order": emails(q), "cursors": byCursors(q)} {
					if !slices.Equal(got, chars(want)) {
						t.Errorf("%s, %s, by %s (desc %v): %v, want %s", where, sort, how, desc, got, want)
					}
				}
			}
		}
		check("stage", false, "fbeaghcd")
		check("stage", true, "chgaebfd")
		check("tags", false, "hdcgabef")
		if _, err := w.e.UpdateField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "stage", Label: "Stage", Options: []string{"Lost", "Won", "it's $1", "New", "Übrig"}}); err != nil {
			t.Fatal(err)
		}
		check("stage", false, "gaebfhcd")
		w.edit(w.ids(fettle.AllPeople)[3], "stage", "Won")
		check("stage", false, "gadebfhc")
	})
}

func chars(s string) (out []string) {
	for _, r := range s {
		out = append(out, string(r))
	}
	return out
}
