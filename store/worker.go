package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// Worker is a process that may make calls.
type Worker struct {
	ID           int64
	Host         string
	PID          int64
	State        string // live, gone
	AckedSeq     int64
	StartedUS    int64
	LeaseUntilUS int64
	Down         map[string]int64 // providers that it does not call now, since they do not answer, and until when
}

// AddWorker registers a process.
func (tx *Tx) AddWorker(ctx context.Context, w Worker) error {
	_, err := tx.exec(ctx, `INSERT INTO workers (id, host, pid, state, acked_seq, started_at_us, lease_until_us) VALUES ($1, $2, $3, 'live', $4, $5, $6)`,
		w.ID, w.Host, w.PID, w.AckedSeq, w.StartedUS, w.LeaseUntilUS)
	return err
}

// Heartbeat renews a worker's lease and records the newest stop that it has
// confirmed. ok is false if the worker was declared gone meanwhile.
func (tx *Tx) Heartbeat(ctx context.Context, id, acked, leaseUntilUS int64) (ok bool, err error) {
	n, err := tx.exec(ctx, `UPDATE workers SET acked_seq = $2, lease_until_us = $3 WHERE id = $1 AND state = 'live'`, id, acked, leaseUntilUS)
	return n == 1, err
}

// SetDown writes down which providers a worker does not call now.
func (tx *Tx) SetDown(ctx context.Context, id int64, down map[string]int64) error {
	text := ""
	if len(down) > 0 {
		b, err := json.Marshal(down)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err := tx.exec(ctx, `UPDATE workers SET down = $2 WHERE id = $1`, id, text)
	return err
}

// LoseWorker declares a worker gone.
func (tx *Tx) LoseWorker(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, `UPDATE workers SET state = 'gone' WHERE id = $1`, id)
	return err
}

// EndWorker has a worker say that it is gone, and that its lease ends now.
func (tx *Tx) EndWorker(ctx context.Context, id, nowUS int64) error {
	_, err := tx.exec(ctx, `UPDATE workers SET state = 'gone', lease_until_us = CASE WHEN lease_until_us > $2 THEN $2 ELSE lease_until_us END WHERE id = $1`, id, nowUS)
	return err
}

// LoseWorkers declares every worker gone: none of them knows this database.
func (tx *Tx) LoseWorkers(ctx context.Context) error {
	_, err := tx.exec(ctx, `UPDATE workers SET state = 'gone' WHERE state = 'live'`)
	return err
}

// LiveWorkers reads the workers that are not gone.
func (tx *Tx) LiveWorkers(ctx context.Context) ([]Worker, error) {
	var out []Worker
	err := tx.query(ctx, func(r *sql.Rows) error {
		var w Worker
		var down string
		err := r.Scan(&w.ID, &w.Host, &w.PID, &w.State, &w.AckedSeq, &w.StartedUS, &w.LeaseUntilUS, &down)
		if err == nil && down != "" {
			err = json.Unmarshal([]byte(down), &w.Down)
		}
		out = append(out, w)
		return err
	}, `SELECT id, host, pid, state, acked_seq, started_at_us, lease_until_us, down FROM workers WHERE state = 'live' ORDER BY id`)
	return out, err
}

// InFlight is how many calls of an enrichment a worker has open, and their
// worst case.
type InFlight struct {
	WorkerID int64
	Calls    int64
	HeldUC   int64
}

// InFlight reads the open calls of an enrichment by worker.
func (tx *Tx) InFlight(ctx context.Context, enrichment int64) ([]InFlight, error) {
	var out []InFlight
	err := tx.query(ctx, func(r *sql.Rows) error {
		var f InFlight
		err := r.Scan(&f.WorkerID, &f.Calls, &f.HeldUC)
		out = append(out, f)
		return err
	}, `SELECT worker_id, COUNT(*), SUM(held_uc) FROM attempts WHERE state IN ('reserved', 'accepted') AND enrichment_id = $1
		AND worker_id IN (SELECT DISTINCT worker_id FROM attempts WHERE state IN ('reserved', 'accepted')) GROUP BY worker_id ORDER BY worker_id`, enrichment)
	return out, err
}

// ControlSeq is the number of the newest stop; 0 before the first.
func (tx *Tx) ControlSeq(ctx context.Context) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, `SELECT next FROM sequences WHERE name = 'control'`)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n - 1, err
}

// JournalEntry is one entry of the journal: what it adds to the balances.
type JournalEntry struct {
	ID        int64
	AtUS      int64
	Kind      string
	AttemptID int64
	Reserved  int64
	Settled   int64
	Unknown   int64
	Overrun   int64
	Granted   int64
	Actor     string
}

// Reuse is an answer that one record took over from another's call, free.
type Reuse struct {
	AtUS         int64
	AttemptID    int64 // the call
	RecordID     int64 // that took its answer
	EnrichmentID int64
	Actor        string
}

// AppendReuses appends what cost nothing, so that the journal says so.
func (tx *Tx) AppendReuses(ctx context.Context, list []Reuse) error {
	if len(list) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, "journal", len(list))
	if err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint", "bigint", "bigint", "bigint", "text").sized(len(list))
	for i, r := range list {
		b.Add(first+int64(i), r.AtUS, r.AttemptID, r.RecordID, r.EnrichmentID, r.Actor)
	}
	_, err = tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f) AS (@rows) INSERT INTO journal (id, at_us, kind, attempt_id, reserved_uc, settled_uc,
		unknown_uc, overrun_uc, granted_uc, actor, record_id, enrichment_id) SELECT a,b,'reuse',c,0,0,0,0,0,f,d,e FROM v`)
	return err
}

// AppendJournal appends entries; their ids are set here.
func (tx *Tx) AppendJournal(ctx context.Context, entries []JournalEntry) error {
	if len(entries) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, "journal", len(entries))
	if err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint", "text", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "text").sized(len(entries))
	for i, e := range entries {
		b.Add(first+int64(i), e.AtUS, e.Kind, e.AttemptID, e.Reserved, e.Settled, e.Unknown, e.Overrun, e.Granted, e.Actor)
	}
	_, err = tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j) AS (@rows) INSERT INTO journal (id, at_us, kind, attempt_id, reserved_uc, settled_uc,
		unknown_uc, overrun_uc, granted_uc, actor) SELECT a,b,c,d,e,f,g,h,i,j FROM v`)
	return err
}
