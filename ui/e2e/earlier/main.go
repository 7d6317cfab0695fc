// Command earlier moves what a workspace did so many days into the past: earlier
// FILE DAYS. Pictures show days, and a journey lives through a few of them in a
// minute. It writes to SQLite beside the server, which reads it as it is then.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"fettle/store"
)

// moved are the times of what was done, by table: {us} microseconds and {days} days back.
var moved = []string{
	"UPDATE attempts SET reserved_at_us = reserved_at_us - {us}, done_at_us = CASE WHEN done_at_us > 0 THEN done_at_us - {us} ELSE 0 END",
	"UPDATE journal SET at_us = at_us - {us}",
	"UPDATE balances SET period_start = period_start - {us} WHERE per = 'day'",
	"UPDATE runs SET started_at_us = started_at_us - {us}, ended_at_us = ended_at_us - {us}",
	"UPDATE enrichment_rows SET updated_at_us = updated_at_us - {us}",
	"UPDATE hub_days SET day = 'moved ' || date(day, '-{days} days')",
	"UPDATE hub_days SET day = substr(day, 7)",
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "earlier:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("say FILE DAYS")
	}
	days, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, args[0], slog.Default())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, q := range moved {
		q = strings.NewReplacer("{us}", strconv.FormatInt(days*86_400_000_000, 10), "{days}", strconv.FormatInt(days, 10)).Replace(q)
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return tx.Commit()
}
