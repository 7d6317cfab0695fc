package run

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/notify"
	"fettle/store"
)

// Guards stop what nobody meant to spend, at the claim, before anything is
// reserved. A guard on one record sets its row aside until a person lets it run;
// one on the enrichment pauses it. Rows that somebody was asked about are not
// counted.

// QuietPause begins what a pause says for a change that would have spent quietly;
// the guards of a claim say something else.
const QuietPause = "a change would put "

// The bounds of the guards that are not settable.
const (
	guardWindow    = 24 * time.Hour // in which purchases of a cell are counted
	guardDays      = 14             // of which the highest is the usual pace
	guardFewest    = 3              // days of history before anything is compared with it
	guardPace      = 100            // rows a day that are no haste, whatever is usual
	guardAside     = 10             // rows set aside in a day before it pauses, or a hundredth of the day's
	guardOver      = 10 * fettle.Credit
	guardBase      = 50  // rows of history before rates and prices are judged
	guardFailing   = 50  // rows over which failures are counted
	guardMissing   = 100 // rows over which not found is counted
	guardPrices    = 200 // rows of which the median price is taken
	guardExpensive = 50  // rows whose price is compared with it
)

// watch is what the guards of one claim go by.
type watch struct {
	levels   fettle.GuardLevels
	kept     store.GuardMemory
	memory   memory
	today    store.GuardDay // with what this claim adds
	added    store.GuardDay
	usual    int64 // the highest day of those before; -1: too little history
	typical  fettle.Credits
	stopping *fettle.Error // pause the enrichment for it
}

// watching reads what the guards of an enrichment go by.
func (b *batch) watching(ctx context.Context) error {
	day := fettle.DayOf(b.now)
	b.watch = watch{levels: b.p.Definition.Guards.Levels(), today: store.GuardDay{Day: day}, added: store.GuardDay{Day: day}, usual: -1}
	w := &b.watch
	days, err := b.tx.GuardDays(ctx, b.p.ID, fettle.DayOf(b.now.AddDate(0, 0, -guardDays)))
	if err != nil {
		return err
	}
	for _, d := range days {
		if d.Day == day {
			w.today = d
			continue
		}
		if d.Day <= fettle.DayOf(b.now.AddDate(0, 0, -guardFewest)) {
			w.usual = max(w.usual, 0)
		}
	}
	if w.usual == 0 {
		for _, d := range days {
			if d.Day != day {
				w.usual = max(w.usual, d.Entered)
			}
		}
	}
	if w.kept, err = b.tx.GuardMemory(ctx, b.p.ID); err != nil {
		return err
	}
	if w.memory, err = readMemory(w.kept, b.p.Version); err != nil {
		return err
	}
	w.typical = w.memory.medianHeld()
	w.stopping = w.memory.judge(w.levels, w.usual >= 0)
	return nil
}

// unasked reports whether nobody was asked about what opened a row: neither then
// nor by a start or resume since.
func (b *batch) unasked(r store.Row) bool {
	return r.Unasked && r.UpdatedUS > b.watch.kept.AgreedUS
}

// guard judges a row that is about to be bought. It reports whether the row is
// kept back, and why it is set aside; "" where the whole enrichment is to pause.
func (b *batch) guard(r store.Row, k judge.Facts, v judge.Verdict) (back bool, why string) {
	w := &b.watch
	if w.stopping != nil {
		return true, ""
	}
	if !b.unasked(r) {
		return false, ""
	}
	if w.levels.Again > 0 {
		if n := b.boughtUnasked(k, v); n >= w.levels.Again {
			return true, fmt.Sprintf("it was bought %s within a day, and nobody asked for that", times(n))
		}
	}
	if most := w.typical * fettle.Credits(w.levels.Price); w.levels.Price > 0 && w.typical > 0 && w.usual >= 0 && v.Held > most && v.Held-w.typical > guardOver {
		return true, fmt.Sprintf("it may cost %s, the rows before it %s", v.Held.Words(), w.typical.Text())
	}
	if r.Cause == fettle.CauseEntered && w.levels.Entering > 0 && w.usual >= 0 {
		if most := max(guardPace, w.usual*w.levels.Entering); w.today.Entered+w.added.Entered >= most {
			w.stopping = fettle.Errorf(fettle.Refused, "more than %s entered today; the highest of the last %d days was %d", fettle.Count(most, "row", "rows"), guardDays, w.usual)
			return true, ""
		}
	}
	return false, ""
}

// boughtUnasked is how often what a row would ask first was asked about its
// record within a day without anybody's word.
func (b *batch) boughtUnasked(k judge.Facts, v judge.Verdict) int64 {
	n, since := int64(0), b.now.Add(-guardWindow).UnixMicro()
	for _, a := range k.Asked {
		if a.Unasked && a.Operation == b.p.Steps[v.Ask[0].Step].Fingerprint && (a.Open || a.DoneUS > since) {
			n++
		}
	}
	return n
}

// comesBack reports whether a row would be bought or computed once more than the
// definition lets it come back through others.
func (b *batch) comesBack(r store.Row, v judge.Verdict) bool {
	most := b.p.Definition.Loop
	return most > 0 && returns(r) > most && (v.Outcome == "" && !v.Wait || len(v.Gratis) > 0)
}

// keepBack sets a row aside, or leaves it where the whole enrichment pauses.
func (b *batch) keepBack(r store.Row, why string) {
	if why == "" {
		return
	}
	now := r
	now.State, now.Outcome, now.Detail, now.WakeUS, now.UpdatedUS = fettle.RowWaiting, fettle.AwaitsGuard, why, 0, b.now.UnixMicro()
	b.freeOld, b.freeNow, b.free = append(b.freeOld, r), append(b.freeNow, now), append(b.free, judge.Verdict{})
	w := &b.watch
	w.added.Aside++
	if n := w.today.Aside + w.added.Aside; n > max(guardAside, (w.today.Rows+w.added.Rows+n)/100) {
		w.stopping = fettle.Errorf(fettle.Refused, "%s set aside today; of the last one: %s", fettle.Count(n, "row was", "rows were"), why)
	}
}

// count counts a row that begins to be bought.
func (b *batch) count(r store.Row) {
	b.watch.added.Rows++
	if r.Cause == fettle.CauseEntered && b.unasked(r) {
		b.watch.added.Entered++
	}
}

// noteGuards writes what the guards of later claims go by, and tells people what
// was set aside.
func (b *batch) noteGuards(ctx context.Context) error {
	w := &b.watch
	if w.stopping != nil {
		b.out.guard = w.stopping
	}
	if w.added.Rows+w.added.Entered+w.added.Aside == 0 {
		return nil
	}
	if err := b.tx.AddGuardDay(ctx, b.p.ID, w.added); err != nil {
		return err
	}
	if w.added.Aside == 0 {
		return nil
	}
	why := ""
	for _, r := range b.freeNow {
		if r.Outcome == fettle.AwaitsGuard {
			why = r.Detail
		}
	}
	called, err := calledBy(ctx, b.tx, b.p.ID, b.p.Name)
	if err != nil {
		return err
	}
	return b.w.tell(ctx, b.tx, notify.Event{
		Type: fettle.EventGuard, Notice: string(fettle.PausedByGuard), Enrichment: b.p.ID, Name: b.p.Name, Once: fmt.Sprintf("aside:%d:%s", b.p.ID, w.added.Day),
		Message: fmt.Sprintf("A guard set rows of %s aside: %s. Look at them, and let them run if they should (fettle enrichment approve %s).", called, why, b.p.Name),
		Data:    map[string]any{"reason": why, "rows": w.added.Aside},
	})
}

// pauseByGuard pauses an enrichment, and says what that saves.
func (w *Worker) pauseByGuard(ctx context.Context, e store.Enrichment, why *fettle.Error) error {
	left, price := int64(0), fettle.Credits(0)
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		if left, err = pendingRows(ctx, tx, e.ID); err != nil {
			return err
		}
		kept, err := tx.GuardMemory(ctx, e.ID)
		if err != nil {
			return err
		}
		m, err := readMemory(kept, kept.Version)
		price = m.medianHeld()
		return err
	})
	if err != nil {
		return err
	}
	saves := fettle.Count(left, "more row was", "more rows were") + " not bought"
	if price > 0 {
		saves += fmt.Sprintf(", which might have cost %s", (price * fettle.Credits(left)).Words())
	}
	return w.pauseBecause(ctx, e.ID, fettle.PausedByGuard, fettle.Errorf(fettle.Refused, "%s. %s", why.Message, saves).
		WithHint("Look at its rows, then resume to go on (fettle enrichment resume %s).", e.Name), "")
}

// Agree says that somebody looked at an enrichment and lets it go on: its guards
// begin anew.
func Agree(ctx context.Context, tx *store.Tx, enrichment int64, now time.Time) error {
	kept, err := tx.LockGuardMemory(ctx, enrichment)
	if err != nil {
		return err
	}
	kept.AgreedUS = now.UnixMicro()
	m, err := readMemory(kept, kept.Version)
	if err != nil {
		return err
	}
	m.forgive()
	if kept.Memory, err = m.text(); err != nil {
		return err
	}
	if err := tx.PutGuardMemory(ctx, kept); err != nil {
		return err
	}
	return tx.AgreeGuardDay(ctx, enrichment, fettle.DayOf(now))
}

func times(n int64) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
