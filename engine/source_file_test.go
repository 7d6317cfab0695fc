package engine_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

const crmFile = `
apiVersion: fettle/v1
kind: Source
name: crm
entity: people
file: {path: crm/people.csv, schedule: {every: 1d, at: "06:00", zone: Europe/Berlin}, map: {Job: title}, skip: [Notes]}
`

const crmPeople = "Record ID,Name,Email,Job,Notes\n1,Ann Lee,ann@acme.com,VP,x\n2,Bob Roe,bob@acme.com,CTO,y\n"

// reader makes another process that reads files as schedules say.
func (w *world) reader() (stop func()) {
	w.t.Helper()
	cfg := w.config()
	cfg.Jobs = true
	e, err := engine.New(w.t.Context(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.work(e)
}

func (w *world) put(path, content string) {
	w.t.Helper()
	at := filepath.Join(w.inbox, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(at+".part", []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(at+".part", at); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) applies(yaml string) {
	w.t.Helper()
	if _, err := w.e.Apply(w.t.Context(), admin, []byte(yaml), true); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sourceNow() fettle.SourceView {
	w.t.Helper()
	all, err := w.e.Sources(w.t.Context(), admin)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("the sources are %+v, %v", all, err)
	}
	return all[0]
}

// ticks lets the time of the schedule come and waits until the file was read.
func (w *world) ticks() fettle.SourceView {
	w.t.Helper()
	before := w.sourceNow().Bodies
	w.exec("UPDATE source_files SET next_us = 1, tries = 0")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if v := w.sourceNow(); v.Bodies > before && !v.Read.Reading {
			return v
		}
	}
	w.t.Fatalf("it was not read: %+v", w.sourceNow())
	return fettle.SourceView{}
}

func (w *world) importsOf() []fettle.ImportView {
	w.t.Helper()
	all, err := w.e.Imports(w.t.Context(), admin)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestAFileIsReadOnASchedule reads a file at its ticks: what is new is imported once,
// what is the same is not, and whatever is wrong with it writes nothing, is told once,
// and holds up no later tick.
func TestAFileIsReadOnASchedule(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.applies(crmFile)
		if v := w.sourceNow(); v.Read == nil || v.Read.NextAt == nil || v.Read.NextAt.Before(time.Now()) || v.LastAt != nil {
			t.Fatalf("declared: %+v", v)
		}
		w.reader()
		if v := w.ticks(); v.Read.Outcome != fettle.FileFailed || !strings.Contains(v.Detail, "no file crm/people.csv") || v.Read.NextAt.Before(time.Now()) {
			t.Errorf("without the file: %+v", v)
		}
		w.put("crm/people.csv", crmPeople)
		v := w.ticks()
		if v.Read.Outcome != fettle.FileImported || v.Read.Rows != 2 || v.Records != 2 || v.Detail != "" {
			t.Fatalf("the file: %+v %+v", v, v.Read)
		}
		all := w.importsOf()
		if len(all) != 1 || all[0].Source != "crm" || all[0].Created != 2 || all[0].ID != v.Read.Import {
			t.Fatalf("the import: %+v", all)
		}
		if v := w.ticks(); v.Read.Outcome != fettle.FileUnchanged || len(w.importsOf()) != 1 || v.Read.Import != all[0].ID {
			t.Errorf("the same again: %+v, %d imports", v.Read, len(w.importsOf()))
		}
		for what, c := range map[string]struct{ content, says string }{
			"a column is gone":   {"Record ID,Name,Email,Notes\n3,Cid Roe,cid@acme.com,z\n", "no longer there: \"Job\""},
			"a column is new":    {strings.Replace(crmPeople, "Notes", "Notes,More", 1), "new: \"More\""},
			"a line is no row":   {crmPeople + "4,Dora,dora@acme.com,VP,x,y,z\n", "line 4 cannot be imported"},
			"there is no table":  {"", ""},
			"it is another page": {"<!doctype html>\n<p>Sign in</p>\n", "is a web page"},
		} {
			told := w.notified("source_failing")
			w.put("crm/people.csv", c.content)
			if v := w.ticks(); v.Read.Outcome != fettle.FileFailed || !strings.Contains(v.Detail, c.says) || v.Detail == "" || w.notified("source_failing") != told+1 {
				t.Errorf("%s: %+v %q, told %d", what, v.Read, v.Detail, w.notified("source_failing")-told)
			}
			if v := w.ticks(); v.Read.Outcome != fettle.FileFailed || w.notified("source_failing") != told+1 {
				t.Errorf("%s, again: told %d times", what, w.notified("source_failing")-told)
			}
			if n := len(w.importsOf()); n != 1 {
				t.Fatalf("%s: %d imports", what, n)
			}
		}
		flows, err := w.e.Flows(ctx, admin)
		if err != nil || len(flows) != 1 || flows[0].Kind != fettle.FlowScheduled || flows[0].State != "failing" || flows[0].NextAt == nil || flows[0].Error == "" || flows[0].Rows != 2 {
			t.Errorf("the list says %+v, %v", flows, err)
		}
		w.put("crm/people.csv", strings.Replace(crmPeople, "CTO", "CEO", 1))
		if v := w.ticks(); v.Read.Outcome != fettle.FileImported || v.Detail != "" || w.importsOf()[0].Updated != 1 {
			t.Errorf("put right: %+v", v)
		}
	})
}

// TestAFileIsReadNow reads a file when somebody says so: a dry run writes nothing,
// what was taken back comes again, and other columns are taken where that is said.
func TestAFileIsReadNow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.applies(crmFile)
		w.put("crm/people.csv", crmPeople)
		read := func(how engine.ReadingInput) fettle.SourceReading {
			t.Helper()
			v, err := w.e.ReadSource(ctx, editor, "crm", how)
			if err != nil || v.Import == nil {
				t.Fatal(v, err)
			}
			return v
		}
		if v := read(engine.ReadingInput{DryRun: true}); v.Import.Created != 2 || len(w.importsOf()) != 0 || w.sourceNow().LastAt != nil {
			t.Errorf("dry: %+v", v.Import)
		}
		first := read(engine.ReadingInput{})
		if _, err := w.e.UndoImport(ctx, admin, first.Import.ID); err != nil {
			t.Fatal(err)
		}
		w.reader()
		if v := w.ticks(); v.Read.Outcome != fettle.FileUnchanged {
			t.Errorf("what was taken back came again by itself: %+v", v.Read)
		}
		if v := read(engine.ReadingInput{}); v.Import.Created != 2 {
			t.Errorf("read again: %+v", v.Import)
		}
		w.put("crm/people.csv", strings.Replace(crmPeople, "Notes", "Remarks", 1))
		if _, err := w.e.ReadSource(ctx, editor, "crm", engine.ReadingInput{}); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("other columns are taken: %v", err)
		}
		w.applies(strings.Replace(crmFile, "Notes", "Remarks", 1))
		if v := w.ticks(); v.Read.Outcome != fettle.FileImported {
			t.Errorf("the mapping was corrected: %+v %s", v.Read, v.Detail)
		}
		w.put("crm/people.csv", strings.Replace(crmPeople, "Notes", "Remarks,More", 1))
		read(engine.ReadingInput{NewColumns: true})
	})
}

// TestOneProcessReadsATick has a second process look at a source while the first one
// reads it, after a week in which nobody did and a reader was lost.
func TestOneProcessReadsATick(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &fileServer{hold: make(chan struct{})}
		s.content.Store(crmPeople)
		s.secret.Store("")
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.hosts = append(w.hosts, strings.TrimPrefix(server.URL, "http://"))
		w.e = w.engine()
		w.applies(strings.Replace(strings.Replace(crmFile, `every: 1d, at: "06:00"`, "every: 1h", 1), "path: crm/people.csv", fmt.Sprintf("url: %q", server.URL+"/people.csv"), 1))
		w.exec(fmt.Sprintf("UPDATE source_files SET next_us = %d, worker_id = 77777", time.Now().Add(-7*24*time.Hour).UnixMicro()))
		var due []int64
		live := func() (workers int) {
			t.Helper()
			must(t, db.View(ctx, func(tx *store.Tx) (err error) {
				all, err := tx.LiveWorkers(ctx)
				workers = len(all)
				return err
			}))
			return workers
		}
		must(t, db.View(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.DueSourceFiles(ctx, time.Now().UnixMicro())
			return err
		}))
		if len(due) != 1 {
			t.Fatalf("due are %v", due)
		}
		w.reader()
		w.comes("the first process reads", func() bool { return s.asked.Load() == 1 })
		second := w.engine()
		w.work(second)
		w.comes("the second process lives", func() bool { return live() == 2 })
		must(t, second.TickSource(ctx, due[0]))
		if n := s.asked.Load(); n != 1 {
			t.Errorf("the file was asked for %d times", n)
		}
		close(s.hold)
		w.comes("it was read", func() bool { return w.sourceNow().Bodies > 0 })
		must(t, second.TickSource(ctx, due[0]))
		if v := w.sourceNow(); v.Bodies != 1 || len(w.importsOf()) != 1 || v.Read.Rows != 2 || v.Read.NextAt.Before(time.Now()) {
			t.Errorf("%d readings, %d imports, %+v", v.Bodies, len(w.importsOf()), v.Read)
		}
	})
}

// comes waits until something is so.
func (w *world) comes(what string, so func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// fileServer is a server of one file that knows an ETag and wants a secret.
type fileServer struct {
	content, secret atomic.Value
	bodies, asked   atomic.Int64
	status          atomic.Int64  // of each answer; 0: that of the file
	hold            chan struct{} // the first who asks waits for it; nil: nobody does
}

func (s *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.asked.Add(1) == 1 && s.hold != nil {
		<-s.hold
	}
	content := s.content.Load().(string)
	tag := fmt.Sprintf(`"%d"`, len(content))
	switch {
	case r.URL.Path == "/moved":
		http.Redirect(w, r, "/people.csv", http.StatusFound)
	case s.status.Load() != 0:
		w.WriteHeader(int(s.status.Load()))
	case r.Header.Get("X-Key") != s.secret.Load().(string):
		w.WriteHeader(http.StatusForbidden)
	case r.Header.Get("If-None-Match") == tag:
		w.WriteHeader(http.StatusNotModified)
	default:
		s.bodies.Add(1)
		w.Header().Set("ETag", tag)
		_, _ = w.Write([]byte(content))
	}
}

// TestAFileIsFetched fetches a file with a secret that is for one server, asks for it
// no second time where it is unchanged, follows nothing that points elsewhere, and
// asks no private address that nobody allowed.
func TestAFileIsFetched(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &fileServer{}
		s.content.Store(crmPeople)
		s.secret.Store("s3cret")
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.hosts = append(w.hosts, u.Host)
		w.e = w.engine()
		from := func(address string) string {
			return strings.Replace(crmFile, "path: crm/people.csv", fmt.Sprintf("url: %q, header: X-Key", address), 1)
		}
		w.applies(from(server.URL + "/people.csv?list=1"))
		w.reader()
		if v := w.ticks(); !strings.Contains(v.Detail, "answered 403") || v.Read.HasSecret {
			t.Errorf("without the secret: %+v", v)
		}
		if v, err := w.e.SetSource(ctx, admin, "crm", "s3cret"); err != nil || !v.Read.HasSecret {
			t.Fatal(v, err)
		}
		if v := w.ticks(); v.Read.Outcome != fettle.FileImported || v.Read.Rows != 2 || w.importsOf()[0].File != "people.csv" {
			t.Fatalf("fetched: %+v %s", v.Read, v.Detail)
		}
		bodies, asked := s.bodies.Load(), s.asked.Load()
		if v := w.ticks(); v.Read.Outcome != fettle.FileUnchanged || s.bodies.Load() != bodies || s.asked.Load() != asked+1 {
			t.Errorf("unchanged: %+v, %d bodies more", v.Read, s.bodies.Load()-bodies)
		}
		w.applies(from(server.URL + "/moved"))
		if v := w.ticks(); !strings.Contains(v.Detail, "is at "+server.URL+"/people.csv now") {
			t.Errorf("moved: %q", v.Detail)
		}
		before := s.asked.Load()
		var reached atomic.Int64
		private := httptest.NewUnstartedServer(s)
		private.Config.ConnState = func(net.Conn, http.ConnState) { reached.Add(1) }
		private.StartTLS()
		t.Cleanup(private.Close)
		w.applies(from(private.URL + "/people.csv"))
		if v := w.ticks(); v.Read.HasSecret || !strings.Contains(v.Detail, "could not be reached") || reached.Load() != 0 {
			t.Errorf("a private address, and another than the secret's: %+v %q, reached %d times", v.Read, v.Detail, reached.Load())
		}
		w.applies(from("http://files.acme.example/people.csv"))
		if v := w.ticks(); !strings.Contains(v.Detail, "is not asked over http") || s.asked.Load() != before {
			t.Errorf("over http: %q", v.Detail)
		}
	})
}

// TestWhatAFileOpensIsGuarded lets a schedule, and a program that sends to an address,
// put more into a live enrichment than the guard lets in: nobody was asked, so it
// waits for somebody who may spend.
func TestWhatAFileOpensIsGuarded(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"file", "address"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
				w.people(0, 1, "in")
				w.save("emails", findEmail(fettle.AllPeople, 1_000_000))
				w.start("emails")
				w.work(w.e)
				w.settle("emails")
				const many = 150 // the guard lets in 100
				if way == "file" {
					w.applies(strings.Replace(crmFile, `map: {Job: title}, skip: [Notes]`, "no_run: false", 1))
					text := "external_id,name,company_domain\n"
					for i := range many {
						text += fmt.Sprintf("n%d,New N%d,new%d.com\n", i, i, i)
					}
					w.put("crm/people.csv", text)
					w.reader()
					if v := w.ticks(); v.Read.Outcome != fettle.FileImported {
						t.Fatal(v.Detail)
					}
				} else {
					w.applies("{apiVersion: fettle/v1, kind: Source, name: forms, entity: people, each: body, fields: {external_id: body.id, name: body.name, company_domain: body.at}}")
					token, err := w.e.MakeSourceToken(ctx, admin, "forms", false)
					if err != nil {
						t.Fatal(err)
					}
					var sent []string
					for i := range many {
						sent = append(sent, fmt.Sprintf(`{"id": "n%d", "name": "New N%d", "at": "new%d.com"}`, i, i, i))
					}
					if _, _, err := w.e.ReceiveRecords(ctx, "forms", token.Token, strings.NewReader("["+strings.Join(sent, ",")+"]")); err != nil {
						t.Fatal(err)
					}
				}
				v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows > 0 || v.Rows.Found > 1 })
				if v.ApprovalRows != many || v.Rows.Found != 1 || v.State != fettle.Live {
					t.Errorf("%d wait and %d were bought, %s", v.ApprovalRows, v.Rows.Found, v.State)
				}
			})
		})
	}
}
