package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/client"
)

type enrichmentRunCmd struct {
	enrichmentName
	IDs     []int64 `name:"ids" xor:"which" placeholder:"ID,…" help:"Only these records, once, live or not; what was bought is not bought again."`
	IDsFile string  `name:"ids-file" xor:"which" type:"existingfile" placeholder:"FILE" help:"Only the records whose ids a file has, apart by lines, spaces or commas; - for the standard input."`
}

// Run starts or resumes the enrichment and waits for its own rows; it waits for no
// tick of a schedule. Without a server it also does the work, in this process.
func (c *enrichmentRunCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.IDs != nil || c.IDsFile != "" {
		return c.chosen(ctx, s, api)
	}
	if err := c.goLive(ctx, s, api); err != nil {
		return err
	}
	v, err := s.work(ctx, api, c.Name, idle)
	if err != nil {
		return err
	}
	if err := s.printEnrichment(v); err != nil {
		return err
	}
	if v.State == fettle.Paused && v.PauseReason != fettle.PausedFinished {
		return s.paused(v)
	}
	return stoppedWhole(v)
}

// chosen runs some records alone, and waits for them: where the enrichment is
// live, for its other rows too.
func (c *enrichmentRunCmd) chosen(ctx context.Context, s *session, api *client.Client) error {
	of := rerunFlags{IDs: c.IDs, IDsFile: c.IDsFile}
	opt, err := of.options(s, c.Name)
	if err != nil {
		return err
	}
	var v fettle.EnrichmentView
	if err := s.confirming(func(confirm bool) error {
		v, err = api.RunRecords(ctx, c.Name, client.Selection{IDs: opt.Records, Confirm: confirm})
		return err
	}); err != nil {
		return err
	}
	until := idle
	if v.State != fettle.Live {
		until = pilotEnded
	}
	if v, err = s.work(ctx, api, c.Name, until); err != nil {
		return err
	}
	if err := s.printEnrichment(v); err != nil {
		return err
	}
	return stoppedWhole(v)
}

// stoppedWhole says that nothing is spent in the whole workspace, of an
// enrichment with something left to do: waiting would not end by itself.
func stoppedWhole(v fettle.EnrichmentView) error {
	for _, x := range v.WaitingFor {
		if x.Reason == fettle.WaitsSpending {
			why, hint, _ := strings.Cut(x.Detail, ". ")
			return fettle.Errorf(fettle.Refused, "%s cannot go on: %s", v.Name, why).WithHint("%s", hint)
		}
	}
	return nil
}

// goLive starts or resumes the enrichment. Another process may do so at the
// same moment: then this one joins in.
func (c *enrichmentRunCmd) goLive(ctx context.Context, s *session, api *client.Client) error {
	v, err := api.Enrichment(ctx, c.Name)
	if err != nil {
		return err
	}
	switch v.State {
	case fettle.Draft:
		if !s.JSON {
			if e, err := api.Estimate(ctx, c.Name, client.EstimateOptions{}); err == nil {
				showEstimate(s.stdout, e)
				_, _ = fmt.Fprintln(s.stdout)
			}
		}
		err = s.confirming(func(confirm bool) error {
			_, err := api.Start(ctx, c.Name, client.StartOptions{Confirm: confirm, Now: true})
			return err
		})
	case fettle.Paused:
		err = s.confirming(func(confirm bool) error {
			_, err := api.Resume(ctx, c.Name, client.StartOptions{Confirm: confirm, Now: true})
			return err
		})
	case fettle.Live:
		if v.Schedule != nil {
			err = s.confirming(func(confirm bool) error {
				_, err := api.Resume(ctx, c.Name, client.StartOptions{Confirm: confirm, Now: true})
				return err
			})
		}
	}
	if err == nil || fettle.CodeOf(err) != fettle.Refused {
		return err
	}
	if now, again := api.Enrichment(ctx, c.Name); again == nil && now.State == fettle.Live {
		return nil
	}
	return err
}

// paused says why a run ended early; nothing of it is an error of the program.
func (s *session) paused(v fettle.EnrichmentView) error {
	hint := map[fettle.PauseReason]string{
		fettle.PausedByLimit:    "Make room as it says, then run again.",
		fettle.PausedByBalance:  "Grant credits with: fettle credits grant N, then run again.",
		fettle.PausedByFailures: fmt.Sprintf("Look at: fettle enrichment rows %s --outcome failed", v.Name),
		fettle.PausedByProvider: "Look at: fettle provider list",
		fettle.PausedByGuard:    fmt.Sprintf("See what its spend goes back to: fettle enrichment why %[1]s. Look at the estimate before you run again: fettle enrichment estimate %[1]s", v.Name),
		fettle.PausedByRestore:  "The database was restored or copied. Run again when you are sure that the original does not run too.",
		fettle.PausedByPerson:   "Someone paused it.",
	}[v.PauseReason]
	detail := v.PauseDetail
	if detail == "" {
		detail = v.Message
	}
	if !strings.HasPrefix(detail, v.Name) { // what a limit says names it already
		detail = strings.TrimSuffix(fmt.Sprintf("%s is paused by %s: %s", v.Name, v.PauseReason, detail), ": ")
	}
	if v.PauseReason == fettle.PausedByFailures && v.Rows.Unknown > 0 {
		hint = "These calls may have been billed: fettle unknown list"
	}
	err := fettle.Errorf(fettle.Refused, "%s", detail).With("pause_reason", v.PauseReason)
	return err.WithHint("%s", hint)
}

// poll is how often a run looks at its enrichment.
const poll = 200 * time.Millisecond

// work waits until done says so, showing progress on a terminal. Without a
// server the calls are made by this process meanwhile.
func (s *session) work(ctx context.Context, api *client.Client, name string, done func(fettle.EnrichmentView) bool) (fettle.EnrichmentView, error) {
	if !s.remote() {
		s.startWorker(ctx)
	}
	bar := s.newProgress()
	defer bar.end()
	var alone deserted
	for {
		v, err := api.Enrichment(ctx, name)
		if err != nil {
			return v, err
		}
		bar.show(v)
		if done(v) {
			return v, nil
		}
		if err := alone.look(v, time.Now()); err != nil && s.remote() {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case err := <-s.workerEnded:
			s.workerEnded <- err // for stopWorker
			return v, err
		case <-time.After(poll):
		}
	}
}

// nobodyFor is how long a run waits for a process that makes calls: a server that
// is started again is there by then.
const nobodyFor = 10 * time.Second

// deserted notices that no process makes calls: waiting would not end by itself.
type deserted struct {
	since time.Time // zero: somebody does
}

func (d *deserted) look(v fettle.EnrichmentView, now time.Time) error {
	switch {
	case !slices.ContainsFunc(v.WaitingFor, func(x fettle.Waiting) bool { return x.Reason == fettle.WaitsNobody }):
		d.since = time.Time{}
		return nil
	case d.since.IsZero():
		d.since = now
	}
	if now.Sub(d.since) < nobodyFor {
		return nil
	}
	return fettle.Errorf(fettle.Unavailable, "nobody is following %s: no process makes calls, and its rows stay as they are", v.Name).
		WithHint("Start one beside the database (fettle serve, or fettle worker on PostgreSQL): it goes on from where it is.")
}

// idle reports whether an enrichment has paused, or has nothing left to do of
// its own: rows that wait for cells which are held elsewhere are not waited
// for.
func idle(v fettle.EnrichmentView) bool {
	if v.State != fettle.Live || stoppedWhole(v) != nil {
		return v.InFlight == 0
	}
	return !v.Planning && v.InFlight == 0 && v.RemainingRows == v.WaitAlone()
}

type enrichmentPilotCmd struct {
	enrichmentName
	Rows int `short:"n" default:"10" help:"How many rows."`
}

// pilotEnded reports whether nothing is left of what runs beside an enrichment that
// is not live.
func pilotEnded(v fettle.EnrichmentView) bool {
	return (!v.Piloting || stoppedWhole(v) != nil) && v.InFlight == 0
}

// Run asks for a pilot and waits for its rows.
func (c *enrichmentPilotCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if _, err := api.Pilot(ctx, c.Name, c.Rows); err != nil {
		return err
	}
	v, err := s.work(ctx, api, c.Name, pilotEnded)
	if err == nil {
		err = stoppedWhole(v)
	}
	if err != nil {
		return err
	}
	allowance, err := api.PilotAllowance(ctx)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		showEnrichment(w, v)
		asked := v.Rows.Found + v.Rows.NotFound
		if asked > 0 {
			_, _ = fmt.Fprintf(w, "\nof %s asked, %s had a value (%s), at %s a row\n", plural(asked, "row", "rows"), thousands(v.Rows.Found),
				percent(float64(v.Rows.Found)/float64(asked)), (v.SpentCredits / fettle.Credits(asked)).Words())
		}
		_, _ = fmt.Fprintf(w, "the whole: fettle enrichment estimate %s\n", c.Name)
		if allowance.Binds {
			_, _ = fmt.Fprintf(w, "your pilots have %s and %s left today\n", plural(allowance.LeftRows, "row", "rows"), allowance.LeftCredits.Words())
		}
	})
}

// progress draws one line on a terminal, again and again.
type progress struct {
	w     io.Writer
	began time.Time
	first int64
	drawn bool

	plain io.Writer // where there is no terminal to draw on
	done  int64
	moved time.Time // when it last did
	said  string
}

// sayAfter is how long a run may stand still before it says why, off a terminal.
const sayAfter = 2 * time.Second

func (s *session) newProgress() *progress {
	p := &progress{began: time.Now(), first: -1, done: -1}
	if s.terminal() && !s.JSON {
		p.w = s.stderr
	} else {
		p.plain = s.stderr
	}
	return p
}

func (p *progress) show(v fettle.EnrichmentView) {
	r := v.Rows
	done := r.Found + r.NotFound + r.Reused + r.KnownNotFound + r.Filled + r.Skipped + r.MissingInput + r.Failed + r.Unknown + r.TakenBack
	if p.w == nil {
		p.sayWhy(v, done, time.Now())
		return
	}
	total := done + r.Pending + r.Running + r.Waiting
	if p.first < 0 {
		p.first = done
	}
	share := 0.0
	if total > 0 {
		share = float64(done) / float64(total)
	}
	spent := v.SpentCredits.Words()
	if v.Limit != nil && v.Limit.Credits != nil {
		spent = credits(v.SpentCredits) + "/" + v.Limit.Credits.Words()
	}
	rate := float64(done-p.first) / max(time.Since(p.began).Seconds(), 0.001)
	line := fmt.Sprintf("%s  |%s|  %s/%s rows  %s found  %s  %s rows/s", v.Name, bar(share), thousands(done), thousands(total), thousands(r.Found), spent, thousands(int64(rate)))
	if len(v.WaitingFor) > 0 {
		line += "  waits for " + waitingText(fettle.EnrichmentView{WaitingFor: v.WaitingFor[:1]})
	}
	_, _ = fmt.Fprintf(p.w, "\r%s\x1b[K", strings.TrimSpace(line))
	p.drawn = true
}

// sayWhy says, off a terminal, why a run stands still: once for each reason.
func (p *progress) sayWhy(v fettle.EnrichmentView, done int64, now time.Time) {
	if done != p.done {
		p.done, p.moved, p.said = done, now, ""
	}
	if len(v.WaitingFor) == 0 || now.Sub(p.moved) < sayAfter || p.said == string(v.WaitingFor[0].Reason) {
		return
	}
	p.said = string(v.WaitingFor[0].Reason)
	_, _ = fmt.Fprintf(p.plain, "%s waits for %s\n", v.Name, waitingText(v))
}

func (p *progress) end() {
	if p.drawn {
		_, _ = fmt.Fprintln(p.w)
	}
}
