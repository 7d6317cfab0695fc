package expr_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// record is a record of the tests: company fields are under "company.".
type record map[string]any

func (r record) Value(key string) any {
	if f, ok := expr.SourceField(key); ok {
		return r.source(f)
	}
	if f, ok := expr.DisputedField(key); ok {
		list, _ := r["_disputed"].(string)
		return strings.Contains(list, ","+f+",")
	}
	if us, ok := r[key+"_us"].(int64); ok {
		return time.UnixMicro(us).UTC()
	}
	return r[key]
}

// source finds the name of a value's origin among those of the tests.
func (r record) source(field string) any {
	text, _ := r["origins"].(string)
	ids, err := store.ParseOrigins(text)
	if err != nil {
		return nil
	}
	id, ok := ids[field]
	if !ok {
		id = ids[""]
	}
	if name := sources[id]; name != "" {
		return name
	}
	return nil
}

// sources are the names of the origins of the tests; of 99 there is none.
var sources = map[int64]string{1: "csv", 2: "by hand", 3: "a", 4: "undo", 12: "Engineer"}

func (r record) CompanyValue(key string) any { return r["company."+key] }

// Status finds it as the store keeps it: ",email:valid,".
func (r record) Status(key string) any {
	list, _ := r["statuses"].(string)
	if st := store.StatusIn(list, key); st != "" {
		return string(st)
	}
	return nil
}

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func fields(entity fettle.Entity) []fettle.Field {
	list := []fettle.Field{}
	for _, f := range fettle.DefaultFields() {
		if f.Entity == entity {
			list = append(list, f)
		}
	}
	if entity == fettle.People {
		for key, t := range map[string]fettle.FieldType{
			"score": fettle.Number, "rank": fettle.Number, "active": fettle.Boolean, "vip": fettle.Boolean,
			"born": fettle.Date, "hired": fettle.Date, "e_mail": fettle.Email, "seen": fettle.Timestamp, "met": fettle.Timestamp, "doc": fettle.JSON, "tags": fettle.MultiSelect, "stage": fettle.Select, "amount": fettle.Currency,
		} {
			list = append(list, fettle.Field{Entity: entity, Key: key, Type: t})
		}
	}
	return list
}

func env(tb testing.TB) *expr.Env {
	tb.Helper()
	e, err := expr.NewEnv(fettle.People, fields(fettle.People), fields(fettle.Companies))
	if err != nil {
		tb.Fatal(err)
	}
	return e.Lists()
}

var ada = record{
	"name": "Ada Lovelace", "title": "VP of Engineering", "location": "Köln", "score": 7.5, "rank": 0.0, "active": true, "vip": false,
	"born": fettle.Day("1990-12-10"), "seen": time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
	"doc": json.RawMessage(`{"tags":["a","b"],"n":3}`), "company.name": "Analytical", "company.domain": "example.com",
	"company.employee_count": 120.0, "email": "ada@example.com", "company_domain": "example.com",
}

func TestMatch(t *testing.T) {
	e := env(t)
	for src, want := range map[string]bool{
		" \n":                        true,
		``:                           true,
		`title.contains("engineer")`: true,
		`title.contains("KÖLN") || location == "Köln"`: true,
		`location.startsWith("kÖ")`:                    true,
		`location.endsWith("LN")`:                      true,
		`location == "köln"`:                           false,
		`phone == "x"`:                                 false,
		`!(phone == "x")`:                              true,
		`phone != "x"`:                                 false,
		`title != ""`:                                  true,
		`phone != ""`:                                  false,
		`filled(phone) || blank(title)`:                false,
		`has(company.name)`:                            true,
		`company.employee_count > 100`:                 true,
		`company.employee_count >= 120.0`:              true,
		`score == 7.5 && score > 7 && score < 8`:       true,
		`score + 1 == 8.5`:                             true,
		`score * 2 - 1 == 14`:                          true,
		`-score == -7.5`:                               true,
		`score / rank > 0`:                             false,
		`!(score / rank > 0)`:                          true,
		`score / 0 == score / 0`:                       false,
		`active`:                                       true,
		`vip`:                                          false,
		`vip == false`:                                 true,
		`vip != true`:                                  true,
		`active == (score > 7)`:                        true,
		`title in ["CEO", "VP of Engineering"]`:        true,
		`title in []`:                                  false,
		`score in [1, 7.5]`:                            true,
		`born in [date("1990-12-10")]`:                 true,
		`title in ["x", name, title]`:                  true,
		`born < date("2000-01-01")`:                    true,
		`born == timestamp("1990-12-10T00:00:00Z")`:    true,
		`born < timestamp("1990-12-10T00:00:01Z")`:     true,
		`born == timestamp("1990-12-10T00:00:01Z")`:    false,
		`seen > date("2026-02-28")`:                    true,
		`within(seen, "30d")`:                          true,
		`within(seen, "1w")`:                           false,
		`within(met, "1w")`:                            false,
		`seen < now - duration("7d")`:                  true,
		`size(location) == 4`:                          true,
		`lower(name) == "ada lovelace"`:                true,
		`(active ? name : title) == "Ada Lovelace"`:    true,
		`(vip ? name : null) == "Ada Lovelace"`:        false,
		`name + " " + location == "Ada Lovelace Köln"`: true,
		`name + phone == "x"`:                          false,
		`email.endsWith(company.domain)`:               true,
		`filled(doc)`:                                  true,
		`"a" < name`:                                   false,
		`true`:                                         true,
	} {
		f, err := e.Filter(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got, err := f.Match(ada, now); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", src, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	e := env(t)
	for _, c := range []struct{ src, message, hint string }{
		{`titel == "x"`, `line 1, column 1: people have no field "titel"`, "Did you mean title?"},
		{"title == \"x\" &&\n  company.employes > 3", `line 2, column 10: companies have no field "employes"`, "Create the field on companies"},
		{`company.employee_cont > 3`, `employee_cont`, "Did you mean company.employee_count?"},
		{`industry == "x"`, `no field "industry"`, "Did you mean company.industry?"},
		{`title == Engineer`, `no field "Engineer"`, "quotes"},
		{`title > 5`, "title is text and 5 is a number", `"5"`},
		{`score == "5"`, `score is a number and "5" is text`, "without quotes"},
		{`born > "2024-01-31"`, "born is a date", `date("2024-01-31")`},
		{`seen > "2024-01-31"`, "seen is a timestamp", `timestamp(`},
		{`born < seen`, "born is a date and seen is a timestamp", "one type"},
		{`title`, "title is text, not a condition", "filled(title)"},
		{`title = "x"`, "line 1, column 7", "Write =="},
		{`title == "x" and active`, "cannot be read", "Write && for and"},
		{`title like "x"`, "cannot be read", "contains"},
		{`title.matches("x")`, "matches cannot be used in a filter", "contains"},
		{`title == null`, "never true", "blank(title)"},
		{`title == ""`, "blank", "blank(title)"},
		{`active > vip`, "no order", "=="},
		{`doc == "x"`, "comparing JSON", "Filters know"},
		{`doc.tags == "x"`, "a part of a value", "Filters know"},
		{`title.upperAscii() == "x"`, "upperAscii", "Formulas know more"},
		{`[title].exists(x, x == "a")`, "lists and macros", "Filters know"},
		{`within(title, "3d")`, "title is not a date", "within("},
		{`within(seen, "3 days")`, `"3 days" is not an interval`, "30d"},
		{`date("2024-13-01") == born`, "is not a date", "2024-01-31"},
		{`company == "x"`, "company is not a field", "company.name"},
		{`contains(title, "x")`, "contains stands behind", `title.contains`},
		{`score.contains("x")`, "score is a number", "title.contains"},
		{`title + 1 == "x"`, "does not join", "text with + only"},
		{`score * score * score * score * score * score * score * score * score * score * score * score > 1`, "too large", "fewer"},
		{`title.`, "cannot be read", ""},
		{`title == "a` + "\x00" + `"`, "", ""},
		{`title == "a\u0000"`, "no field can hold", ""},
		{strings.Repeat("(", 300) + "active" + strings.Repeat(")", 300), "", ""},
		{strings.Repeat("lower(", 90) + "title" + strings.Repeat(")", 90) + ` == "x"`, "deep", ""},
		{strings.Repeat("active || ", 3000) + "active", "bytes", "smaller"},
		{"\xff", "UTF-8", ""},
		{`title.contain("a")`, "no function contain", "title.contains"},
		{`fillled(title)`, "no function fillled", "filled(field)"},
		{`title == "x" &&`, "it ends too early", "Expressions look like"},
		{`not active`, "cannot be read", "! for not"},
		{`title.contains("a", "b")`, "contains takes 1, not 2", "||"},
	} {
		_, err := e.Filter(c.src)
		var fe *fettle.Error
		if !errors.As(err, &fe) || fe.Code != fettle.Invalid {
			t.Errorf("%.60s: got %v, want a refusal", c.src, err)
			continue
		}
		if !strings.Contains(fe.Message, c.message) || !strings.Contains(fe.Hint, c.hint) || fe.Hint == "" || fe.Details["line"] == nil {
			t.Errorf("%.60s:\n got %s | %s | %v\nwant %s | %s", c.src, fe.Message, fe.Hint, fe.Details, c.message, c.hint)
		}
	}
}

func TestValue(t *testing.T) {
	e := env(t)
	for _, c := range []struct {
		src  string
		want any
		typ  fettle.FieldType
	}{
		{`name`, "Ada Lovelace", fettle.Text},
		{`company.domain`, "example.com", fettle.Domain},
		{`phone`, nil, fettle.Phone},
		{`doc`, ada["doc"], fettle.JSON},
		{`name + ", " + title`, "Ada Lovelace, VP of Engineering", fettle.Text},
		{`name + phone`, nil, fettle.Text},
		{`filled(phone) ? phone : email`, "ada@example.com", fettle.Text},
		{`score / rank`, nil, fettle.Number},
		{`score > 7 ? 1 : 2`, 1.0, fettle.Number},
		{`score > 7`, true, fettle.Boolean},
		{`name.substring(0, 3)`, "Ada", fettle.Text},
		{`name.substring(0, name.indexOf(" "))`, "Ada", fettle.Text},
		{`name.substring(name.indexOf(" ") + 1)`, "Lovelace", fettle.Text},
		{`name.split(" ")[0]`, "Ada", fettle.Text},
		{`name.split(" ")[size(name.split(" ")) - 1]`, "Lovelace", fettle.Text},
		{`phone.substring(0, 3)`, nil, fettle.Text},
		{`name.split(" ")`, json.RawMessage(`["Ada","Lovelace"]`), fettle.JSON},
		{`name.split(" ").map(p, p.upperAscii()).join("-")`, "ADA-LOVELACE", fettle.Text},
		{`name.split(" ").exists(p, p.contains("LOVE"))`, true, fettle.Boolean},
		{`name.split(" ").filter(p, p.startsWith("a")).size()`, 1.0, fettle.Number},
		{`name.replace("Ada", lower(location))`, "köln Lovelace", fettle.Text},
		{`name.substring(0, 3) == "Ada" && score > 1`, true, fettle.Boolean},
		{`name.matches("^A.*e$")`, true, fettle.Boolean},
		{`string(score) + "!"`, "7.5!", fettle.Text},
		{`string(company.employee_count)`, "120", fettle.Text},
		{`string(born)`, "1990-12-10", fettle.Text},
		{`math.greatest(score, 8)`, 8.0, fettle.Number},
		{`math.round(score)`, 8.0, fettle.Number},
		{`int(score) % 4`, 3.0, fettle.Number},
		{`int(score) / 0`, nil, fettle.Number},
		{`int(score) % 0`, nil, fettle.Number},
		{`born.getFullYear()`, 1990.0, fettle.Number},
		{`date(seen)`, fettle.Day("2026-03-01"), fettle.Date},
		{`date("2024-01-31")`, fettle.Day("2024-01-31"), fettle.Date},
		{`seen + duration("1d")`, time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), fettle.Timestamp},
		{`now`, now, fettle.Timestamp},
		{`string(doc.n)`, "3", fettle.Text},
		{`doc.tags`, json.RawMessage(`["a","b"]`), fettle.JSON},
		{`doc.nothing`, nil, fettle.JSON},
		{`"a" in doc.tags`, true, fettle.Boolean},
		{`doc.n == 3`, true, fettle.Boolean},
		{`size(doc.tags)`, 2.0, fettle.Number},
		{`(active ? name : title).substring(0, 1)`, "A", fettle.Text},
		{`"" + ""`, nil, fettle.Text},
		{`has(company.name) ? "yes" : "no"`, "yes", fettle.Text},
		{`{"a": name}`, json.RawMessage(`{"a":"Ada Lovelace"}`), fettle.JSON},
	} {
		v, err := e.Value(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := v.Eval(ada, now)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", c.src, err, diff)
		}
		if v.Type() != c.typ {
			t.Errorf("%s: type %s, want %s", c.src, v.Type(), c.typ)
		}
	}
}
