package main

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// status asks an address of a server; 0 if it does not answer.
func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// hangs is after how long a command, or what must come, is taken to hang: the
// demo takes more than a minute with the race detector on a machine that does
// other things.
const hangs = 5 * time.Minute

// until waits for what must come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(hangs); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// refusing stands in for a database that has crashed: it counts who asks for it,
// and hangs up.
func refusing(t *testing.T, socket string) (asked *atomic.Int64, standIn net.Listener) {
	t.Helper()
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) { // the crash has left it
		t.Fatal(err)
	}
	standIn, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standIn.Close() })
	asked = &atomic.Int64{}
	go func() {
		for {
			c, err := standIn.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = c.Close()
		}
	}()
	return asked, standIn
}

// TestTheDatabaseGoesAway crashes PostgreSQL while a server buys: it stays up
// and says so, makes no call beyond what was claimed, and goes on when the
// database is back, with nothing lost and nothing bought twice.
func TestTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	provider := sandbox.New(sandbox.Config{HitRate: 1, Latency: 300 * time.Millisecond, Rate: 60, Seed: 1})
	web := httptest.NewServer(provider.Handler())
	t.Cleanup(web.Close)
	p := newProgram(t)
	p.env["FETTLE_DB"], p.env["FETTLE_SANDBOX"] = pg.DSN(t), web.URL
	csv := filepath.Join(p.env["HOME"], "people.csv")
	writeManyPeople(t, csv, 400)
	p.must("import", csv, "--entity", "people")
	def := filepath.Join(p.env["HOME"], "work-email.yaml")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 1000}\n")
	p.must("apply", "-f", def)
	url, stop := p.serve("--addr", "127.0.0.1:0")
	p.must("enrichment", "start", "work-email")
	until(t, "a hundred calls", func() bool { return provider.Books().BilledCalls > 100 })

	pg.Crash()
	until(t, "not ready", func() bool { return status(t, url+"/readyz") == http.StatusServiceUnavailable })
	if code := status(t, url+"/healthz"); code != http.StatusOK {
		t.Errorf("the server does not live: %d", code)
	}
	for _, path := range []string{"/api/v1/enrichments/work-email", "/metrics"} {
		if code := status(t, url+path); code != http.StatusServiceUnavailable {
			t.Errorf("%s without a database answers %d", path, code)
		}
	}
	refused, standIn := refusing(t, pg.Socket())
	looks := func(n int64) { // the server asks for its database so often, in vain
		t.Helper()
		from := refused.Load()
		until(t, "the server asks for its database", func() bool { return refused.Load() >= from+n })
	}
	// What was claimed before may still leave, at the provider's pace: until
	// nothing has left for forty looks. A server that claims without a database
	// ends at 400 calls.
	for calls := int64(-1); calls != provider.Books().Calls || provider.Books().InFlight > 0; looks(40) {
		calls = provider.Books().Calls
	}
	if calls := provider.Books().Calls; calls >= 400 {
		t.Errorf("%d calls left without a database", calls)
	}
	if err := standIn.Close(); err != nil {
		t.Fatal(err)
	}

	pg.Restart(t)
	until(t, "ready", func() bool { return status(t, url+"/readyz") == http.StatusOK })
	until(t, "everything found", func() bool {
		var v struct {
			Rows struct{ Found int } `json:"rows"`
		}
		return json.Unmarshal([]byte(p.must("enrichment", "show", "work-email", "--json")), &v) == nil && v.Rows.Found == 400
	})
	if code := stop(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	if b := provider.Books(); b.BilledCalls != 400 || b.Repeats != 0 {
		t.Errorf("the provider's books: %+v", b)
	}
	p.must("audit")
}
