package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

type enrichmentRowsCmd struct {
	enrichmentName
	Outcome  string `placeholder:"OUTCOME" help:"Only rows that ended so: found, not_found, reused, known_not_found, filled, skipped, missing_input, failed or unknown."`
	State    string `enum:"pending,waiting,running,done," default:"" help:"Only rows in this state."`
	Departed bool   `help:"Rows of records that left the audience or were deleted, which are counted nowhere else."`
	Reasons  bool   `help:"Count them by what was said of them, such as a provider's refusal."`
	Limit    int    `placeholder:"N" help:"How many; without it 50, or all with --json."`
}

func (c *enrichmentRowsCmd) Run(ctx context.Context, s *session) error {
	if c.Outcome != "" && !slices.Contains(fettle.Outcomes(), fettle.Outcome(c.Outcome)) {
		return fettle.Errorf(fettle.Invalid, "%q is not an outcome", c.Outcome).WithHint("Outcomes: found, not_found, reused, known_not_found, filled, skipped, missing_input, failed, unknown.")
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.Reasons {
		return c.reasons(ctx, s, api)
	}
	items, next, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.RowView], error) {
		return api.Rows(ctx, c.Name, client.RowQuery{Outcome: fettle.Outcome(c.Outcome), State: fettle.RowState(c.State), Departed: c.Departed, After: after, Limit: limit})
	})
	if err != nil {
		return err
	}
	return printList(s, items, func(w io.Writer) {
		g := newGrid("#record", "name", "state", "outcome", "cause", "#charged", "values", "detail")
		for _, r := range items {
			g.row(fmt.Sprint(r.RecordID), r.Name, string(r.State), string(r.Outcome), string(r.Cause), r.ChargedCredits, valuesText(r.Values), r.Detail)
		}
		g.render(w, "no rows")
		if next {
			_, _ = fmt.Fprintln(w, "… and more (--limit)")
		}
	})
}

func (c *enrichmentRowsCmd) reasons(ctx context.Context, s *session, api *client.Client) error {
	all, err := api.Reasons(ctx, c.Name, client.RowQuery{
		Outcome: fettle.Outcome(c.Outcome), State: fettle.RowState(c.State), Departed: c.Departed, Limit: min(maxPage, most(c.Limit, 50, s.JSON)),
	})
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#rows", "said of them")
		for _, r := range all {
			g.row(r.Rows, r.Detail)
		}
		g.render(w, "no rows")
	})
}

// most is how many lines to list where no limit was given: a number that people
// can look at, and all of them for programs, which would not see that some are
// missing.
func most(limit, shown int, program bool) int {
	switch {
	case limit != 0:
		return limit
	case program:
		return math.MaxInt
	}
	return shown
}

// pages reads pages until it has limit items. more is true if there are others.
func pages[T any](limit int, read func(after string, limit int) (client.Page[T], error)) (items []T, more bool, err error) {
	if limit < 1 {
		return nil, false, fettle.Errorf(fettle.Invalid, "--limit is %d", limit).WithHint("Give the number of lines to list.")
	}
	after := ""
	for {
		p, err := read(after, min(maxPage, limit-len(items)))
		if err != nil {
			return nil, false, err
		}
		items, after = append(items, p.Items...), p.Next
		if after == "" || len(items) >= limit {
			return items, after != "", nil
		}
	}
}

func valuesText(values map[string]any) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if values[k] != nil {
			parts = append(parts, k+"="+fettle.FormatValue(values[k]))
		}
	}
	return strings.Join(parts, " ")
}

type enrichmentVersionsCmd struct {
	enrichmentName
	Whole bool `help:"The whole definition of each version, not only what changed."`
}

type enrichmentRollbackCmd struct {
	enrichmentName
	Version int64 `arg:"" help:"The version to go back to."`
}

// Run makes a new version that is as an old one was; the limit stays as it is.
func (c *enrichmentRollbackCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (fettle.EnrichmentView, error) {
		all, err := api.Versions(ctx, c.Name)
		if err != nil {
			return fettle.EnrichmentView{}, err
		}
		for _, v := range all {
			if v.Version == c.Version {
				v.Definition.Limit = nil
				return api.SaveEnrichment(ctx, c.Name, v.Definition)
			}
		}
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.NotFound, "%s has no version %d", c.Name, c.Version).WithHint("List them: fettle enrichment versions %s", c.Name)
	})
}

func (c *enrichmentVersionsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Versions(ctx, c.Name)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		for i, v := range all {
			if i > 0 {
				_, _ = fmt.Fprintln(w)
			}
			what := "a setting"
			if v.Logic {
				what = "what is asked"
			}
			_, _ = fmt.Fprintf(w, "version %d  %s  by %s  changed %s\n", v.Version, cell(v.At), printable(v.Actor), what)
			for _, line := range v.Diff {
				_, _ = fmt.Fprintf(w, "  %s\n", printable(line))
			}
			if !c.Whole && len(v.Diff) > 0 {
				continue
			}
			def, err := json.MarshalIndent(v.Definition, "  ", "  ")
			if err == nil {
				_, _ = fmt.Fprintf(w, "  %s\n", def)
			}
		}
	})
}

type enrichmentRetryCmd struct {
	enrichmentName
	Outcome string `required:"" enum:"failed,not_found,known_not_found,missing_input,skipped" help:"Which rows: failed, not_found, known_not_found, missing_input or skipped."`
}

func (c *enrichmentRetryCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.Retry(ctx, c.Name, fettle.Outcome(c.Outcome), confirm)
			return err
		})
		return v, err
	})
}

type enrichmentApproveCmd struct {
	enrichmentName
	Record []int64 `placeholder:"ID" help:"Only the row of this record, which a guard set aside; several: --record 1 --record 2."`
}

func (c *enrichmentApproveCmd) Run(ctx context.Context, s *session) error {
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.Approve(ctx, c.Name, confirm, c.Record...)
			return err
		})
		return v, err
	})
}
