package expr_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/expr"
)

func TestSQLShape(t *testing.T) {
	e := env(t)
	for src, want := range map[string]expr.Fragment{
		``:                        {Text: `TRUE`},
		`filled(title)`:           {Text: `(r."title" IS NOT NULL)`},
		`blank(company.domain)`:   {Text: `(c."domain" IS NULL)`},
		`title == "x"`:            {Text: `(r."title" IS NOT NULL AND r."title" = $1)`, Args: []any{"x"}},
		`100 < rank`:              {Text: `(r."rank" IS NOT NULL AND $1 < r."rank")`, Args: []any{100.0}},
		`title.contains("A%_\\")`: {Text: `(r."title" IS NOT NULL AND fettle_fold(r."title") LIKE $1 ESCAPE '\')`, Args: []any{`%a\%\_\\%`}},
		`active`:                  {Text: `(r."active" IS TRUE)`},
		`title in ["a", "b"]`:     {Text: `(r."title" IS NOT NULL AND r."title" IN ($1, $2))`, Args: []any{"a", "b"}},
		`within(born, "1d")`: {
			Text: `((r."born" IS NOT NULL AND r."born" > $1) AND (r."born" IS NOT NULL AND r."born" <= $2))`,
			Args: []any{fettle.Day("2026-03-09"), fettle.Day("2026-03-10")},
		},
		`seen > date("2026-01-01")`: {Text: `(r."seen" IS NOT NULL AND r."seen" > $1)`, Args: []any{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		f, err := e.Filter(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if diff := cmp.Diff(want, f.SQL(now)); diff != "" {
			t.Errorf("%s: %s", src, diff)
		}
	}
}

func TestShift(t *testing.T) {
	f := expr.Fragment{Text: `r."a" = $1 AND r."b" = $12`, Args: []any{1}}
	if got := f.Shift(9).Text; got != `r."a" = $10 AND r."b" = $21` {
		t.Error(got)
	}
	if f.Text != `r."a" = $1 AND r."b" = $12` {
		t.Error("the fragment itself changed")
	}
}

func TestReads(t *testing.T) {
	f, err := env(t).Filter(`title == name && company.name == title && !within(seen, "3d")`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"name", "seen", "title"}, f.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"name"}, f.CompanyFields()); diff != "" {
		t.Error(diff)
	}
	if !f.UsesTime() {
		t.Error("within does not use the time")
	}
	v, err := env(t).Value(`name.split(" ").map(p, p + title)[0] + company.domain`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"name", "title"}, v.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"domain"}, v.CompanyFields()); diff != "" {
		t.Error(diff)
	}
}

func TestExplain(t *testing.T) {
	f, err := env(t).Filter(`title.contains("engineer") && (company.employee_count > 500 || !filled(phone)) && score in [1, 2]`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Explain(ada, now)
	if err != nil {
		t.Fatal(err)
	}
	want := expr.Explanation{
		Text: `title.contains("engineer") && (company.employee_count > 500 || !filled(phone)) && score in [1, 2]`,
		Clauses: []expr.Explanation{
			{Text: `title.contains("engineer")`, True: true, Values: []expr.Read{{Field: "title", Value: "VP of Engineering"}}},
			{Text: `company.employee_count > 500 || !filled(phone)`, True: true, Clauses: []expr.Explanation{
				{Text: `company.employee_count > 500`, Values: []expr.Read{{Field: "company.employee_count", Value: 120.0}}},
				{Text: `!filled(phone)`, True: true, Clauses: []expr.Explanation{{Text: `filled(phone)`, Values: []expr.Read{{Field: "phone"}}}}},
			}},
			{Text: `score in [1, 2]`, Values: []expr.Read{{Field: "score", Value: 7.5}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTemplate(t *testing.T) {
	e := env(t)
	tmpl, err := e.Template("Hi {{ name }} ({{phone}}),\n{{ company.name + \"}}\" }} has {{ company.employee_count }}. {{ {\"a\": {\"b\": 1}}.a.b }} {{phone}} {{ \"{{\" }} }} {x}")
	if err != nil {
		t.Fatal(err)
	}
	text, missing, err := tmpl.Render(ada, now)
	if want := "Hi Ada Lovelace (),\nAnalytical}} has 120. 1  {{ }} {x}"; err != nil || text != want {
		t.Errorf("%q, %v, want %q", text, err, want)
	}
	if diff := cmp.Diff([]string{"phone"}, missing); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"name", "phone"}, tmpl.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"employee_count", "name"}, tmpl.CompanyFields()); diff != "" {
		t.Error(diff)
	}
	for src, want := range map[string]string{
		"one\ntwo {{ titel }}":   "line 2, column 8: ",
		"one {{ name":            "line 1, column 5: {{ is not closed",
		"{{ }}":                  "line 1, column 3: the expression is empty",
		"é {{ name +\n titel }}": "line 2, column 2: ",
	} {
		if _, err := e.Template(src); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
	}
}

func TestValueFails(t *testing.T) {
	e := env(t)
	long := record{"name": strings.Repeat("x", fettle.MaxValueBytes)}
	for src, want := range map[string]string{
		`name.substring(5, 70000)`:                              "line 1, column 15: name.substring(5, 70000): ",
		`name.split("").map(a, name.split("").map(b, b))`:       "limit",
		`name.replace("", "` + strings.Repeat("y", 9000) + `")`: "too long",
		`name.replace("", name)`:                                "too long",
		`name.substring(0, 5000).split("").join(name)`:          "too long",
	} {
		v, err := e.Value(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		start := time.Now()
		if _, err := v.Eval(long, now); err == nil || !strings.Contains(err.Error(), want) || fettle.AsError(err).Code != fettle.Invalid {
			t.Errorf("%.40s: %.200v", src, err)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%.40s took %v", src, d)
		}
	}
	for src, want := range map[string]string{
		`null`: "null", `duration("1d")`: "duration", `nothing.upperAscii()`: `no field "nothing"`, `name.shout()`: "shout",
		`name.upperAscii(1)`: "upperAscii", `name + 1`: "does not join", `signals.map(s, s.at)`: "signals", `b"x"`: "bytes",
		`name.split(" ").map(x, y)`: `no field "y"`, `score == "a"`: "score is a number", `name ? 1 : 2`: "not a condition", `active ? 1 : "a"`: "branches differ",
	} {
		if _, err := e.Value(src); err == nil || !strings.Contains(err.Error(), want) || fettle.AsError(err).Hint == "" {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestNewEnv(t *testing.T) {
	bad := []fettle.Field{{Key: `x" OR 1=1 --`, Type: fettle.Text}}
	if _, err := expr.NewEnv(fettle.People, bad, nil); err == nil {
		t.Error("a key that is no column was taken")
	}
	if _, err := expr.NewEnv(fettle.Companies, nil, fields(fettle.Companies)); err == nil {
		t.Error("company fields of companies were taken")
	}
	e, err := expr.NewEnv(fettle.Companies, fields(fettle.Companies), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Filter(`company.name == "x"`); err == nil || !strings.Contains(err.Error(), "a company has no company") {
		t.Error(err)
	}
}

func TestConcurrent(t *testing.T) {
	e := env(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			v, err := e.Value(`name.substring(0, 3) + title`)
			if err != nil {
				t.Error(err)
				return
			}
			for range 100 {
				if got, err := v.Eval(ada, now); err != nil || got != "AdaVP of Engineering" {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
}
