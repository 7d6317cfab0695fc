package notify_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"fettle"
	"fettle/internal/events"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var admin = fettle.Actor{Name: "ada", Role: fettle.Admin}

// patience is how long anything may take.
const patience = 30 * time.Second

// receiver keeps what arrives, and answers as it is told.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	ids    []string
	bodies []string
	wrong  []string
	secret string
	answer func(n int, w http.ResponseWriter) // nil: 204; n counts from 1
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	b, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.ids, r.bodies = append(r.ids, req.Header.Get("webhook-id")), append(r.bodies, string(b))
	n, answer, secret := len(r.bodies), r.answer, r.secret
	r.mu.Unlock()
	if secret != "" {
		h, err := webhooks.NewWebhook(secret)
		if err == nil {
			err = h.Verify(b, req.Header)
		}
		if err != nil {
			r.mu.Lock()
			r.wrong = append(r.wrong, err.Error())
			r.mu.Unlock()
		}
	}
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(n, w)
}

func (r *receiver) host() string { return strings.TrimPrefix(r.URL, "http://") }

func (r *receiver) got() (ids, bodies []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.ids...), append([]string(nil), r.bodies...)
}

func (r *receiver) answers(f func(n int, w http.ResponseWriter)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// process is one process that sends.
type process struct {
	*notify.Channels

	t  *testing.T
	db *store.DB
	id int64
}

func newProcess(t *testing.T, db *store.DB, cfg notify.Config) *process {
	t.Helper()
	cfg.DB, cfg.Log, cfg.Events, cfg.SecretKey = db, slog.New(slog.NewTextHandler(t.Output(), nil)), events.New(), make([]byte, 32)
	c, err := notify.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Channels: c, t: t, db: db}
	p.update(func(tx *store.Tx) (err error) {
		if p.id, err = tx.NextIDs(t.Context(), store.SeqWorker, 1); err != nil {
			return err
		}
		return tx.AddWorker(t.Context(), store.Worker{ID: p.id, Host: rand.Text()})
	})
	return p
}

func (p *process) update(fn func(*store.Tx) error) {
	p.t.Helper()
	if err := p.db.Update(context.WithoutCancel(p.t.Context()), fn); err != nil {
		p.t.Fatal(err)
	}
}

// run sends until the test ends or the returned function is called.
func (p *process) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx, func() int64 { return p.id }, 0)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	p.t.Cleanup(stop)
	return stop
}

// die declares the process gone, as others do when its lease has run out.
func (p *process) die() {
	p.update(func(tx *store.Tx) error { return tx.LoseWorker(context.WithoutCancel(p.t.Context()), p.id) })
}

func (p *process) add(name string, in notify.Input) fettle.ChannelView {
	p.t.Helper()
	v, err := p.Add(p.t.Context(), admin, name, in)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

func (p *process) raise(list ...notify.Event) {
	p.t.Helper()
	p.update(func(tx *store.Tx) error {
		for _, e := range list {
			if err := p.Raise(p.t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *process) one(name string) fettle.ChannelView {
	p.t.Helper()
	all, err := p.List(p.t.Context(), admin)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, v := range all {
		if v.Name == name {
			return v
		}
	}
	p.t.Fatalf("there is no %s", name)
	return fettle.ChannelView{}
}

func (p *process) log(name string) []fettle.DeliveryView {
	p.t.Helper()
	all, _, err := p.Log(context.WithoutCancel(p.t.Context()), admin, name, notify.LogQuery{Limit: 5000})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// limit is a limit that was reached.
func limit(enrichment int64, message string) notify.Event {
	return notify.Event{Type: fettle.EventLimitReached, Enrichment: enrichment, Name: "work-email", Message: message}
}

func text(t *testing.T, body string) string {
	t.Helper()
	var m struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return m.Text
}
