package run

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/notify"
	"fettle/rights"
	"fettle/store"
)

// agreement is what of an enrichment's audience was agreed to by people who may
// spend, from the first on. A record that none of the layers lets in waits for
// approval. What is stored as "" stands for all of the audience, on the run's
// account.
type agreement struct {
	Layers []layer `json:"layers"`
	By     string  `json:"by,omitempty"` // who widened the audience last without the right
}

// layer is an audience as somebody agreed to it.
type layer struct {
	Where  []string   `json:"where"`            // CEL of its filters: one that matches is enough
	Within [][]string `json:"within,omitempty"` // the audiences since, by those who may spend: one filter of each has to match as well
	Opener string     `json:"opener,omitempty"` // whose own limit what it opens counts in too; "" for the run's
}

// mostBounds is by how many later audiences a layer may be bound. One that is
// changed more often ends: what it let in falls on the newest, which has it too.
const mostBounds = 20

func readAgreement(stored string) (agreement, error) {
	var a agreement
	if stored == "" {
		return a, nil
	}
	err := json.Unmarshal([]byte(stored), &a)
	return a, err
}

// refiltered is the agreement after somebody changed the audience of an
// enrichment from a filter to another. payer is on whose account its run is.
func refiltered(stored string, old, now []string, actor fettle.Actor, s rights.Standing, payer string) (string, error) {
	if s.Spends() && actor.Name == payer {
		return "", nil // all of it is the run's
	}
	a, err := readAgreement(stored)
	if err != nil {
		return "", err
	}
	if len(a.Layers) == 0 {
		a.Layers = []layer{{Where: old}}
	}
	if s.Spends() {
		// The newest word of those who may spend bounds what was agreed to before.
		a.Layers = slices.DeleteFunc(a.Layers, func(l layer) bool { return l.Opener == actor.Name })
		for i := range a.Layers {
			a.Layers[i].bind(now)
		}
		a.Layers = slices.DeleteFunc(a.Layers, func(l layer) bool { return len(l.Within) > mostBounds })
		a.Layers, a.By = append(a.Layers, layer{Where: now, Opener: actor.Name}), ""
	} else {
		a.By = actor.Name
	}
	b, err := json.Marshal(a)
	return string(b), err
}

// bind lets a layer have only what an audience has as well.
func (l *layer) bind(now []string) {
	same := func(set []string) bool { return slices.Equal(set, now) }
	if !same(l.Where) && !slices.ContainsFunc(l.Within, same) {
		l.Within = append(l.Within, now)
	}
}

// opened are records whose rows are opened alike.
type opened struct {
	ids    []int64
	opener string
	waits  bool // for approval
}

// openers sorts the members of an audience by who opens their rows.
func (w *Worker) openers(ctx context.Context, tx *store.Tx, cur store.Enrichment, ids []int64) ([]opened, error) {
	if cur.Agreed == "" || len(ids) == 0 {
		return []opened{{ids: ids}}, nil
	}
	a, err := readAgreement(cur.Agreed)
	if err != nil {
		return nil, err
	}
	var out []opened
	for _, l := range a.Layers {
		in, err := w.matching(ctx, tx, cur.Entity, l, ids)
		if err != nil {
			return nil, err
		}
		if len(in) == 0 {
			continue
		}
		out = append(out, opened{ids: in, opener: l.Opener})
		ids = without(ids, in)
	}
	if len(ids) > 0 {
		out = append(out, opened{ids: ids, opener: a.By, waits: true})
	}
	return out, nil
}

// matching gives those of the records that a layer lets in. A filter that cannot
// be read any more, for want of a field, lets nothing in.
func (w *Worker) matching(ctx context.Context, tx *store.Tx, entity fettle.Entity, l layer, ids []int64) ([]int64, error) {
	env, err := w.judge.Env(ctx, tx, entity)
	if err != nil {
		return nil, err
	}
	var all []expr.Fragment
	for _, set := range append([][]string{l.Where}, l.Within...) {
		var parts []expr.Fragment
		for _, text := range set {
			if f, err := env.Filter(text); err == nil {
				parts = append(parts, f.SQL(time.Now()))
			}
		}
		if len(parts) == 0 {
			return nil, nil
		}
		all = append(all, expr.Any(parts...))
	}
	return tx.Members(ctx, entity, expr.All(all...), ids)
}

// without gives the ids that are not among others; both are in order.
func without(ids, others []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool {
		_, is := slices.BinarySearch(others, id)
		return is
	})
}

// entry is how rows are opened for records that have none.
type entry struct {
	cause   fettle.Cause
	opener  string // on whom they fall; "" for the run
	unasked bool   // nobody was asked
}

// openRows opens rows for members that have none: on the run's account, on
// that of whoever widened the audience to them, or waiting for approval. What
// falls on nobody else falls on the entry's opener. It gives how many were
// opened.
func (w *Worker) openRows(ctx context.Context, tx *store.Tx, cur store.Enrichment, ids []int64, how entry, nowUS int64) (int64, error) {
	groups, err := w.openers(ctx, tx, cur, ids)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, g := range groups {
		o := store.Opening{Enrichment: cur.ID, Run: cur.RunID, Cause: how.cause, OpenedBy: cmp.Or(g.opener, how.opener), Unasked: how.unasked, NowUS: nowUS}
		if g.waits {
			o.WaitsFor, o.Detail = fettle.AwaitsApproval, fmt.Sprintf("%s, who may not spend, changed the audience", g.opener)
		}
		n, err := tx.InsertRows(ctx, o, g.ids)
		if err != nil {
			return total, err
		}
		total += n
		if n > 0 && g.waits {
			if err := w.notifyApproval(ctx, tx, cur, g.opener); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// notifyApproval says once a day and person that rows wait for approval.
func (w *Worker) notifyApproval(ctx context.Context, tx *store.Tx, cur store.Enrichment, by string) error {
	return w.tell(ctx, tx, notify.Event{
		Type: fettle.EventApproval, Notice: "approval", Enrichment: cur.ID, Name: cur.Name, Data: map[string]any{"by": by},
		Message: fmt.Sprintf("Rows of %s wait for somebody who may spend: %s changed its audience. Approve them on its page (fettle enrichment approve %s).", cur.Label, by, cur.Name),
		Once:    fmt.Sprintf("approval:%d:%s:%s", cur.ID, by, fettle.DayOf(time.Now())),
	})
}

// Release makes the rows that others opened the run's own, or the opener's:
// those that waited for approval, or for room under an own limit, may be
// claimed.
func Release(ctx context.Context, tx *store.Tx, enrichment int64, opener string, nowUS int64) error {
	_, err := release(ctx, tx, enrichment, "", opener, nowUS)
	return err
}

// ReleaseOwn is Release for the rows alone that wait for room under an own
// limit. It gives how many those were.
func ReleaseOwn(ctx context.Context, tx *store.Tx, enrichment int64, opener string, nowUS int64) (int64, error) {
	return release(ctx, tx, enrichment, fettle.AwaitsOwnLimit, opener, nowUS)
}

// ReleaseAside lets rows run that a guard set aside: all, or those of some
// records. They do not count as set aside any more.
func ReleaseAside(ctx context.Context, tx *store.Tx, enrichment int64, of map[int64]bool, opener string, nowUS int64) error {
	let := int64(0)
	for after := int64(0); ; {
		n, last, err := tx.ReleaseAside(ctx, enrichment, after, of, opener, nowUS, PlanPage)
		if err != nil {
			return err
		}
		if let += n; last == 0 {
			break
		}
		after = last
	}
	if let == 0 {
		return nil
	}
	return tx.AddGuardDay(ctx, enrichment, store.GuardDay{Day: fettle.DayOf(time.UnixMicro(nowUS)), Aside: -let})
}

func release(ctx context.Context, tx *store.Tx, enrichment int64, only fettle.Outcome, opener string, nowUS int64) (n int64, err error) {
	for after := int64(0); ; {
		rows, last, err := tx.ReleaseRows(ctx, enrichment, only, after, opener, nowUS, PlanPage)
		if n += rows; err != nil || rows == 0 {
			return n, err
		}
		after = last
	}
}

// Reagreed is what is agreed to of an enrichment's audience after one of its
// filters was changed.
func Reagreed(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor fettle.Actor, s rights.Standing, changed fettle.Audience, to string) (string, error) {
	var old, now []string
	for _, name := range cur.Definition.Audience {
		if name == changed.Name {
			old, now = append(old, changed.Where), append(now, to)
			continue
		}
		a, err := tx.Audience(ctx, name)
		if err != nil {
			return "", err
		}
		old, now = append(old, a.Where), append(now, a.Where)
	}
	payer := ""
	if cur.RunID != 0 {
		r, err := tx.Run(ctx, cur.RunID)
		if err != nil {
			return "", err
		}
		payer = r.Actor
	}
	return refiltered(cur.Agreed, old, now, actor, s, payer)
}
