package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fettle/provider/sandbox"
)

// TestTheFileIsReplaced puts another file in the place of the database while a
// server buys: it says so and buys no more; what was in flight is in the file
// that it saves, which spends only when somebody has answered.
func TestTheFileIsReplaced(t *testing.T) {
	t.Parallel()
	provider := sandbox.New(sandbox.Config{HitRate: 1, Rate: 20, Seed: 1})
	web := httptest.NewServer(provider.Handler())
	t.Cleanup(web.Close)
	p := newProgram(t)
	p.env["FETTLE_SANDBOX"] = web.URL
	csv := filepath.Join(p.env["HOME"], "people.csv")
	writeManyPeople(t, csv, 2000)
	p.must("import", csv, "--entity", "people")
	def := filepath.Join(p.env["HOME"], "work-email.yaml")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 5000}\n")
	p.must("apply", "-f", def)
	path := p.env["FETTLE_DB"]
	other := newProgram(t)
	other.must("credits", "grant", "5")
	url, stop := p.serve("--addr", "127.0.0.1:0")
	p.must("enrichment", "start", "work-email")
	until(t, "some calls", func() bool { return provider.Books().Calls > 10 })

	answer := provider.Hold() // some are in flight
	until(t, "calls in flight", func() bool { return provider.Books().InFlight > 0 })
	if err := os.Rename(other.env["FETTLE_DB"], path); err != nil {
		t.Fatal(err)
	}
	answer()
	until(t, "it says so", func() bool {
		return status(t, url+"/readyz") == http.StatusServiceUnavailable && strings.Contains(body(t, url+"/readyz"), "spending paused: the database file was replaced")
	})
	until(t, "what was in flight landed", func() bool { return provider.Books().InFlight == 0 })
	if code, _, errs := (program{t: t, env: map[string]string{"FETTLE_SERVER": url, "HOME": t.TempDir()}}).run("credits", "grant", "5"); code == 0 || !strings.Contains(errs, "was replaced") {
		t.Errorf("a write: exit %d: %s", code, errs)
	}
	if code, _, errs := (program{t: t, env: map[string]string{"FETTLE_SERVER": url, "HOME": t.TempDir()}}).run("enrichment", "run", "work-email"); code != 4 || !strings.Contains(errs, "was replaced") {
		t.Errorf("a run: exit %d: %s", code, errs)
	}
	stop()
	calls := provider.Books().BilledCalls
	if calls >= 2000 {
		t.Fatal("it bought everything")
	}

	saved, err := filepath.Glob(path + ".rescued-*")
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved: %v, %v", saved, err)
	}
	p.env["FETTLE_DB"] = saved[0]
	if out := p.must("credits", "--json"); !strings.Contains(out, "elsewhere") || !strings.Contains(out, "spending_paused") {
		t.Errorf("the saved file spends unasked: %s", out)
	}
	url, stop = p.serve("--addr", "127.0.0.1:0", "--moved")
	until(t, "it goes on", func() bool { return provider.Books().BilledCalls > calls })
	if got := body(t, url+"/readyz"); got != "ok\n" {
		t.Errorf("readyz says %q", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	p.must("audit")
	if b := provider.Books(); b.Repeats != 0 {
		t.Errorf("bought twice: %+v", b)
	}
}

// TestACopyAsksFirst copies the file of a workspace: the copy is paused, and
// says what to do.
func TestACopyAsksFirst(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	provider := sandbox.New(sandbox.Config{HitRate: 1, Seed: 1})
	web := httptest.NewServer(provider.Handler())
	t.Cleanup(web.Close)
	p.env["FETTLE_SANDBOX"] = web.URL
	p.must("credits", "grant", "5")
	csv, def := filepath.Join(p.env["HOME"], "people.csv"), filepath.Join(p.env["HOME"], "work-email.yaml")
	writeManyPeople(t, csv, 3)
	p.must("import", csv, "--entity", "people")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 5}\n")
	p.must("apply", "-f", def)
	p.must("enrichment", "start", "work-email")
	path := p.env["FETTLE_DB"]
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.env["FETTLE_DB"] = path + "2"
	writeFile(t, path+"2", string(text))
	url, stop := p.serve("--addr", "127.0.0.1:0")
	if got := body(t, url+"/readyz"); !strings.Contains(got, "a copy") || !strings.Contains(got, "restore --in-place") {
		t.Errorf("readyz says %q", got)
	}
	stop()
	// Waiting for its rows would not end by itself.
	if code, _, errs := p.run("enrichment", "run", "work-email"); code != 4 || !strings.Contains(errs, "a copy") || !strings.Contains(errs, "restore --in-place") {
		t.Errorf("a run in a copy: exit %d: %s", code, errs)
	}
	if code, _, errs := p.run("enrichment", "pilot", "work-email"); code != 4 {
		t.Errorf("a pilot in a copy: exit %d: %s", code, errs)
	}
	if code, _, errs := p.run("backup", "-o", filepath.Join(t.TempDir(), "backup")); code != 0 || !strings.Contains(errs, "a copy") || !strings.Contains(errs, ".rescued") {
		t.Errorf("a backup of a copy: exit %d: %s", code, errs)
	}
	if n := provider.Books().Calls; n != 0 {
		t.Errorf("%d calls", n)
	}
	if code, _, errs := p.run("serve", "--addr", "127.0.0.1:0", "--moved"); code != 4 || !strings.Contains(errs, "still there") {
		t.Errorf("--moved while the original is there: exit %d: %s", code, errs)
	}
	p.must("restore", "--in-place", "--yes")
	url, stop = p.serve("--addr", "127.0.0.1:0")
	if got := body(t, url+"/readyz"); got != "ok\n" {
		t.Errorf("readyz says %q", got)
	}
	stop()
}
