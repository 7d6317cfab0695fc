package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"fettle"
)

// Enrichment is an enrichment as it is stored.
type Enrichment struct {
	ID           int64
	Name         string
	Label        string // what people call it; its name where nobody said
	Entity       fettle.Entity
	State        fettle.State
	PauseReason  fettle.PauseReason
	PauseDetail  string
	PauseUntilUS int64
	Version      int64
	LogicVersion int64
	Definition   fettle.Definition
	RunID        int64
	PilotRunID   int64
	PlanState    string // planned, planning, edited, clearing
	PlanCursor   int64
	PlanCause    fettle.Cause
	FollowCursor int64
	ControlSeq   int64
	Failures     int64
	CreatedUS    int64
	UpdatedUS    int64
	Agreed       string // what of its audience was agreed to, as JSON; "" for all of it
	NextTickUS   int64  // when what is due may leave next; 0: it has no schedule, or no further tick
	TickUS       int64  // the tick under way
	TickState    string // "", collecting, open
}

// The states of the tick of a schedule that is under way.
const (
	TickCollecting = "collecting" // it has come, and what is due is being gathered
	TickOpen       = "open"       // what is due leaves
)

// The plan states.
const (
	Planned  = "planned"
	Planning = "planning" // rows are being opened, up to PlanCursor
	Edited   = "edited"   // to be planned anew when it next goes live
	Clearing = "clearing" // its rows are being removed; then it is Edited. It is not live meanwhile
)

// CatchUp is the cause of a plan that a resume makes of an audience whose rows
// were all open already.
const CatchUp fettle.Cause = "catch_up"

// TimePassed is the cause of a plan of an audience whose members change with time
// alone.
const TimePassed fettle.Cause = "time"

const enrichmentWritten = `id, name, entity, state, pause_reason, pause_detail, pause_until_us, version, logic_version, definition, run_id,
	pilot_run_id, plan_state, plan_cursor, plan_cause, follow_cursor, control_seq, failures, created_at_us, updated_at_us, agreed,
	next_tick_us, tick_us, tick_state`

const enrichmentColumns = enrichmentWritten + ", " + shownLabel

func scanEnrichment(scan func(...any) error) (Enrichment, error) {
	var e Enrichment
	var def string
	if err := scan(&e.ID, &e.Name, &e.Entity, &e.State, &e.PauseReason, &e.PauseDetail, &e.PauseUntilUS, &e.Version, &e.LogicVersion, &def, &e.RunID,
		&e.PilotRunID, &e.PlanState, &e.PlanCursor, &e.PlanCause, &e.FollowCursor, &e.ControlSeq, &e.Failures, &e.CreatedUS, &e.UpdatedUS, &e.Agreed,
		&e.NextTickUS, &e.TickUS, &e.TickState, &e.Label); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(def), &e.Definition)
}

// Enrichments reads all enrichments by name.
func (tx *Tx) Enrichments(ctx context.Context) ([]Enrichment, error) {
	var out []Enrichment
	err := tx.query(ctx, func(r *sql.Rows) error {
		e, err := scanEnrichment(r.Scan)
		out = append(out, e)
		return err
	}, `SELECT `+enrichmentColumns+` FROM enrichments ORDER BY name`)
	return out, err
}

// Enrichment reads one enrichment by its name.
func (tx *Tx) Enrichment(ctx context.Context, name string) (Enrichment, error) {
	return tx.oneEnrichment(ctx, name, `WHERE name = $1`, name)
}

// EnrichmentByID reads one enrichment by its id.
func (tx *Tx) EnrichmentByID(ctx context.Context, id int64) (Enrichment, error) {
	return tx.oneEnrichment(ctx, "", `WHERE id = $1`, id)
}

// LockEnrichment reads one enrichment by its name and keeps others from
// changing it until the transaction ends.
func (tx *Tx) LockEnrichment(ctx context.Context, name string) (Enrichment, error) {
	return tx.oneEnrichment(ctx, name, `WHERE name = $1`+tx.db.d.forUpdate, name)
}

// LockEnrichmentByID is LockEnrichment by id.
func (tx *Tx) LockEnrichmentByID(ctx context.Context, id int64) (Enrichment, error) {
	return tx.oneEnrichment(ctx, "", `WHERE id = $1`+tx.db.d.forUpdate, id)
}

func (tx *Tx) oneEnrichment(ctx context.Context, name, where string, arg any) (Enrichment, error) {
	var e Enrichment
	found := false
	err := tx.query(ctx, func(r *sql.Rows) (err error) {
		found = true
		e, err = scanEnrichment(r.Scan)
		return err
	}, `SELECT `+enrichmentColumns+` FROM enrichments `+where, arg)
	if err == nil && !found {
		err = fettle.Errorf(fettle.NotFound, "there is no enrichment %q", name).WithHint("Enrichments lists them (fettle enrichment list).")
	}
	return e, err
}

// PutEnrichment inserts or replaces an enrichment by id.
func (tx *Tx) PutEnrichment(ctx context.Context, e Enrichment) error {
	def, err := json.Marshal(e.Definition)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO enrichments (`+enrichmentWritten+`)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, entity = excluded.entity, state = excluded.state, pause_reason = excluded.pause_reason,
		pause_detail = excluded.pause_detail, pause_until_us = excluded.pause_until_us, version = excluded.version,
		logic_version = excluded.logic_version, definition = excluded.definition, run_id = excluded.run_id, pilot_run_id = excluded.pilot_run_id,
		plan_state = excluded.plan_state, plan_cursor = excluded.plan_cursor, plan_cause = excluded.plan_cause,
		follow_cursor = excluded.follow_cursor, control_seq = excluded.control_seq, failures = excluded.failures, updated_at_us = excluded.updated_at_us,
		agreed = excluded.agreed, next_tick_us = excluded.next_tick_us, tick_us = excluded.tick_us, tick_state = excluded.tick_state`,
		e.ID, e.Name, string(e.Entity), string(e.State), string(e.PauseReason), e.PauseDetail, e.PauseUntilUS, e.Version, e.LogicVersion, string(def),
		e.RunID, e.PilotRunID, e.PlanState, e.PlanCursor, string(e.PlanCause), e.FollowCursor, e.ControlSeq, e.Failures, e.CreatedUS, e.UpdatedUS, e.Agreed,
		e.NextTickUS, e.TickUS, e.TickState)
	if err != nil {
		return err
	}
	return tx.keepTime(ctx, e)
}

// Version is one version of an enrichment's definition.
type Version struct {
	Version    int64
	Definition fettle.Definition
	Logic      bool
	Actor      string
	AtUS       int64
}

// AddVersion keeps a version of a definition.
func (tx *Tx) AddVersion(ctx context.Context, enrichment int64, v Version) error {
	def, err := json.Marshal(v.Definition)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO enrichment_versions (enrichment_id, version, definition, logic, actor, created_at_us)
		VALUES ($1, $2, $3, $4, $5, $6)`, enrichment, v.Version, string(def), v.Logic, v.Actor, v.AtUS)
	return err
}

// Versions reads the versions of an enrichment, newest first.
func (tx *Tx) Versions(ctx context.Context, enrichment int64) ([]Version, error) {
	var out []Version
	err := tx.query(ctx, func(r *sql.Rows) error {
		var v Version
		var def string
		if err := r.Scan(&v.Version, &def, &v.Logic, &v.Actor, &v.AtUS); err != nil {
			return err
		}
		out = append(out, v)
		return json.Unmarshal([]byte(def), &out[len(out)-1].Definition)
	}, `SELECT version, definition, logic, actor, created_at_us FROM enrichment_versions WHERE enrichment_id = $1 ORDER BY version DESC`, enrichment)
	return out, err
}

// Run is the work begun by one start, point, rerun, retry or pilot.
type Run struct {
	ID           int64
	EnrichmentID int64
	Kind         string
	Audience     string
	Estimate     *fettle.Estimate
	Actor        string // on whose account it is
	Allowance    bool   // a pilot of somebody who may not spend
	StartedUS    int64
	EndedUS      int64
}

// AddRun keeps a run.
func (tx *Tx) AddRun(ctx context.Context, r Run) error {
	est, err := json.Marshal(r.Estimate)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO runs (id, enrichment_id, kind, audience, estimate, actor, started_at_us, ended_at_us, allowance)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)`, r.ID, r.EnrichmentID, r.Kind, r.Audience, string(est), r.Actor, r.StartedUS, r.Allowance)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO run_writes (run_id, fills, overwrites, emptied) VALUES ($1, 0, 0, 0)`, r.ID)
	return err
}

// AgreeRun keeps what was agreed to when a run was resumed, and by whom: from
// then on it is on their account.
func (tx *Tx) AgreeRun(ctx context.Context, id int64, agreed fettle.Estimate, actor string) error {
	est, err := json.Marshal(agreed)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE runs SET estimate = $2, actor = $3 WHERE id = $1`, id, string(est), actor)
	return err
}

// EndRun says when a run ended; ending twice keeps the first time.
func (tx *Tx) EndRun(ctx context.Context, id, atUS int64) error {
	_, err := tx.exec(ctx, `UPDATE runs SET ended_at_us = $2 WHERE id = $1 AND ended_at_us IS NULL`, id, atUS)
	return err
}

// Run reads one run.
func (tx *Tx) Run(ctx context.Context, id int64) (Run, error) {
	r := Run{ID: id}
	var est string
	var ended sql.NullInt64
	err := tx.get(ctx, []any{&r.EnrichmentID, &r.Kind, &r.Audience, &est, &r.Actor, &r.StartedUS, &ended, &r.Allowance},
		`SELECT enrichment_id, kind, audience, estimate, actor, started_at_us, ended_at_us, allowance FROM runs WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fettle.Errorf(fettle.NotFound, "there is no run %d", id)
	}
	if err != nil {
		return r, err
	}
	r.EndedUS = ended.Int64
	return r, json.Unmarshal([]byte(est), &r.Estimate)
}
