package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type audienceCmd struct {
	List    audienceListCmd    `cmd:"" default:"withargs" help:"List audiences."`
	Show    audienceShowCmd    `cmd:"" help:"One audience and the enrichments that use it."`
	Count   audienceCountCmd   `cmd:"" help:"Count an audience, or the records for which an expression is true."`
	Moves   audienceMovesCmd   `cmd:"" help:"Who entered and who left between two dates, with what did it."`
	Explain audienceExplainCmd `cmd:"" help:"Why a record is in an audience or not."`
	Save    audienceSaveCmd    `cmd:"" help:"Create or replace an audience."`
	Rename  audienceRenameCmd  `cmd:"" help:"Give an audience another label; its name stays."`
	Delete  audienceDeleteCmd  `cmd:"" help:"Delete an audience that nothing uses."`
}

type audienceListCmd struct{}

func (c *audienceListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Audiences(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "label", "entity", "where", "used by")
		for _, a := range all {
			where := a.Where
			if where == "" {
				where = "(every record)"
			}
			g.row(a.Name, a.Label, string(a.Entity), where, strings.Join(a.UsedBy, ", "))
		}
		g.render(w, "no audiences")
	})
}

type audienceShowCmd struct {
	Name string `arg:"" help:"The audience."`
}

func (c *audienceShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	a, err := api.Audience(ctx, c.Name)
	if err != nil {
		return err
	}
	n, err := api.CountAudience(ctx, c.Name)
	if err != nil {
		return err
	}
	a.Count = &n.Count
	return s.print(a, func(w io.Writer) {
		pairs(w, "name", a.Name, "label", a.Label, "entity", string(a.Entity), "where", a.Where, "records", n.Count, "used by", strings.Join(a.UsedBy, ", "), "about", a.Description)
	})
}

type audienceCountCmd struct {
	Name   string `arg:"" optional:"" help:"The audience."`
	Entity string `enum:"people,companies," default:"" help:"people or companies, with --where."`
	Where  string `placeholder:"CEL" help:"An expression over a record."`
	AsOf   string `placeholder:"DATE" help:"As it was at the end of a day in UTC (2026-02-28), or at a time (2026-02-28T12:00:00Z)."`
	Filter string `enum:"today,then" default:"today" help:"With --as-of: by today's filter, or by the one that it had then."`
}

func (c *audienceCountCmd) Run(ctx context.Context, s *session) error {
	if c.AsOf != "" {
		return c.past(ctx, s)
	}
	if (c.Name == "") == (c.Entity == "") || c.Name != "" && c.Where != "" {
		return fettle.Errorf(fettle.Invalid, "name an audience, or an entity and an expression").WithHint("Say: fettle audience count NAME, or count --entity people --where 'filled(email)'.")
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var n client.Count
	if c.Name != "" {
		n, err = api.CountAudience(ctx, c.Name)
	} else {
		n, err = api.CountWhere(ctx, fettle.Entity(c.Entity), c.Where)
	}
	if err != nil {
		return err
	}
	return s.print(n, func(w io.Writer) { _, _ = fmt.Fprintln(w, thousands(n.Count)) })
}

// past counts the audience as it was.
func (c *audienceCountCmd) past(ctx context.Context, s *session) error {
	if c.Name == "" {
		return fettle.Errorf(fettle.Invalid, "no audience is named").WithHint("Say: fettle audience count NAME --as-of %s.", c.AsOf)
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	n, err := api.CountAsOf(ctx, c.Name, c.AsOf, c.Filter)
	if err != nil {
		return err
	}
	if n.AsOf == nil {
		return fettle.Errorf(fettle.Unavailable, "the server is of a release that does not know the past").WithHint("Bring it to the release of this program.")
	}
	return s.print(n, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, thousands(n.Count))
		if n.Erased > 0 {
			_, _ = fmt.Fprintf(w, "%s erased since, not included\n", thousands(n.Erased))
		}
		_, _ = fmt.Fprintf(w, "as of %s; the history begins at %s\n", cell(n.AsOf), cell(n.HistorySince))
	})
}

type audienceExplainCmd struct {
	Name   string `arg:"" help:"The audience."`
	Record int64  `required:"" placeholder:"ID" help:"The record."`
}

// explanation is why a clause holds or not.
type explanation struct {
	Text   string `json:"text"`
	True   bool   `json:"true"`
	Values []struct {
		Field string `json:"field"`
		Value any    `json:"value"`
	} `json:"values"`
	Clauses []explanation `json:"clauses"`
}

func (c *audienceExplainCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	raw, err := api.Explain(ctx, c.Name, c.Record)
	if err != nil {
		return err
	}
	var ex explanation
	if err := json.Unmarshal(raw, &ex); err != nil {
		return fmt.Errorf("read the explanation: %w", err)
	}
	return s.print(raw, func(w io.Writer) {
		in := "is not in"
		if ex.True {
			in = "is in"
		}
		_, _ = fmt.Fprintf(w, "record %d %s %s\n", c.Record, in, c.Name)
		ex.print(w, 1)
	})
}

func (ex explanation) print(w io.Writer, depth int) {
	mark := "✗"
	if ex.True {
		mark = "✓"
	}
	_, _ = fmt.Fprintf(w, "%s%s %s", strings.Repeat("  ", depth), mark, printable(ex.Text))
	for i, v := range ex.Values {
		sep := ", "
		if i == 0 {
			sep = "   "
		}
		shown := "blank"
		if v.Value != nil {
			shown = fettle.FormatValue(v.Value)
		}
		_, _ = fmt.Fprintf(w, "%s%s is %s", sep, v.Field, printable(shown))
	}
	_, _ = fmt.Fprintln(w)
	for _, sub := range ex.Clauses {
		sub.print(w, depth+1)
	}
}

type audienceSaveCmd struct {
	Name        string `arg:"" optional:"" help:"The audience. Without it a new one, named after --label."`
	Label       string `placeholder:"TEXT" help:"What people call a new one, such as \"House Democrats\"."`
	Entity      string `required:"" enum:"people,companies" help:"people or companies."`
	Where       string `placeholder:"CEL" help:"An expression over a record; every record without it."`
	Description string `help:"What it is for."`
}

func (c *audienceSaveCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var a client.Audience
	in := client.AudienceInput{Entity: fettle.Entity(c.Entity), Where: c.Where, Description: c.Description}
	if c.Label != "" || c.Name == "" {
		in.Name, in.Label = c.Name, c.Label
		a, err = api.CreateAudience(ctx, in)
	} else {
		err = s.confirming(func(confirm bool) error {
			in.Confirm = confirm
			a, err = api.SaveAudience(ctx, c.Name, in)
			return err
		})
	}
	if err != nil {
		return err
	}
	return s.print(a, func(w io.Writer) { _, _ = fmt.Fprintf(w, "saved %s\n", a.Name) })
}

type audienceDeleteCmd struct {
	Name string `arg:"" help:"The audience."`
}

func (c *audienceDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: "this deletes the audience " + c.Name + "; its records stay", says: "deleted " + c.Name,
		there: func(ctx context.Context, api *client.Client) error {
			_, err := api.Audience(ctx, c.Name)
			return err
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteAudience(ctx, c.Name) },
	}.take(ctx, s)
}
