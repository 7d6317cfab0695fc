package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"fettle"
)

// benchEstimateCmd plays situations against the simulated provider and sets
// what was expected of each beside what it cost.
type benchEstimateCmd struct {
	Rows int    `default:"600" help:"How many people each situation has."`
	Seed uint64 `default:"1" help:"The same seed makes the same world."`
	Only string `help:"Play only the situations whose name holds this text."`
}

// priced is one situation when it was played.
type priced struct {
	Name     string         `json:"name"`
	Rows     int64          `json:"rows"` // to buy, as estimated
	Low      fettle.Credits `json:"low_credits"`
	Expected fettle.Credits `json:"expected_credits"`
	High     fettle.Credits `json:"high_credits"`
	Actual   fettle.Credits `json:"actual_credits"` // as the journal says
	Booked   fettle.Credits `json:"booked_credits"` // as the provider's own books say
	Ratio    float64        `json:"ratio"`          // actual to expected
	Inside   bool           `json:"inside"`         // of lowest to highest
	Pilot    bool           `json:"pilot_advised"`

	LikelyLow  fettle.Credits `json:"likely_low_credits,omitempty"` // where lengths of answers are a guess
	LikelyHigh fettle.Credits `json:"likely_high_credits,omitempty"`

	Basis []string `json:"basis"`
}

func (c *benchEstimateCmd) Run(ctx context.Context, s *session) error {
	if s.remote() || s.DB != "" {
		return fettle.Errorf(fettle.Invalid, "this benchmark makes a workspace for each situation").WithHint("Leave --server and --db out.")
	}
	dir, err := os.MkdirTemp("", "fettle-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var all []priced
	for i, x := range situations() {
		if !x.named(c.Only) {
			continue
		}
		p, err := x.play(ctx, dir, i, c)
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		all = append(all, p)
	}
	return s.print(all, func(w io.Writer) { printPriced(w, all) })
}

func printPriced(w io.Writer, all []priced) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "SITUATION\tROWS\tEXPECTED\tLOW..HIGH\tLIKELY\tACTUAL\tACTUAL/EXPECTED\tINSIDE\tBASIS")
	for _, p := range all {
		basis := ""
		if len(p.Basis) > 0 {
			basis = p.Basis[0]
		}
		inside := "yes"
		if !p.Inside {
			inside = "NO"
		}
		likely := ""
		if p.LikelyHigh > 0 {
			likely = credits(p.LikelyLow) + ".." + credits(p.LikelyHigh)
			if p.Actual < p.LikelyLow || p.Actual > p.LikelyHigh {
				inside = "NO"
			}
		}
		_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t%s..%s\t%s\t%s\t%.2f\t%s\t%s\n",
			p.Name, p.Rows, credits(p.Expected), credits(p.Low), credits(p.High), likely, credits(p.Actual), p.Ratio, inside, basis)
	}
	_ = t.Flush()
}
