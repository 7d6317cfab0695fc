package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fettle/store"
)

// benchTables are the tables that a bulk run writes, with the order in which
// their rows are put back.
var benchTables = map[string]string{
	"enrichment_rows": "record_id", "attempts": "id", "journal": "id", "cells": "record_id", "changes": "id", "match_keys": "record_id",
}

// benchBareRun takes the rows that the run wrote away and puts them back by
// bare prepared batches, as durable as the run's: 200 rows a statement, 2,000 a
// transaction.
func benchBareRun(ctx context.Context, db *store.DB) (time.Duration, error) {
	w := db.Writer()
	var total time.Duration
	for table, order := range benchTables {
		where := ""
		if table == "changes" {
			where = " WHERE attempt_id > 0"
		}
		if table == "match_keys" {
			where = " WHERE key LIKE 'pe:%'"
		}
		cols, rows, err := benchRead(ctx, w, "SELECT * FROM "+table+where+" ORDER BY "+order)
		if err != nil {
			return 0, err
		}
		if _, err := w.ExecContext(ctx, "DELETE FROM "+table+where); err != nil {
			return 0, err
		}
		took, err := benchWrite(ctx, db, benchInsertText(db, table, cols), rows)
		if err != nil {
			return 0, fmt.Errorf("put %s back: %w", table, err)
		}
		total += took
	}
	_, rows, err := benchRead(ctx, w, "SELECT id, email, origins, updated_at_us FROM people ORDER BY id")
	if err != nil {
		return 0, err
	}
	if _, err := w.ExecContext(ctx, "UPDATE people SET email = NULL"); err != nil {
		return 0, err
	}
	took, err := benchWrite(ctx, db, func(n int) string {
		return "WITH v(id, email, origins, at) AS (VALUES " + benchValues(db, n, 4, []string{"bigint", "text", "text", "bigint"}) +
			") UPDATE people SET email = v.email, origins = v.origins, updated_at_us = v.at FROM v WHERE people.id = v.id"
	}, rows)
	return total + took, err
}

// benchInsertText gives the INSERT of n rows.
func benchInsertText(db *store.DB, table string, cols []string) func(n int) string {
	return func(n int) string {
		return "INSERT INTO " + table + " (" + strings.Join(cols, ", ") + ") VALUES " + benchValues(db, n, len(cols), nil)
	}
}

func benchRead(ctx context.Context, db *sql.DB, query string) (cols []string, out [][]any, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	if cols, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		v := make([]any, len(cols))
		p := make([]any, len(cols))
		for i := range v {
			p[i] = &v[i]
		}
		if err := rows.Scan(p...); err != nil {
			return nil, nil, err
		}
		out = append(out, v)
	}
	return cols, out, rows.Err()
}

// benchValues writes n rows of placeholders.
func benchValues(db *store.DB, n, cols int, types []string) string {
	var sb strings.Builder
	k := 0
	for r := range n {
		if r > 0 {
			sb.WriteByte(',')
		}
		sb.WriteByte('(')
		for c := range cols {
			if c > 0 {
				sb.WriteByte(',')
			}
			k++
			if !db.Postgres() {
				sb.WriteByte('?')
				continue
			}
			sb.WriteString("$" + strconv.Itoa(k))
			if types != nil {
				sb.WriteString("::" + types[c])
			}
		}
		sb.WriteByte(')')
	}
	return sb.String()
}

// The sizes of the bare batches.
const (
	bareStatement   = 200
	bareTransaction = 2000
)

func benchWrite(ctx context.Context, db *store.DB, text func(n int) string, rows [][]any) (time.Duration, error) {
	began := time.Now()
	for from := 0; from < len(rows); from += bareTransaction {
		if err := benchTransaction(ctx, db, text, rows[from:min(from+bareTransaction, len(rows))]); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func benchTransaction(ctx context.Context, db *store.DB, text func(n int) string, rows [][]any) error {
	tx, err := db.Writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	stmt, err := tx.PrepareContext(ctx, text(min(bareStatement, len(rows))))
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for len(rows) > 0 {
		n := min(bareStatement, len(rows))
		args := make([]any, 0, n*len(rows[0]))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if n == bareStatement {
			_, err = stmt.ExecContext(ctx, args...)
		} else {
			_, err = tx.ExecContext(ctx, text(n), args...)
		}
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return tx.Commit()
}
