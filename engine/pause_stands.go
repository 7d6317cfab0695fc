package engine

import (
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/run"
	"fettle/store"
)

// pauseStands says how a pause that a provider, or failed calls, made stands
// now: what was wrong then may be put right since. mended says that it was, as
// far as can be known without a call.
func (e *Engine) pauseStands(ctx context.Context, tx *store.Tx, cur store.Enrichment) (mended bool, detail string, err error) {
	byProvider := cur.PauseReason == fettle.PausedByProvider
	if cur.State != fettle.Paused || (!byProvider && cur.PauseReason != fettle.PausedByFailures) {
		return false, cur.PauseDetail, nil
	}
	then := "resume it (fettle enrichment resume " + cur.Name + ")."
	p, now := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if now == nil {
		now = notReady(p)
	}
	if now != nil {
		if fettle.CodeOf(now) == fettle.Internal {
			return false, "", now
		}
		fe := fettle.AsError(now)
		return false, strings.TrimRight(fe.Message+". "+fe.Hint, " .") + ". Then " + then, nil
	}
	changed, err := tx.ConnectionsChanged(ctx)
	if err != nil {
		return false, "", err
	}
	was, hint, _ := strings.Cut(cur.PauseDetail, ". ")
	switch {
	case changed > cur.ControlSeq || byProvider && lacked(p, was):
		return true, was + ": how its providers are reached was changed since, and they are ready. To go on, " + then, nil
	case !byProvider || hint == "" || strings.Contains(hint, "resume"):
		return false, cur.PauseDetail, nil
	}
	return false, strings.TrimRight(cur.PauseDetail, " .") + ". Then " + then, nil
}

// guardStands says how a pause for a change that would have spent quietly stands
// now. mended says that it would not pause again. Where the enrichment cannot be
// read any more it says what it said then.
func (e *Engine) guardStands(ctx context.Context, tx *store.Tx, cur store.Enrichment) (mended bool, detail string, err error) {
	if !strings.HasPrefix(cur.PauseDetail, run.QuietPause) {
		return false, cur.PauseDetail, nil // what its rows came to: a person looks
	}
	why, over, err := e.worker.Guarded(ctx, tx, cur, time.Now().UnixMicro())
	switch {
	case err != nil && fettle.CodeOf(err) == fettle.Internal:
		return false, "", err
	case err != nil:
		return false, cur.PauseDetail, nil //nolint:nilerr // it cannot be read any more: what it said then stands
	case over:
		return false, why.Message + ". " + why.Hint, nil
	}
	return true, cur.Name + " paused for a change that would have put many rows into it, and it would not do so now. To go on, resume it (fettle enrichment resume " + cur.Name + ").", nil
}

// notReady says what keeps the steps of a program from being asked.
func notReady(p *judge.Program) error {
	for i := range p.Steps {
		if err := p.Steps[i].Connection.Ready(); err != nil && !p.Steps[i].Computed {
			return err
		}
	}
	return nil
}

// lacked reports whether a pause was for want of something that the steps'
// providers have by now.
func lacked(p *judge.Program, why string) bool {
	for i := range p.Steps {
		if connect.Lacks(p.Steps[i].Connection, why) {
			return true
		}
	}
	return false
}
