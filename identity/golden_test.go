package identity_test

import (
	"embed"
	"strings"
	"testing"

	"fettle"
	"fettle/identity"
)

//go:embed testdata/*.tsv
var goldens embed.FS

// golden reads a table of tab-separated columns; lines with # are comments.
func golden(t testing.TB, name string, columns int) [][]string {
	t.Helper()
	b, err := goldens.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\n"); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != columns {
			t.Fatalf("%s: %q has %d columns, not %d", name, line, len(row), columns)
		}
		rows = append(rows, row)
	}
	return rows
}

// shown is how the tables write a key or its absence.
func shown(key string, ok bool) string {
	if !ok {
		return "-"
	}
	return key
}

func TestLinkedIn(t *testing.T) {
	for _, row := range golden(t, "linkedin.tsv", 2) {
		if got := shown(identity.LinkedIn(row[0])); got != row[1] {
			t.Errorf("LinkedIn(%q) = %q, want %q", row[0], got, row[1])
		}
	}
}

func TestDomain(t *testing.T) {
	for _, row := range golden(t, "domain.tsv", 2) {
		if got := shown(identity.Domain(row[0])); got != row[1] {
			t.Errorf("Domain(%q) = %q, want %q", row[0], got, row[1])
		}
	}
}

func TestEmail(t *testing.T) {
	for _, row := range golden(t, "email.tsv", 3) {
		if got := shown(identity.Email(row[0])); got != row[1] {
			t.Errorf("Email(%q) = %q, want %q", row[0], got, row[1])
		}
		host, ok := identity.BusinessHost(row[0])
		domain, _ := identity.Domain(host)
		if got := shown(domain, ok); got != row[2] {
			t.Errorf("the domain of BusinessHost(%q) = %q, want %q", row[0], got, row[2])
		}
	}
}

func TestPhone(t *testing.T) {
	for _, row := range golden(t, "phone.tsv", 3) {
		if got := shown(identity.Phone(row[0], row[1])); got != row[2] {
			t.Errorf("Phone(%q, %q) = %q, want %q", row[0], row[1], got, row[2])
		}
	}
}

func TestClean(t *testing.T) {
	for _, row := range golden(t, "clean.tsv", 4) {
		typ, err := fettle.ParseFieldType(row[0])
		if err != nil {
			t.Fatal(err)
		}
		value, valid, err := identity.Clean(typ, row[1])
		got := fettle.FormatValue(value)
		switch {
		case err != nil:
			got = "!"
			if fettle.AsError(err).Code != fettle.Invalid {
				t.Errorf("Clean(%s, %q): %v is not Invalid", typ, row[1], err)
			}
		case value == nil:
			got = "-"
		}
		if got != row[2] || valid != (row[3] == "yes") {
			t.Errorf("Clean(%s, %q) = %q, valid %t; want %q, %s", typ, row[1], got, valid, row[2], row[3])
		}
	}
}

func TestKeysAreStable(t *testing.T) {
	again := func(name string, columns, key int, f func(string) (string, bool)) {
		for _, row := range golden(t, name, columns) {
			if row[key] == "-" {
				continue
			}
			if got := shown(f(row[key])); got != row[key] {
				t.Errorf("%s: the key of the key %q is %q", name, row[key], got)
			}
		}
	}
	again("domain.tsv", 2, 1, identity.Domain)
	again("email.tsv", 3, 1, identity.Email)
	again("phone.tsv", 3, 2, func(s string) (string, bool) { return identity.Phone(s, "") })
}
