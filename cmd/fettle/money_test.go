package main

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
)

// tooExact is money with more decimals than people are shown: more than two, but
// for what has nothing before them.
var tooExact = regexp.MustCompile(`\b([1-9][0-9,]*\.[0-9]{3,}|0\.0*[1-9][0-9]{2,})\b`)

// TestOnePriceOnTheTerminal buys at a price with six decimals, and reads the
// price of the next rows wherever the terminal shows it: the guard of an import,
// the estimate, the Data Hub, a rerun. It is the same, and no text has more
// decimals than people are shown.
func TestOnePriceOnTheTerminal(t *testing.T) {
	t.Parallel()
	provider := sandbox.New(sandbox.Config{HitRate: 1, Seed: 1})
	web := httptest.NewServer(provider.Handler())
	t.Cleanup(web.Close)
	p := newProgram(t)
	p.env["FETTLE_SANDBOX"] = web.URL
	home := p.env["HOME"]
	read := func(code int, args ...string) string {
		t.Helper()
		got, out, errs := p.run(args...)
		if got != code {
			t.Fatalf("fettle %v exits with %d: %s%s", args, got, out, errs)
		}
		if x := tooExact.FindString(out + errs); x != "" {
			t.Errorf("fettle %v shows %s: %s%s", args, x, out, errs)
		}
		return out + errs
	}
	says := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q does not say %q", text, w)
			}
		}
	}
	few, many, def := filepath.Join(home, "few.csv"), filepath.Join(home, "many.csv"), filepath.Join(home, "work-email.yaml")
	writeManyPeople(t, few, 30)
	writeManyPeople(t, many, 150)
	read(0, "import", few, "--entity", "people")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 1000.123456}\n")
	read(0, "apply", "-f", def)
	read(0, "provider", "price", "sandbox", "--unit", "0.123457")
	read(0, "credits", "grant", "900.654321")
	read(0, "enrichment", "run", "work-email")

	// 120 more at 0.123457: at most 14.81484, shown as 14.82.
	says(read(4, "import", many, "--entity", "people"), "120 to buy", "at most 14.82 credits")
	read(0, "import", many, "--entity", "people", "--no-run")
	says(read(0, "enrichment", "estimate", "work-email"), "14.82 credits")
	var est fettle.Estimate
	if err := json.Unmarshal([]byte(p.must("enrichment", "estimate", "work-email", "--json")), &est); err != nil {
		t.Fatal(err)
	}
	if est.ToRun != 120 || est.HighCredits != 120*123_457 {
		t.Errorf("the estimate: %+v", est)
	}
	says(read(0, "hub"), "work-email: 120 rows ≈ "+est.ExpectedCredits.Text()+" credits")
	// A rerun of the 30 that were bought: 3.70371.
	says(read(4, "enrichment", "rerun", "work-email"), "30 rows", "30 to buy", "at most 3.71 credits")
	read(0, "enrichment", "pause", "work-email")
	read(0, "enrichment", "limit", "work-email", "--credits", "16.123456")
	read(4, "enrichment", "run", "work-email")
	for _, args := range [][]string{
		{"enrichment", "list"},
		{"enrichment", "show", "work-email"},
		{"enrichment", "rows", "work-email"},
		{"credits"},
		{"credits", "by", "provider"},
		{"credits", "journal"},
		{"limit", "list"},
		{"notifications"},
		{"provider", "list"},
		{"hub"},
		{"unknown", "list"},
		{"audit"},
	} {
		read(0, args...)
	}
}
