package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"fettle"
)

// SignalRule is a rule as it is kept.
type SignalRule struct {
	fettle.SignalRule

	ID         int64
	Name       string
	Label      string // what people call it; its name where nobody said
	AudienceID int64  // its companion audience; 0: none
	Enrichment int64  // a poll's own enrichment; 0: none
	State      string
	Cursor     int64 // the newest entry of the change log that it has read
	CreatedUS  int64
	UpdatedUS  int64
}

const ruleColumns = "id, name, definition, audience_id, enrichment_id, state, cursor, created_us, updated_us, " + shownLabel

func (tx *Tx) signalRules(ctx context.Context, where string, args ...any) ([]SignalRule, error) {
	var out []SignalRule
	err := tx.query(ctx, func(r *sql.Rows) error {
		var x SignalRule
		var def string
		err := r.Scan(&x.ID, &x.Name, &def, &x.AudienceID, &x.Enrichment, &x.State, &x.Cursor, &x.CreatedUS, &x.UpdatedUS, &x.Label)
		if err == nil {
			err = json.Unmarshal([]byte(def), &x.SignalRule)
		}
		out = append(out, x)
		return err
	}, "SELECT "+ruleColumns+" FROM signal_rules "+where, args...)
	return out, err
}

// SignalRules lists the rules by name.
func (tx *Tx) SignalRules(ctx context.Context) ([]SignalRule, error) {
	return tx.signalRules(ctx, "ORDER BY name")
}

// SignalRule finds a rule by its name.
func (tx *Tx) SignalRule(ctx context.Context, name string) (SignalRule, error) {
	all, err := tx.signalRules(ctx, "WHERE name = $1", name)
	if err == nil && len(all) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no signal rule %s", name).WithHint("Signals lists the rules (fettle signal rules).")
	}
	if err != nil {
		return SignalRule{}, err
	}
	return all[0], nil
}

// LockSignalRules reads rules and keeps everybody else from working on them
// until the transaction ends. none reads all of them.
func (tx *Tx) LockSignalRules(ctx context.Context, ids ...int64) ([]SignalRule, error) {
	if len(ids) == 1 {
		return tx.signalRules(ctx, "WHERE id = $1"+tx.db.d.forUpdate, ids[0])
	}
	return tx.signalRules(ctx, "ORDER BY id"+tx.db.d.forUpdate)
}

// AddSignalRule writes a new rule and sets its id. It refuses a name that is
// taken.
func (tx *Tx) AddSignalRule(ctx context.Context, x *SignalRule) error {
	def, err := json.Marshal(x.SignalRule)
	if err != nil {
		return err
	}
	if x.ID, err = tx.NextIDs(ctx, SeqSignal, 1); err != nil {
		return err
	}
	n, err := tx.exec(ctx, `INSERT INTO signal_rules (id, name, entity, type, detect, definition, audience_id, enrichment_id, state, cursor, created_us, updated_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name) DO NOTHING`,
		x.ID, x.Name, string(x.Entity), x.Type, x.Detect, string(def), x.AudienceID, x.Enrichment, x.State, x.Cursor, x.CreatedUS, x.UpdatedUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "there is a signal rule %s already", x.Name).WithHint("Choose another name, or change that rule.")
	}
	return err
}

// PutSignalRule writes a rule as it is given; its name stays.
func (tx *Tx) PutSignalRule(ctx context.Context, x SignalRule) error {
	def, err := json.Marshal(x.SignalRule)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE signal_rules SET entity = $2, type = $3, detect = $4, definition = $5, audience_id = $6, enrichment_id = $7, state = $8, cursor = $9, updated_us = $10
		WHERE id = $1`, x.ID, string(x.Entity), x.Type, x.Detect, string(def), x.AudienceID, x.Enrichment, x.State, x.Cursor, x.UpdatedUS)
	return err
}

// DeleteSignalRule forgets a rule. What it raised stays.
func (tx *Tx) DeleteSignalRule(ctx context.Context, id int64) error {
	for _, text := range []string{
		"DELETE FROM signal_rules WHERE id = $1", "DELETE FROM signal_disagreements WHERE rule_id = $1", "DELETE FROM signal_settling WHERE rule_id = $1",
		"DELETE FROM signal_hooks WHERE rule_id = $1", "DELETE FROM signal_posts WHERE rule_id = $1",
	} {
		if _, err := tx.exec(ctx, text, id); err != nil {
			return err
		}
	}
	return nil
}

// Disagreement counts what a source said otherwise than a record held.
type Disagreement struct {
	Field  string
	Source string
	Times  int64
	LastUS int64
	Record int64 // of the last
}

// CountDisagreements adds to a rule's counts.
func (tx *Tx) CountDisagreements(ctx context.Context, rule int64, all []Disagreement) error {
	b := NewBatch("bigint", "text", "text", "bigint", "bigint", "bigint")
	for _, d := range all {
		b.Add(rule, d.Field, d.Source, d.Times, d.LastUS, d.Record)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO signal_disagreements (rule_id, field, source, times, last_us, last_record_id) @rows
		ON CONFLICT (rule_id, field, source) DO UPDATE SET times = signal_disagreements.times + excluded.times, last_us = excluded.last_us, last_record_id = excluded.last_record_id`)
	return err
}

// Disagreements gives the counts of all rules.
func (tx *Tx) Disagreements(ctx context.Context) (map[int64][]Disagreement, error) {
	out := map[int64][]Disagreement{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var rule int64
		var d Disagreement
		err := r.Scan(&rule, &d.Field, &d.Source, &d.Times, &d.LastUS, &d.Record)
		out[rule] = append(out[rule], d)
		return err
	}, "SELECT rule_id, field, source, times, last_us, last_record_id FROM signal_disagreements ORDER BY rule_id, field, source")
	return out, err
}

// RuleCount is what a rule raised and what stands of it.
type RuleCount struct {
	Signals int64
	LastUS  int64
}

// SignalsByRule counts the signals that stand, by the rule that raised them.
func (tx *Tx) SignalsByRule(ctx context.Context) (map[int64]RuleCount, error) {
	out := map[int64]RuleCount{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var rule int64
		var c RuleCount
		err := r.Scan(&rule, &c.Signals, &c.LastUS)
		out[rule] = c
		return err
	}, "SELECT rule_id, count(*), max(at_us) FROM signals WHERE record_id <> 0 AND retracted_us = 0 AND rule_id <> 0 GROUP BY rule_id")
	return out, err
}

// SignalCursor is how far the reader of the change log that takes signals back
// has read.
func (tx *Tx) SignalCursor(ctx context.Context) (int64, error) {
	text, ok, err := tx.Setting(ctx, settingSignalCursor)
	if err != nil || !ok {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

const settingSignalCursor = "signals_taken_back_to"

// PutSignalCursor says how far it has read.
func (tx *Tx) PutSignalCursor(ctx context.Context, id int64) error {
	return tx.PutSetting(ctx, settingSignalCursor, strconv.FormatInt(id, 10))
}

// Settling is a change of a record that a rule lets settle.
type Settling struct {
	Record int64
	First  int64 // entries of the change log
	Last   int64
	DueUS  int64
}

// PutSettling writes changes that are to settle. One that does already takes the
// later entry in, and keeps its time.
func (tx *Tx) PutSettling(ctx context.Context, rule int64, all []Settling) error {
	b := NewBatch("bigint", "bigint", "bigint", "bigint", "bigint")
	for _, s := range all {
		b.Add(rule, s.Record, s.First, s.Last, s.DueUS)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO signal_settling (rule_id, record_id, first_id, last_id, due_us) @rows
		ON CONFLICT (rule_id, record_id) DO UPDATE SET last_id = excluded.last_id`)
	return err
}

// Settled gives up to n of a rule's changes whose time has come, and forgets
// them.
func (tx *Tx) Settled(ctx context.Context, rule, nowUS int64, n int) ([]Settling, error) {
	var out []Settling
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s Settling
		err := r.Scan(&s.Record, &s.First, &s.Last, &s.DueUS)
		out = append(out, s)
		return err
	}, "SELECT record_id, first_id, last_id, due_us FROM signal_settling WHERE rule_id = $1 AND due_us <= $2 ORDER BY record_id LIMIT $3", rule, nowUS, n)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(out))
	for i, s := range out {
		ids[i] = s.Record
	}
	_, err = tx.execBatch(ctx, idBatch(ids), "WITH v(id) AS (@rows) DELETE FROM signal_settling WHERE rule_id = $1 AND record_id IN (SELECT id FROM v)", rule)
	return out, err
}

// SettlesNext is when the next change of a live rule has settled; 0: none does.
func (tx *Tx) SettlesNext(ctx context.Context) (int64, error) {
	var due int64
	err := tx.get(ctx, []any{&due}, "SELECT COALESCE(min(s.due_us), 0) FROM signal_settling s JOIN signal_rules r ON r.id = s.rule_id WHERE r.state = 'live'")
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return due, err
}
