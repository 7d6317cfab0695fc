package judge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"fettle/provider"
	"fettle/store"
)

// A vendor that bills a contact once in a period is reserved for until it billed;
// what is asked later in the period is free. Whether it is free is judged under the
// lock that claims share, by what was settled: two calls about one contact that are
// in flight together are both reserved for, and settled as the vendor says.

// ContactOf identifies whom a step's call is about at its vendor's account; false
// where each call is billed.
func (s *Step) ContactOf(inputs map[string]any) (store.ContactKey, bool) {
	op, is := s.Operation.(provider.ContactBilled)
	if !is || s.Connection == nil {
		return store.ContactKey{}, false
	}
	contact := op.Contact(provider.Call{Inputs: inputs, Options: s.Options})
	if contact == "" {
		return store.ContactKey{}, false
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s", s.Connection.Conn.BaseURL, s.Connection.Conn.Key, contact)
	return store.ContactKey{Provider: s.Connection.Description.Name, Contact: hex.EncodeToString(h.Sum(nil)[:12])}, true
}

// Contacts are those that the calls of verdicts are about, each once.
func (p *Program) Contacts(judged []Verdict) []store.ContactKey {
	if !p.billsContacts() {
		return nil
	}
	var out []store.ContactKey
	seen := map[store.ContactKey]bool{}
	for _, v := range judged {
		for _, q := range v.Ask {
			if k, ok := p.Steps[q.Step].ContactOf(q.Inputs); ok && !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	return out
}

// billsContacts reports whether a step's vendor may bill a contact once in a period.
func (p *Program) billsContacts() bool {
	for i := range p.Steps {
		if _, is := p.Steps[i].Operation.(provider.ContactBilled); is {
			return true
		}
	}
	return false
}

// Cover takes the price off the calls of a verdict whose contact was billed in its
// period.
func (p *Program) Cover(v *Verdict, billed map[store.ContactKey]int64, now time.Time) error {
	covered := false
	for i := range v.Ask {
		q := &v.Ask[i]
		s := &p.Steps[q.Step]
		k, ok := s.ContactOf(q.Inputs)
		at, was := billed[k]
		op, is := s.Operation.(provider.ContactBilled)
		if !ok || !was || !is || !op.Covers(time.UnixMicro(at).UTC(), now) {
			continue
		}
		q.Covered, q.Priced, covered = true, false, true
	}
	if !covered {
		return nil
	}
	priced, err := p.priceRow(*v)
	*v = priced
	return err
}

// cover is Cover for all that is judged, by what was settled.
func (p *Program) cover(ctx context.Context, tx *store.Tx, judged []Verdict, now time.Time) error {
	keys := p.Contacts(judged)
	if len(keys) == 0 {
		return nil
	}
	billed, err := tx.BilledContacts(ctx, keys)
	if err != nil || len(billed) == 0 {
		return err
	}
	for i := range judged {
		if err := p.Cover(&judged[i], billed, now); err != nil {
			return err
		}
	}
	return nil
}

// PaidEvery is how often a step bills what is asked every so long: a contact that
// is billed once in a period is billed at the first check after its period.
func (p *Program) PaidEvery(every time.Duration) time.Duration {
	if len(p.Steps) != 1 || every <= 0 {
		return every
	}
	op, is := p.Steps[0].Operation.(provider.ContactBilled)
	if !is || op.Contact(p.typicalCall()) == "" {
		return every
	}
	// The first of the checks that is not covered by the one that was billed.
	billed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := 1; n < 1000; n++ {
		if d := every * time.Duration(n); !op.Covers(billed, billed.Add(d)) {
			return d
		}
	}
	return every
}

func (p *Program) typicalCall() provider.Call {
	return provider.Call{Inputs: p.typicalQuestion(0).Inputs, Options: p.Steps[0].Options}
}
