package match_test

import (
	"encoding/csv"
	"maps"
	"os"
	"strings"
	"testing"

	"fettle"
	"fettle/identity/match"
)

func field(key string, typ fettle.FieldType) fettle.Field {
	return fettle.Field{Entity: fettle.People, Key: key, Label: key, Type: typ}
}

// matcher learns from records, of which each is field → value.
func matcher(entity fettle.Entity, fields []fettle.Field, rows []map[string]any) (*match.Matcher, []*match.Record) {
	m := match.New(entity, fields)
	read := func() (out []*match.Record) {
		for i, row := range rows {
			out = append(out, m.Record(int64(i+1), func(f string) any { return row[f] }))
		}
		return out
	}
	for _, r := range read() {
		m.Learn(r)
	}
	m.Ready(int64(len(rows)))
	return m, read()
}

// TestLadder holds what is proposed and what never is.
func TestLadder(t *testing.T) {
	ann := map[string]any{"name": "Ann Lee", "email": "ann.lee@acme.com", "phone": "+49 30 1234567", "linkedin_url": "linkedin.com/in/annlee", "company_domain": "acme.com"}
	with := func(change map[string]any) map[string]any {
		out := maps.Clone(ann)
		maps.Copy(out, change)
		return out
	}
	for _, c := range []struct {
		what  string
		other map[string]any
		want  bool
	}{
		{"the same email", map[string]any{"name": "A. Lee", "email": "ann.lee@acme.com"}, true},
		{"another way to write it", map[string]any{"first_name": "Ann", "last_name": "Lee", "email": "annlee+news@acme.com"}, true},
		{"the same LinkedIn address", map[string]any{"name": "Ann L", "linkedin_url": "https://www.linkedin.com/in/annlee/?x=1"}, true},
		{"the name and the company", map[string]any{"name": "Lee, Ann", "company_domain": "acme.com"}, true},
		{"the name and a phone", map[string]any{"name": "Ann Lee", "phone": "+49 30 1234567"}, true},
		{"the name alone", map[string]any{"name": "Ann Lee"}, false},
		{"a phone alone", map[string]any{"name": "Bob Ray", "phone": "+49 30 1234567"}, false},
		{"a phone and a company", map[string]any{"phone": "+49 30 1234567", "company_domain": "acme.com"}, false},
		{"another LinkedIn address", with(map[string]any{"linkedin_url": "linkedin.com/in/annlee2", "email": nil}), false},
		{"another phone", with(map[string]any{"phone": "+49 30 7654321", "email": nil, "linkedin_url": nil}), false},
		{"a colleague", map[string]any{"name": "Bob Lee", "email": "bob.lee@acme.com", "company_domain": "acme.com"}, false},
	} {
		rows := []map[string]any{ann, c.other}
		for i := range 60 { // the others of the table
			rows = append(rows, map[string]any{"name": "Person" + strings.Repeat("x", i%7) + " Number" + string(rune('a'+i%26)), "company_domain": "other" + string(rune('a'+i%26)) + ".com"})
		}
		m, recs := matcher(fettle.People, []fettle.Field{field("company_domain", fettle.Domain)}, rows)
		score, reasons, ok := m.Score(recs[0], recs[1])
		if ok != c.want {
			t.Errorf("%s: proposed %v (%.3f), want %v: %+v", c.what, ok, score, c.want, reasons)
		}
		if ok && len(reasons) == 0 {
			t.Errorf("%s: no reasons", c.what)
		}
		if back, _, also := m.Score(recs[1], recs[0]); also != ok || back != score {
			t.Errorf("%s: %v one way, %v the other", c.what, score, back)
		}
	}
}

// TestTwoRows finds two rows that are one where there are no others to learn from.
func TestTwoRows(t *testing.T) {
	rows := []map[string]any{
		{"name": "Ann Lee", "email": "ann@acme.com", "company_domain": "acme.com", "status": "open"},
		{"name": "Ann Lee", "email": "alee@acme.com", "company_domain": "acme.com", "status": "open"},
		{"name": "Bob Ray", "email": "bob@acme.com", "company_domain": "acme.com", "status": "open"},
	}
	m, recs := matcher(fettle.People, []fettle.Field{field("company_domain", fettle.Domain), field("status", fettle.Text)}, rows)
	for _, c := range []struct {
		a, b int
		want bool
	}{{0, 1, true}, {0, 2, false}, {1, 2, false}} {
		if score, reasons, ok := m.Score(recs[c.a], recs[c.b]); ok != c.want {
			t.Errorf("%v and %v: %.3f, proposed %v: %+v", rows[c.a], rows[c.b], score, ok, reasons)
		}
	}
}

// TestCompaniesAreAlike compares companies.
func TestCompaniesAreAlike(t *testing.T) {
	rows := []map[string]any{
		{"name": "Acme GmbH", "domain": "acme.com"},
		{"name": "ACME Inc.", "domain": "acme.de"},
		{"name": "Zenith Ltd", "domain": "zenith.com"},
		{"name": "Acme GmbH", "domain": "acme.com"},
		{"name": "Zenith Labs", "domain": "labs.org"},
	}
	m, recs := matcher(fettle.Companies, nil, rows)
	for _, c := range []struct {
		a, b int
		want bool
	}{{0, 1, true}, {0, 3, true}, {0, 2, false}, {2, 4, false}} {
		if _, reasons, ok := m.Score(recs[c.a], recs[c.b]); ok != c.want {
			t.Errorf("%v and %v: proposed %v: %+v", rows[c.a], rows[c.b], ok, reasons)
		}
	}
}

// TestLabelledPeople holds the least precision and recall on people of whom it is
// known who is who: invented ones, with slips, blanks and swapped names.
func TestLabelledPeople(t *testing.T) {
	f, err := os.Open("testdata/labelled.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for _, line := range table[1:] {
		row := map[string]any{}
		for i, v := range line {
			if v != "" {
				row[table[0][i]] = v
			}
		}
		rows = append(rows, row)
	}
	fields := []fettle.Field{field("location", fettle.Text), field("born", fettle.Date), field("company_domain", fettle.Domain)}
	m, recs := matcher(fettle.People, fields, rows)
	blocks := map[uint64][]int{}
	for i, r := range recs {
		for _, b := range m.Blocks(r) {
			blocks[b] = append(blocks[b], i)
		}
	}
	together := map[[2]int]bool{}
	for _, g := range blocks {
		for i := range g {
			for _, j := range g[i+1:] {
				together[[2]int{g[i], j}] = true
			}
		}
	}
	truth, proposed, right := 0, 0, 0
	for i := range rows {
		for j := i + 1; j < len(rows); j++ {
			same := rows[i]["who"] == rows[j]["who"]
			if same {
				truth++
			}
			if _, _, ok := m.Score(recs[i], recs[j]); ok && together[[2]int{i, j}] {
				if proposed++; same {
					right++
				}
			}
		}
	}
	precision, recall := float64(right)/float64(proposed), float64(right)/float64(truth)
	t.Logf("%d pairs, %d proposed, %d right: precision %.3f, recall %.3f", truth, proposed, right, precision, recall)
	if precision < 0.95 || recall < 0.8 {
		t.Errorf("precision %.3f, recall %.3f", precision, recall)
	}
}
