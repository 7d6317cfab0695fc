package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// expanded is an answer's body as it was before it was compressed.
func expanded(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if rec.Header().Get("Content-Encoding") == "" {
		return rec.Body.String()
	}
	in, err := gzip.NewReader(bytes.NewReader(rec.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Answers are compressed for whoever takes it, and say the same; what holds
// secrets never is.
func TestCompressed(t *testing.T) {
	b := setup(t)
	var records []string
	for i := range 60 {
		records = append(records, fmt.Sprintf(`{"external_id": "%d", "name": "Ada Number%d", "title": "Engineer"}`, i, i))
	}
	if rec := b.do("POST", "/api/v1/people", `{"records": [`+strings.Join(records, ",")+`]}`); rec.Code != http.StatusOK {
		t.Fatal(rec.Body)
	}
	for i := range 12 { // so that what holds secrets is long enough to be worth it
		if rec := b.do("POST", "/api/v1/tokens", fmt.Sprintf(`{"name": "token-%d", "role": "viewer"}`, i)); rec.Code != http.StatusOK {
			t.Fatal(rec.Body)
		}
	}
	for _, c := range []struct {
		path, coding string
	}{
		{"/api/v1/records?entity=people&limit=60", "gzip"},
		{"/api/v1/export?entity=people", "gzip"},
		{"/api/v1/audiences/all-people/count", ""}, // as short as it is
		{"/api/v1/tokens", ""},
	} {
		packed := b.do("GET", c.path, "", "Accept-Encoding", "gzip, deflate, br, zstd")
		if got := packed.Header().Get("Content-Encoding"); got != c.coding || packed.Code != http.StatusOK {
			t.Errorf("%s: %d, Content-Encoding %q, want %q; %d bytes", c.path, packed.Code, got, c.coding, packed.Body.Len())
		}
		plain := b.do("GET", c.path, "")
		if got := plain.Header().Get("Content-Encoding"); got != "" {
			t.Errorf("%s: %q for who takes none", c.path, got)
		}
		if expanded(t, packed) != plain.Body.String() {
			t.Errorf("%s says something else when it is compressed", c.path)
		}
		if c.coding != "" {
			if 2*packed.Body.Len() > plain.Body.Len() {
				t.Errorf("%s: %d of %d bytes", c.path, packed.Body.Len(), plain.Body.Len())
			}
			if vary := plain.Header().Get("Vary"); !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("%s: Vary %q", c.path, vary)
			}
		}
	}
}

// What is kept under an Idempotency-Key is the answer itself: a repeat may come
// from somebody who takes no compression.
func TestKeptAnswersAreNotCompressed(t *testing.T) {
	b := setup(t)
	var records []string
	for i := range 60 {
		records = append(records, fmt.Sprintf(`{"external_id": "%d", "name": "Ada Number%d"}`, i, i))
	}
	send := func(header ...string) *httptest.ResponseRecorder {
		return b.do("POST", "/api/v1/people", `{"records": [`+strings.Join(records, ",")+`]}`, append(header, "Idempotency-Key", "once")...)
	}
	first, again := send("Accept-Encoding", "gzip"), send()
	if first.Header().Get("Content-Encoding") != "gzip" || again.Header().Get("Content-Encoding") != "" {
		t.Fatalf("%v, then %v", first.Header(), again.Header())
	}
	if again.Header().Get("Idempotent-Replayed") == "" || expanded(t, first) != again.Body.String() {
		t.Fatalf("%q, then %q", expanded(t, first), again.Body)
	}
}

// An event stream arrives as it is written, whatever the browser takes.
func TestEventsAreNotCompressed(t *testing.T) {
	b := setup(t)
	server := httptest.NewServer(b.handler)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	if !lines.Scan() || lines.Text() != ": hello" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("%q, %v", lines.Text(), res.Header)
	}
	if rec := b.do("PUT", "/api/v1/audiences/vips", `{"entity": "people", "where": ""}`); rec.Code != http.StatusOK {
		t.Fatal(rec.Body)
	}
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: ") {
			return
		}
	}
	t.Fatal("no event has arrived", lines.Err())
}
