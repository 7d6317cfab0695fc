package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// What is read of a run's entries for one answer: so many of the change log at a
// time, and at most so many times.
const (
	runWindow  = 20_000
	runWindows = 10
)

// maxRuns is the most runs of one page.
const maxRuns = 100

// Runs lists the runs of an enrichment, newest first, from before one of them on.
func (e *Engine) Runs(ctx context.Context, actor fettle.Actor, name string, before int64, limit int) (out []fettle.RunView, next int64, err error) {
	out = []fettle.RunView{}
	if err := actor.Require(fettle.Viewer, "see runs"); err != nil {
		return out, 0, err
	}
	if limit <= 0 {
		limit = 20
	}
	limit = min(limit, maxRuns)
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		list, err := tx.RunsBefore(ctx, cur.ID, before, limit+1)
		if err != nil {
			return err
		}
		if len(list) > limit {
			list = list[:limit]
			next = list[limit-1].ID
		}
		for _, r := range list {
			v, err := viewRun(ctx, tx, cur.Name, r)
			if err != nil {
				return err
			}
			v.Estimate = nil
			out = append(out, v)
		}
		return nil
	})
	return out, next, err
}

// EnrichmentRun gives one run of an enrichment.
func (e *Engine) EnrichmentRun(ctx context.Context, actor fettle.Actor, name string, id int64) (v fettle.RunView, err error) {
	if err := actor.Require(fettle.Viewer, "see runs"); err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		_, r, err := runOf(ctx, tx, name, id)
		if err == nil {
			v, err = viewRun(ctx, tx, name, r)
		}
		return err
	})
	return v, err
}

// runOf reads a run and checks that it is of the enrichment.
func runOf(ctx context.Context, tx *store.Tx, name string, id int64) (store.Enrichment, store.Run, error) {
	cur, err := tx.Enrichment(ctx, name)
	if err != nil {
		return cur, store.Run{}, err
	}
	r, err := tx.Run(ctx, id)
	if err == nil && r.EnrichmentID != cur.ID || fettle.CodeOf(err) == fettle.NotFound {
		err = fettle.Errorf(fettle.NotFound, "%s has no run %d", name, id).WithHint("Its runs are listed under Runs (fettle enrichment runs %s).", name)
	}
	return cur, r, err
}

func viewRun(ctx context.Context, tx *store.Tx, name string, r store.Run) (fettle.RunView, error) {
	v := fettle.RunView{
		ID: r.ID, Enrichment: name, Kind: r.Kind, Audience: r.Audience, Actor: r.Actor, StartedAt: time.UnixMicro(r.StartedUS).UTC(), Estimate: r.Estimate,
		Set: store.SetID(store.SetRun, r.ID),
	}
	if r.EndedUS != 0 {
		at := time.UnixMicro(r.EndedUS).UTC()
		v.EndedAt = &at
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(r.EnrichmentID, 10), Per: fettle.PerRun, Start: r.ID})
	if err != nil {
		return v, err
	}
	v.SpentCredits, v.ReservedCredits, v.UnknownCredits, v.PaidRecords = b.Settled+b.Overrun, b.Reserved, b.Unknown, b.SettledRecords
	n, err := tx.RunWrites(ctx, r.ID)
	if n != nil {
		v.Fills, v.Overwrites, v.EmptyOverValue = &n.Fills, &n.Overwrites, &n.Emptied
	}
	return v, err
}

// RunOverwrites lists the values that a run put in the place of others, oldest
// first, from behind a place of the change log on. A page may be short, or empty,
// and have a next one: so much of the log is read at once and no more.
func (e *Engine) RunOverwrites(ctx context.Context, actor fettle.Actor, name string, id, after int64, limit int) (out []fettle.RunOverwrite, next int64, err error) {
	out = []fettle.RunOverwrite{}
	if err := actor.Require(fettle.Viewer, "see runs"); err != nil {
		return out, 0, err
	}
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, MaxChanges)
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, r, err := runOf(ctx, tx, name, id)
		if err != nil {
			return err
		}
		if n, err := tx.RunWrites(ctx, id); err != nil || n != nil && n.Overwrites+n.Emptied == 0 {
			return err
		}
		o := overwrites{cur: cur, limit: limit, after: after}
		if out, err = o.read(ctx, tx, r); err == nil {
			next = o.next
			err = o.explain(ctx, tx, out)
		}
		return err
	})
	return out, next, err
}

// overwrites is the reading of a page of a run's overwrites.
type overwrites struct {
	cur   store.Enrichment
	limit int
	after int64
	next  int64 // where the page after begins; 0: there is none

	origins []int64 // of the values before, beside the page
}

func (o *overwrites) read(ctx context.Context, tx *store.Tx, r store.Run) ([]fettle.RunOverwrite, error) {
	out := []fettle.RunOverwrite{}
	own, _, err := tx.OriginsOfRun(ctx, o.cur.ID, r.ID)
	if err != nil || len(own) == 0 {
		return out, err
	}
	last, err := tx.NewestChange(ctx)
	if err != nil {
		return out, err
	}
	if o.after == 0 {
		first, err := tx.ChangeSince(ctx, r.StartedUS-runSlackUS)
		if err != nil {
			return out, err
		}
		o.after = first - 1
	}
	for range runWindows {
		to := min(o.after+runWindow, last)
		entries, err := tx.EntriesBetween(ctx, o.after, to, own)
		if err != nil {
			return out, err
		}
		for _, c := range entries {
			if out, err = o.take(out, c); err != nil {
				return out, err
			}
			if len(out) >= o.limit { // an entry is never on two pages
				o.next = c.ID
				return out, nil
			}
		}
		if o.after = to; to == last {
			return out, nil
		}
	}
	o.next = o.after
	return out, nil
}

// take adds what an entry overwrote.
func (o *overwrites) take(out []fettle.RunOverwrite, c store.ChangeEvent) ([]fettle.RunOverwrite, error) {
	if c.Kind != store.ChangeUpdate {
		return out, nil
	}
	all, err := past.Changes(c.Changes)
	if err != nil {
		return out, err
	}
	for _, field := range slices.Sorted(maps.Keys(all)) {
		x := all[field]
		if !slices.Contains(o.cur.Definition.Outputs.Fields(), field) && field == past.CompanyField || string(x.Old) == "null" || string(x.Old) == string(x.New) {
			continue
		}
		out = append(out, fettle.RunOverwrite{
			RecordID: c.Record, Field: field, Before: valueOrBlank(x.Old), After: valueOrBlank(x.New), At: time.UnixMicro(c.AtUS).UTC(), Attempt: c.Attempt,
			Policy: strconv.FormatInt(c.From.Version, 10),
		})
		o.origins = append(o.origins, x.Origin)
	}
	return out, nil
}

// explain says of overwrites what they were of and why they were allowed.
func (o *overwrites) explain(ctx context.Context, tx *store.Tx, list []fettle.RunOverwrite) error {
	var ids, calls []int64
	for _, x := range list {
		ids, calls = append(ids, x.RecordID), append(calls, x.Attempt)
	}
	slices.Sort(ids)
	names, err := recordNames(ctx, tx, o.cur.Entity, slices.Compact(ids))
	if err != nil {
		return err
	}
	slices.Sort(calls)
	made, err := tx.AttemptsByID(ctx, slices.Compact(calls))
	if err != nil {
		return err
	}
	causes := make(map[int64]fettle.Cause, len(made))
	for _, a := range made {
		causes[a.ID] = a.Cause
	}
	from, err := tx.OriginsByID(ctx, slices.Clone(o.origins))
	if err != nil {
		return err
	}
	versions, err := tx.Versions(ctx, o.cur.ID)
	if err != nil {
		return err
	}
	policies := map[string]fettle.WritePolicy{}
	for _, v := range versions {
		policies[strconv.FormatInt(v.Version, 10)] = v.Definition.Write
	}
	for i := range list {
		x := &list[i]
		x.Record, x.Cause = names[x.RecordID], string(causes[x.Attempt])
		policy := policies[x.Policy]
		if policy == "" {
			policy = o.cur.Definition.Write
		}
		x.Policy = string(policy)
		was := from[o.origins[i]]
		x.SourceKind, x.Source = was.Kind, was.Label()
		if day, err := time.Parse("2006-01-02", string(was.Day)); err == nil {
			days := int64(x.At.Sub(day).Hours() / 24)
			x.AgeDays = &days
		}
		x.Why = whyOverwritten(*x)
	}
	return nil
}

// whyOverwritten says in a sentence why a value was allowed to go.
func whyOverwritten(x fettle.RunOverwrite) string {
	rule := "overwrite replaces what no person set"
	switch {
	case x.SourceKind == store.OriginDerived:
		rule = "what is derived gives way to any other value"
	case fettle.WritePolicy(x.Policy) == fettle.OverwriteAll:
		rule = "overwrite_all replaces whatever is there"
	case fettle.WritePolicy(x.Policy) == fettle.FillBlanks:
		rule = "a value that was bought is replaced when it is bought again"
		if x.Cause != "" {
			rule += " (" + x.Cause + ")"
		}
	}
	source := "it is not known whence it came"
	if x.SourceKind != "" {
		source = "it came from " + x.Source
		if x.SourceKind == store.OriginPerson {
			source = "a person had set it"
		}
	}
	if x.AgeDays == nil {
		return rule + "; " + source
	}
	if *x.AgeDays == 0 {
		return rule + "; " + source + " on the same day"
	}
	return fmt.Sprintf("%s; %s %s before", rule, source, many(*x.AgeDays, "day", "days"))
}
