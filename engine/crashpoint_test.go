package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestCrashAtEveryStatement plays one fixed story again and again. The process
// dies before the first thing it writes, the second, the third…, and after the
// first commit, the second…, until the story ends untouched. Another process
// takes over each time, finishes the story, and the provider's books must agree.
//
// With CHAOS_FOR set it goes through every point, else through a few.
func TestCrashAtEveryStatement(t *testing.T) {
	t.Parallel()
	dieEverywhere(t, tale{cfg: sandbox.Config{HitRate: 0.6, BillMiss: true, Seed: 4}, chapters: chapters, end: (*story).theEnd})
}

// tale is what is played with a death in it, and what must be true however it went.
type tale struct {
	cfg      sandbox.Config
	chapters []chapter
	calm     int // so many chapters at the beginning nobody dies in: another tale has them
	end      func(s *story, death string)
}

// dieEverywhere plays a tale with a death at its points, on both databases.
func dieEverywhere(t *testing.T, tl tale) {
	t.Helper()
	for name, fuse := range map[string]func(int) *storetest.Fuse{
		"before point": storetest.BeforePoint,
		"after commit": storetest.AfterCommit,
	} {
		for _, kind := range storetest.Kinds() {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				storetest.DSN(t, kind) // skips here where the database is not there: a skip further in is no death
				deaths := 0
				for at := range crashPoints(t, tl, kind, fuse) {
					died := false
					t.Run(strconv.Itoa(at), func(t *testing.T) { // its databases end with it
						died = crashAt(t, tl, kind, fmt.Sprint("death ", name, " ", at), fuse(at))
					})
					if !died || t.Failed() {
						break
					}
					deaths++
				}
				t.Logf("%d deaths", deaths)
				if deaths == 0 {
					t.Error("the story has no such point")
				}
			})
		}
	}
}

// crashPoints are the points to die at: each, as far as the story goes, or one
// out of each part of it, of which an untouched story tells the length. A story
// is a little longer or shorter each time.
func crashPoints(t *testing.T, tl tale, kind string, fuse func(int) *storetest.Fuse) iter.Seq[int] {
	if os.Getenv("CHAOS_FOR") != "" {
		return func(yield func(int) bool) {
			for at := 1; yield(at); at++ {
			}
		}
	}
	few := 3
	if underRace {
		few = 2 // the first is always before the end
	}
	untouched := fuse(0)
	t.Run("untouched", func(t *testing.T) {
		if crashAt(t, tl, kind, "no death", untouched) {
			t.Error("a fuse that never blows has blown")
		}
	})
	few = min(few, max(untouched.Seen(), 1))
	part := untouched.Seen() / few
	return func(yield func(int) bool) {
		for i := range few {
			if part == 0 || !yield(1+i*part+rand.IntN(part)) {
				return
			}
		}
	}
}

// story is a workspace whose processes die.
type story struct {
	*world
	dsn     string
	through store.Through // the disk's; nil: the fuse's
	fuse    *storetest.Fuse
	alive   *atomic.Bool
	stop    context.CancelFunc
	ended   chan error
}

// crashAt plays the story with a death where the fuse blows. It reports whether
// the story came so far.
func crashAt(t *testing.T, tl tale, kind, death string, fuse *storetest.Fuse) (died bool) {
	t.Helper()
	s := &story{world: &world{t: t, sb: sandbox.New(tl.cfg)}, dsn: storetest.DSN(t, kind)}
	s.live(fuse)
	if tl.calm > 0 {
		fuse.Disarm()
	}
	for i := 0; i < len(tl.chapters); {
		if tl.calm > 0 && i == tl.calm {
			s.fuse.Arm()
		}
		err := tl.chapters[i].play(s)
		if i == len(tl.chapters)-1 {
			s.fuse.Disarm() // what the worker does after the story is not a part of it
		}
		select {
		case <-s.fuse.Blew():
			died = true
			s.die()
			s.live(storetest.BeforePoint(0)) // which never comes
			continue                         // with the same chapter: nobody knows how far it came
		default:
		}
		if err != nil {
			t.Fatalf("%s, then in %q: %v", death, tl.chapters[i].name, err)
		}
		i++
	}
	tl.end(s, death)
	s.end()
	return died
}

// end ends the living process well.
func (s *story) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Errorf("the worker ended: %v", err)
	}
}

// live starts a process: its own handle of the database, engine and worker.
// Whoever was there before is known to be dead.
func (s *story) live(f *storetest.Fuse) {
	s.t.Helper()
	var err error
	s.fuse, s.alive = f, &atomic.Bool{}
	s.alive.Store(true)
	through := s.through
	if through == nil {
		through = f.Through
	}
	if s.db, err = store.OpenThrough(s.t.Context(), s.dsn, quiet(), through); err != nil {
		s.t.Fatal(err)
	}
	db := s.db
	s.t.Cleanup(func() { _ = db.Close() })
	alive := s.alive
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !alive.Load() {
			panic(http.ErrAbortHandler) // the dead make no calls
		}
		s.sb.Handler().ServeHTTP(w, r)
	}))
	s.t.Cleanup(s.http.Close)
	s.e = s.engine()
	err = s.db.Update(s.t.Context(), func(tx *store.Tx) error {
		return tx.LoseWorkers(s.t.Context())
	})
	if err != nil {
		s.t.Fatal(err)
	}
	f.Arm()
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.ended = cancel, make(chan error, 1)
	e, ended := s.e, s.ended
	go func() { ended <- e.Run(ctx) }()
}

// die ends what is left of a process whose database is gone: none of its calls
// arrives any more.
func (s *story) die() {
	s.alive.Store(false)
	s.stop()
	_ = s.db.Close()
}

// chapter is one thing that people do; it may have been done before.
type chapter struct {
	name string
	play func(*story) error
}

// imported are some people of the story.
func imported(n int) chapter {
	return chapter{"import", func(s *story) error {
		var rows []map[string]any
		for i := range n {
			rows = append(rows, map[string]any{"external_id": fmt.Sprint("p", i), "name": fmt.Sprint("Person Number", i), "company_domain": fmt.Sprintf("company%d.com", i)})
		}
		return done(s.e.UpsertRecords(s.t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "csv", Rows: rows, Confirm: true}))
	}}
}

// chapters are the fixed story: a limit hit and raised, a reset, another
// enrichment that reuses, a retry of what was not found.
var chapters = []chapter{
	{"field", func(s *story) error {
		return done(s.e.AddField(s.t.Context(), admin, fettle.Field{Entity: fettle.People, Key: "found", Type: fettle.Text}))
	}},
	imported(8),
	{"define", func(s *story) error {
		return done(s.e.SaveEnrichment(s.t.Context(), admin, "a", answer("found", 12, byEmail, byScore)))
	}},
	{"start", func(s *story) error { return done(s.e.Start(s.t.Context(), admin, "a", engine.StartOptions{})) }},
	{"to the limit", func(s *story) error { return s.rests("a") }},
	{"raise", func(s *story) error {
		return done(s.e.SetEnrichmentLimit(s.t.Context(), admin, "a", fettle.Limit{Credits: credits(500)}, true))
	}},
	{"resume", func(s *story) error { return done(s.e.Resume(s.t.Context(), admin, "a", engine.StartOptions{})) }},
	{"to the end", func(s *story) error { return s.rests("a") }},
	{"pause", func(s *story) error { return done(s.e.Pause(s.t.Context(), admin, "a")) }},
	{"reset", func(s *story) error { return done(s.e.Reset(s.t.Context(), admin, "a")) }},
	{"again", func(s *story) error { return done(s.e.Start(s.t.Context(), admin, "a", engine.StartOptions{})) }},
	{"reuse", func(s *story) error { return s.rests("a") }},
	{"define another", func(s *story) error {
		return done(s.e.SaveEnrichment(s.t.Context(), admin, "b", answer("found", 500, byEmail, byScore, byTitle)))
	}},
	{"start another", func(s *story) error { return done(s.e.Start(s.t.Context(), admin, "b", engine.StartOptions{})) }},
	{"the rest", func(s *story) error { return s.rests("b") }},
}

// done is the error of something that may have been done before the death.
func done[T any](_ T, err error) error {
	if fettle.CodeOf(err) == fettle.Refused {
		return nil
	}
	return err
}

// rests waits until an enrichment pauses or has nothing left to do.
func (s *story) rests(name string) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		v, err := s.e.Enrichment(s.t.Context(), admin, name)
		if err != nil {
			return err
		}
		if used := v.SpentCredits + v.ReservedCredits + v.UnknownCredits; used > *v.Limit.Credits {
			s.t.Errorf("%s: %s used of %s", name, used, *v.Limit.Credits)
		}
		if v.InFlight == 0 && (v.State == fettle.Paused || (!v.Planning && v.RemainingRows == v.HeldRows)) {
			return nil
		}
	}
	return errors.New("it does not come to rest")
}

// theEnd holds what must be true however the story went.
func (s *story) theEnd(death string) {
	s.t.Helper()
	unknown := int64(len(s.unknowns()))
	for _, name := range []string{"a", "b"} {
		v := s.within(name)
		r := v.Rows
		held := r.Pending + r.Waiting + r.Unknown // what waits for an unknown call looks again now and then
		if r.Found+r.NotFound+r.Reused+r.KnownNotFound+held != 8 || held > unknown || v.ReservedCredits != 0 {
			s.t.Errorf("%s: rows of %s are %+v, %d unknown, %s reserved", death, name, r, unknown, v.ReservedCredits)
		}
	}
	if b := s.sb.Books(); b.Repeats != 0 {
		s.t.Errorf("%s: billed twice: %+v", death, b)
	}
	s.agree()
	s.sound()
	if s.t.Failed() {
		s.t.Fatal(death)
	}
}
