package expr_test

import (
	"errors"
	"slices"
	"testing"

	"fettle"
	"fettle/expr"
	"fettle/store/storetest"
)

// FuzzFilter: any text is refused with its place, or means the same in Go and
// on SQLite.
func FuzzFilter(f *testing.F) {
	e, d, people := env(f), open(f, storetest.SQLite), withSignals(somePeople(20))
	d.insert(f, people)
	for _, src := range slices.Concat(corpus, signalCorpus) {
		f.Add(src)
	}
	f.Add(`title.matches("x")`)
	f.Add(`[1].exists(x, x > score)`)
	f.Add(`b"x" == title && {1: 2}[1] == 2`)
	f.Add(`title.?x.orValue("") == ""`)
	f.Fuzz(func(t *testing.T, src string) {
		if _, err := e.Filter(src); err != nil {
			var fe *fettle.Error
			if !errors.As(err, &fe) || fe.Code != fettle.Invalid || fe.Hint == "" || fe.Details["line"] == nil {
				t.Fatalf("%q: %#v", src, err)
			}
			return
		}
		if err := agree(e, src, people, now, d); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzTemplate: no text makes a template or its values panic, and a value has
// its type's Go form.
func FuzzTemplate(f *testing.F) {
	e := env(f)
	for _, src := range []string{
		`Hi {{ name }} at {{ company.name }}!`, `{{ {"a": {"b": 1}} }}`, `{{ "}}" }}`, `{{`, `{{ name.split(" ").map(x, x + phone) }}`,
		`{{ doc.tags[0] + "x" }}`, `{{ math.greatest(score, 3) }}`, `{{ name.format([1]) }}`, `{{ duration("1d") }}`, `{{ name.replace("", name) }}`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tmpl, err := e.Template(src)
		if err != nil {
			if fettle.AsError(err).Code != fettle.Invalid {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		if _, _, err := tmpl.Render(ada, now); err != nil && fettle.AsError(err).Code != fettle.Invalid {
			t.Fatalf("%q: %v", src, err)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	e := env(b)
	for name, src := range map[string]string{
		"presence": `filled(title)`,
		"clauses":  `title.contains("engineer") && company.employee_count > 100 && location == "Köln" && filled(email)`,
		"in":       `title in ["CEO", "CTO", "VP of Engineering"]`,
		"within":   `within(seen, "30d")`,
	} {
		b.Run(name, func(b *testing.B) {
			f, err := e.Filter(src)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := f.Match(ada, now); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	e := env(b)
	for name, src := range map[string]string{
		"field":  `name`,
		"concat": `name + ", " + company.name`,
		"island": `name.substring(0, 3)`,
	} {
		b.Run(name, func(b *testing.B) {
			v, err := e.Value(src)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Eval(ada, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		e, err := expr.NewEnv(fettle.People, fields(fettle.People), fields(fettle.Companies))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Filter(`title.contains("engineer") && company.employee_count > 100`); err != nil {
			b.Fatal(err)
		}
	}
}
