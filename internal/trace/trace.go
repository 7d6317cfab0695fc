// Package trace tells an OpenTelemetry collector what took how long: OTLP over HTTP,
// in its JSON form. A nil Tracer tells nothing and costs nothing. What it is told are
// names of ours and numbers: no address, no body, no record.
package trace

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Config is where spans go, and who tells them.
type Config struct {
	URL      string            // whole, as …/v1/traces
	Headers  map[string]string // such as a collector's key
	Resource map[string]string // service.name and the like
	Ratio    float64           // which share of traces that begin here is told
	Client   *http.Client
	Log      *slog.Logger
}

// Kind is what a span is of, by OTLP's numbers.
type Kind int

// The kinds of spans.
const (
	Internal Kind = 1 // within the process
	Server   Kind = 2 // a request that is answered
	Client   Kind = 3 // a request that is made
)

const (
	waiting = 4096            // spans beyond it are left out, and counted
	batched = 512             // spans a request
	every   = 2 * time.Second // between requests
)

// Tracer takes spans, and sends them while Run runs.
type Tracer struct {
	cfg  Config
	ends chan ended
	lost atomic.Int64
}

// New makes a tracer. It sends nothing before Run.
func New(cfg Config) *Tracer {
	return &Tracer{cfg: cfg, ends: make(chan ended, waiting)}
}

// Span is what goes on; nil where nobody is told.
type Span struct {
	t       *Tracer
	trace   [16]byte
	id      [8]byte
	parent  [8]byte
	began   time.Time
	sampled bool
}

// Attr is a word or a number about a span.
type Attr struct {
	Key    string
	Text   string
	Number int64 // where there is no text
}

type ended struct {
	Span
	name   string
	kind   Kind
	end    time.Time
	failed string
	attrs  []Attr
}

type spanKey struct{}

// Begin begins a span at a time, below the one of the context. What is begun with the
// context that it gives is below it.
func (t *Tracer) Begin(ctx context.Context, at time.Time) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	s := &Span{t: t, began: at}
	if up, _ := ctx.Value(spanKey{}).(*Span); up != nil {
		s.trace, s.parent, s.sampled = up.trace, up.id, up.sampled
	} else {
		_, _ = rand.Read(s.trace[:]) // it never fails
		s.sampled = float64(binary.BigEndian.Uint64(s.trace[8:])>>1) < t.cfg.Ratio*float64(1<<63)
	}
	_, _ = rand.Read(s.id[:])
	return context.WithValue(ctx, spanKey{}, s), s
}

// Above puts the span above what is begun with the context.
func (s *Span) Above(ctx context.Context) context.Context {
	return context.WithValue(ctx, spanKey{}, s)
}

// Remote puts what a caller's traceparent names above what is begun with the context.
func (t *Tracer) Remote(ctx context.Context, traceparent string) context.Context {
	if t == nil || len(traceparent) != 55 || traceparent[:3] != "00-" || traceparent[35] != '-' || traceparent[52] != '-' {
		return ctx
	}
	up := &Span{t: t}
	_, err1 := hex.Decode(up.trace[:], []byte(traceparent[3:35]))
	_, err2 := hex.Decode(up.id[:], []byte(traceparent[36:52]))
	flags, err3 := hex.DecodeString(traceparent[53:])
	if err1 != nil || err2 != nil || err3 != nil || up.trace == [16]byte{} || up.id == [8]byte{} {
		return ctx
	}
	up.sampled = flags[0]&1 == 1
	return context.WithValue(ctx, spanKey{}, up)
}

// End ends it. failed is what went wrong, in words of ours; "" for nothing.
func (s *Span) End(name string, kind Kind, failed string, attrs ...Attr) {
	if s == nil || !s.sampled {
		return
	}
	select {
	case s.t.ends <- ended{Span: *s, name: name, kind: kind, end: time.Now(), failed: failed, attrs: attrs}:
	default:
		s.t.lost.Add(1)
	}
}

// Run sends spans until ctx ends, and then what is left.
func (t *Tracer) Run(ctx context.Context) {
	if t == nil {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var batch []ended
	for {
		select {
		case e := <-t.ends:
			if batch = append(batch, e); len(batch) < batched {
				continue
			}
		case <-tick.C:
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), every)
			defer cancel()
			for {
				select {
				case e := <-t.ends:
					batch = append(batch, e)
				default:
					t.send(ctx, batch)
					return
				}
			}
		}
		t.send(ctx, batch)
		batch = batch[:0]
	}
}
