package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"fettle"
	"fettle/ledger"
)

// AttemptState is where a call stands.
type AttemptState string

// The states of a call. Reserved and accepted are open: their money is held.
const (
	AttemptReserved AttemptState = "reserved" // committed; it may have left
	AttemptAccepted AttemptState = "accepted" // the provider works on it: job_id
	AttemptSettled  AttemptState = "settled"  // its outcome is known and paid
	AttemptReleased AttemptState = "released" // not made, or not billed
	AttemptUnknown  AttemptState = "unknown"  // may have been billed: its money stays held
)

// Attempt is one call, written before it leaves.
type Attempt struct {
	ID           int64
	EnrichmentID int64
	Version      int64
	RunID        int64
	RecordID     int64
	Step         int
	Try          int
	Provider     string
	Connection   string // of the provider's; "" is the default one
	Model        string
	Operation    string // the step's fingerprint
	Cause        fettle.Cause
	Fields       []string // the cells that it holds
	Actor        string   // of the run: on whose account it is
	Opener       string   // who opened its row, where that is somebody else: it counts in their own limits too
	Budgets      Budgets  // that it counts in, as they were when it was reserved
	Allowance    bool     // counts against the pilot allowance
	Unasked      bool     // nobody was asked about what it was made for
	State        AttemptState
	Outcome      string
	WorkerID     int64
	Resend       bool
	JobID        string
	Hold         ledger.Hold
	Charged      fettle.Credits
	Overrun      fettle.Credits
	Units        fettle.Credits
	UnitPrice    fettle.Credits
	InputsHash   string
	Folded       string         // when written: InputsHash without regard to case and white space
	Inputs       map[string]any // nil where it is not kept
	Outputs      map[string]any // nil where there is none
	Statuses     string         // of the outputs, as JoinStatuses writes them
	Message      string
	ReservedUS   int64
	DoneUS       int64
	Unsure       bool   // of one that found nothing: the answer verifies nothing
	Stranger     int64  // whether its answer is about somebody else: see NoStranger
	About        string // whom its answer says that it is about, as JSON; "" for nobody
	Signal       int64  // when written: for which it is made; 0 for none
}

// Budgets are those that a call counts in: of its enrichment, of its run's person
// and of its row's opener; "" where there is none, or it is one before.
type Budgets [3]string

// Via names the connection through which the call is made, as steps and commands do.
func (a Attempt) Via() string { return fettle.ConnectionName(a.Provider, a.Connection) }

// JoinFields writes a list of fields as it is stored, between commas.
func JoinFields(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return "," + strings.Join(fields, ",") + ","
}

// SplitFields reads a stored list of fields.
func SplitFields(s string) []string {
	s = strings.Trim(s, ",")
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func jsonText(m map[string]any) (any, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// InsertAttempts writes calls that are about to be made.
func (tx *Tx) InsertAttempts(ctx context.Context, attempts []Attempt) error {
	b := NewBatch("bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "text",
		"bigint", "boolean", "bigint", "bigint", "bigint", "boolean", "boolean", "text", "text", "bigint", "text", "boolean", "boolean", "text", "text", "text", "text", "text").sized(len(attempts))
	for _, a := range attempts {
		tx.touch(a.RecordID)
		inputs, err := jsonText(a.Inputs)
		if err != nil {
			return err
		}
		b.Add(a.ID, a.EnrichmentID, a.Version, a.RunID, a.RecordID, int64(a.Step), int64(a.Try), a.Provider, a.Model, a.Operation,
			string(a.Cause), JoinFields(a.Fields), a.Actor, a.WorkerID, a.Resend, int64(a.Hold.Held), int64(a.Hold.Step),
			int64(a.UnitPrice), a.Hold.Record, a.Hold.StepRecord, a.InputsHash, inputs, a.ReservedUS, a.Opener, a.Allowance, a.Unasked, a.Folded, cmp.Or(a.Connection, fettle.DefaultConnection),
			a.Budgets[0], a.Budgets[1], a.Budgets[2])
	}
	_, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,aa,ab,ac,ad,ae,af) AS (@rows)
		INSERT INTO attempts (id, enrichment_id, version, run_id, record_id, step, try, provider, model, operation, cause, fields, actor,
		state, outcome, worker_id, resend, job_id, held_uc, step_uc, charged_uc, overrun_uc, units, unit_uc, spends_record, spends_at_provider,
		inputs_hash, inputs, outputs, message, reserved_at_us, done_at_us, opener, allowance, unasked, inputs_folded, connection,
		budget, person_budget, opener_budget)
		SELECT a,b,c,d,e,f,g,h,i,j,k,l,m,'reserved','',n,o,'',p,q,0,0,0,r,s,t,u,w,NULL,'',x,0,y,z,aa,ab,ac,ad,ae,af FROM v`)
	if err != nil {
		return err
	}
	return tx.noteCalls(ctx, attempts)
}

// Ending is how a call ended.
type Ending struct {
	ID       int64
	Worker   int64 // that made the call
	State    AttemptState
	Outcome  string
	Charged  fettle.Credits // up to the call's highest price
	Overrun  fettle.Credits // above it
	Units    fettle.Credits
	Model    string
	Outputs  map[string]any
	Statuses string // of the outputs, as JoinStatuses writes them
	Message  string
	JobID    string
	DoneUS   int64
	Unsure   bool   // it found nothing, since the answer verifies nothing
	About    string // whom the answer says that it is about, as JSON; "" for nobody
	Stranger int64  // it is about somebody else: see NoStranger
}

// EndAttempts ends calls that are open and still belong to their worker, and
// gives the ids that it ended. A call that is missing from the answer was
// taken away meanwhile: its result comes late.
func (tx *Tx) EndAttempts(ctx context.Context, ends []Ending) (map[int64]bool, error) {
	done := make(map[int64]bool, len(ends))
	b := NewBatch("bigint", "bigint", "text", "text", "bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "bigint", "boolean", "text", "bigint").sized(len(ends))
	for _, e := range ends {
		outputs, err := jsonText(e.Outputs)
		if err != nil {
			return nil, err
		}
		b.Add(e.ID, e.Worker, string(e.State), e.Outcome, int64(e.Charged), int64(e.Overrun), int64(e.Units), e.Model, outputs, nullText(e.Statuses), e.Message, e.JobID, e.DoneUS, e.Unsure, nullText(e.About), e.Stranger)
	}
	err := tx.queryBatch(ctx, tx.ended(done), b, `WITH v(id, worker, state, outcome, charged, overrun, units, model, outputs, statuses, message, job, at, unsure, about, stranger) AS (@rows)
		UPDATE attempts SET state = v.state, outcome = v.outcome, charged_uc = v.charged, overrun_uc = v.overrun, units = v.units,
		model = CASE WHEN v.model = '' THEN attempts.model ELSE v.model END, outputs = v.outputs, statuses = v.statuses, message = v.message, job_id = v.job,
		done_at_us = v.at, unsure = v.unsure, about = v.about, stranger = v.stranger
		FROM v WHERE attempts.id = v.id AND attempts.worker_id = v.worker AND attempts.state IN ('reserved', 'accepted')
		RETURNING attempts.id, attempts.record_id`)
	return done, err
}

// ended notes the calls that were ended, and their records.
func (tx *Tx) ended(done map[int64]bool) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var id, record int64
		err := r.Scan(&id, &record)
		done[id] = true
		tx.touch(record)
		return err
	}
}

// ResolveAttempts ends calls that are unknown and gives the ids that it ended.
func (tx *Tx) ResolveAttempts(ctx context.Context, ends []Ending) (map[int64]bool, error) {
	done := make(map[int64]bool, len(ends))
	b := NewBatch("bigint", "text", "text", "bigint", "bigint", "bigint", "text", "text", "text", "bigint", "text", "bigint")
	for _, e := range ends {
		outputs, err := jsonText(e.Outputs)
		if err != nil {
			return nil, err
		}
		b.Add(e.ID, string(e.State), e.Outcome, int64(e.Charged), int64(e.Overrun), int64(e.Units), outputs, nullText(e.Statuses), e.Message, e.DoneUS, nullText(e.About), e.Stranger)
	}
	err := tx.queryBatch(ctx, tx.ended(done), b, `WITH v(id, state, outcome, charged, overrun, units, outputs, statuses, message, at, about, stranger) AS (@rows)
		UPDATE attempts SET state = v.state, outcome = v.outcome, charged_uc = v.charged, overrun_uc = v.overrun, units = v.units,
		outputs = v.outputs, statuses = v.statuses, message = v.message, done_at_us = v.at,
		about = v.about, stranger = v.stranger
		FROM v WHERE attempts.id = v.id AND attempts.state = 'unknown' RETURNING attempts.id, attempts.record_id`)
	return done, err
}

const attemptColumns = `a.id, a.enrichment_id, a.version, a.run_id, a.record_id, a.step, a.try, a.provider, a.model, a.operation, a.cause,
	a.fields, a.actor, a.state, a.outcome, a.worker_id, a.resend, a.job_id, a.held_uc, a.step_uc, a.charged_uc, a.overrun_uc, a.units,
	a.unit_uc, a.spends_record, a.spends_at_provider, a.inputs_hash, a.inputs, a.outputs, COALESCE(a.statuses, ''), a.message, a.reserved_at_us, a.done_at_us,
	a.opener, a.allowance, a.unasked, a.unsure, a.connection, a.budget, a.person_budget, a.opener_budget, a.stranger, COALESCE(a.about, '')`

func scanAttempt(r *sql.Rows) (Attempt, error) {
	var a Attempt
	var fields string
	var inputs, outputs sql.NullString
	err := r.Scan(&a.ID, &a.EnrichmentID, &a.Version, &a.RunID, &a.RecordID, &a.Step, &a.Try, &a.Provider, &a.Model, &a.Operation, &a.Cause,
		&fields, &a.Actor, &a.State, &a.Outcome, &a.WorkerID, &a.Resend, &a.JobID, &a.Hold.Held, &a.Hold.Step, &a.Charged, &a.Overrun, &a.Units,
		&a.UnitPrice, &a.Hold.Record, &a.Hold.StepRecord, &a.InputsHash, &inputs, &outputs, &a.Statuses, &a.Message, &a.ReservedUS, &a.DoneUS, &a.Opener, &a.Allowance, &a.Unasked, &a.Unsure, &a.Connection,
		&a.Budgets[0], &a.Budgets[1], &a.Budgets[2], &a.Stranger, &a.About)
	if err != nil {
		return a, err
	}
	a.Fields = SplitFields(fields)
	if inputs.Valid {
		if err := json.Unmarshal([]byte(inputs.String), &a.Inputs); err != nil {
			return a, err
		}
	}
	if outputs.Valid {
		if err := json.Unmarshal([]byte(outputs.String), &a.Outputs); err != nil {
			return a, err
		}
	}
	return a, nil
}

// attemptsWhere reads the calls for which a condition over a holds.
func (tx *Tx) attemptsWhere(ctx context.Context, where string, args ...any) ([]Attempt, error) {
	var out []Attempt
	err := tx.query(ctx, func(r *sql.Rows) error {
		a, err := scanAttempt(r)
		out = append(out, a)
		return err
	}, `SELECT `+attemptColumns+` FROM attempts a WHERE `+where+` ORDER BY a.id`, args...)
	return out, err
}

// Nobody has the open calls that a worker left to whoever may send them again.
const Nobody = int64(0)

// OrphanAttempts reads open calls whose worker is gone, or which are nobody's,
// after a call.
func (tx *Tx) OrphanAttempts(ctx context.Context, after int64, limit int) ([]Attempt, error) {
	return tx.attemptsWhere(ctx, `a.state IN ('reserved', 'accepted') AND a.id IN (SELECT o.id FROM attempts o LEFT JOIN workers w ON w.id = o.worker_id
		WHERE o.state IN ('reserved', 'accepted') AND (w.state = 'gone' OR o.worker_id = 0) AND o.id > $1 ORDER BY o.id LIMIT $2)`, after, limit)
}

// TakeOver makes open calls a worker's own, or nobody's, and gives the ids that
// it took.
func (tx *Tx) TakeOver(ctx context.Context, attempts []Attempt, worker int64) (map[int64]bool, error) {
	taken := map[int64]bool{}
	b := NewBatch("bigint", "bigint")
	for _, a := range attempts {
		b.Add(a.ID, a.WorkerID)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		taken[id] = true
		return err
	}, b, `WITH v(id, old) AS (@rows) UPDATE attempts SET worker_id = $1 FROM v
		WHERE attempts.id = v.id AND attempts.worker_id = v.old AND attempts.state IN ('reserved', 'accepted') RETURNING attempts.id`, worker)
	return taken, err
}

// UnknownAttempts reads the calls that are unknown, oldest first: of one
// enrichment, or of all for 0.
func (tx *Tx) UnknownAttempts(ctx context.Context, enrichment int64, limit int) ([]Attempt, error) {
	return tx.attemptsWhere(ctx, `a.state = 'unknown' AND ($1 = 0 OR a.enrichment_id = $1) AND a.id IN (SELECT id FROM attempts
		WHERE state = 'unknown' AND ($1 = 0 OR enrichment_id = $1) ORDER BY id LIMIT $2)`, enrichment, limit)
}

// AttemptsByID reads calls.
func (tx *Tx) AttemptsByID(ctx context.Context, ids []int64) ([]Attempt, error) {
	var out []Attempt
	b := NewBatch("bigint")
	for _, id := range ids {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		a, err := scanAttempt(r)
		out = append(out, a)
		return err
	}, b, `WITH v(id) AS (@rows) SELECT `+attemptColumns+` FROM v JOIN attempts a ON a.id = v.id ORDER BY a.id`)
	return out, err
}

// Asked is what a record was asked before: a call that ended with a known
// outcome.
type Asked struct {
	ID         int64
	RecordID   int64
	RunID      int64
	Step       int
	Provider   string
	Operation  string
	Outcome    string
	InputsHash string
	Folded     string // InputsHash without regard to case and white space; "" of calls from before it was kept
	Charged    fettle.Credits
	Outputs    map[string]any
	Statuses   string // of the outputs, as JoinStatuses writes them
	AskedUS    int64  // when it was committed, before it left
	DoneUS     int64
	Open       bool   // no answer yet: in flight, or unknown
	Unknown    bool   // of the open: its call may have been billed
	Counts     bool   // counts its record in limits in records
	Unasked    bool   // nobody was asked about what it was made for
	Unsure     bool   // of one that found nothing: the answer verifies nothing
	Stranger   int64  // whether the answer is about somebody else than its record: see NoStranger
	About      string // whom the answer says that it is about, as JSON; "" for nobody
}

// Asked reads, for records, the calls of all enrichments that are settled, in
// flight or unknown, oldest first.
func (tx *Tx) Asked(ctx context.Context, records []int64) ([]Asked, error) {
	var out []Asked
	b := NewBatch("bigint").sized(len(records))
	for _, id := range records {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, askedInto(&out), b, `WITH v(id) AS (@rows) SELECT `+askedColumns+`
		FROM v JOIN attempts a ON a.record_id = v.id WHERE a.state <> 'released' ORDER BY a.id`)
	return out, err
}

const askedColumns = `a.id, a.record_id, a.run_id, a.step, a.provider, a.operation, a.outcome, a.inputs_hash, a.charged_uc, a.outputs,
	COALESCE(a.statuses, ''), a.reserved_at_us, a.done_at_us, a.state <> 'settled', a.state = 'unknown', a.spends_record OR a.spends_at_provider, a.unasked, a.unsure, a.inputs_folded, a.stranger, COALESCE(a.about, '')`

func askedInto(out *[]Asked) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var a Asked
		err := scanAsked(r, &a)
		*out = append(*out, a)
		return err
	}
}

func scanAsked(r *sql.Rows, a *Asked, more ...any) error {
	var outputs sql.NullString
	dest := []any{
		&a.ID, &a.RecordID, &a.RunID, &a.Step, &a.Provider, &a.Operation, &a.Outcome, &a.InputsHash, &a.Charged, &outputs,
		&a.Statuses, &a.AskedUS, &a.DoneUS, &a.Open, &a.Unknown, &a.Counts, &a.Unasked, &a.Unsure, &a.Folded, &a.Stranger, &a.About,
	}
	if err := r.Scan(append(dest, more...)...); err != nil || !outputs.Valid {
		return err
	}
	return json.Unmarshal([]byte(outputs.String), &a.Outputs)
}

// AskedWith reads the calls of all records and enrichments that were made with
// one of some inputs, by their hashes, and are settled, in flight or unknown,
// oldest first.
func (tx *Tx) AskedWith(ctx context.Context, hashes []string) ([]Asked, error) {
	var out []Asked
	b := NewBatch("text").sized(len(hashes))
	for _, h := range hashes {
		b.Add(h)
	}
	err := tx.queryBatch(ctx, askedInto(&out), b, `WITH v(hash) AS (@rows) SELECT `+askedColumns+`
		FROM v JOIN attempts a ON a.inputs_hash = v.hash WHERE a.state <> 'released' ORDER BY a.id`)
	slices.SortFunc(out, func(a, b Asked) int { return cmp.Compare(a.ID, b.ID) })
	return out, err
}

// AskedByID reads calls that are settled, in flight or unknown.
func (tx *Tx) AskedByID(ctx context.Context, ids []int64) ([]Asked, error) {
	var out []Asked
	err := tx.queryBatch(ctx, askedInto(&out), idBatch(ids), `WITH v(id) AS (@rows) SELECT `+askedColumns+`
		FROM v JOIN attempts a ON a.id = v.id WHERE a.state <> 'released' ORDER BY a.id`)
	return out, err
}
