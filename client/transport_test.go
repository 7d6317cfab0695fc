package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/client"
)

func inProcess(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	c, err := client.New(client.InProcess, "secret", client.Handler(h))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrorsComeBackAsTheyWere(t *testing.T) {
	c := inProcess(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"type":"about:blank","title":"Conflict","status":409,"detail":"it is live","code":"refused","hint":"Pause it first.","details":{"rows":7}}`)
	})
	_, err := c.Enrichment(t.Context(), "work-email")
	e := fettle.AsError(err)
	if e.Code != fettle.Refused || e.Message != "it is live" || e.Hint != "Pause it first." || e.Details["rows"] != 7.0 {
		t.Errorf("got %+v", e)
	}
}

func TestWhatIsNotOursIsNotTaken(t *testing.T) {
	for status, code := range map[int]fettle.Code{404: fettle.NotFound, 401: fettle.Unsigned, 403: fettle.NotAllowed, 500: fettle.Internal, 502: fettle.Unavailable} {
		c := inProcess(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>a proxy</html>")
		})
		if _, err := c.Credits(t.Context()); fettle.CodeOf(err) != code {
			t.Errorf("%d gives %v", status, err)
		}
	}
}

func TestRequestsCarryTokenKeyAndPath(t *testing.T) {
	var got *http.Request
	var body map[string]any
	c := inProcess(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_ = json.NewDecoder(r.Body).Decode(&body)
		_, _ = io.WriteString(w, `{"granted_credits":"5"}`)
	})
	if _, err := c.Grant(t.Context(), 5*fettle.Credit, "start", "k1"); err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Authorization") != "Bearer secret" || got.Header.Get("Idempotency-Key") != "k1" || got.URL.Path != "/api/v1/credits/grants" {
		t.Errorf("request %s %v", got.URL, got.Header)
	}
	if body["credits"] != "5" {
		t.Errorf("body %v", body)
	}
	if _, err := c.Enrichment(t.Context(), "a/../b?c"); err != nil {
		t.Fatal(err)
	}
	if got.URL.EscapedPath() != "/api/v1/enrichments/a%2F..%2Fb%3Fc" {
		t.Errorf("a name leaves its place in the path: %s", got.URL.EscapedPath())
	}
}

// TestAnswersStream reads a line before the handler has written the next one.
func TestAnswersStream(t *testing.T) {
	next := make(chan struct{})
	rt := client.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "one")
		<-next
		_, _ = fmt.Fprintln(w, "two")
	}))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, client.InProcess, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	in := bufio.NewReader(resp.Body)
	if line, err := in.ReadString('\n'); err != nil || line != "one\n" {
		t.Fatalf("%q %v", line, err)
	}
	close(next)
	if rest, err := io.ReadAll(in); err != nil || string(rest) != "two\n" {
		t.Errorf("%q %v", rest, err)
	}
}

func TestClosingEarlyEndsTheHandler(t *testing.T) {
	ended := make(chan error, 1)
	rt := client.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello")
		<-r.Context().Done()
		_, err := io.WriteString(w, "more")
		ended <- err
	}))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, client.InProcess, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the handler could still write")
		}
	case <-time.After(5 * time.Second):
		t.Error("the handler was not told")
	}
}

func TestAHandlerThatAborts(t *testing.T) {
	c := inProcess(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half,a,file\n")
		panic(http.ErrAbortHandler)
	})
	var out strings.Builder
	if err := c.Export(t.Context(), "all-people", nil, client.ExportOptions{}, &out); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("half a file is taken for a whole one: %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := inProcess(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Credits(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefusesWhatIsNoAddress(t *testing.T) {
	for _, s := range []string{"", "localhost:7070", "ftp://host", "http://"} {
		if _, err := client.New(s, "", nil); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestUnreachable(t *testing.T) {
	c, err := client.New("http://127.0.0.1:1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Credits(t.Context()); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("got %v", err)
	}
}
