package expr_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"fettle"
)

// The pools are small, so that random comparisons often hold.
var (
	texts = []string{
		"a", "A", "Engineer", "VP of ENGINEERING", "engineer", "Köln", "KÖLN", "ΟΔΟΣ", "οδος", "İstanbul", "i̇stanbul", "ß", "ẞ",
		"100%", "a_b", "a\\b", "it's", `say "hi"`, "日本語", "😀 ok", " ", "é", "e\u0301", "DŽ", "\uffff", "z", "$1", "?",
	}
	numbers  = []float64{0, 1, -1, 2, 3, 0.5, 0.1, 0.2, 0.30000000000000004, 100, 1e15, -1e15, 1e30, 1.5e30, 1e-30, 1e-31, 1e300, 1e-300, 9007199254740993, -7.25}
	days     = []fettle.Day{"0001-01-01", "1969-12-31", "2026-02-07", "2026-02-08", "2026-03-09", "2026-03-10", "2026-03-11", "9999-12-31"}
	instants = []time.Time{
		now, now.Add(-time.Microsecond), now.Add(time.Microsecond), now.Add(-24 * time.Hour), now.Add(-30 * 24 * time.Hour), now.Add(time.Hour),
		time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 23, 59, 59, 999999000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC),
	}
)

// textFields and the others name the fields that the random expressions read.
var (
	textFields   = []string{"name", "title", "email", "e_mail", "company.name", "company.domain"}
	numberFields = []string{"score", "rank", "company.employee_count"}
	boolFields   = []string{"active", "vip"}
	dateFields   = []string{"born", "hired"}
	timeFields   = []string{"seen", "met"}
)

// statusLists are statuses as the store keeps them. One key is the end of
// another, and one would be another if "_" stood for any character.
var statusLists = []string{
	",email:valid,", ",email:catch_all,", ",title:risky,", ",e_mail:valid,", ",old_email:valid,", ",old_email:invalid,title:valid,", ",email:unknown,title:role,",
	",email:risky,", ",email:role,", ",email:disposable,", ",email:invalid,",
}

// disputeLists are the fields that are disputed, as the store keeps them. One key
// is the end of another, and one would be another if "_" stood for any character.
var disputeLists = []string{",email,", ",e_mail,", ",old_email,", ",email,title,", ",score,vip,", ",eXmail,title,"}

// choiceLists are values of a multi_select.
var choiceLists = []string{"a", "a;b", "Engineer;Köln", "KÖLN", "ab;c", "100%;a_b", "ΟΔΟΣ;z"}

// originLists are origins as the store keeps them. One key is the end of another.
var originLists = []string{
	`{"":1}`, `{"":1,"email":2}`, `{"":2,"e_mail":1,"email":3,"old_email":12}`, `{"":3,"title":4}`, `{"":99,"title":12}`, `{"":12,"email":99}`, `{"":4}`,
}

// corpus holds what random expressions would rarely hit.
var corpus = []string{
	`true`, `false`, `title.contains("%")`, `title.contains("_")`, `title.contains("\\")`, `title.contains("'")`, `title.contains("")`,
	`title.startsWith("a\\")`, `title.endsWith("B")`, `title.contains("ΣΑΣ") || title.contains("δος")`, `title.contains("İ")`,
	`email.endsWith(company.domain)`, `(vip ? "" : title).contains(name)`, `title.startsWith(active ? "" : name)`, `title.endsWith(name + "")`,
	`(vip ? title : "x") < name`, `(vip ? born : hired) < (active ? born : date("2026-03-10"))`, `(vip ? seen : now) > (active ? met : timestamp("2026-03-10T11:00:00Z"))`,
	`filled(vip ? seen : now)`, `blank(vip ? title : "")`, `filled(vip ? null : seen)`, `blank(title + name)`, `filled(doc) && blank(company.domain)`,
	`(active ? 1/0 : 1/0) > 3`, `(active ? 1/0 : score) > 3`, `1/0 == 1/0`, `score / rank == score / rank`, `-(score) < 0`, `score - rank * 2.5 >= rank / 3`,
	`active == vip`, `active != vip`, `(active == vip) == (score > 1)`, `(vip ? active : null) == true`, `vip ? active : score > 1`, `!vip`, `!(vip ? active : vip)`,
	`now > date("2020-01-01")`, `now < seen`, `born <= now`, `date("2026-03-10") == born`, `timestamp("2026-03-10T00:00:01Z") > born`, `born != timestamp("2026-03-10T00:00:01Z")`,
	`born in [date("2026-03-10"), timestamp("2026-03-09T00:00:00Z"), now]`, `seen in [now, met]`, `score in [1, rank, 0.1 + 0.2]`, `active in [true, vip]`, `title in [name, "a"]`,
	`size(title) / 2 == 2`, `size(title + name) > 5`, `lower(title) == lower(name)`, `lower(title + "Σ") < name`, `seen < now - duration("30d")`, `"a" < "b"`, `lower("A") == "a"`,
	`born > timestamp("9999-12-31T23:00:00Z")`, `born >= timestamp("9999-12-31T00:00:00Z")`, `born < timestamp("0001-01-01T00:00:01Z")`, `has(company.name)`,
	`disputed(email)`, `!disputed(email)`, `disputed(e_mail)`, `disputed(title) == vip`, `disputed(score) && score > 1.0`, `(vip ? disputed(email) : active)`, `disputed(name) || disputed(title)`, `disputed(vip)`,
	`status(email) == "valid"`, `status(email) != "valid"`, `blank(status(email))`, `status(email) in ["valid", "catch_all"]`, `status(e_mail) == "valid"`, `status(email) == status(title)`,
	`tags.contains("a")`, `"KÖLN" in tags`, `tags in ["b", "c"]`, `tags.contains("a;b")`, `tags == "a;b"`, `tags.contains(name)`, `name in tags`, `!("a" in tags)`, `tags.contains("")`,
	`tags.startsWith("a")`, `tags.contains("100%")`, `tags.contains("a_b")`, `tags.contains("οδος")`, `filled(tags)`, `tags in [name, "z"]`, `tags != "a"`,
	`stage == "Engineer"`, `stage in ["a", "z"]`, `stage < name`, `amount > 0.5`, `amount in [1, 100]`, `amount + score > 3`,
	`source(email) == "csv"`, `source(email) != "csv"`, `blank(source(email))`, `filled(source(title))`, `source(email) == source(title)`, `source(email).contains("HAND")`,
	`source(e_mail) in ["csv", "by hand", "a"]`, `source(title) == title`, `source(score) == "undo"`, `(vip ? source(email) : title) == "Engineer"`, `size(source(name)) > 3`,
	`source(title) < name`, `source(doc) == "csv"`, `lower(source(title)) == "engineer"`,
	`updated_at > timestamp("2026-03-10T12:00:00Z")`, `updated_at >= now - duration("30d")`, `within(updated_at, "30d")`, `within(created_at, "1d")`, `created_at == updated_at`,
	`created_at < updated_at`, `updated_at < seen`, `seen <= updated_at`, `updated_at == date("2026-03-10")`, `created_at != timestamp("2026-03-10T12:00:00Z")`, `filled(updated_at)`,
	`blank(created_at)`, `updated_at in [now, seen, timestamp("2026-03-10T12:00:00Z")]`, `(vip ? updated_at : seen) > now`, `(vip ? updated_at : created_at) < (active ? seen : updated_at)`,
	`now == updated_at`, `timestamp("2026-03-10T12:00:00.000001Z") > updated_at`,
	`status(email) == "risky"`, `status(email) == "role"`, `status(email) == "disposable"`, `status(email) == "unknown"`, `status(email) == "invalid"`,
	`status(title) < name`, `status(email).contains("ALL")`, `size(status(email)) > 5`, `(vip ? status(email) : title) == "valid"`, `status(score) == "valid"`,
}

// deep nests as far as an expression may, each way.
func deep() []string {
	nest := func(n int, before, core, after string) string {
		return strings.Repeat(before, n) + core + strings.Repeat(after, n)
	}
	return []string{
		nest(75, "(vip ? active : ", "active", ")"),
		nest(70, "(", "score", " + 1)") + " > 0",
		nest(70, "(vip ? 1 : ", "score", ")") + " > 0",
		nest(70, "lower(", "title", ")") + ` == "a"`,
		nest(70, "(", "title", ` + "x")`) + ` != name`,
		nest(70, "(vip ? seen : ", "met", ")") + " < now",
		nest(20, "(active && !(vip || ", "score > 1", "))"),
		nest(60, "(active == ", "vip", ")"),
		nest(700, `title == "x" || `, "active", ""),
		"score in [" + nest(3000, "1, ", "2", "") + "]",
		nest(150, `title.contains("x") && `, "active", ""),
	}
}

func oneOf[T any](r *rand.Rand, list []T, blanks float64) any {
	if r.Float64() < blanks {
		return nil
	}
	return list[r.IntN(len(list))]
}

// somePeople makes records of the pools; every second has a company.
func somePeople(n int) []record {
	r := rand.New(rand.NewPCG(1, 2))
	people := make([]record, n)
	for i := range people {
		rec := record{}
		fill(rec, textFields, func() any { return oneOf(r, texts, 0.2) })
		fill(rec, numberFields, func() any { return oneOf(r, numbers, 0.2) })
		fill(rec, boolFields, func() any { return oneOf(r, []bool{true, false}, 0.3) })
		fill(rec, dateFields, func() any { return oneOf(r, days, 0.2) })
		fill(rec, timeFields, func() any { return oneOf(r, instants, 0.2) })
		rec["doc"] = oneOf(r, []json.RawMessage{json.RawMessage(`{}`)}, 0.5)
		rec["statuses"] = oneOf(r, statusLists, 0.2)
		rec["_disputed"] = oneOf(r, disputeLists, 0.3)
		rec["tags"], rec["stage"], rec["amount"] = oneOf(r, choiceLists, 0.2), oneOf(r, texts, 0.2), oneOf(r, numbers, 0.2)
		rec["origins"] = originLists[r.IntN(len(originLists))]
		for _, stamp := range []string{"created_at_us", "updated_at_us"} {
			rec[stamp] = instants[r.IntN(len(instants))].UnixMicro()
		}
		people[i] = trim(rec, i%2 == 0)
	}
	return people
}

func fill(rec record, keys []string, value func() any) {
	for _, key := range keys {
		rec[key] = value()
	}
}

// trim leaves out blanks, and the company where there is none.
func trim(rec record, company bool) record {
	out := record{}
	for key, v := range rec {
		if v != nil && (company || len(key) < 8 || key[:8] != "company.") {
			out[key] = v
		}
	}
	return out
}

// randomRecord draws values beyond the pools.
func randomRecord(rt *rapid.T) record {
	rec := record{}
	text := rapid.OneOf(rapid.SampledFrom(texts), rapid.StringN(1, 8, -1).Filter(storableText))
	number := rapid.OneOf(rapid.SampledFrom(numbers), rapid.Float64Range(-1e6, 1e6), rapid.Float64Range(-1e308, 1e308))
	for _, key := range textFields {
		rec[key] = text.Draw(rt, key)
	}
	for _, key := range numberFields {
		rec[key] = number.Draw(rt, key)
	}
	for _, key := range boolFields {
		rec[key] = rapid.Bool().Draw(rt, key)
	}
	for _, key := range dateFields {
		rec[key] = fettle.DayOf(time.Unix(rapid.Int64Range(-6e10, 25e10).Draw(rt, key), 0))
	}
	for _, key := range timeFields {
		rec[key] = time.UnixMicro(rapid.Int64Range(-6e16, 25e16).Draw(rt, key)).UTC()
	}
	rec["statuses"] = rapid.SampledFrom(statusLists).Draw(rt, "statuses")
	rec["_disputed"] = rapid.SampledFrom(disputeLists).Draw(rt, "disputed")
	rec["tags"] = rapid.SampledFrom(choiceLists).Draw(rt, "tags")
	stamps := record{"origins": rapid.SampledFrom(originLists).Draw(rt, "origins")}
	for _, stamp := range []string{"created_at_us", "updated_at_us"} {
		stamps[stamp] = rapid.Int64Range(-6e16, 25e16).Draw(rt, stamp)
	}
	for key := range rec {
		if rapid.IntRange(0, 4).Draw(rt, "blank "+key) == 0 {
			rec[key] = nil
		}
	}
	maps.Copy(rec, stamps) // every record has them
	return trim(rec, rapid.Bool().Draw(rt, "company"))
}

func storableText(s string) bool {
	for _, r := range s {
		if r == 0 || r == 0xfffd {
			return false
		}
	}
	return s != ""
}

// gen makes expressions that are well typed.
type gen struct{ rt *rapid.T }

func (g gen) n(n int) int                    { return rapid.IntRange(0, n-1).Draw(g.rt, "n") }
func (g gen) pick(list []string) string      { return list[g.n(len(list))] }
func (g gen) op() string                     { return g.pick([]string{"==", "!=", "<", "<=", ">", ">="}) }
func (g gen) call(f string, a string) string { return f + "(" + a + ")" }

func (g gen) condition(depth int) string {
	if depth > 0 {
		switch g.n(6) {
		case 0:
			return "(" + g.condition(depth-1) + " && " + g.condition(depth-1) + ")"
		case 1:
			return "(" + g.condition(depth-1) + " || " + g.condition(depth-1) + ")"
		case 2:
			return "!(" + g.condition(depth-1) + ")"
		case 3:
			return "(" + g.condition(depth-1) + " ? " + g.condition(depth-1) + " : " + g.condition(depth-1) + ")"
		}
	}
	switch g.n(14) {
	case 13:
		return g.pick([]string{"", "!"}) + g.call("disputed", g.pick([]string{"email", "title", "e_mail", "score", "vip", "name"}))
	case 12:
		return g.pick([]string{"tags.contains(" + g.text(depth) + ")", "(" + g.text(depth) + ") in tags", "tags in [" + g.textLiteral() + ", " + g.text(0) + "]"})
	case 10:
		return fmt.Sprintf("source(%s) %s %s", g.pick([]string{"email", "title", "e_mail", "score"}), g.pick([]string{"==", "!="}), g.pick([]string{`"csv"`, `"by hand"`, "name", `"Engineer"`}))
	case 11:
		return g.pick([]string{"created_at", "updated_at"}) + " " + g.op() + " " + g.pick([]string{g.time(depth), "now", g.dayLiteral(), g.instantLiteral()})
	case 8:
		return fmt.Sprintf("status(%s) %s %s", g.pick([]string{"email", "title", "e_mail"}), g.pick([]string{"==", "!="}), g.pick([]string{`"valid"`, `"catch_all"`, "name", `"invalid"`}))
	case 0:
		// Text in order needs a field on one side.
		return g.pick(textFields) + " " + g.op() + " " + g.text(depth)
	case 1:
		left := g.number(depth)
		return left + " " + g.op() + " " + g.number(depth)
	case 2:
		return g.bool(depth) + g.pick([]string{" == ", " != "}) + g.bool(depth)
	case 3:
		return g.date(depth) + " " + g.op() + " " + g.pick([]string{g.date(depth), "now", g.instantLiteral()})
	case 4:
		return g.time(depth) + " " + g.op() + " " + g.pick([]string{g.time(depth), "now", g.dayLiteral()})
	case 5:
		return g.pick(textFields) + g.pick([]string{".contains(", ".startsWith(", ".endsWith("}) + g.text(depth) + ")"
	case 6:
		all := [][]string{textFields, numberFields, boolFields, dateFields, timeFields, {"doc"}}
		return g.call(g.pick([]string{"filled", "blank"}), g.pick(all[g.n(len(all))]))
	case 7:
		return fmt.Sprintf("within(%s, %q)", g.pick(append(dateFields, timeFields...)), g.pick([]string{"1s", "1d", "30d", "31d", "2w", "99999w"}))
	}
	return g.in(depth)
}

func (g gen) in(depth int) string {
	switch g.n(3) {
	case 0:
		return fmt.Sprintf("%s in [%s, %s]", g.text(0), g.textLiteral(), g.text(depth))
	case 1:
		return fmt.Sprintf("%s in [%s, %s]", g.number(depth), g.numberLiteral(), g.numberLiteral())
	}
	return fmt.Sprintf("%s in [%s, %s]", g.pick(dateFields), g.dayLiteral(), g.instantLiteral())
}

func (g gen) textLiteral() string {
	s := rapid.OneOf(rapid.SampledFrom(texts), rapid.StringN(1, 4, -1).Filter(storableText)).Draw(g.rt, "text")
	out := `"`
	for _, r := range s {
		out += fmt.Sprintf(`\U%08x`, r)
	}
	return out + `"`
}

func (g gen) numberLiteral() string {
	f := rapid.SampledFrom(numbers).Draw(g.rt, "number")
	if f == float64(int64(f)) && f < 1e15 && f > -1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'e', -1, 64)
}

func (g gen) dayLiteral() string {
	return fmt.Sprintf("date(%q)", rapid.SampledFrom(days).Draw(g.rt, "day"))
}

func (g gen) instantLiteral() string {
	t := rapid.SampledFrom(instants).Draw(g.rt, "time")
	if g.n(3) == 0 {
		t = t.In(time.FixedZone("", 5400))
	}
	return fmt.Sprintf("timestamp(%q)", t.Format(time.RFC3339Nano))
}

func (g gen) text(depth int) string {
	if depth > 0 {
		switch g.n(4) {
		case 0:
			return "(" + g.condition(depth-1) + " ? " + g.text(depth-1) + " : " + g.pick([]string{"null", g.pick(textFields)}) + ")"
		case 1:
			return "(" + g.text(depth-1) + " + " + g.text(depth-1) + ")"
		case 2:
			return g.call("lower", g.text(depth-1))
		}
	}
	if g.n(2) == 0 {
		return g.textLiteral()
	}
	return g.pick(textFields)
}

func (g gen) number(depth int) string {
	if depth > 0 {
		switch g.n(4) {
		case 0:
			return "(" + g.condition(depth-1) + " ? " + g.number(depth-1) + " : " + g.pick([]string{"null", g.pick(numberFields)}) + ")"
		case 1:
			return "(" + g.number(depth-1) + g.pick([]string{" + ", " - ", " * ", " / "}) + g.small() + ")"
		case 2:
			return g.call("size", g.text(depth-1))
		}
	}
	if g.n(3) == 0 {
		return g.numberLiteral()
	}
	return g.pick(numberFields)
}

// small keeps products within what a filter may compute.
func (g gen) small() string {
	return g.pick([]string{"0", "2", "-3", "0.1", "rank", "score", "-rank"})
}

func (g gen) bool(depth int) string {
	if depth > 0 && g.n(3) == 0 {
		return "(" + g.condition(depth-1) + ")"
	}
	return g.pick(append(boolFields, "true", "false"))
}

func (g gen) date(depth int) string {
	if depth > 0 && g.n(3) == 0 {
		return "(" + g.condition(depth-1) + " ? " + g.date(depth-1) + " : " + g.pick(dateFields) + ")"
	}
	return g.pick(dateFields)
}

func (g gen) time(depth int) string {
	if depth > 0 && g.n(3) == 0 {
		return "(" + g.condition(depth-1) + " ? " + g.pick([]string{g.time(depth - 1), g.instantLiteral(), "now"}) + " : " + g.pick(timeFields) + ")"
	}
	return g.pick(timeFields)
}
