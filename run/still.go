package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
)

const (
	stillFor   = time.Minute     // how long an enrichment stands still, for no reason that is expected, before people are told
	stillEvery = 5 * time.Second // how often that is looked at
)

// still is how long an enrichment stands still for an unexpected reason.
type still struct {
	looked time.Time
	since  time.Time // zero: it moves, or waits for what is expected
	told   bool
	rows   map[store.RowKind]int64
}

// look takes what is seen at a time, and says whether to tell people now: once
// for each standstill.
func (s *still) look(now time.Time, rows map[store.RowKind]int64, reasons []fettle.Waiting) bool {
	unexpected := false
	for _, r := range reasons {
		unexpected = unexpected || !r.Reason.Expected()
	}
	moved := !maps.Equal(rows, s.rows)
	s.looked, s.rows = now, rows
	switch {
	case !unexpected || moved && len(reasons) == 0:
		s.since, s.told = time.Time{}, false
	case s.since.IsZero() || moved:
		s.since, s.told = now, false
	case !s.told && now.Sub(s.since) >= stillFor:
		s.told = true
		return true
	}
	return false
}

// noticeStill tells people when an enrichment with rows left has stood still
// for a minute for a reason that is not expected.
func (w *Worker) noticeStill(ctx context.Context, e store.Enrichment, now time.Time) error {
	s := w.stills[e.ID]
	if s == nil {
		s = &still{}
		w.stills[e.ID] = s
	}
	if now.Sub(s.looked) < stillEvery {
		return nil
	}
	var reasons []fettle.Waiting
	var rows map[store.RowKind]int64
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		if rows, err = tx.RowCounts(ctx, e.ID); err != nil {
			return err
		}
		reasons, err = w.WaitingFor(ctx, tx, e, false)
		// Of what cannot be written people are told at once.
		reasons = slices.DeleteFunc(reasons, func(r fettle.Waiting) bool { return r.Reason == fettle.WaitsUnwritable })
		return err
	})
	if err != nil || !s.look(now, rows, reasons) {
		return err
	}
	text := ""
	for _, r := range reasons {
		if !r.Reason.Expected() {
			text = r.Detail
			break
		}
	}
	return w.db.Update(ctx, func(tx *store.Tx) error {
		return w.tell(ctx, tx, notify.Event{
			Type: fettle.EventStandstill, Notice: "standstill", Enrichment: e.ID, Name: e.Name, Message: fmt.Sprintf("%s has stood still for a minute: %s", e.Label, text),
			Once: fmt.Sprintf("standstill:%d:%d", e.ID, s.since.UnixMicro()), Data: map[string]any{"reason": text},
		})
	})
}
