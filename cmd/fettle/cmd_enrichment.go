package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"fettle"
	"fettle/client"
)

type enrichmentCmd struct {
	List     enrichmentListCmd     `cmd:"" default:"withargs" help:"List enrichments."`
	Show     enrichmentShowCmd     `cmd:"" help:"One enrichment as it stands."`
	Estimate enrichmentEstimateCmd `cmd:"" help:"What starting now would do and cost."`
	Backtest enrichmentBacktestCmd `cmd:"" help:"What it would have bought, had it been live over the last days. Spends nothing."`
	Pilot    enrichmentPilotCmd    `cmd:"" help:"Run the first rows only, and extrapolate."`
	Start    enrichmentStartCmd    `cmd:"" help:"Make it live. A server or worker runs it."`
	Run      enrichmentRunCmd      `cmd:"" help:"Start or resume it, and wait until nothing is left to do or it pauses."`
	Pause    enrichmentPauseCmd    `cmd:"" help:"Stop new calls."`
	Resume   enrichmentResumeCmd   `cmd:"" help:"Go on, and catch up with what changed."`
	Reset    enrichmentResetCmd    `cmd:"" help:"Clear the rows. Deletes no data, no cell and no charge."`
	Point    enrichmentPointCmd    `cmd:"" help:"Point it at another audience. What was bought is reused."`
	Limit    enrichmentLimitCmd    `cmd:"" help:"Set its credit spend limit. It does not resume."`
	Rows     enrichmentRowsCmd     `cmd:"" help:"List its rows."`
	Runs     enrichmentRunsCmd     `cmd:"" help:"List its runs, or show one: what it cost, filled and overwrote, and why that was allowed."`
	Due      enrichmentDueCmd      `cmd:"" help:"How many rows come due in each of the next twelve weeks, and what they would cost at today's price."`
	Progress enrichmentProgressCmd `cmd:"" help:"Rows done over time, what each step asked, found and cost, and spend in the period of its limit."`
	Versions enrichmentVersionsCmd `cmd:"" help:"List its versions, with what changed."`
	Why      enrichmentWhyCmd      `cmd:"" help:"Why it spends so fast: the import, edit, signal, enrichment or person, with its share, and how to stop it."`
	Rollback enrichmentRollbackCmd `cmd:"" help:"Make it as an older version was. It buys nothing by itself; the limit stays."`
	Retry    enrichmentRetryCmd    `cmd:"" help:"Ask again for rows that ended with an outcome."`
	Approve  enrichmentApproveCmd  `cmd:"" help:"Let the rows run that wait for somebody who may spend, or that a guard set aside."`
	Rerun    enrichmentRerunCmd    `cmd:"" help:"Buy values again. It costs."`
	Rename   enrichmentRenameCmd   `cmd:"" help:"Give it another label; its name stays."`
	Delete   enrichmentDeleteCmd   `cmd:"" help:"Delete an enrichment that is not live."`
}

// enrichmentName is the argument of most of them.
type enrichmentName struct {
	Name string `arg:"" help:"The enrichment."`
}

type enrichmentListCmd struct{}

func (c *enrichmentListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Enrichments(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "label", "state", "next tick", "audience", "#left", "#found", "#reused", "#spent", "#limit")
		for _, v := range all {
			g.row(v.Name, v.Label, stateText(v), nextTick(v), strings.Join(v.Audience, ", "), v.RemainingRows, v.Rows.Found, v.Rows.Reused, v.SpentCredits, limitText(v.Limit))
		}
		g.render(w, "no enrichments: declare one with fettle apply -f FILE")
	})
}

func stateText(v fettle.EnrichmentView) string {
	switch {
	case v.State == fettle.Paused && v.PauseReason != "":
		return "paused: " + string(v.PauseReason)
	case v.State == fettle.Live && !v.Followed:
		return "live, nobody is following"
	case v.Planning:
		return string(v.State) + ", planning"
	}
	return string(v.State)
}

// limitText writes a limit in credits, money and rows.
func limitText(l *fettle.LimitView) string {
	if l == nil {
		return "not set"
	}
	if l.None {
		return "none"
	}
	var parts []string
	if l.Credits != nil {
		text := amount(*l.Credits)
		if l.Money != "" {
			text += " = " + l.Money
		}
		if l.RowsExpected != nil {
			text += " ≈ " + plural(*l.RowsExpected, "row", "rows")
		}
		parts = append(parts, text)
	}
	if l.Records != nil {
		parts = append(parts, plural(*l.Records, "record", "records"))
	}
	text := strings.Join(parts, " and ")
	if l.Per != "" && l.Per != fettle.Lifetime {
		text += " per " + string(l.Per)
	}
	return text
}

type enrichmentShowCmd struct{ enrichmentName }

func (c *enrichmentShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Enrichment(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.printEnrichment(v)
}

func (s *session) printEnrichment(v fettle.EnrichmentView) error {
	return s.print(v, func(w io.Writer) { showEnrichment(w, v) })
}

func showEnrichment(w io.Writer, v fettle.EnrichmentView) {
	state := stateText(v)
	if v.PauseDetail != "" {
		state += " (" + v.PauseDetail + ")"
	}
	held := ""
	if v.ReservedCredits > 0 {
		held = ", " + credits(v.ReservedCredits) + " reserved"
	}
	if v.UnknownCredits > 0 {
		held += ", " + credits(v.UnknownCredits) + " may have been billed"
	}
	if v.OverrunCredits > 0 {
		held += ", " + credits(v.OverrunCredits) + " billed above the stated maximum"
	}
	stale := ""
	if v.StaleRows > 0 {
		stale = plural(v.StaleRows, "row", "rows") + " from an older version (fettle enrichment rerun " + v.Name + " --stale)"
	}
	departed := ""
	if v.DepartedRows > 0 {
		departed = plural(v.DepartedRows, "row", "rows") + " of records that are not in the audience any more (fettle enrichment rows " + v.Name + " --departed)"
	}
	waits := ""
	if v.ApprovalRows > 0 {
		waits = plural(v.ApprovalRows, "row waits", "rows wait") + " for somebody who may spend (fettle enrichment approve " + v.Name + ")"
	}
	aside := ""
	if v.GuardRows > 0 {
		aside = plural(v.GuardRows, "row", "rows") + " set aside by a guard (fettle enrichment rows " + v.Name + " --state waiting; fettle enrichment approve " + v.Name + ")"
	}
	waiting := ""
	if len(v.WaitingFor) > 0 {
		waiting = waitingText(v)
	}
	note := v.Message
	if note != "" && strings.Contains(waiting, note) {
		note = "" // said already
	}
	pairs(w, "name", v.Name, "label", v.Label, "state", state, "waiting for", waiting, "schedule", scheduleText(v), "next", nextTicks(v), "ticks", ticksText(v), "audience", strings.Join(v.Audience, ", "), "version", v.Version, "limit", limitText(v.Limit),
		"spent", amount(v.SpentCredits)+held, "saved", saved(v), "rows", rowsText(v.Rows), "left", plural(v.RemainingRows, "row", "rows"),
		"approval", waits, "aside", aside, "stale", stale, "departed", departed, "note", note)
}

// waitingText says in a line what an enrichment waits for.
func waitingText(v fettle.EnrichmentView) string {
	parts := make([]string, 0, len(v.WaitingFor))
	for _, x := range v.WaitingFor {
		text := strings.ReplaceAll(string(x.Reason), "_", " ") + ": " + printable(x.Detail)
		if x.Rows > 0 {
			text += " (" + plural(x.Rows, "row", "rows") + ")"
		}
		if x.Until != nil && x.Reason != fettle.WaitsSchedule { // which says when
			text += ", until " + x.Until.Local().Format(time.TimeOnly)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func saved(v fettle.EnrichmentView) string {
	if v.SavedCredits == 0 {
		return ""
	}
	return v.SavedCredits.Words() + ", on what was bought before"
}

// rowsText lists the counts that are not zero.
func rowsText(r fettle.RowCounts) string {
	var parts []string
	for _, c := range []struct {
		n    int64
		name string
	}{
		{r.Found, "found"},
		{r.NotFound, "not found"},
		{r.Reused, "reused"},
		{r.KnownNotFound, "known not found"},
		{r.Filled, "already had a value"},
		{r.Skipped, "skipped"},
		{r.MissingInput, "missing input"},
		{r.Failed, "failed"},
		{r.Unknown, "may have been billed"},
		{r.TakenBack, "taken back"},
		{r.Running, "running"},
		{r.Waiting, "waiting"},
		{r.Pending, "pending"},
	} {
		if c.n > 0 {
			parts = append(parts, thousands(c.n)+" "+c.name)
		}
	}
	if len(parts) == 0 {
		return "none yet"
	}
	return strings.Join(parts, ", ")
}

type enrichmentEstimateCmd struct {
	enrichmentName
	Audience []string `help:"As if it were pointed there."`
	Rerun    bool     `help:"What fettle enrichment rerun would buy again, instead of a start: all, or by one of the flags below."`
	rerunFlags

	SkipExpired bool `help:"Without those whose time ran out while it was paused."`
}

func (c *enrichmentEstimateCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	opt := client.EstimateOptions{Audience: c.Audience, Rerun: c.Rerun, SkipExpired: c.SkipExpired}
	if opt.RerunOptions, err = c.options(s, c.Name); err != nil {
		return err
	}
	e, err := api.Estimate(ctx, c.Name, opt)
	if err != nil {
		return err
	}
	return s.print(e, func(w io.Writer) { showEstimate(w, e) })
}

func showEstimate(w io.Writer, e fettle.Estimate) {
	g := newGrid("rows", "#", "")
	for _, r := range []struct {
		name string
		n    int64
		why  string
		keep bool
	}{
		{"in the audience", e.AudienceRows, "", true},
		{"to run", e.ToRun, sampleText(e.SampleRun), true},
		{"reused", e.Reused, "free: bought before" + more(sampleText(e.SampleReused)), true},
		{"worked out", e.Computed, "free: a formula", false},
		{"known not found", e.KnownNotFound, "free: asked before", false},
		{"already filled", e.Filled, "free: they have a value", false},
		{"skipped", e.Skipped - e.Suppressed, "free: the condition is false", false},
		{"suppressed", e.Suppressed, "free: do not enrich", false},
		{"missing input", e.MissingInput - e.SharedKeys, "free: nothing to ask with", false},
		{"shared key", e.SharedKeys, "free: others have the same one (allow_shared_keys: true asks all the same)", false},
		{"taken back", e.TakenBack, "free: a person took the value back; rerun them to ask again", false},
		{"waiting", e.Waiting, "another call holds the cell", false},
		{"expired", e.ExpiredRows, "their time ran out in the pause: among those to run, unless --skip-expired; " + e.ExpiredCredits.Words() + " expected", false},
	} {
		if r.keep || r.n > 0 {
			g.row(r.name, r.n, r.why)
		}
	}
	g.render(w, "")
	_, _ = fmt.Fprintln(w)
	limit, balance := "none", "nothing was granted: only limits bind"
	if e.LimitLeftCredits != nil {
		limit = amount(*e.LimitLeftCredits)
	}
	if n := e.LimitLeftRecords; n != nil {
		limit = strings.TrimPrefix(limit+", "+thousands(*n)+" records", "none, ")
	}
	if e.BalanceCredits != nil {
		balance = amount(*e.BalanceCredits)
	}
	perMonth := ""
	if e.PerMonthCredits > 0 {
		perMonth = amount(e.PerMonthCredits)
	}
	savedText := ""
	if e.SavedCredits > 0 {
		savedText = amount(e.SavedCredits)
	}
	pairs(w, "cost", fmt.Sprintf("%s expected, %s to %s credits (at most %s)", credits(e.ExpectedCredits), credits(e.LowCredits), credits(e.HighCredits), e.HighMoney),
		"without limits", withoutLimits(e), "one row", "at most "+amount(e.PerRowCredits), "per month", perMonth, "saved", savedText, "limit leaves", limit, "balance", balance)
	showOutlook(w, e.Outlook)
	for _, b := range e.Basis {
		_, _ = fmt.Fprintf(w, "expected by: %s\n", printable(b))
	}
	for _, v := range e.VendorBalances {
		_, _ = fmt.Fprintln(w, vendorText(v))
	}
	if e.NextRun {
		_, _ = fmt.Fprintln(w, "The limit of this run is used up: resume begins the next one, and buys no record twice.")
	}
	if e.PilotAdvised {
		_, _ = fmt.Fprintf(w, "! %s (fettle enrichment pilot %s)\n", printable(e.PilotWhy), e.Enrichment)
	}
	for _, warning := range e.Warnings {
		_, _ = fmt.Fprintf(w, "! %s\n", printable(warning))
	}
}

// vendorText says what is left at a provider.
func vendorText(v fettle.VendorBalance) string {
	if v.Left == nil {
		return printable(v.Title) + " does not say what is left on the account there"
	}
	return fmt.Sprintf("%s has %s left, %s expected to be used", printable(v.Title), printable(v.LeftText()), credits(v.Wanted))
}

// withoutLimits says what all rows would cost, where limits or the balance let
// fewer be bought.
func withoutLimits(e fettle.Estimate) string {
	if e.UnlimitedCredits <= e.HighCredits {
		return ""
	}
	return fmt.Sprintf("%s expected, at most %s", credits(e.UnlimitedExpectedCredits), e.UnlimitedCredits.Words())
}

func sampleText(samples []fettle.Sample) string {
	names := make([]string, len(samples))
	for i, x := range samples {
		names[i] = x.Name
	}
	if len(names) == 0 {
		return ""
	}
	return "such as " + strings.Join(names, ", ")
}

func more(s string) string {
	if s == "" {
		return ""
	}
	return ", " + s
}

// enrichmentStep is a command that does one thing and shows what came of it.
func (s *session) enrichmentStep(ctx context.Context, do func(api *client.Client) (fettle.EnrichmentView, error)) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := do(api)
	if err != nil {
		return err
	}
	return s.printEnrichment(v)
}

type enrichmentStartCmd struct {
	enrichmentName
	Estimate string `placeholder:"ID" help:"The estimate that was shown: the start is kept beside it."`
	Now      bool   `help:"Do not wait for the next tick of its schedule."`
}

func (c *enrichmentStartCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.Start(ctx, c.Name, client.StartOptions{EstimateID: c.Estimate, Confirm: confirm, Now: c.Now})
			return err
		})
		return v, err
	})
}

type enrichmentPauseCmd struct{ enrichmentName }

func (c *enrichmentPauseCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	stop, err := api.Pause(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(stop, func(w io.Writer) {
		if stop.Confirmed {
			_, _ = fmt.Fprintf(w, "%s is paused: no new call leaves\n", c.Name)
		} else {
			_, _ = fmt.Fprintf(w, "%s is paused, not confirmed by: %s\n", c.Name, strings.Join(stop.NotConfirmed, "; "))
		}
		if stop.InFlight > 0 {
			_, _ = fmt.Fprintf(w, "%s in flight will land and be paid once, at most %s\n", plural(stop.InFlight, "call", "calls"), stop.InFlightCredits.Words())
		}
		_, _ = fmt.Fprintln(w, "New data does not update it while it is paused; resume catches up.")
	})
}

type enrichmentResumeCmd struct {
	enrichmentName
	SkipExpired bool `help:"Leave out those whose time ran out while it was paused."`
	Now         bool `help:"Do not wait for the next tick of its schedule; of one that is live, what is due leaves now."`
}

func (c *enrichmentResumeCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.Resume(ctx, c.Name, client.StartOptions{Confirm: confirm, SkipExpired: c.SkipExpired, Now: c.Now})
			return err
		})
		return v, err
	})
}

type enrichmentResetCmd struct{ enrichmentName }

func (c *enrichmentResetCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (fettle.EnrichmentView, error) { return api.Reset(ctx, c.Name) })
}

type enrichmentPointCmd struct {
	enrichmentName
	Audience []string `required:"" help:"Where to: one audience, or several between commas."`
}

func (c *enrichmentPointCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (fettle.EnrichmentView, error) {
		return api.Point(ctx, c.Name, c.Audience)
	})
}

// limitFlags say a limit.
type limitFlags struct {
	Credits string `placeholder:"N" help:"At most so many credits."`
	Records *int64 `placeholder:"N" help:"At most so many records."`
	Per     string `enum:"lifetime,day,month,run" default:"lifetime" help:"Begin anew each day or month (UTC) or run; lifetime without it."`
	None    bool   `help:"No limit. It has to be said."`
}

func (f limitFlags) limit() (fettle.Limit, error) {
	l := fettle.Limit{None: f.None, Records: f.Records, Per: fettle.Period(f.Per)}
	if f.Credits != "" {
		n, err := fettle.ParseCredits(f.Credits)
		if err != nil {
			return l, err
		}
		l.Credits = &n
	}
	set := l.Credits != nil || l.Records != nil
	if set == l.None {
		return l, fettle.Errorf(fettle.Invalid, "say one limit").WithHint("Give --credits N, --records N or both, or --none.")
	}
	if l.Records != nil && *l.Records < 0 {
		return l, fettle.Errorf(fettle.Invalid, "--records is %d", *l.Records).WithHint("Give a number that is not negative.")
	}
	return l, nil
}

type enrichmentLimitCmd struct {
	enrichmentName
	limitFlags
	Resume bool `help:"Go on where it stopped."`
}

func (c *enrichmentLimitCmd) Run(ctx context.Context, s *session) error {
	l, err := c.limit()
	if err != nil {
		return err
	}
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.SetEnrichmentLimit(ctx, c.Name, l, c.Resume, confirm)
			return err
		})
		return v, err
	})
}

type enrichmentDeleteCmd struct{ enrichmentName }

func (c *enrichmentDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: "this deletes the enrichment " + c.Name + "; what it bought stays", says: "deleted " + c.Name,
		there: func(ctx context.Context, api *client.Client) error {
			_, err := api.Enrichment(ctx, c.Name)
			return err
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteEnrichment(ctx, c.Name) },
	}.take(ctx, s)
}
