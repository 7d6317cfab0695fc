package judge

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// OnSignal is the rerun_on of an enrichment whose rows each new signal opens
// again, once.
const OnSignal = "signal"

// watched is an audience of a program whose filter asks for signals.
type watched struct {
	name, where string
	filter      *expr.Filter // nil: it asks for none
}

// watch finds the audiences that ask for signals. One whose filter cannot be read
// asks for none: claims and estimates say so.
func watch(ctx context.Context, tx *store.Tx, env *expr.Env, names []string, known []watched) ([]watched, error) {
	out := make([]watched, len(names))
	for i, n := range names {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return nil, err
		}
		out[i] = watched{name: n, where: a.Where}
		if at := slices.IndexFunc(known, func(k watched) bool { return k.name == n && k.where == a.Where }); at >= 0 {
			out[i] = known[at]
			continue
		}
		if f, err := env.Filter(a.Where); err == nil && f.ReadsSignals() {
			out[i].filter = f
		}
	}
	return out, nil
}

func readsSignals(list []watched) bool {
	return slices.ContainsFunc(list, func(a watched) bool { return a.filter != nil })
}

// checkRerunOn refuses rerun_on: signal where no audience says which signals.
func (p *Program) checkRerunOn() error {
	if p.Definition.RerunOn != OnSignal || readsSignals(p.watched) {
		return nil
	}
	return fettle.Errorf(fettle.Invalid, "rerun_on: signal, and no audience asks for signals").
		WithHint(`Point it at an audience with signals.exists(s, s.type == "job_change" && within(s.at, "30d")).`).With("key", "rerun_on")
}

// aboutSignals reports whether rows of the program are about signals.
func (p *Program) aboutSignals() bool {
	return p.Definition.RerunOn == OnSignal || p.Inputs[expr.LatestSignal]
}

// AsksSignals reports whether a question, or a condition, reads signals.
func (p *Program) AsksSignals() bool { return p.Inputs[expr.LatestSignal] || p.Inputs[expr.Signals] }

// readSignals gives records the signal that their rows are about, and tells for
// which signals their cells were bought. since is from when on spans of time are
// open.
func (p *Program) readSignals(ctx context.Context, tx *store.Tx, known []Facts, now time.Time) error {
	if !p.aboutSignals() {
		return nil
	}
	list, err := watch(ctx, tx, p.env, p.Definition.Audience, p.watched)
	if err != nil {
		return err
	}
	own, company := map[string]bool{}, map[string]bool{}
	ids := make([]int64, len(known))
	for i, k := range known {
		ids[i] = k.Record.ID
	}
	for _, a := range list {
		if a.filter != nil {
			s := &FieldSet{Own: own, Company: company}
			s.Add(a.filter.Fields(), a.filter.CompanyFields())
		}
	}
	records, err := tx.Records(ctx, p.Entity, ids, keys(own), keys(company))
	if err != nil {
		return err
	}
	since, err := OpenSince(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	byID := make(map[int64]*store.Record, len(records))
	for _, r := range records {
		byID[r.ID] = r
	}
	served := map[store.CellKey]store.Served{}
	if p.Definition.RerunOn == OnSignal {
		if served, err = tx.ServedSignals(ctx, ids); err != nil {
			return err
		}
	}
	for i := range known {
		known[i].served = served
		if r := byID[known[i].Record.ID]; r != nil {
			known[i].Signal = newest(list, r, since, now)
		}
	}
	return nil
}

// newest is the signal that a record's row is about: of the first audience that
// has one for it.
func newest(list []watched, r expr.Record, since, now time.Time) *expr.Signal {
	for _, a := range list {
		if a.filter == nil {
			continue
		}
		if sig := a.filter.Newest(r, since, now); sig != nil {
			return sig
		}
	}
	return nil
}

// withSignal is a record and the signal that its row is about.
type withSignal struct {
	expr.Record

	signal *expr.Signal
}

// Value implements expr.Record.
func (r withSignal) Value(key string) any {
	if key == expr.LatestSignal {
		return r.signal
	}
	return r.Record.Value(key)
}

// newFor is why a cell is open that was never bought: what was asked before the
// signal that the row is about is no answer.
func (p *Program) newFor(k Facts) Due {
	if p.Definition.RerunOn != OnSignal || k.Signal == nil {
		return Due{}
	}
	return Due{asked: k.Signal.At.UnixMicro()}
}

// dueFor reports whether a bought cell is to be bought for the signal that the
// row is about.
func (p *Program) dueFor(k Facts, c store.Cell) (Due, bool) {
	if p.Definition.RerunOn != OnSignal || k.Signal == nil || k.served[c.CellKey].Covers(k.Signal) {
		return Due{}, false
	}
	return Due{asked: k.Signal.At.UnixMicro(), cause: fettle.CauseSignal}, true
}

// serves is the signal that a row's purchases are for; 0 for none.
func (p *Program) serves(k Facts) int64 {
	if p.Definition.RerunOn != OnSignal || k.Signal == nil {
		return 0
	}
	return k.Signal.ID
}
