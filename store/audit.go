package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"time"

	"fettle"
	"fettle/ledger"
)

// JournalSums adds the journal up by a scope's balances, from its entries
// above an id: what the balances of that scope must be.
func (tx *Tx) JournalSums(ctx context.Context, scope Scope, per fettle.Period, after int64) (map[BalanceKey]ledger.Balance, error) {
	key, ok := map[Scope]string{ScopeEnrichment: "CAST(a.enrichment_id AS TEXT)", ScopePerson: "a.actor", ScopePilot: "a.actor", ScopeWorkspace: "''", ScopeBudget: "a.budget"}[scope]
	// A call counts once for the person of its run, and once for whoever opened
	// its row, where that is somebody else; and once in each of its budgets.
	calls := map[Scope]string{
		ScopePerson: `(SELECT id, run_id, reserved_at_us, actor FROM attempts UNION ALL SELECT id, run_id, reserved_at_us, opener FROM attempts WHERE opener <> '')`,
		ScopePilot:  `(SELECT id, run_id, reserved_at_us, actor FROM attempts WHERE allowance)`,
		ScopeBudget: `(SELECT id, run_id, reserved_at_us, budget FROM attempts WHERE budget <> ''
			UNION ALL SELECT id, run_id, reserved_at_us, person_budget FROM attempts WHERE person_budget <> ''
			UNION ALL SELECT id, run_id, reserved_at_us, opener_budget FROM attempts WHERE opener_budget <> '')`,
	}[scope]
	if calls == "" {
		calls = "attempts"
	}
	if !ok {
		return nil, fmt.Errorf("the journal is not kept by %s", scope)
	}
	start := periodStart[per]
	return tx.sums(ctx, scope, per, `SELECT `+key+` AS k, `+start+` AS s, SUM(j.reserved_uc), SUM(j.settled_uc), SUM(j.unknown_uc), SUM(j.overrun_uc)
		FROM journal j JOIN `+calls+` a ON a.id = j.attempt_id WHERE j.id > $1 GROUP BY k, s`, after)
}

// periodStart groups calls by the period of their reservation: days are
// gathered into months in Go, which knows the calendar.
var periodStart = map[fettle.Period]string{
	fettle.Lifetime: "0", fettle.PerRun: "a.run_id", fettle.PerDay: "a.reserved_at_us / 86400000000", fettle.PerMonth: "a.reserved_at_us / 86400000000",
}

// StepSums adds up what calls hold and cost on the side of their providers, and
// of each connection.
func (tx *Tx) StepSums(ctx context.Context, per fettle.Period) (map[BalanceKey]ledger.Balance, error) {
	start := periodStart[per]
	out, err := tx.sums(ctx, ScopeProvider, per, `SELECT a.provider || '@' || a.connection AS k, `+start+` AS s, SUM(CASE WHEN a.state IN ('reserved', 'accepted') THEN a.step_uc ELSE 0 END), SUM(a.charged_uc),
		SUM(CASE WHEN a.state = 'unknown' THEN a.step_uc ELSE 0 END), SUM(a.overrun_uc) FROM attempts a GROUP BY k, s`)
	for k, b := range maps.Clone(out) {
		k.Key, _, _ = strings.Cut(k.Key, "@")
		out[k] = out[k].Add(b)
	}
	return out, err
}

// sums reads balances by key and period.
func (tx *Tx) sums(ctx context.Context, scope Scope, per fettle.Period, text string, args ...any) (map[BalanceKey]ledger.Balance, error) {
	out := map[BalanceKey]ledger.Balance{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		k := BalanceKey{Scope: scope, Per: per}
		var b ledger.Balance
		var at int64
		if err := r.Scan(&k.Key, &at, &b.Reserved, &b.Settled, &b.Unknown, &b.Overrun); err != nil {
			return err
		}
		k.Start = startOf(per, at)
		out[k] = out[k].Add(b)
		return nil
	}, text, args...)
	return out, err
}

// AttemptSums adds up the calls themselves: what they hold, cost and may have
// cost.
func (tx *Tx) AttemptSums(ctx context.Context) (ledger.Balance, error) {
	var b ledger.Balance
	err := tx.get(ctx, []any{&b.Reserved, &b.Settled, &b.Unknown, &b.Overrun}, `SELECT
		COALESCE(SUM(CASE WHEN state IN ('reserved', 'accepted') THEN held_uc ELSE 0 END), 0), COALESCE(SUM(charged_uc), 0),
		COALESCE(SUM(CASE WHEN state = 'unknown' THEN step_uc ELSE 0 END), 0), COALESCE(SUM(overrun_uc), 0) FROM attempts`)
	return b, err
}

// auditQueries count what must not be; each gives one number, 0 if all is well.
var auditQueries = map[string]string{
	"held_cells": `SELECT COUNT(*) FROM cells c LEFT JOIN attempts a ON a.id = c.hold_id
		WHERE c.hold <> '' AND (a.id IS NULL OR (c.hold = 'running' AND a.state NOT IN ('reserved', 'accepted')) OR (c.hold = 'unknown' AND a.state <> 'unknown'))`,
	"running_rows": `SELECT COUNT(*) FROM enrichment_rows r WHERE r.state = 'running' AND NOT EXISTS (SELECT 1 FROM attempts a
		WHERE a.record_id = r.record_id AND a.enrichment_id = r.enrichment_id AND a.state IN ('reserved', 'accepted'))`,
	// What two records were asked before they became one is no second purchase.
	"paid_once": `SELECT COUNT(*) FROM (SELECT a.record_id, a.operation, a.inputs_hash FROM attempts a
		LEFT JOIN (SELECT survivor_id, MAX(at_us) AS at_us FROM merges WHERE undone_at_us IS NULL GROUP BY survivor_id) m ON m.survivor_id = a.record_id
		WHERE a.state = 'settled' AND a.outcome = 'found' AND a.charged_uc > 0 AND a.cause NOT IN ('refresh', 'retry', 'rerun', 'input_changed', 'signal', 'poll')
		GROUP BY a.record_id, a.operation, a.inputs_hash
		HAVING COUNT(*) > 1 AND SUM(CASE WHEN a.reserved_at_us > COALESCE(m.at_us, 0) THEN 1 ELSE 0 END) > 0) x`,
	"bought_cells":     `SELECT COUNT(*) FROM cells c LEFT JOIN attempts a ON a.id = c.attempt_id WHERE c.attempt_id > 0 AND (a.id IS NULL OR a.state <> 'settled')`,
	"journal_attempts": `SELECT COUNT(*) FROM (SELECT id FROM attempts EXCEPT SELECT attempt_id FROM journal) x`,
	"row_counts": `SELECT COUNT(*) FROM (SELECT enrichment_id, state, outcome, paid, COUNT(*) AS n FROM enrichment_rows GROUP BY enrichment_id, state, outcome, paid) r
		FULL JOIN (SELECT enrichment_id, state, outcome, paid, n FROM row_counts WHERE n <> 0) c
		ON c.enrichment_id = r.enrichment_id AND c.state = r.state AND c.outcome = r.outcome AND c.paid = r.paid WHERE COALESCE(r.n, 0) <> COALESCE(c.n, 0)`,
}

// AuditCount runs one of the audit's counts.
func (tx *Tx) AuditCount(ctx context.Context, name string) (int64, error) {
	var n int64
	q, ok := auditQueries[name]
	if !ok {
		return 0, fmt.Errorf("there is no audit %q", name)
	}
	err := tx.get(ctx, []any{&n}, q)
	return n, err
}

// WrongRowCounts counts the classes of an enrichment's rows of which row_counts
// says something else.
func (tx *Tx) WrongRowCounts(ctx context.Context, enrichment int64) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, `SELECT COUNT(*) FROM (
		SELECT state, outcome, paid, COUNT(*) AS n FROM enrichment_rows WHERE enrichment_id = $1 GROUP BY state, outcome, paid) r
		FULL JOIN (SELECT state, outcome, paid, n FROM row_counts WHERE enrichment_id = $1 AND n <> 0) c
		ON c.state = r.state AND c.outcome = r.outcome AND c.paid = r.paid WHERE COALESCE(r.n, 0) <> COALESCE(c.n, 0)`, enrichment)
	return n, err
}

// LastJournal is the id of the newest entry of the journal, and the sum of the
// grants.
func (tx *Tx) LastJournal(ctx context.Context) (last, grantedUC int64, err error) {
	err = tx.get(ctx, []any{&last, &grantedUC}, `SELECT COALESCE(MAX(id), 0), COALESCE(SUM(granted_uc), 0) FROM journal`)
	return last, grantedUC, err
}

// startOf turns what periodStart grouped by into a period's first microsecond.
func startOf(per fettle.Period, group int64) int64 {
	if per != fettle.PerDay && per != fettle.PerMonth {
		return group
	}
	return per.Start(time.UnixMicro(group * 86_400_000_000)).UnixMicro()
}

// ReservedSince counts the calls of a balance that were reserved after a time.
func (tx *Tx) ReservedSince(ctx context.Context, k BalanceKey, sinceUS int64) (int64, error) {
	var n int64
	where, ok := map[Scope]string{
		ScopeEnrichment: "CAST(enrichment_id AS TEXT) = $1", ScopePerson: "(actor = $1 OR opener = $1)", ScopePilot: "(allowance AND actor = $1)", ScopeProvider: "$1 IN (provider, provider || '@' || connection)", ScopeWorkspace: "$1 = ''", ScopeBudget: "$1 IN (budget, person_budget, opener_budget)",
	}[k.Scope]
	if !ok {
		return 0, fmt.Errorf("no calls belong to %s", k.Scope)
	}
	args := []any{k.Key, sinceUS, k.Start}
	in := map[fettle.Period]string{fettle.PerRun: " AND run_id = $3", fettle.PerDay: " AND reserved_at_us >= $3", fettle.PerMonth: " AND reserved_at_us >= $3"}[k.Per]
	if in == "" {
		args = args[:2]
	}
	err := tx.get(ctx, []any{&n}, `SELECT COUNT(*) FROM attempts WHERE `+where+` AND reserved_at_us > $2`+in, args...)
	return n, err
}
