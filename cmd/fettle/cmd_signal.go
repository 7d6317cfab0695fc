package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/client"
)

type signalCmd struct {
	List   signalListCmd   `cmd:"" default:"withargs" help:"What happened to records, newest first."`
	Show   signalShowCmd   `cmd:"" help:"One signal, by its number, with each of its tellings; or one rule, by its name."`
	Post   signalPostCmd   `cmd:"" help:"Say what happened to records: from a CSV or JSON file."`
	Rules  signalRulesCmd  `cmd:"" help:"What is looked for, what came of it, and what disagreed. Make rules with: fettle apply -f FILE (kind: Signal)."`
	Check  signalCheckCmd  `cmd:"" help:"Have a poll ask now: run its enrichment, whose estimate, limit and pause are as of any other (fettle enrichment … NAME)."`
	Pause  signalPauseCmd  `cmd:"" help:"Have a rule look at nothing more."`
	Resume signalResumeCmd `cmd:"" help:"Have a rule go on from where it stopped."`
	Rename signalRenameCmd `cmd:"" help:"Give a rule another label; its name stays."`
	Delete signalDeleteCmd `cmd:"" help:"Delete a rule. What it raised stays."`
	Token  signalTokenCmd  `cmd:"" help:"Make the token with which others post to a rule's hook; the one before ends."`
	Posts  signalPostsCmd  `cmd:"" help:"What a rule's hook was sent, newest first, and what became of it."`
}

type signalListCmd struct {
	Entity    string `default:"" enum:",people,companies" help:"Only people or companies."`
	Type      string `placeholder:"TYPE" help:"Only this type, such as job_change."`
	Kind      string `placeholder:"KIND" help:"Only this kind, such as moved."`
	Rule      string `placeholder:"NAME" help:"Only what this rule raised."`
	Record    int64  `placeholder:"ID" help:"Only those of this record."`
	Audience  string `placeholder:"NAME" help:"Only those of its records."`
	Since     string `placeholder:"30d" help:"Learned of since then: 30d, a date or a time."`
	Retracted bool   `help:"Those that were taken back too."`
	Limit     int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *signalListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	q := client.SignalsQuery{
		Entity: fettle.Entity(c.Entity), Type: c.Type, Kind: c.Kind, Rule: c.Rule, Record: c.Record, Audience: c.Audience, Since: c.Since, Retracted: c.Retracted,
	}
	all, _, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.Signal], error) {
		q.After, q.Limit = after, limit
		return api.Signals(ctx, q)
	})
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#id", "at", "type", "kind", "#record", "name", "from", "to", "source", "#witnesses")
		for _, v := range all {
			name := v.Record
			if v.Sample {
				name += " (sample)"
			}
			if v.RetractedAt != nil {
				name += " (taken back)"
			}
			g.row(v.ID, v.At.Format(time.DateOnly), v.Type, v.Kind, v.RecordID, name, texts(v.From), texts(v.To), v.Source, v.Witnesses)
		}
		g.render(w, "no signals")
	})
}

// texts writes what a signal holds in one line.
func texts(values map[string]string) string {
	out := make([]string, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, name+" "+values[name])
	}
	return strings.Join(out, ", ")
}

type signalShowCmd struct {
	Name string `arg:"" help:"The number of a signal, or the name of a rule."`
}

func (c *signalShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var id int64
	if _, err := fmt.Sscanf(c.Name, "%d", &id); err != nil || fmt.Sprint(id) != c.Name {
		v, err := api.SignalRule(ctx, c.Name)
		if err != nil {
			return err
		}
		return s.print(v, func(w io.Writer) { printRule(w, v) })
	}
	v, err := api.Signal(ctx, id)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printSignal(w, v) })
}

func printSignal(w io.Writer, v fettle.Signal) {
	_, _ = fmt.Fprintf(w, "%s %s of %s (record %d), learned of %s\n", v.Type, v.Kind, printable(v.Record), v.RecordID, v.At.Format(time.DateTime))
	if v.RetractedAt != nil {
		_, _ = fmt.Fprintf(w, "taken back %s\n", v.RetractedAt.Format(time.DateTime))
	}
	if v.Since != nil {
		_, _ = fmt.Fprintf(w, "since    %s\n", *v.Since)
	}
	for _, x := range []struct {
		what   string
		values map[string]string
	}{{"from", v.From}, {"to", v.To}, {"details", v.Details}} {
		if len(x.values) > 0 {
			_, _ = fmt.Fprintf(w, "%-8s %s\n", x.what, printable(texts(x.values)))
		}
	}
	g := newGrid("told by", "rule", "at", "since", "evidence", "")
	for _, t := range v.Told {
		since, gone := "", ""
		if t.Since != nil {
			since = string(*t.Since)
		}
		if t.GoneAt != nil {
			gone = "taken back " + t.GoneAt.Format(time.DateOnly)
		}
		g.row(t.Source, t.Rule, t.At.Format(time.DateTime), since, t.Evidence, gone)
	}
	g.render(w, "")
}

func printRule(w io.Writer, v fettle.SignalRuleView) {
	_, _ = fmt.Fprintf(w, "%s: %s of %s, %s, %s\n", v.Name, v.Type, v.Entity, v.Detect, v.State)
	if v.Label != v.Name {
		_, _ = fmt.Fprintf(w, "label    %s\n", printable(v.Label))
	}
	if v.When != "" {
		_, _ = fmt.Fprintf(w, "when     %s\n", printable(v.When))
	}
	if v.Settle > 0 {
		_, _ = fmt.Fprintf(w, "settle   changes of a record within %s are one signal\n", v.Settle)
	}
	if v.FirstWord != "" {
		_, _ = fmt.Fprintln(w, "first    a source's first word on a field that another filled counts")
	}
	if v.Enrichment != "" {
		_, _ = fmt.Fprintf(w, "asks     %s about %s, every %s: fettle enrichment show %s\n", v.Provider, v.Audience, v.Every, v.Enrichment)
	}
	if v.CompanionAudience != "" {
		_, _ = fmt.Fprintf(w, "audience %s\n", v.CompanionAudience)
	}
	_, _ = fmt.Fprintf(w, "%s", plural(v.Signals, "signal", "signals"))
	if v.LastAt != nil {
		_, _ = fmt.Fprintf(w, ", the newest of %s", v.LastAt.Format(time.DateTime))
	}
	_, _ = fmt.Fprintln(w)
	if len(v.Disagreements) == 0 {
		return
	}
	g := newGrid("disagrees", "in", "#times", "#last record")
	for _, d := range v.Disagreements {
		g.row(d.Source, d.Field, d.Times, d.LastID)
	}
	g.render(w, "")
}

type signalRulesCmd struct{}

func (c *signalRulesCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	rules, err := api.SignalRules(ctx)
	if err != nil {
		return err
	}
	return printList(s, rules, func(w io.Writer) {
		g := newGrid("name", "label", "type", "entity", "detect", "state", "#signals", "#disagreements", "audience")
		for _, v := range rules {
			n := int64(0)
			for _, d := range v.Disagreements {
				n += d.Times
			}
			g.row(v.Name, v.Label, v.Type, v.Entity, v.Detect, v.State, v.Signals, n, v.CompanionAudience)
		}
		g.render(w, "no signal rules")
	})
}

type signalPauseCmd struct {
	Name string `arg:"" help:"The rule."`
}

func (c *signalPauseCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.PauseSignalRule(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s is paused\n", v.Name) })
}

type signalResumeCmd struct {
	Name string `arg:"" help:"The rule."`
}

func (c *signalResumeCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.ResumeSignalRule(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s goes on\n", v.Name) })
}

type signalDeleteCmd struct {
	Name string `arg:"" help:"The rule."`
}

func (c *signalDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: "this deletes the signal rule " + c.Name + "; what it raised stays", says: "deleted " + c.Name,
		there: func(ctx context.Context, api *client.Client) error {
			_, err := api.SignalRule(ctx, c.Name)
			return err
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteSignalRule(ctx, c.Name) },
	}.take(ctx, s)
}

type signalTokenCmd struct {
	Name string `arg:"" help:"The rule, which says how a body is read (hook:)."`
	End  bool   `help:"End the token that there is instead."`
}

func (c *signalTokenCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.End {
		if err := api.DeleteHookToken(ctx, c.Name); err != nil {
			return err
		}
		return s.print(map[string]string{"ended": c.Name}, func(w io.Writer) { _, _ = fmt.Fprintf(w, "the token of %s has ended\n", c.Name) })
	}
	v, err := api.MakeHookToken(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, v.Token) // alone, for a script
		_, _ = fmt.Fprintf(s.stderr, "POST %s with Authorization: Bearer and this token. It is not shown again.\n", v.Path)
	})
}

type signalPostsCmd struct {
	Name  string `arg:"" help:"The rule."`
	Limit int    `default:"20" placeholder:"N" help:"How many, at most 100."`
}

func (c *signalPostsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.HookBodies(ctx, c.Name, c.Limit)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		for _, b := range all {
			_, _ = fmt.Fprintf(w, "%s  %s\n  %s\n", b.At.Format(time.DateTime), postedText(b.Answer), printable(string(b.Body)))
			for _, p := range b.Answer.Signals {
				if p.Outcome == fettle.PostInvalid {
					_, _ = fmt.Fprintf(w, "  %s: %s\n", p.Key, printable(p.Reason))
				}
			}
		}
	})
}

// signalCheckCmd runs the enrichment by which a poll asks.
type signalCheckCmd struct {
	Name string `arg:"" help:"The poll."`
}

func (c *signalCheckCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.SignalRule(ctx, c.Name)
	if err != nil {
		return err
	}
	if v.Enrichment == "" {
		return fettle.Errorf(fettle.Refused, "%s asks nobody: it is detect: %s", c.Name, v.Detect).WithHint("Only polls are checked; signals are listed by: fettle signal list --rule %s", c.Name)
	}
	run := enrichmentRunCmd{enrichmentName: enrichmentName{Name: v.Enrichment}}
	return run.Run(ctx, s)
}
