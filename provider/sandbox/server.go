package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"fettle"
)

// Server is the simulated providers. It is an http.Handler's worth of state
// and may be served many times over.
type Server struct {
	cfg    Config
	ledger *ledger
	people people
	jobs   jobs
	held   atomic.Pointer[chan struct{}] // closed when calls may be answered again; nil: they may
}

// New makes a server with empty books. The configuration is taken as checked.
func New(cfg Config) *Server { return &Server{cfg: cfg, ledger: newLedger(cfg.Rate)} }

// Books gives the books as GET /books does, for tests in the same process.
func (s *Server) Books() Books { return s.ledger.snapshot() }

// Hold lets calls arrive, and be billed, and answers none until the returned
// function is called, once: for tests that need calls to be in flight. What is
// answered with a job gets its job, which is busy until then.
func (s *Server) Hold() (goOn func()) {
	held := make(chan struct{})
	s.held.Store(&held)
	return func() {
		s.held.Store(nil)
		close(held)
	}
}

// Handler serves the providers, the model and the books.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, op := range operations() {
		if op.batch > 0 {
			mux.HandleFunc("POST /v1/"+op.id, s.batch(op))
			continue
		}
		mux.HandleFunc("POST /v1/"+op.id, s.data(op))
	}
	mux.HandleFunc("GET /v1/jobs/{id}", s.job)
	mux.HandleFunc("POST /v1/chat/completions", s.model(openAI{}))
	mux.HandleFunc("POST /v1/messages", s.model(anthropic{}))
	mux.HandleFunc("GET /v1/models", s.models)
	for _, path := range []string{"GET /capabilities", "GET /v1/capabilities"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.cfg.capabilities()) })
	}
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.ledger.snapshot()) })
	mux.HandleFunc("POST /books/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.ledger.reset()
		writeJSON(w, s.ledger.snapshot())
	})
	mux.HandleFunc("GET /calls", s.calls)
	mux.HandleFunc("PUT /people", s.know)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		send(w, http.StatusNotFound, dataError("not_found", r.Method+" "+r.URL.Path+" is not served here"))
	})
	return mux
}

// Serve serves on the listener until ctx ends. Calls in flight are answered
// first, for as long as the latency and a little more.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 30 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fettle.Errorf(fettle.Unavailable, "the sandbox stopped: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Latency+5*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if stopped := <-ended; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

// answer waits for the call's time and answers it: ok makes the body of a call
// that was answered, fail the body of an error.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q question, ok func(v verdict) reply, fail func(status int, code, message string) reply) {
	v, wait := s.ledger.enter(q, func(nth uint32) verdict { return s.cfg.judge(q, nth) })
	defer s.ledger.leave(v)
	if v.outcome != throttled && !s.pause(r.Context(), q, v) {
		return
	}
	switch v.outcome {
	case found, notFound:
		s.write(w, ok(v))
	case replayed:
		v.outcome = v.first.outcome
		v.hit = v.outcome == found
		w.Header().Set("Idempotent-Replayed", "true")
		s.write(w, ok(v))
	case throttled:
		retryAfter(w, wait)
		s.write(w, fail(http.StatusTooManyRequests, "throttled", "too many calls"))
	case failed:
		s.write(w, fail(http.StatusInternalServerError, "not_billed", "a failure that was not billed"))
	case dropped, droppedBilled:
		panic(http.ErrAbortHandler) // cuts the connection, without a word in the log
	case chargedThenFailed:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><body><h1>502 Bad Gateway</h1></body></html>\n"))
	case badInput:
		s.write(w, fail(http.StatusBadRequest, "bad_input", v.message))
	case refused:
	}
}

// pause waits for the latency, for the first call of a repeated key, and while
// answers are held. It is false if the client has gone.
func (s *Server) pause(ctx context.Context, q question, v verdict) bool {
	if v.outcome == replayed {
		select {
		case <-v.first.answered:
		case <-ctx.Done():
			return false
		}
	}
	if held := s.held.Load(); held != nil && !q.later {
		select {
		case <-*held:
		case <-ctx.Done():
			return false
		}
	}
	if s.cfg.Latency == 0 {
		return true
	}
	timer := time.NewTimer(s.cfg.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait <= 0 {
		wait = time.Second
	}
	w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	w.Header().Set("Retry-After-Ms", strconv.FormatInt(int64((wait+time.Millisecond-1)/time.Millisecond), 10))
}

// reply is a response ready to be written.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

func (s *Server) write(w http.ResponseWriter, r reply) {
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	send(w, r.status, r.body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone is no concern of ours
}

func writeJSON(w http.ResponseWriter, v any) { send(w, http.StatusOK, mustJSON(v)) }

// mustJSON encodes values of our own making, which always can be.
func mustJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}
