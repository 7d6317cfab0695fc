package engine_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// vendorAccount is a vendor that tells what is left on the account there.
type vendorAccount struct {
	*vendor
	answer atomic.Value // string: the body; "" for a failure
	asked  atomic.Int64
	hold   chan struct{} // if set, the balance is answered when it is closed
}

func newAccount(t *testing.T, answer string) *vendorAccount {
	t.Helper()
	a := &vendorAccount{vendor: &vendor{}}
	a.answer.Store(answer)
	a.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/balance" {
			a.ServeHTTP(w, r)
			return
		}
		a.asked.Add(1)
		if a.hold != nil {
			select {
			case <-a.hold:
			case <-r.Context().Done():
			}
		}
		body, _ := a.answer.Load().(string)
		if body == "" || r.Header.Get("Authorization") != "Bearer k" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(a.http.Close)
	return a
}

// accountWorld has 30 people and an enrichment that asks the account's vendor
// for them, one unit a call.
func accountWorld(t *testing.T, kind string, a *vendorAccount) *world {
	t.Helper()
	w := newWorld(t, opened(t, storetest.DSN(t, kind)), sandbox.Config{HitRate: 1, Seed: 1})
	w.hosts = []string{a.host()}
	w.e = w.engine()
	yaml := strings.Replace(string(a.definition("vendor", "/v1/find", "")), "operations:",
		"balance: {method: GET, path: /balance, remaining: body.left, unit: credit, every: 1h}\noperations:", 1)
	must(t, w.e.SaveDefinition(t.Context(), admin, []byte(yaml)))
	key := "k"
	must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{Key: &key, UnitCredits: credits(2)}))
	w.people(0, 30, "")
	w.save("ask", askVendor())
	return w
}

func (w *world) vendorBalance() fettle.VendorBalance {
	w.t.Helper()
	est := w.estimate("ask")
	if len(est.VendorBalances) != 1 {
		w.t.Fatalf("balances: %+v", est.VendorBalances)
	}
	return est.VendorBalances[0]
}

// TestAnAccountWithTooLittleLeftIsAsked starts, resumes, and raises a limit
// while the vendor has less left than is wanted.
func TestAnAccountWithTooLittleLeftIsAsked(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, `{"left":12}`)
			w := accountWorld(t, kind, a)
			ctx := t.Context()
			const sentence = "Vendor has 12 credits left, 30 are wanted"
			if b := w.vendorBalance(); !b.Known || *b.Left != 12*fettle.Credit || b.Wanted != 30*fettle.Credit || b.Unit != "credit" {
				t.Errorf("%+v", b)
			}
			if est := w.estimate("ask"); !strings.Contains(strings.Join(est.Warnings, "\n"), sentence) {
				t.Errorf("warnings: %q", est.Warnings)
			}
			asks := func(what string, err error) {
				t.Helper()
				if f := fettle.AsError(err); err == nil || f.Code != fettle.Confirm || f.Message != sentence || f.Hint == "" || f.Details["vendor_balances"] == nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := w.e.Start(ctx, admin, "ask", engine.StartOptions{})
			asks("start", err)

			// A limit that lets less be bought than is left asks nothing.
			w.limit("ask", 20, false)
			if b := w.vendorBalance(); b.Wanted != 10*fettle.Credit || b.Short() {
				t.Errorf("within 20 credits at 2 a unit: %+v", b)
			}
			// What is wanted goes by the limit that is set, not by the one before.
			_, err = w.e.Start(ctx, admin, "ask", engine.StartOptions{})
			must(t, err)
			w.pause("ask")
			_, err = w.e.RaiseAndResume(ctx, admin, "ask", fettle.Limit{Credits: credits(1000)}, engine.StartOptions{})
			asks("raise", err)
			if l := w.show("ask").Limit; *l.Credits != 20*fettle.Credit {
				t.Errorf("the limit was raised although nothing was confirmed: %s", l.Credits.Text())
			}
			w.limit("ask", 1000, false)
			_, err = w.e.Resume(ctx, admin, "ask", engine.StartOptions{})
			asks("resume", err)
			// Both questions are told at once.
			for what, ask := range map[string]func(engine.StartOptions) (fettle.EnrichmentView, error){
				"resume": func(opt engine.StartOptions) (fettle.EnrichmentView, error) {
					return w.e.Resume(ctx, admin, "ask", opt)
				},
				"raise": func(opt engine.StartOptions) (fettle.EnrichmentView, error) {
					return w.e.RaiseAndResume(ctx, admin, "ask", fettle.Limit{Credits: credits(2000)}, opt)
				},
			} {
				_, err := ask(engine.StartOptions{EstimateID: "est-3-6000000"})
				f := fettle.AsError(err)
				if err == nil || f.Code != fettle.Confirm || !strings.Contains(f.Message, "the price has grown") || !strings.Contains(f.Message, sentence) ||
					f.Details["vendor_balances"] == nil || f.Details["estimate"] == nil {
					t.Errorf("%s, with a price that has grown: %v", what, err)
				}
			}
			if n := len(a.seen()); n != 0 {
				t.Errorf("%d calls left although nothing was confirmed", n)
			}
			v, err := w.e.Resume(ctx, admin, "ask", engine.StartOptions{Confirm: true})
			must(t, err)
			if !strings.Contains(v.Message, sentence) {
				t.Errorf("confirmed: %q", v.Message)
			}
			w.work(w.e)
			if v := w.settle("ask"); v.Rows.Found != 30 {
				t.Errorf("%+v", v.Rows)
			}
			if n := a.asked.Load(); n != 1 {
				t.Errorf("asked %d times within the time that an answer is believed", n)
			}
			w.sound()
		})
	}
}

// TestAnAccountThatDoesNotSayBlocksNothing has a vendor fail, and be silent.
func TestAnAccountThatDoesNotSayBlocksNothing(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]bool{"fails": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, "")
			if silent {
				a.hold = make(chan struct{})
				t.Cleanup(func() { close(a.hold) })
			}
			w := accountWorld(t, "sqlite", a)
			begun := time.Now()
			list, err := w.e.Providers(t.Context(), admin)
			must(t, err)
			if d := time.Since(begun); silent && d > 4*time.Second {
				t.Errorf("the list of providers waited for %s", d)
			}
			for _, p := range list {
				if p.Balance != nil {
					t.Errorf("%s has %s left", p.Name, p.Balance.Text())
				}
			}
			if b := w.vendorBalance(); b.Known || b.Left != nil {
				t.Errorf("%+v", b)
			}
			if est := w.estimate("ask"); strings.Contains(strings.Join(est.Warnings, "\n"), "left") {
				t.Errorf("warnings: %q", est.Warnings)
			}
			w.start("ask")
			if n := a.asked.Load(); n != 1 {
				t.Errorf("asked %d times; what does not answer is left alone for a while", n)
			}
			if d := time.Since(begun); d > 30*time.Second {
				t.Errorf("a silent vendor held everything up for %s", d)
			}
			if got := w.e.VendorBalances(); len(got) != 0 {
				t.Errorf("metrics: %v", got)
			}
		})
	}
}

// TestAnotherKeyHasAnotherBalance forgets what was said for the key before.
func TestAnotherKeyHasAnotherBalance(t *testing.T) {
	t.Parallel()
	a := newAccount(t, `{"left":5000}`)
	w := accountWorld(t, "sqlite", a)
	if b := w.vendorBalance(); !b.Known || b.Short() {
		t.Fatalf("%+v", b)
	}
	if got := w.e.VendorBalances(); got["vendor"] != 5000*fettle.Credit {
		t.Errorf("metrics: %v", got)
	}
	list, err := w.e.Providers(t.Context(), admin)
	must(t, err)
	for _, p := range list {
		if p.Name == "vendor" && (p.Balance == nil || *p.Balance != 5000*fettle.Credit) {
			t.Errorf("the list has %v", p.Balance)
		}
	}
	key := "another"
	must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{Key: &key}))
	if got := w.e.VendorBalances(); len(got) != 0 {
		t.Errorf("the balance of the key before is still told: %v", got)
	}
	if b := w.vendorBalance(); b.Known || a.asked.Load() != 2 {
		t.Errorf("%+v after %d askings", b, a.asked.Load())
	}
	key = ""
	must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{Key: &key}))
	_, err = w.e.Providers(t.Context(), admin)
	must(t, err)
	if a.asked.Load() != 2 {
		t.Errorf("asked without a key")
	}
}
