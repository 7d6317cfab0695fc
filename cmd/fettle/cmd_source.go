package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"fettle"
	"fettle/client"
)

type sourceCmd struct {
	List   sourceListCmd   `cmd:"" default:"withargs" help:"List every way by which records come in or go out: last run, rows, what comes next, what went wrong."`
	Token  sourceTokenCmd  `cmd:"" help:"Make the token with which others send records to a source; the one before ends."`
	Posts  sourcePostsCmd  `cmd:"" help:"What a source was sent, newest first, and what became of it."`
	Replay sourceReplayCmd `cmd:"" help:"Read bodies again that are kept, by what the source says now."`
	Read   sourceReadCmd   `cmd:"" help:"Read the file of a source now, as its schedule would."`
	Set    sourceSetCmd    `cmd:"" help:"Keep the secret with which the file of a source is fetched."`
	Delete sourceDeleteCmd `cmd:"" help:"Take a source away, with what was sent there. The records stay."`
}

type sourceListCmd struct{}

func (c *sourceListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Flows(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("direction", "kind", "name", "label", "from or to", "state", "last run", "#rows", "#waiting", "next", "what is wrong")
		for _, f := range all {
			direction := "out"
			if f.In {
				direction = "in"
			}
			g.row(direction, string(f.Kind), f.Name, f.Label, f.Target, f.State, f.LastAt, f.Rows, f.Waits, f.NextAt, f.Error)
		}
		g.render(w, "nothing comes in and nothing goes out yet: fettle import file FILE, or declare a source or a destination (fettle apply -f FILE)")
	})
}

type sourceTokenCmd struct {
	Name string `arg:"" help:"Which."`
	End  bool   `help:"End the token that there is instead."`
}

func (c *sourceTokenCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.End {
		if err := api.DeleteSourceToken(ctx, c.Name); err != nil {
			return err
		}
		return s.print(map[string]string{"ended": c.Name}, func(w io.Writer) { _, _ = fmt.Fprintf(w, "the token of %s has ended\n", c.Name) })
	}
	v, err := api.MakeSourceToken(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, v.Token) // alone, for a script
		_, _ = fmt.Fprintf(s.stderr, "POST %s with Authorization: Bearer and this token. It is not shown again.\n", v.Path)
	})
}

type sourcePostsCmd struct {
	Name  string `arg:"" help:"Which."`
	Limit int    `default:"20" placeholder:"N" help:"How many, at most 100."`
}

// becameOf says what became of the records of a body.
func becameOf(v fettle.UpsertView) string {
	n := map[string]int{}
	for _, r := range v.Records {
		n[r.Outcome]++
	}
	var parts []string
	for _, o := range []string{fettle.UpsertCreated, fettle.UpsertUpdated, fettle.UpsertUnchanged, fettle.UpsertMerged, fettle.UpsertConflict, fettle.UpsertInvalid} {
		if n[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o], o))
		}
	}
	if len(parts) == 0 {
		return "no records"
	}
	return strings.Join(parts, ", ")
}

func (c *sourcePostsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.SourceBodies(ctx, c.Name, c.Limit)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		for _, b := range all {
			raw, _ := json.Marshal(b.Body)
			_, _ = fmt.Fprintf(w, "%d  %s  %s\n  %s\n", b.ID, b.At.Format(time.DateTime), becameOf(b.Answer), printable(string(raw)))
			for _, r := range b.Answer.Records {
				for _, bad := range r.Invalid {
					_, _ = fmt.Fprintf(w, "  %d: %s %s\n", r.Index, bad.Field, printable(bad.Reason))
				}
			}
		}
	})
}

type sourceReplayCmd struct {
	Name string  `arg:"" help:"Which."`
	IDs  []int64 `arg:"" name:"id" help:"Ids of bodies, as fettle source posts shows them."`
}

func (c *sourceReplayCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var all []fettle.UpsertView
	for _, id := range c.IDs {
		v, err := api.ReplayBody(ctx, c.Name, id)
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	return printList(s, all, func(w io.Writer) {
		for i, v := range all {
			_, _ = fmt.Fprintf(w, "%d: %s\n", c.IDs[i], becameOf(v))
		}
	})
}

type sourceDeleteCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *sourceDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: fmt.Sprintf("The source %s is taken away, with what was sent there; the records stay", c.Name), says: c.Name + " is gone",
		there: func(ctx context.Context, api *client.Client) error {
			all, err := api.Sources(ctx)
			return among(all, err, func(v fettle.SourceView) bool { return v.Name == c.Name },
				fettle.Errorf(fettle.NotFound, "there is no source %q", c.Name).WithHint("fettle source list lists them."))
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteSource(ctx, c.Name) },
	}.take(ctx, s)
}
