package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// TestAHookSaysWhatItTakesBesides: whoever sends knows how fast it may, before it is
// turned away.
func TestAHookSaysWhatItTakesBesides(t *testing.T) {
	b := setup(t)
	docs, err := json.Marshal(map[string]string{"documents": `apiVersion: fettle/v1
kind: Source
name: web-forms
entity: people
each: body.leads
fields: {name: body.name, email: body.email}
---
apiVersion: fettle/v1
kind: Signal
name: raised
entity: people
type: funding
detect: posted
to: {title: body.title}
hook: {match: {email: body.email}}
`})
	if err != nil {
		t.Fatal(err)
	}
	if rec := b.do("POST", "/api/v1/apply", string(docs)); rec.Code != http.StatusOK {
		t.Fatalf("apply: %d %s", rec.Code, rec.Body)
	}
	for _, c := range []struct{ token, address, body string }{
		{"/api/v1/sources/web-forms/token", "/hooks/web-forms", `{"leads": [{"name": "Ann Lee", "email": "ann@acme.com"}]}`},
		{"/api/v1/signal-rules/raised/token", "/api/v1/hooks/raised", `{"email": "ann@acme.com", "title": "VP"}`},
	} {
		var made struct{ Token string }
		if err := json.Unmarshal(b.do("POST", c.token, "").Body.Bytes(), &made); err != nil {
			t.Fatal(err)
		}
		for sent := 1; sent <= 2; sent++ {
			rec := b.do("POST", c.address, c.body, "Authorization", "Bearer "+made.Token)
			h, left := rec.Header(), fmt.Sprintf(`"hook";r=%d;t=60`, 600-sent)
			if rec.Code != http.StatusOK || h.Get("RateLimit-Policy") != `"hook";q=600;w=60` || h.Get("RateLimit") != left {
				t.Errorf("%s: %d, %q and %q, want %q: %s", c.address, rec.Code, h.Get("RateLimit-Policy"), h.Get("RateLimit"), left, rec.Body)
			}
		}
	}
}
