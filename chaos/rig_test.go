//go:build linux

package chaos_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

var admin = fettle.Actor{Name: "ann", Role: fettle.Admin}

// rig is a workspace, the processes that work on it, the simulated provider,
// and an observer: an engine of the test's own that makes no call and that
// nobody attacks.
type rig struct {
	t       *testing.T
	bin     string
	kind    string
	dsn     string // for the processes
	books   string // the simulated provider's address
	lease   time.Duration
	workers []*process
	db      *store.DB
	e       *engine.Engine
	hired   int // people imported so far
}

// newRig makes a rig on the workspace at dsn, whose provider is started with
// the given flags.
func newRig(t *testing.T, a attack, dsn string, lease time.Duration, provides ...string) *rig {
	t.Helper()
	r := &rig{t: t, bin: a.bin, kind: a.kind, dsn: dsn, lease: lease}
	r.books = start(t, a.bin, append([]string{"sandbox", "--addr", "127.0.0.1:0"}, provides...)...).address(t)
	var err error
	if r.db, err = store.Open(t.Context(), dsn, quiet()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.db.Close() })
	defs, err := catalog.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	var providers []provider.Provider
	for _, d := range defs {
		providers = append(providers, declarative.New(d))
	}
	r.e, err = engine.New(t.Context(), engine.Config{DB: r.db, Log: quiet(), Providers: providers, Sandbox: r.books, SecretKey: secretKey()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// worker starts a process that makes calls. On SQLite that is a server: only
// there several work on one file.
func (r *rig) worker() *process {
	r.t.Helper()
	args := []string{"worker"}
	if r.kind == storetest.SQLite {
		args = []string{"serve", "--addr", "127.0.0.1:0"}
	}
	return start(r.t, r.bin, append(args, "--db", r.dsn, "--sandbox", r.books, "--lease", r.lease.String())...)
}

// staff starts n workers.
func (r *rig) staff(n int) {
	r.t.Helper()
	for range n {
		r.workers = append(r.workers, r.worker())
	}
}

// dismiss lets every worker land its calls and end.
func (r *rig) dismiss() {
	r.t.Helper()
	for _, p := range r.workers {
		p.signal(syscall.SIGTERM)
	}
	for _, p := range r.workers {
		p.end(r.t)
	}
	r.workers = nil
}

// must does what has to go well, again while the database is away.
func (r *rig) must(what string, do func() error) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := do()
		switch {
		case err == nil:
			return
		case r.t.Context().Err() != nil, time.Now().After(end), fettle.CodeOf(err) == fettle.Refused, fettle.CodeOf(err) == fettle.Invalid:
			r.t.Fatalf("%s: %v", what, err)
		}
	}
}

// hire imports n people.
func (r *rig) hire(n int) {
	r.t.Helper()
	for n > 0 {
		rows := make([]map[string]any, min(n, engine.MaxUpsert))
		for i := range rows {
			k := strconv.Itoa(r.hired + i)
			rows[i] = map[string]any{"external_id": "p" + k, "name": "Person Number" + k, "company_domain": "company" + k + ".com"}
		}
		r.must("import", func() error {
			_, err := r.e.UpsertRecords(r.t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "csv", Rows: rows, Confirm: true})
			return err
		})
		r.hired += len(rows)
		n -= len(rows)
	}
}

func credits(n int64) *fettle.Credits {
	c := fettle.Credits(n) * fettle.Credit
	return &c
}

func (r *rig) save(name string, def fettle.Definition) {
	r.t.Helper()
	r.must("save", func() error {
		_, err := r.e.SaveEnrichment(r.t.Context(), admin, name, def)
		return err
	})
}

func (r *rig) goLive(name string) {
	r.t.Helper()
	r.must("start "+name, func() error {
		_, err := r.e.Start(r.t.Context(), admin, name, engine.StartOptions{})
		return err
	})
}

func (r *rig) show(name string) (v fettle.EnrichmentView) {
	r.t.Helper()
	r.must("show "+name, func() (err error) {
		v, err = r.e.Enrichment(r.t.Context(), admin, name)
		return err
	})
	return v
}

// until waits for an enrichment to be as it should.
func (r *rig) until(name string, patience time.Duration, ok func(fettle.EnrichmentView) bool) fettle.EnrichmentView {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		v := r.show(name)
		if ok(v) {
			return v
		}
		if time.Now().After(end) {
			for _, p := range r.workers {
				r.t.Logf("%s", p.out.last())
			}
			r.t.Fatalf("%s does not get there: %+v", name, v)
		}
	}
}

// through reports whether an enrichment has nothing left to do by itself.
func through(v fettle.EnrichmentView) bool {
	return !v.Planning && v.InFlight == 0 && v.RemainingRows == v.HeldRows
}

// findEmail is an enrichment of one call a person, at one credit.
func findEmail(limit int64) fettle.Definition {
	return fettle.Definition{
		Audience: []string{fettle.AllPeople},
		Steps:    []fettle.Step{{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": "name", "company_domain": "company_domain"}}},
		Outputs:  fettle.Outputs{{Name: "email", Field: "email"}}, Follow: true, Limit: &fettle.Limit{Credits: credits(limit)},
	}
}

// get asks the simulated provider.
func (r *rig) get(path string, out any) {
	r.t.Helper()
	resp, err := http.Get(r.books + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, json.Unmarshal(body, out)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) provided() (b sandbox.Books) {
	r.t.Helper()
	r.get("/books", &b)
	return b
}

// call is one call as the provider saw it.
type call struct {
	N         int64             `json:"n"`
	Operation string            `json:"operation"`
	Key       string            `json:"key"`
	Input     map[string]string `json:"input"`
	Billed    fettle.Credits    `json:"billed_credits"`
	Outcome   string            `json:"outcome"`
}

func (r *rig) calls() []call {
	r.t.Helper()
	var out []call
	for after := int64(0); ; {
		var page struct {
			Calls []call `json:"calls"`
			Next  int64  `json:"next"`
			More  bool   `json:"more"`
		}
		r.get(fmt.Sprintf("/calls?limit=10000&after=%d", after), &page)
		out = append(out, page.Calls...)
		if after = page.Next; !page.More {
			return out
		}
	}
}

// sound fails the test unless the audit is sound, as the command says it too.
func (r *rig) sound() {
	r.t.Helper()
	r.must("audit", func() error {
		a, err := r.e.Audit(r.t.Context(), admin)
		for _, c := range a.Checks {
			if !c.OK {
				r.t.Errorf("audit %s: %s", c.Name, c.Detail)
			}
		}
		return err
	})
	if code, out := run(r.t, r.bin, "audit", "--db", r.dsn, "--sandbox", r.books); code != 0 {
		r.t.Errorf("fettle audit exits with %d\n%s", code, out)
	}
}

// seeded gives a source of chance of one part of a run.
func seeded(seed uint64, part string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(part) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}
