package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/limits"
	"fettle/store"
)

// What a picture of progress is made of.
const (
	progressPoints = 60      // at most, of a line
	progressLatest = 8       // rows
	keptProgresses = 64      // pictures that are kept, some 10 kB each
	progressRest   = 10      // times as long as it took a picture is shown again: reading passes over every row
	spendEntries   = 200_000 // of the journal that are read for points shorter than a day
	spendDays      = 60      // points of a day
	spendFine      = 3 * 24 * time.Hour
)

// buckets are the lengths of points, the shortest first. Longer ones are whole days.
var buckets = [...]time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// bucketFor is the shortest length of which few enough points cover a stretch.
func bucketFor(span time.Duration) time.Duration {
	for _, b := range buckets {
		if span/b < progressPoints {
			return b
		}
	}
	const day = 24 * time.Hour
	return time.Duration(int64(span)/int64(day*(progressPoints-1))+1) * day
}

// EnrichmentProgress says what an enrichment has done over time, what each of its
// steps came to, its spend in the period of its limit, and which rows ended last.
func (e *Engine) EnrichmentProgress(ctx context.Context, actor fettle.Actor, name string) (v fettle.EnrichmentProgress, err error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return v, err
	}
	e.conns.Refresh(ctx)
	var id int64
	if err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		id = cur.ID
		return err
	}); err != nil {
		return v, err
	}
	turn, err := e.progress.Turn(ctx, id)
	if err != nil {
		return v, err
	}
	defer turn.Give()
	now := time.Now()
	if k := turn.Value; k.took > quickPrice && now.Sub(k.at) < progressRest*k.took {
		return k.view, nil
	}
	if v, err = e.readProgress(ctx, name, now); err == nil {
		*turn.Value = keptProgress{view: v, at: now, took: time.Since(now)}
		turn.Resize(1)
	}
	return v, err
}

// keptProgress is a picture that was read, and how long that took.
type keptProgress struct {
	view fettle.EnrichmentProgress
	at   time.Time
	took time.Duration
}

func (e *Engine) readProgress(ctx context.Context, name string, now time.Time) (v fettle.EnrichmentProgress, err error) {
	v = fettle.EnrichmentProgress{AsOf: now.UTC(), Points: []fettle.RowsPoint{}, Steps: []fettle.StepProgress{}, Latest: []fettle.RowView{}}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		if err := progressOfRows(ctx, tx, cur, &v); err != nil {
			return err
		}
		if err := e.progressOfSteps(ctx, tx, cur, &v); err != nil {
			return err
		}
		v.Spend, err = spendLine(ctx, tx, cur, now)
		return err
	})
	return v, err
}

// progressOfRows counts the rows that have ended by when they did, and shows the last.
func progressOfRows(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.EnrichmentProgress) error {
	span, err := tx.DoneSpan(ctx, cur.ID)
	if err != nil {
		return err
	}
	bucket := bucketFor(time.Duration(span.LastUS-span.FirstUS) * time.Microsecond)
	v.BucketSeconds, v.DoneRows = int64(bucket.Seconds()), span.Rows
	if span.Rows == 0 {
		return nil
	}
	points, err := tx.DoneOver(ctx, cur.ID, bucket.Microseconds())
	if err != nil {
		return err
	}
	for _, p := range points {
		v.Points = append(v.Points, fettle.RowsPoint{At: time.UnixMicro(p.Bucket * bucket.Microseconds()).UTC(), Rows: p.Rows, Found: p.Found, Reused: p.Reused})
	}
	from, n := int64(0), int64(0)
	for i := len(points) - 1; i >= 0 && n < progressLatest; i-- {
		from, n = points[i].Bucket*bucket.Microseconds(), n+points[i].Rows
	}
	rows, err := tx.LatestRows(ctx, cur.ID, from, progressLatest)
	if err != nil {
		return err
	}
	v.Latest, err = rowViews(ctx, tx, cur, rows)
	return err
}

// progressOfSteps says what each step came to. What was charged and is in no step
// is told beside them, so that all of it adds up to what was spent.
func (e *Engine) progressOfSteps(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.EnrichmentProgress) error {
	b, err := tx.Balance(ctx, enrichmentKey(cur.ID))
	if err != nil {
		return err
	}
	stats, err := tx.CallStatsOf(ctx, cur.ID)
	if err != nil {
		return err
	}
	var now []string
	if p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition); err == nil {
		for i := range p.Steps {
			now = append(now, p.Steps[i].Fingerprint)
		}
	} // else what it asked earlier is shown, and no step of today
	v.Steps = stepsOf(cur.Definition, now, stats)
	v.SpentCredits = b.Settled + b.Overrun
	v.OtherCredits = v.SpentCredits
	for _, s := range v.Steps {
		v.OtherCredits -= s.SpentCredits
	}
	return nil
}

func enrichmentKey(id int64) store.BalanceKey {
	return store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(id, 10), Per: fettle.Lifetime}
}

// stepsOf puts what calls came to beside the steps that ask so today, by the
// fingerprints of these. It is pure.
func stepsOf(def fettle.Definition, now []string, stats []store.CallStat) []fettle.StepProgress {
	out := make([]fettle.StepProgress, 0, len(def.Steps))
	for i, s := range def.Steps {
		out = append(out, fettle.StepProgress{Step: int64(i) + 1, Provider: s.Provider, Model: s.Model, Computed: len(s.Formula) > 0})
	}
	earlier := map[[3]string]*fettle.StepProgress{}
	for _, c := range stats {
		var s *fettle.StepProgress
		if i := c.Step; i < len(now) && i < len(out) && now[i] == c.Operation {
			s = &out[i]
		} else {
			k := [3]string{strconv.Itoa(c.Step), c.Provider, c.Model}
			if earlier[k] == nil {
				earlier[k] = &fettle.StepProgress{Step: int64(c.Step) + 1, Provider: c.Provider, Model: c.Model, Earlier: true}
			}
			s = earlier[k]
		}
		s.Asked, s.Found, s.SpentCredits = s.Asked+c.Calls, s.Found+c.Found, s.SpentCredits+c.Hit+c.Miss
	}
	var old []fettle.StepProgress
	for _, s := range earlier {
		old = append(old, *s)
	}
	slices.SortFunc(old, func(a, b fettle.StepProgress) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Model, b.Model))
	})
	out = append(out, old...)
	for i := range out {
		if s := &out[i]; s.Found > 0 {
			s.CostPerFound = judge.About(float64(s.SpentCredits) / float64(s.Found))
		}
	}
	return out
}

// spendLine is spend over time in the period of the limit. Short stretches are read
// from the journal while that is little, else the days from the balances: both are
// what the same calls were charged, by when they left.
func spendLine(ctx context.Context, tx *store.Tx, cur store.Enrichment, now time.Time) (l fettle.SpendLine, err error) {
	l = fettle.SpendLine{Per: fettle.Lifetime, Points: []fettle.SpendPoint{}}
	if lim := cur.Definition.Limit; lim != nil && !lim.None && lim.Per != "" {
		l.Per = lim.Per
	}
	k := enrichmentKey(cur.ID)
	k.Per, k.Start = l.Per, limits.PeriodStart(l.Per, now)
	run := int64(0)
	if l.Per == fettle.PerRun {
		k.Start, run = cur.RunID, cur.RunID
	}
	b, err := tx.Balance(ctx, k)
	if err != nil {
		return l, err
	}
	l.UsedCredits = b.Settled + b.Overrun
	l.BucketSeconds = int64((24 * time.Hour).Seconds())
	from, err := spendFrom(ctx, tx, cur, l.Per, now)
	if err != nil || from.IsZero() {
		return l, err
	}
	l.From = &from
	if next := l.Per.Next(now); !next.IsZero() {
		l.ResetsAt = &next
	}
	points, bucket, err := spendPoints(ctx, tx, cur.ID, run, from, now)
	if err != nil {
		return l, err
	}
	l.BucketSeconds, l.BeforeCredits = int64(bucket.Seconds()), l.UsedCredits
	for _, p := range points {
		l.BeforeCredits -= p.Credits
		l.Points = append(l.Points, fettle.SpendPoint{At: time.UnixMicro(p.Bucket * bucket.Microseconds()).UTC(), Credits: p.Credits})
	}
	return l, nil
}

// spendFrom is when the period of a limit began; zero before the first run.
func spendFrom(ctx context.Context, tx *store.Tx, cur store.Enrichment, per fettle.Period, now time.Time) (time.Time, error) {
	if start := per.Start(now); !start.IsZero() {
		return start, nil
	}
	if per == fettle.PerRun && cur.RunID != 0 {
		r, err := tx.Run(ctx, cur.RunID)
		return time.UnixMicro(r.StartedUS).UTC(), err
	}
	us, err := tx.FirstRun(ctx, cur.ID)
	if err != nil || us == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(us).UTC(), nil
}

func spendPoints(ctx context.Context, tx *store.Tx, enrichment, run int64, from, now time.Time) ([]store.SpentPoint, time.Duration, error) {
	day := 24 * time.Hour
	if now.Sub(from) <= spendFine {
		entries, err := tx.EntriesSince(ctx, from.UnixMicro())
		if err != nil {
			return nil, 0, err
		}
		if entries <= spendEntries {
			bucket := bucketFor(now.Sub(from))
			points, err := tx.SpentOver(ctx, enrichment, run, from.UnixMicro(), bucket.Microseconds())
			return points, bucket, err
		}
	}
	if run != 0 {
		return nil, day, nil // days are not kept by run: what it has used is told alone
	}
	first := fettle.PerDay.Start(from)
	if back := fettle.PerDay.Start(now).AddDate(0, 0, 1-spendDays); back.After(first) {
		first = back
	}
	uses, err := tx.EnrichmentDays(ctx, enrichment, first.UnixMicro())
	if err != nil {
		return nil, 0, err
	}
	var out []store.SpentPoint
	for _, u := range uses {
		if c := u.Settled + u.Overrun; c > 0 {
			out = append(out, store.SpentPoint{Bucket: u.StartUS / day.Microseconds(), Credits: c})
		}
	}
	return out, day, nil
}
