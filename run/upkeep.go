package run

import (
	"context"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// DueMerges makes the merges that were put off because a call about one of the
// records was in flight, and whose calls have landed.
func (w *Worker) DueMerges(ctx context.Context) error {
	var waiting bool
	err := w.db.View(ctx, func(tx *store.Tx) error {
		due, err := tx.DueMerges(ctx, 1)
		waiting = len(due) > 0
		return err
	})
	for n := 1; err == nil && waiting && n > 0; {
		err = w.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = ingest.DueMerges(ctx, tx, time.Now())
			return err
		})
	}
	return err
}

// sweepLinks links the people whose company is there, and sorts those of domains
// that companies share, which a process that died between the import of a company
// and the linking of its people left.
func (w *Worker) sweepLinks(ctx context.Context) error {
	for more := true; more; {
		err := w.db.Update(ctx, func(tx *store.Tx) error {
			now := time.Now()
			origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "links", Day: fettle.DayOf(now)})
			if err != nil {
				return err
			}
			more, err = ingest.LinkPeople(ctx, tx, nil, origin, fettle.System().Name, now)
			return err
		})
		if err != nil {
			return err
		}
	}
	for after := ""; ; {
		err := w.db.Update(ctx, func(tx *store.Tx) error {
			now := time.Now()
			origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "links", Day: fettle.DayOf(now)})
			if err != nil {
				return err
			}
			after, _, err = ingest.SweepLinks(ctx, tx, after, origin, fettle.System().Name, now)
			return err
		})
		if err != nil || after == "" {
			return err
		}
	}
}
