package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/client"
	"fettle/store"
)

type benchHubCmd struct {
	Rows     int    `default:"200000" help:"How many people; a workspace that --db names is measured as it is."`
	Times    int    `default:"50" help:"How often each is measured."`
	Seed     uint64 `default:"1" help:"The same seed makes the same people."`
	Audience string `help:"An audience of the existing workspace whose Data Hub is measured, too."`
	Asked    int    `default:"3" help:"How many enrichments have run over all of them: a call each."`
}

// latency is the times of one kind of request.
type latency struct {
	Name string  `json:"name"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	Max  float64 `json:"max_ms"`
}

func (c *benchHubCmd) Run(ctx context.Context, s *session) error {
	dir, err := os.MkdirTemp("", "fettle-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := c.fill(ctx, s, dir); err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	type request struct {
		name string
		do   func() error
	}
	requests := []request{
		{"hub of all people", func() error { _, err := api.Hub(ctx, fettle.People, ""); return err }},
		{"hub after a change", func() error { return c.changed(ctx, api) }},
		{"count: filled(email)", func() error { _, err := api.CountWhere(ctx, fettle.People, "filled(email)"); return err }},
		{"count: four clauses", func() error {
			_, err := api.CountWhere(ctx, fettle.People, `filled(email) && filled(title) && location == "Berlin" && blank(phone)`)
			return err
		}},
	}
	if c.Audience != "" {
		requests = append(requests, request{"hub of " + c.Audience, func() error { _, err := api.Hub(ctx, "", c.Audience); return err }})
	}
	var all []latency
	for _, m := range requests {
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

// changed has somebody new come, and then reads the Data Hub of all people.
func (c *benchHubCmd) changed(ctx context.Context, api *client.Client) error {
	row := map[string]any{"external_id": strconv.FormatInt(time.Now().UnixNano(), 36), "name": "Somebody New"}
	if _, err := api.Upsert(ctx, fettle.People, client.Upsert{Source: "bench", Records: []any{row}, Confirm: true}, ""); err != nil {
		return err
	}
	_, err := api.Hub(ctx, fettle.People, "")
	return err
}

// fill makes the people, unless a workspace is named that is there.
func (c *benchHubCmd) fill(ctx context.Context, s *session, dir string) error {
	if s.remote() || isPostgres(s.DB) {
		return nil
	}
	if s.DB == "" {
		s.DB = filepath.Join(dir, "fettle.db")
	}
	if _, err := os.Stat(s.DB); err == nil {
		return nil
	}
	file := filepath.Join(dir, "people.csv")
	if err := writeBenchCSV(file, c.Rows, c.Seed); err != nil {
		return err
	}
	if _, err := benchImport(ctx, s, file); err != nil {
		return err
	}
	return c.ask(ctx, s)
}

// ask has enrichments run over everybody, each for a field of its own.
func (c *benchHubCmd) ask(ctx context.Context, s *session) error {
	if c.Asked < 0 || c.Asked >= int(benchOperations) {
		return fettle.Errorf(fettle.Invalid, "--asked is %d", c.Asked).WithHint("It is 0 to %d.", benchOperations-1)
	}
	db, err := store.Open(ctx, s.DB, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	e, err := benchEngine(ctx, db)
	if err != nil {
		return err
	}
	c.Audience = "half"
	if _, err := e.SaveAudience(ctx, benchActor(), fettle.Audience{
		Name: c.Audience, Entity: fettle.People, Where: `title.startsWith("Engineer 1") || title.startsWith("Engineer 2")`,
	}, true); err != nil {
		return err
	}
	for i := range c.Asked {
		if e, err = benchEngine(ctx, db); err != nil { // one that has stopped working does not begin again
			return err
		}
		field := "answer_" + strconv.Itoa(i+1)
		if _, err := e.AddField(ctx, benchActor(), fettle.Field{Entity: fettle.People, Key: field, Type: fettle.Text}); err != nil {
			return err
		}
		if _, _, err := benchEnrich(ctx, e, benchOperation(i+1), field, c.Rows); err != nil {
			return err
		}
	}
	return nil
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
