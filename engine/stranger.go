package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/identity/stranger"
	"fettle/judge"
	"fettle/run"
	"fettle/source/csv"
	"fettle/store"
)

// maxStrangers is how many held answers one page lists at most.
const maxStrangers = 500

// StrangersQuery asks for a page of answers that were held back.
type StrangersQuery struct {
	State      string // held, accepted, rejected; "": all
	Enrichment string
	Provider   string
	Record     int64
	After      string // the next of the page before
	Limit      int
}

// Strangers lists answers that were held back because they are about somebody else
// than the record that they were paid for, newest first.
func (e *Engine) Strangers(ctx context.Context, actor fettle.Actor, q StrangersQuery) (out []fettle.StrangerView, next string, err error) {
	if err := actor.Require(fettle.Viewer, "see answers that are held back"); err != nil {
		return nil, "", err
	}
	if q.Limit <= 0 || q.Limit > maxStrangers {
		q.Limit = maxStrangers
	}
	out = []fettle.StrangerView{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		in, err := q.store(ctx, tx)
		if err != nil {
			return err
		}
		list, err := tx.Strangers(ctx, in)
		if err != nil {
			return err
		}
		if len(list) == in.Limit {
			k := list[len(list)-1].StrangerKey
			next = fmt.Sprintf("%d-%d", k.Attempt, k.Record)
		}
		out, err = e.strangerViews(ctx, tx, list)
		return err
	})
	return out, next, err
}

func (q StrangersQuery) store(ctx context.Context, tx *store.Tx) (in store.StrangersQuery, err error) {
	in = store.StrangersQuery{State: q.State, Provider: q.Provider, Record: q.Record, Limit: q.Limit}
	if q.Enrichment != "" {
		cur, err := tx.Enrichment(ctx, q.Enrichment)
		if err != nil {
			return in, err
		}
		in.Enrichment = cur.ID
	}
	if q.After == "" {
		return in, nil
	}
	call, record, ok := strings.Cut(q.After, "-")
	a, err1 := strconv.ParseInt(call, 10, 64)
	r, err2 := strconv.ParseInt(record, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return in, fettle.Errorf(fettle.Invalid, "%.40q is no place in the list", q.After).WithHint("Give the next of the page before.")
	}
	in.Before = store.StrangerKey{Attempt: a, Record: r}
	return in, nil
}

// StrangerCounts counts answers that were held back: of one enrichment, or of all for "".
func (e *Engine) StrangerCounts(ctx context.Context, actor fettle.Actor, enrichment string) (n fettle.StrangerCounts, err error) {
	if err := actor.Require(fettle.Viewer, "see answers that are held back"); err != nil {
		return n, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		in, err := StrangersQuery{Enrichment: enrichment}.store(ctx, tx)
		if err != nil {
			return err
		}
		n, err = tx.CountStrangers(ctx, in.Enrichment)
		return err
	})
	return n, err
}

// Stranger gives one answer that was held back, with what accepting it would write.
// record is 0 for the record that the call was made for.
func (e *Engine) Stranger(ctx context.Context, actor fettle.Actor, call, record int64) (v fettle.StrangerView, err error) {
	if err := actor.Require(fettle.Viewer, "see answers that are held back"); err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		x, err := findStranger(ctx, tx, call, record)
		if err != nil {
			return err
		}
		v, err = e.strangerView(ctx, tx, x, map[int64]*judge.Program{})
		return err
	})
	return v, err
}

// findStranger reads a held answer.
func findStranger(ctx context.Context, tx *store.Tx, call, record int64) (store.Stranger, error) {
	s, ok, err := tx.Stranger(ctx, store.StrangerKey{Attempt: call, Record: record})
	if err == nil && !ok {
		err = fettle.Errorf(fettle.NotFound, "no answer of call %d was held back", call).WithHint("See those that are held back (fettle strangers list).")
	}
	return s, err
}

func (e *Engine) strangerViews(ctx context.Context, tx *store.Tx, list []store.Stranger) ([]fettle.StrangerView, error) {
	out := make([]fettle.StrangerView, 0, len(list))
	programs := map[int64]*judge.Program{}
	for _, s := range list {
		v, err := e.strangerView(ctx, tx, s, programs)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// strangerView is a held answer as it is shown.
func (e *Engine) strangerView(ctx context.Context, tx *store.Tx, s store.Stranger, programs map[int64]*judge.Program) (fettle.StrangerView, error) {
	v := fettle.StrangerView{
		Call: s.Attempt, State: s.State, Why: s.Why, RequestID: s.RequestID, At: time.UnixMicro(s.HeldUS).UTC(), DecidedBy: s.DecidedBy,
		Parts: []fettle.StrangerPart{}, Values: []fettle.StrangerValue{},
	}
	if s.DecidedUS > 0 {
		at := time.UnixMicro(s.DecidedUS).UTC()
		v.DecidedAt = &at
	}
	var parts []stranger.Part
	if err := json.Unmarshal([]byte(s.Parts), &parts); err != nil {
		return v, err
	}
	for _, p := range parts {
		v.Parts = append(v.Parts, fettle.StrangerPart{Part: p.Part, Known: p.Known, Answer: p.Answer, Is: string(p.Is)})
	}
	x, err := e.held(ctx, tx, s, programs)
	if err != nil {
		return v, err
	}
	v.RecordID, v.Provider, v.Operation = x.record, x.call.Via(), operationName(x.call.Operation)
	v.Billed, v.Reused = x.call.Charged+x.call.Overrun, x.call.RecordID != x.record
	names, err := namesOf(ctx, tx, []int64{x.record})
	if err != nil {
		return v, err
	}
	v.Record, v.Enrichment, v.Entity = names[x.record], x.cur.Name, x.cur.Entity
	labels, err := fieldLabels(ctx, tx, x.cur.Entity)
	if err != nil {
		return v, err
	}
	for _, a := range x.accepting.Values {
		v.Values = append(v.Values, fettle.StrangerValue{Field: a.Field, Label: labels[a.Field], Value: a.Value, Kept: a.Kept})
	}
	return v, nil
}

// operationName is the operation of a fingerprint: sandbox/find_email.
func operationName(fingerprint string) string {
	name, _, _ := strings.Cut(fingerprint, "{")
	return name
}

func fieldLabels(ctx context.Context, tx *store.Tx, entity fettle.Entity) (map[string]string, error) {
	out := map[string]string{}
	if entity == "" {
		return out, nil
	}
	fields, err := tx.Fields(ctx, entity)
	for _, f := range fields {
		out[f.Key] = f.Label
	}
	return out, err
}

// heldAnswer is a held answer with what it belongs to.
type heldAnswer struct {
	store.Stranger

	record    int64 // as it is called now
	call      store.Attempt
	cur       store.Enrichment // without a name where it was deleted
	accepting run.Acceptance
}

// held reads what a held answer belongs to. programs keeps what was compiled already.
func (e *Engine) held(ctx context.Context, tx *store.Tx, s store.Stranger, programs map[int64]*judge.Program) (x heldAnswer, err error) {
	x.Stranger = s
	if x.record, err = survivor(ctx, tx, s.Record); err != nil {
		return x, err
	}
	calls, err := tx.AttemptsByID(ctx, []int64{s.Attempt})
	if err != nil || len(calls) == 0 {
		return x, err
	}
	x.call = calls[0]
	cur, err := tx.EnrichmentByID(ctx, s.EnrichmentID)
	if fettle.CodeOf(err) == fettle.NotFound {
		return x, nil
	}
	if err != nil {
		return x, err
	}
	x.cur = cur
	p := programs[cur.ID]
	if p == nil {
		if p, err = e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition); err != nil {
			return x, nil //nolint:nilerr // as it is defined now it takes nothing: its page says why
		}
		programs[cur.ID] = p
	}
	x.accepting, err = run.Accepting(ctx, tx, p, x.call, x.record)
	return x, err
}

// claimColumns head the list of claims for a vendor.
var claimColumns = []string{"call", "request_id", "asked_at", "provider", "operation", "state", "why", "asked", "answered", "units", "billed_credits"}

// ClaimsCSV writes, for a vendor, the answers that were paid for and are about
// somebody else, newest first: without those that a person accepted.
func (e *Engine) ClaimsCSV(ctx context.Context, actor fettle.Actor, provider string, w io.Writer) error {
	if err := actor.Require(fettle.Viewer, "see answers that are held back"); err != nil {
		return err
	}
	out, err := csv.NewWriter(w, csv.WriterOptions{})
	if err != nil {
		return err
	}
	if err := out.Write(claimColumns); err != nil {
		return err
	}
	in := store.StrangersQuery{Provider: provider, Limit: maxStrangers}
	for {
		var lines [][]string
		var list []store.Stranger
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			if list, err = tx.Strangers(ctx, in); err != nil {
				return err
			}
			lines, err = claimLines(ctx, tx, list)
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := out.Write(l); err != nil {
				return err
			}
		}
		if len(list) < in.Limit {
			return out.Flush()
		}
		in.Before = list[len(list)-1].StrangerKey
	}
}

// claimLines are the claims among held answers: a call is claimed once, by the
// record that it was made for, if it was billed.
func claimLines(ctx context.Context, tx *store.Tx, list []store.Stranger) ([][]string, error) {
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.Attempt
	}
	calls, err := tx.AttemptsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]store.Attempt, len(calls))
	for _, a := range calls {
		byID[a.ID] = a
	}
	var out [][]string
	for _, s := range list {
		a := byID[s.Attempt]
		record, err := survivor(ctx, tx, s.Record)
		if err != nil {
			return nil, err
		}
		billed := a.Charged + a.Overrun
		if s.State == store.StateAccepted || a.RecordID != record || billed == 0 {
			continue
		}
		out = append(out, []string{
			strconv.FormatInt(a.ID, 10), s.RequestID, time.UnixMicro(a.ReservedUS).UTC().Format(time.RFC3339), a.Via(), operationName(a.Operation), s.State, s.Why,
			partsText(s.Parts, func(p stranger.Part) string { return p.Known }), partsText(s.Parts, func(p stranger.Part) string { return p.Answer }),
			a.Units.String(), billed.String(),
		})
	}
	return out, nil
}

// partsText is one side of what was compared in one line.
func partsText(parts string, side func(stranger.Part) string) string {
	var list []stranger.Part
	if json.Unmarshal([]byte(parts), &list) != nil {
		return ""
	}
	var out []string
	for _, p := range list {
		if s := side(p); s != "" {
			out = append(out, p.Part+": "+s)
		}
	}
	return strings.Join(out, "; ")
}
