package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"fettle/provider/sandbox"
)

// TestInsideIsAskedWithoutANetwork asks a sandbox in this process, under any
// address: what it answers is in its books, and a call that is given up counts as
// sent.
func TestInsideIsAskedWithoutANetwork(t *testing.T) {
	s := sandbox.Inside()
	ask := func(ctx context.Context, address string) (status int, body string, sent bool, err error) {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent = true }})
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/v1/find_email", strings.NewReader(`{"full_name":"Ada Lovelace","company_domain":"acme.com"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			return 0, "", sent, err
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		return resp.StatusCode, string(b), sent, err
	}
	for _, address := range []string{sandbox.Address, "https://api.hunter.io", "http://127.0.0.1:1"} {
		if status, body, sent, err := ask(t.Context(), address); err != nil || status != http.StatusOK || !sent || !strings.Contains(body, `"found"`) {
			t.Errorf("%s: %d %s, sent %t, %v", address, status, body, sent, err)
		}
	}
	hurried, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, _, sent, err := ask(hurried, sandbox.Address); err == nil || !sent {
		t.Errorf("given up: sent %t, %v", sent, err)
	}
	if b := s.Books(); b.Calls != 4 || b.InFlight != 0 {
		t.Errorf("books: %+v", b)
	}
}
