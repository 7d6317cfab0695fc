package run

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/notify"
	"fettle/store"
)

// tell raises an event, by the transaction of what it tells.
func (w *Worker) tell(ctx context.Context, tx *store.Tx, e notify.Event) error {
	return w.cfg.Channels.Raise(ctx, tx, e)
}

// limitData is what an event says of a limit.
func limitData(b limits.Bound) map[string]any {
	d := map[string]any{"scope": string(b.Key.Scope), "per": string(b.Key.Per), "used_credits": b.Balance.Used()}
	if b.Key.Scope != store.ScopeEnrichment && b.Key.Key != "" {
		d["of"] = b.Key.Key
	}
	if b.Cap.Credits != nil {
		d["limit_credits"] = *b.Cap.Credits
	}
	if b.Cap.Records != nil {
		d["used_records"], d["limit_records"] = b.Balance.UsedRecords(), *b.Cap.Records
	}
	return map[string]any{"limit": d}
}

// limitSubject is what an event about a limit is gathered under: an enrichment's
// own limit under the enrichment, one that many share under itself.
func limitSubject(b limits.Bound) string {
	if b.Key.Scope == store.ScopeEnrichment {
		return ""
	}
	return "limit:" + string(b.Key.Scope) + ":" + b.Key.Key + ":" + string(b.Key.Per)
}

// paused is the event of a pause by the program, other than at a limit.
func paused(cur store.Enrichment, reason fettle.PauseReason, detail, about string) notify.Event {
	e := notify.Event{
		Type: fettle.EventPaused, Notice: string(reason), Enrichment: cur.ID, Name: cur.Name,
		Message: cur.Label + " paused: " + detail, Once: fmt.Sprintf("pause:%d:%d", cur.ID, cur.ControlSeq),
		Data: map[string]any{"reason": detail},
	}
	switch reason {
	case fettle.PausedByGuard:
		e.Type = fettle.EventGuard
	case fettle.PausedByProvider, fettle.PausedByFailures:
		e.Type = fettle.EventProviderDown
		if about != "" {
			e.Data["provider"], e.Subject = about, "provider:"+about
		}
	case fettle.PausedByPerson, fettle.PausedByLimit, fettle.PausedByBalance, fettle.PausedFinished, fettle.PausedByRestore:
	}
	return e
}

// PausedBy is the event of a pause by a person.
func PausedBy(cur store.Enrichment, person string) notify.Event {
	return notify.Event{
		Type: fettle.EventPaused, Enrichment: cur.ID, Name: cur.Name, Message: cur.Label + " was paused by " + person + ".",
		Data: map[string]any{"reason": "paused by " + person},
	}
}

// finished tells, once for each run, that nothing of it is left to do, or that
// its limit is used up and the rest waits for the next tick.
func (w *Worker) finished(ctx context.Context, tx *store.Tx, cur store.Enrichment, how fettle.TickState) error {
	counts, err := tx.RowCounts(ctx, cur.ID)
	if err != nil {
		return err
	}
	spent, err := tx.Balance(ctx, limits.RunKey(cur))
	if err != nil {
		return err
	}
	rows, total := map[string]int64{}, int64(0)
	for k, n := range counts {
		if k.State == fettle.RowDone && n > 0 {
			rows[string(k.Outcome)] += n
			total += n
		}
	}
	credits := spent.Settled + spent.Overrun
	found, asked := rows[string(fettle.Found)], rows[string(fettle.Found)]+rows[string(fettle.NotFoundRow)]
	text := fmt.Sprintf("%s has finished: %s, %s in this run", cur.Label, fettle.Count(total, "row", "rows"), credits.Words())
	data := map[string]any{"run": cur.RunID, "rows": rows, "credits": credits, "hit_rate": nil}
	if asked > 0 {
		text += fmt.Sprintf(", %s of %s found (%s)", fettle.Thousands(found), fettle.Thousands(asked), fettle.Percent(found, asked))
		data["hit_rate"] = strconv.FormatFloat(float64(found)/float64(asked), 'f', 3, 64)
	}
	text += "."
	if how == fettle.TickLimit {
		left, err := pendingRows(ctx, tx, cur.ID)
		if err != nil {
			return err
		}
		data["left"] = left
		text += fmt.Sprintf(" The limit of the run is used up: %s left for the next tick.", fettle.Count(left, "row is", "rows are"))
	}
	return w.tell(ctx, tx, notify.Event{
		Type: fettle.EventFinished, Notice: "finished", Enrichment: cur.ID, Name: cur.Name, Message: text, Data: data,
		Once: fmt.Sprintf("finished:%d:%d", cur.ID, cur.RunID),
	})
}

// uncertain is calls of an enrichment that ended in a way that is told at once.
type uncertain struct {
	name     string
	lost     int64          // calls that may have been billed
	held     fettle.Credits // by them
	over     int64          // calls that were billed above their highest price
	provider string
	why      string
}

// calledBy is what people call an enrichment that may be gone already.
func calledBy(ctx context.Context, tx *store.Tx, id int64, name string) (string, error) {
	cur, err := tx.EnrichmentByID(ctx, id)
	if fettle.CodeOf(err) == fettle.NotFound {
		return name, nil
	}
	return cur.Label, err
}

// tellUncertain tells of calls that may have been billed, and of those that were
// billed above their highest price.
func (s *settling) tellUncertain(ctx context.Context) error {
	for id, u := range s.uncertain {
		called, err := calledBy(ctx, s.tx, id, u.name)
		if err != nil {
			return err
		}
		if u.lost > 0 {
			calls := "1 call"
			if u.lost > 1 {
				calls = strconv.FormatInt(u.lost, 10) + " calls"
			}
			err := s.w.tell(ctx, s.tx, notify.Event{
				Type: fettle.EventUnknown, Notice: "unknown", Enrichment: id, Name: u.name, Repeats: true, Once: fmt.Sprintf("unknown:%d:%s", id, fettle.DayOf(s.now)),
				Message: fmt.Sprintf("%s of %s may have been billed; %s held. Resolve them under Credits (fettle unknown list).", calls, called, u.held.Words()),
				Data:    map[string]any{"calls": u.lost, "held_credits": u.held},
			})
			if err != nil {
				return err
			}
		}
		if u.over > 0 {
			err := s.w.tell(ctx, s.tx, notify.Event{
				Type: fettle.EventOverrun, Notice: "overrun", Enrichment: id, Name: u.name, Repeats: true, Once: fmt.Sprintf("overrun:%d:%s", id, fettle.DayOf(s.now)),
				Message: called + ": " + u.why, Data: map[string]any{"provider": u.provider, "reason": u.why},
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// noteUncertain gathers what is told of a call at once.
func (s *settling) noteUncertain(l landing) {
	lost := l.lost && l.end.State == store.AttemptUnknown
	if !lost && l.end.Overrun <= 0 {
		return
	}
	if s.uncertain == nil {
		s.uncertain = map[int64]*uncertain{}
	}
	u := s.uncertain[l.j.p.ID]
	if u == nil {
		u = &uncertain{name: l.j.p.Name}
		s.uncertain[l.j.p.ID] = u
	}
	if lost {
		u.lost++
		u.held += l.j.attempt.Hold.Held
	}
	if l.end.Overrun > 0 {
		u.over++
		u.provider = l.j.attempt.Via()
		if l.pause != nil {
			u.why = l.pause.Message + ". " + l.pause.Hint
		}
	}
}

// resumedEvent is the event of a pause for a limit that ended by itself.
func resumedEvent(cur store.Enrichment, until int64) notify.Event {
	return notify.Event{
		Type: fettle.EventResumed, Notice: "resumed", Enrichment: cur.ID, Name: cur.Name, Message: cur.Label + " goes on: the next period of its limit has begun.",
		Once: fmt.Sprintf("resumed:%d:%d", cur.ID, until), Data: map[string]any{"at": time.UnixMicro(until).UTC()},
	}
}
