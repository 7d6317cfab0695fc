package run

import (
	"context"
	"encoding/json"

	"fettle/judge"
	"fettle/provider"
	"fettle/store"
)

// heldBack judges whom an answer is about. One about somebody else is billed and
// kept with its call, and is not found for the waterfall: the next step is asked,
// nothing of it is written, and it is bought by nobody again. It reports whether it
// was held back.
func (l *landing) heldBack() bool {
	if len(l.j.ask) == 0 || l.res.Outcome != provider.Found {
		return false
	}
	q := &l.j.ask[0]
	s := &l.j.p.Steps[q.Step]
	if !l.res.About.Blank() {
		l.end.About = jsonText(l.res.About)
	}
	h := l.j.p.Strange(s, l.j.who, q.Inputs, l.res.About)
	if h == nil {
		return false
	}
	l.end.Outcome, l.end.Stranger = string(provider.NotFound), store.StrangerHeld
	l.down = append(l.down, h.Down(s))
	h.Attempt, l.strange = l.j.attempt.ID, h
	return true
}

// holdBack keeps an answer that a call of this landing got and that is about
// somebody else.
func (s *settling) holdBack(l landing) {
	if l.strange == nil || l.end.Stranger != store.StrangerHeld {
		return
	}
	x := strangerOf(*l.strange, l.j.p.ID, l.j.row.RecordID, s.now.UnixMicro())
	x.RequestID = l.res.RequestID
	s.strangers = append(s.strangers, x)
}

// strangerOf is an answer that is held back as it is kept.
func strangerOf(h judge.Stranger, enrichment, record, nowUS int64) store.Stranger {
	return store.Stranger{
		StrangerKey: store.StrangerKey{Attempt: h.Attempt, Record: record}, EnrichmentID: enrichment, Why: h.Finding.Why,
		Known: jsonText(h.Known), Answer: jsonText(h.Answer), Parts: jsonText(h.Finding.Parts), HeldUS: nowUS,
	}
}

// jsonText is a value of texts as JSON: it cannot fail.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// lookAtWhom reads what is known of the records of calls that are about to be made,
// or are taken over: their answers are compared with it.
func lookAtWhom(ctx context.Context, tx *store.Tx, jobs []*job) error {
	byProgram := map[*judge.Program][]*job{}
	for _, j := range jobs {
		if j.ask != nil {
			byProgram[j.p] = append(byProgram[j.p], j)
		}
	}
	for p, list := range byProgram {
		if !p.Identifies() {
			continue
		}
		ids := make([]int64, len(list))
		for i, j := range list {
			ids[i] = j.row.RecordID
		}
		who, err := p.Who(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, j := range list {
			if j.who = who[j.row.RecordID]; j.who != nil && j.resent && j.attempt.Inputs == nil {
				j.who.ByPhone = true // by what it was asked is not known: a key is not ruled out
			}
		}
	}
	return nil
}
