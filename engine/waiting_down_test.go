package engine_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAProviderThatIsDownIsNamedByOthers has another process make the calls,
// and hold them back, since the provider answers none: the one that is asked
// says so, not that another process knows.
func TestAProviderThatIsDownIsNamedByOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var calls atomic.Int64
		held := make(chan struct{})
		w := between(t, db, sandbox.Config{Rate: 20, Seed: 1}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasSuffix(r.URL.Path, "/capabilities") {
					next.ServeHTTP(rw, r)
					return
				}
				if calls.Add(1) > 6 { // enough for the breaker, too few for a pause
					<-held
				}
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(http.StatusInternalServerError)
				_, _ = rw.Write([]byte(`{"error": {"code": "not_billed"}}`))
			})
		})
		w.people(0, 200, "x")
		w.save("emails", findEmail(fettle.AllPeople, 5000))
		w.work(w.engine())
		t.Cleanup(func() { close(held) })
		w.start("emails")
		for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			v := w.show("emails")
			if len(v.WaitingFor) > 0 && v.WaitingFor[0].Reason == fettle.WaitsProvider {
				if !strings.Contains(v.WaitingFor[0].Detail, "sandbox does not answer") {
					t.Errorf("it says %q", v.WaitingFor[0].Detail)
				}
				return
			}
			if time.Now().After(end) || v.State != fettle.Live {
				t.Fatalf("%s, waiting for %+v", v.State, v.WaitingFor)
			}
		}
	})
}
