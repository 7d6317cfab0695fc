package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"fettle"
	"fettle/store"
)

// benchCmd measures the product on its own path, beside a bound of the same
// run. Numbers are for reading, never for tests.
type benchCmd struct {
	Run        benchRunCmd        `cmd:"" help:"A bulk run: claim, reserve, call, settle, all durable."`
	Import     benchImportCmd     `cmd:"" help:"Import a CSV of 30 columns, beside bare INSERTs of the same rows."`
	Hub        benchHubCmd        `cmd:"" help:"The Data Hub and audience counts of a large workspace."`
	Limit      benchLimitCmd      `cmd:"" help:"A burst of processes against a small limit: exactly as many paid calls. And how fast one limit takes reservations."`
	Duplicates benchDuplicatesCmd `cmd:"" help:"A file of which it is known who is who: how many of the proposed duplicates are right, and how many of the right ones are proposed."`
	Estimate   benchEstimateCmd   `cmd:"" help:"Some twenty situations: what was expected of each, beside what it cost."`
}

// benchWorkspace opens the workspace that a benchmark fills: --db, or a file in
// dir. It refuses one that holds records, since they would be mixed with made-up
// ones.
func benchWorkspace(ctx context.Context, s *session, dir string) (*store.DB, error) {
	if s.remote() {
		return nil, fettle.Errorf(fettle.Invalid, "a benchmark does not run against a server").WithHint("Leave --server and FETTLE_SERVER out; --db names an empty database.")
	}
	if s.DB == "" {
		s.DB = filepath.Join(dir, "fettle.db")
	}
	db, err := store.Open(ctx, s.DB, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	var used bool
	err = db.Writer().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM people) OR EXISTS (SELECT 1 FROM companies)").Scan(&used)
	if err == nil && used {
		err = fettle.Errorf(fettle.Refused, "the workspace holds records: a benchmark would mix made-up people with them").WithHint("Name an empty database with --db, or leave it (and FETTLE_DB) out to use a temporary file.")
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}
