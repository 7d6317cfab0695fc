package rights

import (
	"flag"
	"os"
	"strings"
	"testing"

	"fettle"
)

var write = flag.Bool("write", false, "write the table into docs/signing-in.md")

// TestTheTableIsInTheDocs compares the table of docs/signing-in.md with the
// code. go test ./rights -write writes it.
func TestTheTableIsInTheDocs(t *testing.T) {
	const file, begin, end = "../docs/signing-in.md", "<!-- who may: made by go test ./rights -write -->\n", "<!-- end -->\n"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	want := head + begin + Words() + end + tail
	if *write {
		err = os.WriteFile(file, []byte(want), 0o600)
	} else if want != string(b) {
		t.Error("the table is not what the code says: go test ./rights -write")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLimits(t *testing.T) {
	c := func(n int64) *fettle.Credits { v := fettle.Credits(n); return &v }
	r := func(n int64) *int64 { return &n }
	five := fettle.Limit{Credits: c(5), Per: fettle.Lifetime}
	both := fettle.Limit{Credits: c(5), Records: r(5), Per: fettle.Lifetime}
	none := fettle.Limit{None: true}
	ed, sue := fettle.Actor{Name: "ed", Role: fettle.Editor}, fettle.Actor{Name: "sue", Role: fettle.Editor, MaySpend: true}
	for _, x := range []struct {
		what  string
		draft bool
		olds  []fettle.Limit
		now   *fettle.Limit
		may   bool
	}{
		{"nothing said", false, []fettle.Limit{five}, nil, true},
		{"the same", false, []fettle.Limit{five}, &five, true},
		{"less", false, []fettle.Limit{five}, &fettle.Limit{Credits: c(4), Per: fettle.Lifetime}, true},
		{"more", false, []fettle.Limit{five}, &fettle.Limit{Credits: c(6), Per: fettle.Lifetime}, false},
		{"more of a draft", true, []fettle.Limit{five}, &fettle.Limit{Credits: c(6), Per: fettle.Lifetime}, true},
		{"another period", false, []fettle.Limit{five}, &fettle.Limit{Credits: c(1), Per: fettle.PerDay}, false},
		{"records too", false, []fettle.Limit{five}, &both, true},
		{"no records", false, []fettle.Limit{both}, &five, false},
		{"one in place of two", false, []fettle.Limit{five, {Credits: c(1), Per: fettle.PerDay}}, &five, false},
		{"the first", false, nil, &five, false},
		{"none", false, []fettle.Limit{five}, &none, false},
		{"none of a draft", true, nil, &none, false},
		{"none stays", false, []fettle.Limit{none}, &none, true},
		{"a number for none", false, []fettle.Limit{none}, &five, true},
	} {
		if err := Limit(ed, Editor, x.draft, "adm", x.olds, x.now); (err == nil) != x.may {
			t.Errorf("%s: %v", x.what, err)
		}
		for _, payer := range []string{"", "sue", "adm"} {
			if err := Limit(sue, Spender, x.draft, payer, x.olds, x.now); err != nil {
				t.Errorf("%s, by who may spend: %v", x.what, err)
			}
			// What runs on somebody else's account counts in no limit of who raises it.
			if err := Limit(sue, Capped, false, payer, x.olds, x.now); !x.draft && (err == nil) != (x.may || payer != "adm") {
				t.Errorf("%s, of what runs on the account of %q, with a limit of their own: %v", x.what, payer, err)
			}
		}
	}
}
