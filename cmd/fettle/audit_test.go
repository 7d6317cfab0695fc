package main

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to write into the file past the program

	"fettle/provider/sandbox"
)

// TestAServerLooksBeforeItSpends sets a balance, and a count of rows, wrong in
// the file while nothing runs: the server comes up, says so, and buys nothing
// until an audit is sound.
func TestAServerLooksBeforeItSpends(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]string{
		"balance": "UPDATE balances SET settled_uc = settled_uc %s WHERE scope = 'workspace' AND per = 'lifetime'",
		"rows":    "UPDATE row_counts SET n = n %s WHERE outcome = 'found'",
	} {
		t.Run(name, func(t *testing.T) {
			provider := sandbox.New(sandbox.Config{HitRate: 1, Seed: 1})
			web := httptest.NewServer(provider.Handler())
			t.Cleanup(web.Close)
			p := newProgram(t)
			p.env["FETTLE_SANDBOX"] = web.URL
			csv := filepath.Join(p.env["HOME"], "people.csv")
			writeManyPeople(t, csv, 10)
			p.must("import", csv, "--entity", "people")
			def := filepath.Join(p.env["HOME"], "work-email.yaml")
			writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
				"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 1000}\n")
			p.must("apply", "-f", def)
			p.must("enrichment", "run", "work-email")
			writeManyPeople(t, csv, 30)
			p.must("import", csv, "--entity", "people", "--yes")
			p.sql(strings.ReplaceAll(wrong, "%s", "+ 1"))

			url, stop := p.serve("--addr", "127.0.0.1:0")
			until(t, "the server says so", func() bool { return strings.Contains(body(t, url+"/readyz"), "spending is paused") })
			until(t, "rows are open", func() bool { return strings.Contains(body(t, url+"/api/v1/enrichments/work-email"), `"pending":20`) })
			if code, _, errs := p.run("enrichment", "start", "work-email", "--yes"); code != 4 {
				t.Errorf("a start: exit %d: %s", code, errs)
			}
			if b := provider.Books(); b.Calls != 10 {
				t.Errorf("%d calls, 10 of them before", b.Calls)
			}
			p.sql(strings.ReplaceAll(wrong, "%s", "- 1"))
			p.must("audit")
			until(t, "it goes on", func() bool { return provider.Books().Calls == 30 })
			if got := body(t, url+"/readyz"); got != "ok\n" {
				t.Errorf("readyz says %q", got)
			}
			if code := stop(); code != 0 {
				t.Errorf("the server ends with %d", code)
			}
		})
	}
}

// sql writes into the workspace's file past the program.
func (p program) sql(text string) {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.env["FETTLE_DB"]+"?_pragma=busy_timeout(30000)")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	res, err := db.ExecContext(p.t.Context(), text)
	if err != nil {
		p.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		p.t.Fatalf("%d rows changed, %v", n, err)
	}
}

// body is what an address of a server answers.
func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
