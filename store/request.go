package store

import (
	"context"
	"database/sql"

	"fettle"
)

// Request asks that one limit be one amount.
type Request struct {
	ID           int64
	EnrichmentID int64
	Asker        string
	ByToken      bool
	Scope        Scope
	Key          string
	Per          fettle.Period
	Asked        fettle.Amount
	Was          fettle.Amount // what the limit was then
	Reason       string
	Rows         int64 // what was left to buy then
	High         fettle.Credits
	Expected     fettle.Credits
	Version      int64
	Audience     string // the filters that it was priced for
	GoesOn       bool
	State        fettle.RequestState // never expired: that the clock says
	AskedUS      int64
	ExpiresUS    int64
	DecidedBy    string
	DecidedUS    int64
	Note         string
}

const requestColumns = `id, enrichment_id, asker, by_token, scope, scope_key, per, credits_uc, records, was_uc, was_records, reason, rows_then, high_uc, expected_uc,
	version, audience, goes_on, state, asked_at_us, expires_at_us, decided_by, decided_at_us, note`

// AddRequest keeps a request and gives it an id.
func (tx *Tx) AddRequest(ctx context.Context, r *Request) (err error) {
	if r.ID, err = tx.NextIDs(ctx, SeqMisc, 1); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO limit_requests (`+requestColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		r.ID, r.EnrichmentID, r.Asker, r.ByToken, string(r.Scope), r.Key, string(r.Per), number(r.Asked.Credits), number(r.Asked.Records), number(r.Was.Credits), number(r.Was.Records),
		r.Reason, r.Rows, int64(r.High), int64(r.Expected), r.Version, r.Audience, r.GoesOn, string(r.State), r.AskedUS, r.ExpiresUS, r.DecidedBy, r.DecidedUS, r.Note)
	return err
}

// number is a number that may be absent, as it is stored.
func number[T ~int64](n *T) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

// Requests lists requests, newest first; those that nobody has decided alone if
// open.
func (tx *Tx) Requests(ctx context.Context, open bool, limit int) ([]Request, error) {
	where := ""
	if open {
		where = " WHERE state = 'open'"
	}
	return tx.requests(ctx, where+" ORDER BY id DESC LIMIT $1", limit)
}

// Request finds a request.
func (tx *Tx) Request(ctx context.Context, id int64) (Request, error) {
	found, err := tx.requests(ctx, " WHERE id = $1", id)
	if err == nil && len(found) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no request %d", id).WithHint("The list of requests has them all (fettle request list --all).")
	}
	if err != nil {
		return Request{}, err
	}
	return found[0], nil
}

func (tx *Tx) requests(ctx context.Context, rest string, args ...any) ([]Request, error) {
	var out []Request
	err := tx.query(ctx, func(rows *sql.Rows) error {
		var r Request
		var credits, records, was, wasRecords sql.NullInt64
		err := rows.Scan(&r.ID, &r.EnrichmentID, &r.Asker, &r.ByToken, &r.Scope, &r.Key, &r.Per, &credits, &records, &was, &wasRecords, &r.Reason, &r.Rows, &r.High, &r.Expected,
			&r.Version, &r.Audience, &r.GoesOn, &r.State, &r.AskedUS, &r.ExpiresUS, &r.DecidedBy, &r.DecidedUS, &r.Note)
		r.Asked, r.Was = amount(credits, records), amount(was, wasRecords)
		out = append(out, r)
		return err
	}, "SELECT "+requestColumns+" FROM limit_requests"+rest, args...)
	return out, err
}

func amount(credits, records sql.NullInt64) (a fettle.Amount) {
	if credits.Valid {
		c := fettle.Credits(credits.Int64)
		a.Credits = &c
	}
	if records.Valid {
		a.Records = &records.Int64
	}
	return a
}

// DecideRequest writes what became of a request; false if somebody had decided it
// before.
func (tx *Tx) DecideRequest(ctx context.Context, id int64, state fettle.RequestState, by, note string, nowUS int64) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE limit_requests SET state = $2, decided_by = $3, note = $4, decided_at_us = $5 WHERE id = $1 AND state = 'open'`,
		id, string(state), by, note, nowUS)
	return n == 1, err
}
