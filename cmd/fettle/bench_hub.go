package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fettle"
)

type benchHubCmd struct {
	Rows  int    `default:"200000" help:"How many people; with --db an existing workspace is measured as it is."`
	Times int    `default:"50" help:"How often each is measured."`
	Seed  uint64 `default:"1" help:"The same seed makes the same people."`
}

// latency is the times of one kind of request.
type latency struct {
	Name string  `json:"name"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	Max  float64 `json:"max_ms"`
}

func (c *benchHubCmd) Run(ctx context.Context, s *session) error {
	if s.DB == "" && !s.remote() {
		dir, err := os.MkdirTemp("", "fettle-bench-")
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		s.DB = filepath.Join(dir, "fettle.db")
		file := filepath.Join(dir, "people.csv")
		if err := writeBenchCSV(file, c.Rows, c.Seed); err != nil {
			return err
		}
		if _, err := benchImport(ctx, s, file); err != nil {
			return err
		}
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var all []latency
	for _, m := range []struct {
		name string
		do   func() error
	}{
		{"hub of all people", func() error { _, err := api.Hub(ctx, fettle.People, ""); return err }},
		{"count: filled(email)", func() error { _, err := api.CountWhere(ctx, fettle.People, "filled(email)"); return err }},
		{"count: four clauses", func() error {
			_, err := api.CountWhere(ctx, fettle.People, `filled(email) && filled(title) && location == "Berlin" && blank(phone)`)
			return err
		}},
	} {
		l, err := measure(m.name, c.Times, m.do)
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("request", "#p50 ms", "#p99 ms", "#max ms")
		for _, l := range all {
			g.row(l.Name, fmt.Sprintf("%.2f", l.P50), fmt.Sprintf("%.2f", l.P99), fmt.Sprintf("%.2f", l.Max))
		}
		g.render(w, "")
	})
}

func measure(name string, times int, do func() error) (latency, error) {
	if times < 1 {
		return latency{}, fettle.Errorf(fettle.Invalid, "--times is %d", times)
	}
	took := make([]float64, times)
	for i := range took {
		began := time.Now()
		if err := do(); err != nil {
			return latency{}, err
		}
		took[i] = float64(time.Since(began).Microseconds()) / 1000
	}
	slices.Sort(took)
	return latency{Name: name, P50: took[times/2], P99: took[min(times-1, times*99/100)], Max: took[times-1]}, nil
}
