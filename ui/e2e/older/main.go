// Command older gives a record one more id of a list, as programs left it behind
// that joined rows with ids of their own: older FILE RECORD KEY. The program of
// today makes no such record, and a journey walks through splitting one.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"fettle/store"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "older:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("say FILE RECORD KEY")
	}
	record, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, args[0], slog.Default())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.AddMatchKeys(ctx, []store.MatchKey{{Key: args[2], Record: record}})
		return err
	})
}
