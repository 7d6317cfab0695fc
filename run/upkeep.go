package run

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// settingNames holds the last person whose names were derived after an upgrade, or
// that all were.
const settingNames, namesDone = "names_derived", "done"

// namesPage is how many people one transaction derives names of.
const namesPage = 1000

// deriveNames derives the names of the people who were there before names were
// derived, a page at a time.
func (w *Worker) deriveNames(ctx context.Context) error {
	for done := false; !done && ctx.Err() == nil; {
		err := w.db.Update(ctx, func(tx *store.Tx) error {
			at, _, err := tx.Setting(ctx, settingNames)
			if err != nil || at == namesDone {
				done = true
				return err
			}
			after, err := strconv.ParseInt(cmp.Or(at, "0"), 10, 64)
			if err != nil {
				return err
			}
			next, err := ingest.DeriveNames(ctx, tx, after, namesPage, time.Now())
			if err != nil {
				return err
			}
			at = strconv.FormatInt(next, 10)
			if next == 0 {
				at, done = namesDone, true
			}
			return tx.PutSetting(ctx, settingNames, at)
		})
		if err != nil {
			return err
		}
	}
	return nil
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
