package identity_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fettle"
	"fettle/identity"
)

func getter(record map[string]any) func(string) any {
	return func(field string) any { return record[field] }
}

func TestKeys(t *testing.T) {
	person := map[string]any{
		"external_id": " 7 ", "linkedin_url": "https://de.linkedin.com/in/Ann", "email": "Ann@Acme.com",
		"phone": "030 901820", "country": "Germany", "domain": "acme.com", "company_domain": "acme.com",
	}
	for _, tc := range []struct {
		name   string
		entity fettle.Entity
		record map[string]any
		opts   identity.Options
		want   []identity.Key
	}{
		{"nothing", fettle.People, nil, identity.Options{}, []identity.Key{}},
		{"a person", fettle.People, person, identity.Options{}, []identity.Key{ext("crm", "7"), link("in/ann"), mail("ann@acme.com")}},
		{"a person with the phone", fettle.People, person, identity.Options{Phone: true}, []identity.Key{ext("crm", "7"), link("in/ann"), mail("ann@acme.com"), tel("+4930901820")}},
		{"a role mailbox is no key", fettle.People, map[string]any{"email": "info@acme.com"}, identity.Options{}, []identity.Key{}},
		{"a company's page is no person's key", fettle.People, map[string]any{"linkedin_url": "linkedin.com/company/acme"}, identity.Options{}, []identity.Key{}},
		{"a person's page is no company's key", fettle.Companies, map[string]any{"linkedin_url": "linkedin.com/in/ann"}, identity.Options{}, []identity.Key{}},
		{"an extension is no key", fettle.People, map[string]any{"phone": "202-224-2315 x4"}, identity.Options{Phone: true, Region: "US"}, []identity.Key{}},
		{"a rounded id is no key", fettle.People, map[string]any{"external_id": "1.23457E+15", "email": "ann@acme.com"}, identity.Options{}, []identity.Key{mail("ann@acme.com")}},
		{"a numeric id", fettle.People, map[string]any{"external_id": 7.0}, identity.Options{}, []identity.Key{ext("crm", "7")}},
		{
			"a company", fettle.Companies,
			map[string]any{"external_id": "A:1", "domain": "https://www.acme.com", "linkedin_url": "linkedin.com/company/Acme", "email": "ann@acme.com"},
			identity.Options{Phone: true},
			[]identity.Key{ext("crm", "A:1"), dom("acme.com"), link("company/acme")},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := identity.Keys(tc.entity, "crm", getter(tc.record), tc.opts)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			read := map[string]any{}
			for _, f := range identity.KeyFields(tc.entity, tc.opts) {
				read[f] = tc.record[f]
			}
			if diff := cmp.Diff(got, identity.Keys(tc.entity, "crm", getter(read), tc.opts)); diff != "" {
				t.Errorf("KeyFields leaves out a field that Keys reads: %s", diff)
			}
		})
	}
}

func TestExternalKeepsSourcesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a:%3A]{0,4}`)
		s1, i1, s2, i2 := part.Draw(t, "source 1"), part.Draw(t, "id 1"), part.Draw(t, "source 2"), part.Draw(t, "id 2")
		if (identity.External(s1, i1) == identity.External(s2, i2)) != (s1 == s2 && i1 == i2) {
			t.Fatalf("%q %q and %q %q", s1, i1, s2, i2)
		}
	})
}

func TestFingerprint(t *testing.T) {
	record := map[string]any{"name": "Ann", "title": "CEO", "n": 1.5, "blank": nil}
	base := identity.Fingerprint("csv", getter(record), []string{"name", "title", "n", "blank"})
	if len(base) != 32 {
		t.Errorf("%q does not have 32 digits", base)
	}
	if got := identity.Fingerprint("csv", getter(record), []string{"n", "title", "name"}); got != base {
		t.Error("the order of fields or a blank field changes the fingerprint")
	}
	for name, other := range map[string]map[string]any{
		"a value":       {"name": "Bob", "title": "CEO", "n": 1.5},
		"a blank":       {"name": "Ann", "n": 1.5},
		"values moved":  {"name": "CEO", "title": "Ann", "n": 1.5},
		"values joined": {"name": "AnnCEO", "n": 1.5},
	} {
		if identity.Fingerprint("csv", getter(other), []string{"name", "title", "n"}) == base {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
	if identity.Fingerprint("crm", getter(record), []string{"name", "title", "n"}) == base {
		t.Error("the source does not change the fingerprint")
	}
	fields := []string{"b", "a"}
	identity.Fingerprint("csv", getter(nil), fields)
	if !slices.Equal(fields, []string{"b", "a"}) {
		t.Error("the caller's fields were sorted")
	}
	if !identity.Blank(getter(map[string]any{"name": nil}), []string{"name"}) || identity.Blank(getter(record), []string{"blank", "name"}) {
		t.Error("Blank is wrong")
	}
}

func TestFreeMail(t *testing.T) {
	for _, domain := range []string{"gmail.com", "GMAIL.com", "outlook.de", "yahoo.co.jp", "gmx.net", "web.de", "qq.com", "mail.ru", "proton.me", "tampabay.rr.com", "users.gmail.com"} {
		if !identity.FreeMail(domain) {
			t.Errorf("%s is free mail", domain)
		}
	}
	for _, domain := range []string{"", "com", "acme.com", "gmail.acme.com", "mail.com.acme.org", "google.com", "microsoft.com", "notgmail.com", "apple.com"} {
		if identity.FreeMail(domain) {
			t.Errorf("%s is no free mail", domain)
		}
	}
}

func TestCountry(t *testing.T) {
	for name, want := range map[string]string{
		"de": "DE", "DEU": "DE", "Germany": "DE", "GERMANY": "DE", "United States of America (the)": "", "usa": "US", "U.K.": "GB", "Viet Nam": "VN", "Türkiye": "TR", "Turkey": "TR",
		"Bosnia & Herzegovina": "BA", "Saint Lucia": "LC", "Korea, Republic of": "KR", "The Gambia": "GM", "Curacao": "CW", "": "", "zz": "", "Atlantis": "",
	} {
		if got, _ := identity.Country(name); got != want {
			t.Errorf("Country(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCleanValue(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 1999, time.FixedZone("", 3600))
	for _, tc := range []struct {
		typ   fettle.FieldType
		in    any
		want  any
		valid bool
	}{
		{fettle.Text, nil, nil, true},
		{fettle.Text, " a ", " a ", true},
		{fettle.Text, 1.5, "1.5", true},
		{fettle.Text, true, "true", true},
		{fettle.Text, json.Number("1.50"), "1.50", true},
		{fettle.Email, 1.0, "1", false},
		{fettle.Number, "1,000", 1000.0, true},
		{fettle.Number, 7, 7.0, true},
		{fettle.Number, int64(7), 7.0, true},
		{fettle.Number, json.RawMessage("7.5"), 7.5, true},
		{fettle.Boolean, 1.0, true, true},
		{fettle.Boolean, false, false, true},
		{fettle.Date, fettle.Day("2024-02-29"), fettle.Day("2024-02-29"), true},
		{fettle.Timestamp, noon, time.Date(2024, 2, 29, 11, 0, 0, 1000, time.UTC), true},
		{fettle.JSON, map[string]any{"a": []any{1.0, "<b>"}}, json.RawMessage(`{"a":[1,"<b>"]}`), true},
		{fettle.JSON, "text", json.RawMessage(`"text"`), true},
		{fettle.JSON, " ", nil, true},
		{fettle.JSON, json.RawMessage("null"), nil, true},
	} {
		got, valid, err := identity.CleanValue(tc.typ, tc.in)
		if err != nil || valid != tc.valid || !cmp.Equal(got, tc.want) {
			t.Errorf("CleanValue(%s, %#v) = %#v, %t, %v; want %#v, %t", tc.typ, tc.in, got, valid, err, tc.want, tc.valid)
		}
	}
	for _, tc := range []struct {
		typ fettle.FieldType
		in  any
	}{
		{fettle.Text, []any{"a"}},
		{fettle.Text, map[string]any{}},
		{fettle.Text, "a\x00b"},
		{fettle.Text, "a\xffb"},
		{fettle.Text, strings.Repeat("x", fettle.MaxValueBytes+1)},
		{fettle.JSON, strings.Repeat("x", fettle.MaxValueBytes)},
		{fettle.JSON, math.Inf(1)},
		{fettle.Number, true},
		{fettle.Number, math.NaN()},
		{fettle.Date, 5.0},
		{fettle.Timestamp, time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{fettle.FieldType("colour"), "red"},
	} {
		if got, _, err := identity.CleanValue(tc.typ, tc.in); err == nil || fettle.AsError(err).Code != fettle.Invalid {
			t.Errorf("CleanValue(%s, %.20v) = %v, %v; want Invalid", tc.typ, tc.in, got, err)
		}
	}
	if v, _, _ := identity.CleanValue(fettle.Number, math.Copysign(0, -1)); math.Signbit(v.(float64)) {
		t.Error("minus zero is kept")
	}
}

// TestCleanIsStable holds that what was cleaned once stays as it is when it is
// exported and imported again.
func TestCleanIsStable(t *testing.T) {
	for _, row := range golden(t, "clean.tsv", 4) {
		if row[2] == "!" || row[2] == "-" {
			continue
		}
		typ := fettle.FieldType(row[0])
		once, valid, err := identity.Clean(typ, row[1])
		if err != nil {
			t.Fatal(err)
		}
		again, validAgain, err := identity.Clean(typ, fettle.FormatValue(once))
		if err != nil || valid != validAgain || !cmp.Equal(once, again) {
			t.Errorf("%s %q: %#v becomes %#v, %v", typ, row[1], once, again, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, row := range golden(f, "clean.tsv", 4) {
		f.Add(row[1])
	}
	for _, name := range []string{"linkedin.tsv", "domain.tsv"} {
		for _, row := range golden(f, name, 2) {
			f.Add(row[0])
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range fettle.FieldTypes() {
			once, valid, err := identity.Clean(typ, s)
			if err != nil || once == nil {
				continue
			}
			again, validAgain, err := identity.Clean(typ, fettle.FormatValue(once))
			if err != nil || valid != validAgain || !cmp.Equal(once, again) {
				t.Errorf("%s: %#v becomes %#v, %t, %v", typ, once, again, validAgain, err)
			}
		}
		if key, ok := identity.Domain(s); ok {
			if again, ok := identity.Domain(key); !ok || again != key {
				t.Errorf("the domain of %q is %q", key, again)
			}
		}
		if key, ok := identity.Email(s); ok {
			if again, ok := identity.Email(key); !ok || again != key {
				t.Errorf("the e-mail key of %q is %q", key, again)
			}
		}
		if key, ok := identity.LinkedIn(s); ok && strings.HasPrefix(key, "in/") && !strings.Contains(key, "%") {
			if again, ok := identity.LinkedIn(key); !ok || again != key {
				t.Errorf("the LinkedIn key of %q is %q", key, again)
			}
		}
		identity.Country(s)
		identity.FreeMail(s)
		identity.Phone(s, "DE")
	})
}

func BenchmarkKeys(b *testing.B) {
	get := getter(map[string]any{"external_id": "12345", "linkedin_url": "https://www.linkedin.com/in/ann-lee-123/", "email": "ann.lee@acme.com"})
	b.ReportAllocs()
	for b.Loop() {
		identity.Keys(fettle.People, "crm", get, identity.Options{})
	}
}
