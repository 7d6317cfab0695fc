package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAFileThatFailedIsTriedAgain has a file not come, come with a bad line, and come
// right, and two processes look at each time: what may pass is tried again within the
// day, what is wrong with the file only when it has changed, and nothing is imported
// twice.
func TestAFileThatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m := &fileServer{}
		m.secret.Store("")
		m.status.Store(http.StatusBadGateway)
		m.content.Store(crmPeople)
		server := httptest.NewServer(m)
		t.Cleanup(server.Close)
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.hosts = append(w.hosts, strings.TrimPrefix(server.URL, "http://"))
		one, two := w.engine(), w.engine()
		w.e = one
		w.applies(strings.Replace(strings.Replace(crmFile, "every: 1d", "every: 30d, from: "+string(fettle.DayOf(time.Now().AddDate(0, 0, 10))), 1), "path: crm/people.csv", fmt.Sprintf("url: %q", server.URL+"/people.csv"), 1))
		w.work(one)
		w.work(two)
		var id int64
		must(t, db.View(ctx, func(tx *store.Tx) error {
			all, err := tx.Sources(ctx)
			id = all[0].ID
			return err
		}))
		// comes lets its time come, and two processes look at once.
		comes := func(scheduled bool) fettle.SourceView {
			t.Helper()
			w.exec("UPDATE source_files SET next_us = 1")
			if scheduled {
				w.exec("UPDATE source_files SET tries = 0")
			}
			var all sync.WaitGroup
			for _, e := range []*engine.Engine{one, two} {
				all.Go(func() {
					if err := e.TickSource(ctx, id); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			return w.sourceNow()
		}
		within := func(v fettle.SourceView, what string, tries int64, most time.Duration) {
			t.Helper()
			if in := time.Until(*v.Read.NextAt); v.Read.Tries != tries || in > most || in < most-time.Minute || v.Read.Outcome != fettle.FileFailed {
				t.Errorf("%s: %+v, in %s", what, v.Read, in)
			}
		}
		atItsTime := func(v fettle.SourceView, what string) {
			t.Helper()
			if v.Read.Tries != 0 || time.Until(*v.Read.NextAt) < 5*time.Hour {
				t.Errorf("%s: %+v", what, v.Read)
			}
		}
		within(comes(true), "502", 1, 5*time.Minute)
		within(comes(false), "502 again", 2, 10*time.Minute)
		m.status.Store(http.StatusNotFound)
		within(comes(false), "not there yet", 3, 20*time.Minute)
		if n := w.notified("source_failing"); n != 1 || !w.saidOf("tried again in 5m") {
			t.Errorf("told %d times", n)
		}
		m.status.Store(http.StatusForbidden) // somebody has to do something
		atItsTime(comes(false), "403")

		m.status.Store(0)
		m.content.Store(crmPeople + "3,Cid,cid@acme.com,VP,x,y,z\n")
		told := w.notified("source_failing")
		within(comes(true), "a bad line", 1, 5*time.Minute)
		before := w.sourceNow()
		within(comes(false), "the same bad line", 2, 10*time.Minute)
		if v := w.sourceNow(); v.Bodies != before.Bodies || v.Detail != before.Detail || m.bodies.Load() != 1 {
			t.Errorf("it was looked through again: %+v, %d bodies", v, m.bodies.Load())
		}
		if n := w.notified("source_failing"); n != told+1 || !w.saidOf("read again when it has changed") {
			t.Errorf("a bad line is told %d times", n-told)
		}
		m.status.Store(http.StatusBadGateway)
		within(comes(false), "and then it does not come", 3, 20*time.Minute)
		m.status.Store(0)
		within(comes(false), "and comes as it was", 4, 40*time.Minute)
		m.content.Store(crmPeople)
		v := comes(false)
		if atItsTime(v, "put right"); v.Detail != "" || v.Read.Outcome != fettle.FileImported || v.Read.Rows != 2 {
			t.Errorf("put right: %+v", v)
		}
		atItsTime(comes(true), "the same")
		m.content.Store(crmPeople + "3,Cid,cid@acme.com,VP,x,y,z\n")
		within(comes(true), "bad again", 1, 5*time.Minute)
		m.content.Store(crmPeople)
		if v := comes(false); v.Read.Outcome != fettle.FileUnchanged || v.Detail != "" {
			t.Errorf("as it was imported: %+v", v)
		}
		if n := len(w.importsOf()); n != 1 {
			t.Errorf("%d imports", n)
		}
	})
}

// saidOf reports whether a notification has a text in it.
func (w *world) saidOf(text string) bool {
	w.t.Helper()
	all, err := w.e.Notifications(w.t.Context(), admin, false)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range all {
		if strings.Contains(n.Message, text) {
			return true
		}
	}
	return false
}
