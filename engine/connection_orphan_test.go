package engine_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestACallIsSentAgainThroughItsOwnConnectionAlone has a process taken for dead with
// calls under way, of a step that asks through another connection since. The account
// of that connection does not know the calls' keys: sent there, each would be a
// second purchase. They are unknown until their answers come.
func TestACallIsSentAgainThroughItsOwnConnectionAlone(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			const people = 4
			s := &shop{keys: map[string][]string{}}
			arrived, answer := make(chan struct{}, 2*people), make(chan struct{})
			s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := &bytes.Buffer{}
				_, _ = body.ReadFrom(r.Body)
				r.Body = io.NopCloser(body) // read whole: an answer that is held holds no connection's body
				arrived <- struct{}{}
				<-answer
				s.ServeHTTP(w, r)
			}))
			t.Cleanup(s.http.Close)
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1})
			w.hosts = []string{s.host()}
			w.e = w.engine()
			text := (&vendor{http: s.http}).definition("vendor", "/v1/find", "")
			text = bytes.Replace(text, []byte("is: found}\n"), []byte("is: found}\n      - {when: \"resp.status == 200\", is: not_found}\n"), 1)
			must(t, w.e.SaveDefinition(t.Context(), admin, bytes.Replace(text, []byte("{mode: none}"), []byte("{mode: key}"), 1)))
			w.connect("vendor", "one", "")
			w.connect("vendor@second", "two", "")
			w.people(0, people, "")
			d := w.askThrough("vendor/find@second", "f1")
			w.save("ask", d)
			second := w.colleague(dsn)
			w.work(w.e)
			w.start("ask")
			for range people {
				select {
				case <-arrived:
				case <-time.After(patience):
					t.Fatal("the calls do not arrive")
				}
			}
			w.pause("ask")
			d.Steps[0].Provider = "vendor/find"
			_, err := second.SaveEnrichment(t.Context(), admin, "ask", d)
			must(t, err)
			w.loseEverybody()
			w.work(second)
			_, err = second.Resume(t.Context(), admin, "ask", engine.StartOptions{})
			must(t, err)
			v := w.until("ask", func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == people || len(arrived) > 0 })
			if len(arrived) > 0 {
				t.Errorf("sent again through another connection: %+v", v.Rows)
			}
			if err := w.e.RemoveConnection(t.Context(), admin, "vendor@second"); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "4 calls") {
				t.Errorf("a connection whose calls may have been billed is taken away: %v", err)
			}
			close(answer)
			w.until("ask", func(v fettle.EnrichmentView) bool { return v.UnknownCredits == 0 && v.InFlight == 0 })
			calls, twice := s.asked()
			if calls["two"] != people || calls["one"] != 0 || len(twice) > 0 {
				t.Errorf("calls by key %v, twice about %v", calls, twice)
			}
			w.sound()
		})
	}
}
