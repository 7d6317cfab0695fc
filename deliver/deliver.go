// Package deliver writes records into services that are not ours: which records is
// an audience, what of them a mapping. It changes what is there, by ids that we
// know; it makes nothing and deletes nothing, and it spends no credits. The README
// has the rules.
package deliver

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/internal/events"
	"fettle/internal/outbox"
	"fettle/judge"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/store"
)

// Config is what destinations are made of.
type Config struct {
	DB       *store.DB
	Log      *slog.Logger
	Events   *events.Feed
	Conns    *connect.Connections
	Judge    *judge.Judge
	Services []*declarative.Definition // that come with the product
}

// Destinations are the destinations of a workspace. It is safe for concurrent use.
type Destinations struct {
	cfg Config
	box *outbox.Outbox

	mu   sync.Mutex
	last map[int64]time.Time // when the last request of each left
}

// New makes destinations that send nothing before Run.
func New(cfg Config) *Destinations {
	d := &Destinations{cfg: cfg, last: map[int64]time.Time{}}
	d.box = outbox.New(outbox.Work{
		Log: cfg.Log, Of: "destinations", Due: d.due, Prune: d.prune,
		Drain: func(ctx, sending context.Context, id int64, worker func() int64) { d.Drain(ctx, sending, id, worker()) },
	})
	return d
}

// Look has what is due sent now.
func (d *Destinations) Look() { d.box.Look() }

// service is a service as a destination reaches it.
type service struct {
	def         *declarative.Definition
	write, read provider.Operation // read is nil where nothing says what is there
}

// definition finds how the service of a destination is reached.
func (d *Destinations) definition(def fettle.Destination) (*declarative.Definition, error) {
	if def.To == "" {
		return declarative.Inline(def.HTTP)
	}
	var names []string
	for _, s := range d.cfg.Services {
		if s.ID == def.To {
			return s, nil
		}
		names = append(names, s.ID)
	}
	return nil, noService(def.To, names)
}

// reach makes a service ready.
func (d *Destinations) reach(dest store.Destination) (*service, error) {
	def, err := d.definition(dest.Destination)
	if err != nil {
		return nil, err
	}
	conn, err := d.cfg.Conns.Destination(dest, def.Auth.KeyEnv)
	if err != nil {
		return nil, err
	}
	if conn.Key == "" && def.NeedsKey() {
		return nil, fettle.Errorf(fettle.Refused, "%s has no key", dest.Label).WithHint("Enter it beside the destination (fettle destination set %s --key …).", dest.Name)
	}
	p := declarative.New(def)
	s := &service{def: def}
	if s.write, err = p.Ready(declarative.OpWrite, conn); err != nil {
		return nil, err
	}
	s.read, err = p.Ready(declarative.OpRead, conn)
	return s, err
}

// rest waits until the next request of a destination may leave.
func (d *Destinations) rest(ctx context.Context, id int64, gap time.Duration) error {
	d.mu.Lock()
	at := d.last[id].Add(gap)
	if now := time.Now(); at.Before(now) {
		at = now
	}
	d.last[id] = at
	d.mu.Unlock()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ask waits until the next request may leave, and makes it.
func (d *Destinations) ask(ctx context.Context, id int64, s *service, op provider.Operation, calls []provider.Call) ([]provider.Result, error) {
	if err := d.rest(ctx, id, s.def.Gap()); err != nil {
		return nil, err
	}
	return d.askNow(ctx, id, s, op, calls)
}

// askNow makes a request for records, or one for each where a service takes them one
// by one. A request that is refused as a whole is halved until the record is alone
// that is to blame: it keeps no other back.
func (d *Destinations) askNow(ctx context.Context, id int64, s *service, op provider.Operation, calls []provider.Call) ([]provider.Result, error) {
	batch, many := op.(provider.Batcher)
	if !many {
		out := make([]provider.Result, len(calls))
		for i, c := range calls {
			if i > 0 {
				if err := d.rest(ctx, id, s.def.Gap()); err != nil {
					return nil, err
				}
			}
			var err error
			if out[i], err = op.Do(ctx, c); err != nil {
				return nil, err
			}
			if patience(out[i]) { // the others would be turned away as well
				for j := i + 1; j < len(calls); j++ {
					out[j] = provider.Result{Outcome: out[i].Outcome, RetryAfter: out[i].RetryAfter, Message: out[i].Message, HTTPStatus: out[i].HTTPStatus, Whole: true}
				}
				out[i].Whole = true
				break
			}
		}
		return out, nil
	}
	out, err := batch.DoBatch(ctx, calls)
	if err != nil || len(calls) == 1 || !out[0].Whole || out[0].Outcome != provider.BadInput {
		return out, err
	}
	half := len(calls) / 2
	first, err := d.ask(ctx, id, s, op, calls[:half])
	if err != nil {
		return nil, err
	}
	second, err := d.ask(ctx, id, s, op, calls[half:])
	return append(first, second...), err
}

// patience reports whether nothing more is to be asked for now.
func patience(r provider.Result) bool {
	switch r.Outcome {
	case provider.Throttled, provider.AuthError, provider.OutOfCredit, provider.NotSent, provider.Transient:
		return true
	case provider.Found, provider.NotFound, provider.Accepted, provider.Pending, provider.BadInput, provider.Failed, provider.Unknown:
	}
	return false
}

// there is what a record holds in a service.
type there struct {
	held    map[string]any // nil: there is no such record
	refused *provider.Result
	later   *provider.Result // nobody could say now; of the others it was said
}

// present asks what records hold there, by their ids there. Where it cannot be
// known now, it says why.
func (d *Destinations) present(ctx context.Context, dest store.Destination, s *service, p *program, remote []string) (map[string]there, *provider.Result, error) {
	out := make(map[string]there, len(remote))
	most := s.def.AtATime(declarative.OpRead)
	names := make([]any, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.property
	}
	for part := range slices.Chunk(remote, most) {
		calls := make([]provider.Call, len(part))
		for i, id := range part {
			calls[i] = provider.Call{Key: id, Inputs: map[string]any{declarative.InputID: id}, Options: map[string]any{declarative.OptionFields: names}}
		}
		results, err := d.ask(ctx, dest.ID, s, s.read, calls)
		if err != nil {
			return nil, nil, err
		}
		for i, r := range results {
			switch r.Outcome {
			case provider.NotFound:
				out[part[i]] = there{}
			case provider.Found:
				raw, _ := r.Outputs[declarative.OutputFields].(json.RawMessage)
				held := map[string]any{}
				if err := json.Unmarshal(raw, &held); err != nil || held == nil {
					out[part[i]] = there{refused: &provider.Result{Outcome: provider.Failed, HTTPStatus: r.HTTPStatus, Message: "what it holds there cannot be read"}}
					continue
				}
				out[part[i]] = there{held: held}
			case provider.BadInput, provider.Failed:
				out[part[i]] = there{refused: &r}
			case provider.Throttled, provider.Transient, provider.NotSent, provider.AuthError, provider.OutOfCredit, provider.Unknown, provider.Accepted, provider.Pending:
				if r.Whole {
					return nil, &r, nil
				}
				out[part[i]] = there{later: &r}
			}
		}
	}
	return out, nil, nil
}
