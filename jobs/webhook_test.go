package jobs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
)

func TestPosterSpeaksToSlack(t *testing.T) {
	var body, kind string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, kind = string(b), r.Header.Get("Content-Type")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	deliver, err := Poster(srv.Client(), srv.URL+"/services/T0/secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := deliver(t.Context(), `work-email is paused: "limit" <1,000>`); err != nil {
		t.Fatal(err)
	}
	if want := `{"text":"work-email is paused: \"limit\" \u003c1,000\u003e"}`; body != want || kind != "application/json" {
		t.Errorf("posted %s as %s", body, kind)
	}
}

func TestPosterHidesTheAddress(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	address := srv.URL + "/services/secret"
	deliver, err := Poster(srv.Client(), address)
	if err != nil {
		t.Fatal(err)
	}
	refused := deliver(t.Context(), "x")
	srv.Close()
	gone := deliver(t.Context(), "x")
	for _, err := range []error{refused, gone} {
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
	if _, err := Poster(http.DefaultClient, "hooks.example.com/x"); fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("an address without https: %v", err)
	}
}
