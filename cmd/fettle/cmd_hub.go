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
)

type hubCmd struct {
	Entity   string `enum:"people,companies," default:"" help:"people or companies; people without it."`
	Audience string `help:"Only the records of an audience."`
	AsOf     string `placeholder:"DATE" help:"How well the fields were filled at the end of a day in UTC, or at a time, beside now."`
}

func (c *hubCmd) Run(ctx context.Context, s *session) error {
	if c.Entity != "" && c.Audience != "" {
		return fettle.Errorf(fettle.Invalid, "name an entity or an audience, not both")
	}
	entity := fettle.Entity(c.Entity)
	if c.Entity == "" && c.Audience == "" {
		entity = fettle.People
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.AsOf != "" {
		v, err := api.HubAsOf(ctx, entity, c.Audience, c.AsOf)
		if err != nil {
			return err
		}
		return s.print(v, func(w io.Writer) { showHubThen(w, v) })
	}
	v, err := api.Hub(ctx, entity, c.Audience)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { showHub(w, v) })
}

func showHub(w io.Writer, v fettle.HubView) {
	of := string(v.Entity)
	if v.Audience != "" {
		of = v.Audience
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n\n", of, plural(v.Records, "record", "records"))
	headings := []string{"field", "", "#fill rate", "#filled", "blank because", "from", "#credits", "fill the rest"}
	disputed := slices.ContainsFunc(v.Fields, func(f fettle.HubField) bool { return f.Disputed > 0 })
	if disputed {
		headings = slices.Insert(headings, 4, "#disputed")
	}
	g := newGrid(headings...)
	for _, f := range v.Fields {
		name := f.Field
		if f.Key {
			name += " *"
		}
		row := []any{name, bar(f.Rate), percent(f.Rate), f.Filled, blankText(f.Blank), sourcesText(f), f.CostCredits, fillText(f.FillRest)}
		if disputed {
			row = slices.Insert(row, 4, any(f.Disputed))
		}
		g.row(row...)
	}
	g.render(w, "no fields")
	if disputed {
		_, _ = fmt.Fprintf(w, "\ndisputed: sources disagree. See them with fettle records --entity %s --where 'disputed(FIELD)'\n", v.Entity)
	}
}

// showHubThen shows how well fields were filled at a time, beside now.
func showHubThen(w io.Writer, v fettle.HubView) {
	of := string(v.Entity)
	if v.Audience != "" {
		of = v.Audience
	}
	_, _ = fmt.Fprintf(w, "%s as of %s: %s; now %s\n", of, v.AsOf.Format(time.RFC3339), plural(v.Records, "record", "records"), thousands(v.Then.RecordsNow))
	if v.Then.Erased > 0 {
		_, _ = fmt.Fprintf(w, "not included: %s that %s erased since\n", plural(v.Then.Erased, "record", "records"), isOrAre(v.Then.Erased))
	}
	_, _ = fmt.Fprintf(w, "the history begins at %s\n\n", v.Then.HistorySince.Format(time.RFC3339))
	g := newGrid("field", "", "#fill rate", "#filled", "#now", "#filled now", "#difference")
	for _, f := range v.Fields {
		name := f.Field
		if f.Key {
			name += " *"
		}
		g.row(name, bar(f.Rate), percent(f.Rate), f.Filled, percent(f.Now.Rate), f.Now.Filled, fmt.Sprintf("%+.1f", 100*(f.Now.Rate-f.Rate)))
	}
	g.render(w, "no fields")
}

func isOrAre(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func blankText(b fettle.HubBlank) string {
	var parts []string
	for _, c := range []struct {
		n    int64
		name string
	}{
		{b.NeverTried, "never tried"},
		{b.NotFound, "not found"},
		{b.Failed, "failed"},
		{b.Unknown, "may have been billed"},
		{b.Waiting, "waiting"},
		{b.Skipped, "skipped"},
		{b.Cleared, "cleared"},
		{b.TakenBack, "taken back"},
	} {
		if c.n > 0 {
			parts = append(parts, thousands(c.n)+" "+c.name)
		}
	}
	return strings.Join(parts, ", ")
}

func sourcesText(f fettle.HubField) string {
	names := slices.SortedFunc(maps.Keys(f.Sources), func(a, b string) int {
		if f.Sources[a] != f.Sources[b] {
			return int(f.Sources[b] - f.Sources[a])
		}
		return strings.Compare(a, b)
	})
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}

func fillText(all []fettle.HubFillRest) string {
	parts := make([]string, len(all))
	for i, r := range all {
		parts[i] = fmt.Sprintf("%s: %s ≈ %s", r.Enrichment, plural(r.Rows, "row", "rows"), r.UnlimitedExpectedCredits.Words())
		if r.ExpectedCredits < r.UnlimitedExpectedCredits {
			parts[i] += fmt.Sprintf(", of which its limits and the balance leave %s", credits(r.ExpectedCredits))
		}
		if r.AgeSeconds > 0 {
			parts[i] += fmt.Sprintf(" (%d s ago)", r.AgeSeconds)
		}
	}
	return strings.Join(parts, "; ")
}
