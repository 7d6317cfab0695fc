package judge

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/provider"
	"fettle/store"
)

// The same question is bought once, not once a record: a question is an
// operation with its options or model, and the inputs as they are sent. A call
// holds its question from the commit that reserves it until it ends, an unknown
// one until it is resolved; its row in attempts is that hold. Whoever would ask
// the same looks there first, under the lock that claims and next steps share
// (the sequence of attempts), so that no two ask at the same instant. A prompt
// is a question too: the same text to the same model for the same schema gives
// one answer.

// SameAs reports whether a call's operation is what the step asks. An AI step's
// print also has its template, which the question does not depend on: its
// inputs are the rendered prompt.
func (s *Step) SameAs(operation string) bool {
	rest, ok := strings.CutPrefix(operation, s.base)
	return ok && (rest == "" || rest[0] == '/')
}

// Key identifies a question: two rows with one key buy one answer.
func (p *Program) Key(q Question) string { return p.Steps[q.Step].base + "\x00" + q.Hash }

// Recall judges the rows anew that would ask what another record's call asked:
// they take its answer, or wait for it. What is left to ask about contacts that
// were billed in their period is free.
func (jd *Judge) Recall(ctx context.Context, tx *store.Tx, p *Program, judged []Verdict, ks []Facts, run int64, now time.Time) error {
	if err := jd.recallOthers(ctx, tx, p, judged, ks, run, now); err != nil {
		return err
	}
	return p.cover(ctx, tx, judged, now)
}

func (jd *Judge) recallOthers(ctx context.Context, tx *store.Tx, p *Program, judged []Verdict, ks []Facts, run int64, now time.Time) error {
	var hashes []string
	for _, v := range judged {
		for _, q := range v.Ask {
			if !p.Steps[q.Step].Computed {
				hashes = append(hashes, q.Hash)
			}
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	byHash, err := AskedByHash(ctx, tx, hashes)
	if err != nil || len(byHash) == 0 {
		return err
	}
	var again []int
	var known []Facts
	for i, v := range judged {
		k := ks[i]
		n := len(k.others)
		for _, q := range v.Ask {
			for _, a := range byHash[q.Hash] {
				if own := a.RecordID == k.Record.ID && a.Operation == p.Steps[q.Step].Fingerprint; !own && p.Steps[q.Step].SameAs(a.Operation) {
					k.others = append(slices.Clip(k.others), a)
				}
			}
		}
		if len(k.others) > n {
			again, known = append(again, i), append(known, k)
		}
	}
	if err := p.lookAtWhom(ctx, tx, known); err != nil {
		return err
	}
	for n, i := range again {
		if judged[i], err = p.Classify(known[n], now); err != nil {
			return fmt.Errorf("record %d: %w", known[n].Record.ID, err)
		}
		judged[i].Called = judged[i].CalledIn(run, known[n].Asked)
	}
	return nil
}

// AskedByHash reads the calls that were made with one of some inputs.
func AskedByHash(ctx context.Context, tx *store.Tx, hashes []string) (map[string][]store.Asked, error) {
	slices.Sort(hashes)
	asked, err := tx.AskedWith(ctx, slices.Compact(hashes))
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	out := make(map[string][]store.Asked, len(asked))
	for _, a := range asked {
		out[a.InputsHash] = append(out[a.InputsHash], a)
	}
	return out, nil
}

// told finds the newest answer that another record's call got to the same
// question, if it is fresh for this enrichment. What failed without being billed
// is no answer, nor is one whose content was erased.
func (p *Program) told(k Facts, s *Step, q *Question, open map[string]Due, now time.Time) (store.Asked, bool) {
	for _, a := range slices.Backward(k.others) {
		if a.Open || a.InputsHash != q.Hash || !s.SameAs(a.Operation) || a.Outcome == ResolvedRetry {
			continue
		}
		unbilled := a.Charged == 0 && (a.Outcome == string(fettle.Failed) || a.Outcome == string(provider.BadInput))
		erased := a.Outcome == string(provider.Found) && a.Outputs == nil
		if unbilled || erased {
			continue
		}
		r := p.period(k, p.Definition.Refresh)
		return a, p.counts(k, a, q, open, now) && Fresh(a, r, now)
	}
	return store.Asked{}, false
}

// busy finds another record's call that asks the same just now, or may have.
func (k Facts) busy(s *Step, q *Question) (store.Asked, bool) {
	for _, a := range k.others {
		if a.Open && a.InputsHash == q.Hash && s.SameAs(a.Operation) {
			return a, true
		}
	}
	return store.Asked{}, false
}

// Unresolved begins what is said of a row that waits until somebody resolves an
// unknown charge.
const Unresolved = "waits for an unknown charge to be resolved"

// WaitFor lets a row wait for another record's call. It comes by itself, unless
// somebody has to resolve it first.
func WaitFor(a store.Asked, s *Step, hash string) Verdict {
	if a.Unknown {
		return Verdict{Wait: true, Hash: hash, Detail: fmt.Sprintf("%s: record %d asked %s the same", Unresolved, a.RecordID, s.called())}
	}
	return Verdict{Wait: true, Soon: true, Hash: hash, Detail: fmt.Sprintf("waits for the answer to record %d, which asks %s the same", a.RecordID, s.called())}
}

// note keeps whose call gave what a row takes.
func (v *Verdict) note(a store.Asked) {
	if !slices.ContainsFunc(v.Told, func(x store.Asked) bool { return x.ID == a.ID }) {
		v.Told = append(v.Told, a)
	}
}

// whose says in one line whose calls were not made again; "" for none.
func (v *Verdict) whose() string {
	parts := make([]string, 0, len(v.Told))
	for _, a := range v.Told {
		parts = append(parts, fmt.Sprintf("the answer to record %d, which asked the same (call %d)", a.RecordID, a.ID))
	}
	return strings.Join(parts, "; ")
}

// takeOwn takes values from the record's own answer, which may have come with a
// merge, or be another enrichment's.
func (p *Program) takeOwn(k Facts, s *Step, a store.Asked, open map[string]Due, now time.Time, v *Verdict) {
	p.takeKept(s, a, open, v)
	if r := p.period(k, p.Definition.Refresh); Fresh(a, r, now) {
		v.age(a.ID, a.DoneUS)
	}
}

// Fresh reports whether an answer is younger than a period; 0 is for ever.
func Fresh(a store.Asked, period time.Duration, now time.Time) bool {
	return period == 0 || now.UnixMicro()-a.DoneUS < period.Microseconds()
}

// age notes when the answer of a call was bought.
func (v *Verdict) age(call, us int64) {
	if v.oldUS == nil {
		v.oldUS = map[int64]int64{}
	}
	v.oldUS[call] = us
}

// BoughtAt is when the value of a field was bought that a row takes free: an
// answer is as old as its call, so that it is refreshed in time. One that is due
// already, and that a row takes all the same, counts from now on.
func (v *Verdict) BoughtAt(field string, now time.Time) int64 {
	if us := v.oldUS[v.From[field]]; us != 0 {
		return us
	}
	for _, a := range v.Told {
		if a.ID == v.From[field] {
			return a.DoneUS
		}
	}
	return now.UnixMicro()
}

// Distinct counts questions that several rows share, by a hash of 8 bytes: an
// estimate passes over millions.
type Distinct struct {
	seed maphash.Seed
	seen map[uint64]struct{}
}

// NewDistinct begins a count.
func NewDistinct() Distinct { return Distinct{maphash.MakeSeed(), map[uint64]struct{}{}} }

// Mark marks those of a row's questions as shared that rows before it are sure
// to have asked by then, and gives the others. A row before asks its first
// question surely, a later one only where those before it found nothing: so its
// answer is taken for sure only by a row that comes to it in the same way.
func (s Distinct) Mark(p *Program, v *Verdict) []Question {
	out := make([]Question, 0, len(v.Ask))
	v.Ask = slices.Clone(v.Ask)
	var path maphash.Hash
	path.SetSeed(s.seed)
	for i := range v.Ask {
		q := &v.Ask[i]
		if p.Steps[q.Step].Computed {
			out = append(out, *q)
			continue
		}
		alone := p.Key(*q)
		_, _ = path.WriteString(alone + "\x00")
		_, first := s.seen[maphash.String(s.seed, alone+"\x00")]
		h := path.Sum64()
		_, alike := s.seen[h]
		s.seen[h] = struct{}{}
		if q.Shared = first || alike; !q.Shared {
			out = append(out, *q)
		}
	}
	return out
}

// All classifies records, and looks up what others asked.
func (jd *Judge) All(ctx context.Context, tx *store.Tx, p *Program, ks []Facts, run int64, now time.Time) ([]Verdict, error) {
	out := make([]Verdict, len(ks))
	var asking []Facts
	var at []int
	for i, k := range ks {
		if k.Record == nil {
			continue
		}
		v, err := p.Classify(k, now)
		if err != nil {
			return nil, err
		}
		if out[i] = v; len(v.Ask) > 0 {
			asking, at = append(asking, k), append(at, i)
		}
	}
	again := make([]Verdict, len(at))
	for j, i := range at {
		again[j] = out[i]
	}
	if err := jd.Recall(ctx, tx, p, again, asking, run, now); err != nil {
		return nil, err
	}
	for j, i := range at {
		out[i] = again[j]
	}
	return out, nil
}

// askedForOthers reads, by the record that has its answer, the calls by which
// cells were filled and which were made for another record.
func askedForOthers(ctx context.Context, tx *store.Tx, p *Program, records []int64, cells map[store.CellKey]store.Cell, own []store.Asked) (map[int64][]store.Asked, error) {
	mine := make(map[int64]bool, len(own))
	for _, a := range own {
		mine[a.ID] = true
	}
	takers := map[int64][]int64{}
	for _, id := range records {
		for _, o := range p.Definition.Outputs {
			if c := cells[store.CellKey{Record: id, Field: o.Field}]; c.AttemptID > 0 && !mine[c.AttemptID] {
				takers[c.AttemptID] = append(takers[c.AttemptID], id)
			}
		}
	}
	if len(takers) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	ids := make([]int64, 0, len(takers))
	for id := range takers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	asked, err := tx.AskedByID(ctx, ids)
	out := map[int64][]store.Asked{}
	for _, a := range asked {
		for _, id := range takers[a.ID] {
			out[id] = append(out[id], a)
		}
	}
	return out, err
}
