package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/provider"
	"fettle/store"
)

// CallDetail is one call that was made for a record: what was asked for, what
// came of it, and what it cost.
type CallDetail struct {
	Attempt    int64                    `json:"attempt"`
	At         time.Time                `json:"at"`
	EndedAt    *time.Time               `json:"ended_at,omitempty"` // absent while it is open
	Enrichment string                   `json:"enrichment"`
	Version    int64                    `json:"version"`
	Step       int                      `json:"step"` // of the waterfall, from 1
	Try        int                      `json:"try"`
	Provider   string                   `json:"provider"`
	Model      string                   `json:"model,omitempty"`
	Cause      fettle.Cause             `json:"cause"`
	Fields     []string                 `json:"fields"`
	Actor      string                   `json:"actor"`                                                   // who began the run
	State      string                   `json:"state" enum:"reserved,accepted,settled,released,unknown"` // reserved, accepted, settled, released, unknown
	Outcome    string                   `json:"outcome"`                                                 // "" while it is open
	Held       fettle.Credits           `json:"held_credits"`
	Charged    fettle.Credits           `json:"charged_credits"`
	Message    string                   `json:"message,omitempty"`
	Hint       string                   `json:"hint,omitempty"`     // what to do about it
	Statuses   map[string]fettle.Status `json:"statuses,omitempty"` // of the outputs, as the provider said
	Outputs    map[string]any           `json:"outputs,omitempty"`  // all that the answer gave, by the provider's names
	Answer     *AnswerDetail            `json:"answer,omitempty"`   // as it came, where it gave nothing
}

// AnswerDetail is what a provider answered, as it came but for secrets.
type AnswerDetail struct {
	Status    int    `json:"status,omitempty"` // of HTTP
	Body      string `json:"body"`
	Bytes     int64  `json:"bytes"`     // of the whole
	Truncated bool   `json:"truncated"` // body is its beginning
}

// CallTrouble says how the last call for a cell ended that gave nothing.
type CallTrouble struct {
	Attempt    int64     `json:"attempt"`
	At         time.Time `json:"at"`
	Enrichment string    `json:"enrichment"`
	Provider   string    `json:"provider"`
	Outcome    string    `json:"outcome"`
	Message    string    `json:"message,omitempty"`
	Hint       string    `json:"hint,omitempty"`
}

// maxCalls is how many calls of a record are looked at.
const maxCalls = 200

// Calls lists the calls that were made for a record, newest first: for one
// field, or for all of them.
func (e *Engine) Calls(ctx context.Context, actor fettle.Actor, id int64, field string) ([]CallDetail, error) {
	if err := actor.Require(fettle.Viewer, "see calls"); err != nil {
		return nil, err
	}
	out := []CallDetail{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		into, err := survivor(ctx, tx, id)
		if err != nil {
			return err
		}
		names, err := enrichmentNames(ctx, tx)
		if err != nil {
			return err
		}
		calls, err := tx.CallsOf(ctx, into, maxCalls)
		if err != nil {
			return err
		}
		if field != "" {
			calls = slices.DeleteFunc(calls, func(a store.Attempt) bool { return !slices.Contains(a.Fields, field) })
		}
		ids := make([]int64, len(calls))
		for i, a := range calls {
			ids[i] = a.ID
		}
		answers, err := tx.Answers(ctx, ids)
		if err != nil {
			return err
		}
		for _, a := range calls {
			answer, kept := answers[a.ID]
			d := callDetail(a, names[a.EnrichmentID])
			if kept {
				d.Answer = &AnswerDetail{Status: answer.Status, Body: answer.Body, Bytes: answer.Bytes, Truncated: answer.Bytes > store.MaxAnswer}
			}
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

func callDetail(a store.Attempt, name string) CallDetail {
	d := CallDetail{
		Attempt: a.ID, At: time.UnixMicro(a.ReservedUS).UTC(), Enrichment: name, Version: a.Version, Step: a.Step + 1, Try: a.Try,
		Provider: a.Provider, Model: a.Model, Cause: a.Cause, Fields: append([]string{}, a.Fields...), Actor: a.Actor, State: string(a.State), Outcome: a.Outcome,
		Charged: a.Charged + a.Overrun, Message: a.Message, Hint: callHint(a, name), Outputs: a.Outputs,
	}
	for output := range a.Outputs {
		if st := store.StatusIn(a.Statuses, output); st != "" {
			if d.Statuses == nil {
				d.Statuses = map[string]fettle.Status{}
			}
			d.Statuses[output] = st
		}
	}
	if a.DoneUS > 0 {
		at := time.UnixMicro(a.DoneUS).UTC()
		d.EndedAt = &at
	} else {
		d.Held = a.Hold.Step
	}
	return d
}

// callHint says what to do about a call that gave nothing.
func callHint(a store.Attempt, name string) string {
	if a.State == store.AttemptUnknown {
		return fmt.Sprintf("It may have been billed: look it up with %s, then resolve it under Credits (fettle unknown resolve %d).", a.Via(), a.ID)
	}
	if a.Stranger == store.StrangerHeld {
		return fmt.Sprintf("It is about somebody else, and held back: an editor accepts or rejects it (fettle strangers show %d).", a.ID)
	}
	switch provider.Outcome(a.Outcome) {
	case provider.NotFound:
		return "It is not asked again unless not_found_retry says so. Another provider may have it: add a step to " + name + "."
	case provider.Failed, judge.WrittenOff:
		return "It is not asked again by itself. When its cause is mended, ask again for the failed rows (fettle enrichment retry " + name + " --outcome failed)."
	case provider.BadInput:
		return "The provider cannot take this record's inputs. Correct them, then ask again for the failed rows (fettle enrichment retry " + name + " --outcome failed)."
	case provider.Throttled, provider.Transient, provider.NotSent:
		return "Nothing was billed. It is tried again by itself."
	case provider.AuthError:
		return "Enter the key again under Providers (fettle provider key " + a.Via() + "), then resume " + name + "."
	case provider.OutOfCredit:
		return "Top up the account with " + a.Via() + ", then resume " + name + "."
	case provider.Found, provider.Accepted, provider.Pending, provider.Unknown:
	}
	return ""
}

// readTroubles says of the fields whose last call gave nothing how it ended.
func (d *RecordDetail) readTroubles(ctx context.Context, tx *store.Tx) error {
	calls, err := tx.CallsOf(ctx, d.ID, maxCalls)
	if err != nil || len(calls) == 0 {
		return err
	}
	names, err := enrichmentNames(ctx, tx)
	if err != nil {
		return err
	}
	last := map[string]store.Attempt{}
	for _, a := range slices.Backward(calls) {
		for _, f := range a.Fields {
			last[f] = a
		}
	}
	for i, v := range d.Values {
		a, asked := last[v.Field]
		if !asked || a.Outcome == string(provider.Found) || (a.Outcome == "" && a.State != store.AttemptUnknown) {
			continue
		}
		d.Values[i].Trouble = &CallTrouble{
			Attempt: a.ID, At: time.UnixMicro(a.ReservedUS).UTC(), Enrichment: names[a.EnrichmentID], Provider: a.Provider,
			Outcome: troubleOutcome(a), Message: a.Message, Hint: callHint(a, names[a.EnrichmentID]),
		}
	}
	return nil
}

// troubleOutcome is the call's outcome in the words of rows.
func troubleOutcome(a store.Attempt) string {
	if a.State == store.AttemptUnknown {
		return string(fettle.Unknown)
	}
	return a.Outcome
}
