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
	"fettle/notify"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// What happens reaches a channel, also when it is down at first, and the day's
// counts are stored when the process starts.
func TestJobs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		ctx := t.Context()
		var calls atomic.Int64
		var text atomic.Value
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			b, _ := io.ReadAll(r.Body)
			text.Store(string(b))
		}))
		defer hook.Close()
		w := newWorld(t, db, sandbox.Defaults())
		cfg := w.config()
		cfg.Jobs, cfg.AllowHosts = true, []string{strings.TrimPrefix(hook.URL, "http://")}
		e, err := engine.New(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.e = e
		address := hook.URL + "/hook"
		if _, err := e.Channels.Add(ctx, admin, "team", notify.Input{Slack: &address}); err != nil {
			t.Fatal(err)
		}
		w.people(0, 6, "Engineer")
		w.save("work-email", findEmail(fettle.AllPeople, 5))
		w.work(e)
		w.start("work-email")
		if v := w.settle("work-email"); v.PauseReason != fettle.PausedByLimit {
			t.Fatalf("%+v", v)
		}
		for end := time.Now().Add(patience); time.Now().Before(end) && text.Load() == nil; {
			time.Sleep(50 * time.Millisecond)
		}
		if s, _ := text.Load().(string); !strings.HasPrefix(s, `{"text":"`) || !strings.Contains(s, "work-email") {
			t.Errorf("posted %q", s)
		}
		for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			var stored map[string][]fettle.HubDay
			if err := db.View(ctx, func(tx *store.Tx) (err error) {
				stored, err = tx.HubDays(ctx, store.HubKey(fettle.People, 0), fettle.DayOf(time.Now().AddDate(0, 0, -1)))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(stored["name"]) == 1 && stored["name"][0].Records == 6 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("stored %+v", stored)
			}
		}
	})
}

func TestAWrongMailServerIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	cfg := w.config()
	cfg.SMTP = "mail.example.com"
	_, err := engine.New(t.Context(), cfg)
	refused(t, err, fettle.Invalid, "mail server")
}
