package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"fettle"
	"fettle/client"
)

// demoNext is said last: what to look at, and what to try.
const demoNext = `
Fettle is at %[1]s (stop with Ctrl-C): its first page counts the signals, and leads to them.
Try in another terminal:
   export FETTLE_SERVER=%[1]s
   fettle signal list                                           who moved, from where, to where
   fettle records --audience job-changers --fields name,job_change_copy
   fettle records --audience vacated-seats --fields name,backfill_copy
   fettle enrichment limit opening-line --credits 300           then resume it: it goes on from the same row
   fettle enrichment why job-changer-copy                       what its spend goes back to, and how to stop it
`

// story is the demo as it is told.
type story struct {
	s   *session
	api *client.Client
}

func (t story) say(format string, args ...any) { _, _ = fmt.Fprintf(t.s.stdout, format, args...) }

// tell tells the story.
func (c *demoCmd) tell(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	t := story{s, api}
	lists, err := demoWorld(c.Seed)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	t.say("A workspace in %s, with a simulated provider.\n\n", s.DB)
	if err := t.read(ctx, fettle.Companies, "companies.csv", lists.companies, true); err != nil {
		return err
	}
	if err := t.read(ctx, fettle.People, "people.csv", lists.people, true); err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return t.jobs(ctx, lists.later) },
		func() error { return t.reuse(ctx) },
		func() error { return t.limit(ctx) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	t.say("\nThe Data Hub now:\n\n")
	v, err := api.Hub(ctx, fettle.People, "")
	if err != nil {
		return err
	}
	showHub(s.stdout, v)
	return nil
}

// read imports one of the lists of the demo.
func (t story) read(ctx context.Context, entity fettle.Entity, name string, file []byte, noRun bool) error {
	v, err := t.api.Import(ctx, client.Import{Entity: entity, File: name, Source: "demo", Map: map[string]string{}, NoRun: noRun, Confirm: true}, bytes.NewReader(file))
	if err == nil {
		t.say("%s: %s, %s created, %s updated, %s unchanged\n", name, plural(v.Read, "row", "rows"), thousands(v.Created), thousands(v.Updated), thousands(v.Unchanged))
	}
	return err
}

// jobs tells who changed jobs: the list comes again a month later, and the play
// writes a line to each who moved.
func (t story) jobs(ctx context.Context, later []byte) error {
	const play, name, backfill = "job-changers", "job-changer-copy", "backfill-copy"
	p, err := t.api.Play(ctx, play)
	if err != nil {
		return err
	}
	if _, err := t.api.Apply(ctx, client.Documents{Text: p.Documents, Confirm: true}); err != nil {
		return err
	}
	t.say("\n1. Who changed jobs. The play %s (fettle play add %s) looks for people with another job, and %s\n"+
		"   asks an AI model for a line to each, within 1,000 credits. The same list comes again a month later:\n\n", play, play, name)
	for _, e := range []string{name, backfill} {
		if _, err := t.api.Start(ctx, e, client.StartOptions{Confirm: true}); err != nil {
			return err
		}
	}
	t.say("   ")
	if err := t.read(ctx, fettle.People, "people-a-month-later.csv", later, false); err != nil {
		return err
	}
	first, err := t.s.work(ctx, t.api, name, idle)
	if err != nil {
		return err
	}
	seats, err := t.s.work(ctx, t.api, backfill, idle)
	if err != nil {
		return err
	}
	if err := t.movers(ctx, first); err != nil {
		return err
	}
	t.say("   %s asks for a line to each company that somebody left: %s, spent %s.\n", backfill, plural(seats.Rows.Found, "line", "lines"), seats.SpentCredits.Words())
	t.say("   ")
	if err := t.read(ctx, fettle.People, "people-a-month-later.csv", later, false); err != nil {
		return err
	}
	again, err := t.s.work(ctx, t.api, name, idle)
	if err == nil {
		_, err = t.s.work(ctx, t.api, backfill, idle)
	}
	if err != nil {
		return err
	}
	t.say("   The same file again: %s more, %s more credits.\n", plural(again.Rows.Found-first.Rows.Found, "line", "lines"), credits(again.SpentCredits-first.SpentCredits))
	return nil
}

// movers shows some of those who moved, with their lines, and what they cost.
func (t story) movers(ctx context.Context, v fettle.EnrichmentView) error {
	const shown = 3
	all, _, err := pages(maxPage, func(after string, limit int) (client.Page[fettle.Signal], error) {
		return t.api.Signals(ctx, client.SignalsQuery{Type: "job_change", After: after, Limit: limit})
	})
	if err != nil {
		return err
	}
	written, err := t.api.Records(ctx, client.Query{Audience: "job-changers", Fields: []string{"job_change_copy"}, Limit: maxPage})
	if err != nil {
		return err
	}
	lines := map[int64]string{}
	for _, r := range written.Items {
		lines[r.ID] = printable(fettle.FormatValue(r.Values["job_change_copy"]))
	}
	slices.SortStableFunc(all, func(a, b fettle.Signal) int { return cmp.Compare(a.Kind, b.Kind) }) // moved before retitled
	for _, x := range all[:min(shown, len(all))] {
		t.say("\n   %s %s: %s → %s\n      %s\n", printable(x.Record), x.Kind, jobText(x.From), jobText(x.To), lines[x.RecordID])
	}
	kinds := map[string]int64{}
	for _, x := range all {
		kinds[x.Kind]++
	}
	t.say("\n   … and %s more.\n\n   %s: %s moved, %s have another title; titles that are only written otherwise are none.\n", thousands(int64(max(0, len(all)-shown))),
		plural(int64(len(all)), "signal", "signals"), thousands(kinds[fettle.KindMoved]), thousands(kinds[fettle.KindRetitled]))
	t.say("   %s, paid once each: spent %s of %s.\n", plural(v.Rows.Found, "line", "lines"), credits(v.SpentCredits), limitText(v.Limit))
	return nil
}

// jobText is one side of a job change.
func jobText(job map[string]string) string {
	return printable(job["title"] + " at " + job["company"])
}

// reuse tells of the first safeguard.
func (t story) reuse(ctx context.Context) error {
	const name, there = "work-email", "berlin"
	if _, err := t.api.Apply(ctx, client.Documents{Text: string(demoDocuments), Confirm: true}); err != nil {
		return err
	}
	t.say("\n2. Reuse. %s runs on the engineering leaders, and is then pointed at everyone in Berlin:\n   whoever is in both is not bought again.\n\n", name)
	if _, err := t.api.Start(ctx, name, client.StartOptions{Confirm: true}); err != nil {
		return err
	}
	first, err := t.s.work(ctx, t.api, name, idle)
	if err != nil {
		return err
	}
	t.say("   engineering-leaders: %s\n", rowsText(first.Rows))
	if _, err := t.api.Pause(ctx, name); err != nil {
		return err
	}
	if _, err := t.api.Point(ctx, name, []string{there}); err != nil {
		return err
	}
	if _, err = t.api.Resume(ctx, name, client.StartOptions{Confirm: true}); err != nil {
		return err
	}
	v, err := t.s.work(ctx, t.api, name, idle)
	if err != nil {
		return err
	}
	t.say("   %s: %s\n", there, rowsText(v.Rows))
	t.say("   %s asked, %s known already: free. Spent %s in all, saved about %s.\n", plural(v.Rows.Found+v.Rows.NotFound, "row", "rows"),
		thousands(v.Rows.Reused+v.Rows.KnownNotFound), v.SpentCredits.Words(), credits(v.SavedCredits/fettle.Credit*fettle.Credit))
	return nil
}

// limit tells of the second safeguard.
func (t story) limit(ctx context.Context) error {
	const name = "opening-line"
	t.say("\n3. The limit. %s asks an AI model for a line to everyone in Berlin, and may spend 250 credits.\n\n", name)
	if _, err := t.api.Start(ctx, name, client.StartOptions{Confirm: true}); err != nil {
		return err
	}
	v, err := t.s.work(ctx, t.api, name, idle)
	if err != nil {
		return err
	}
	t.say("   spent %s of %s, %s left to do, %s\n", credits(v.SpentCredits), limitText(v.Limit), plural(v.RemainingRows, "row", "rows"), stateText(v))
	all, err := t.api.Notifications(ctx, true)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(all) { // as they came
		t.say("   notification: %s\n", printable(n.Message))
	}
	audit, err := t.api.Audit(ctx)
	if err != nil {
		return err
	}
	if !audit.OK {
		return fettle.Errorf(fettle.Internal, "the audit disagrees: run fettle audit --db %s", t.s.DB)
	}
	spent, err := t.api.Credits(ctx)
	if err != nil {
		return err
	}
	t.say("   spent in all: %s. audit: every balance is what the journal says\n", spent.SettledCredits.Words())
	return nil
}
