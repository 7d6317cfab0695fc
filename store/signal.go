package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"strconv"

	"fettle"
)

// SignalChanges is the text of the changes of an entry about a signal.
func SignalChanges(id int64) string {
	return `{"` + signalKey + `":[null,` + strconv.FormatInt(id, 10) + `,0]}`
}

// detailArg is fettle_detail on SQLite: one of the texts by name that a signal
// holds, NULL where there is none.
func detailArg(values, key driver.Value) driver.Value {
	text, ok := values.(string)
	name, named := key.(string)
	if !ok || !named {
		return nil
	}
	var all map[string]string
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil
	}
	if v, ok := all[name]; ok {
		return v
	}
	return nil
}

// Signal is one change of a record.
type Signal struct {
	ID          int64
	Entity      fettle.Entity
	Record      int64 // 0: of nobody, since it is part of another one or its record was deleted
	Home        int64 // the record of which it was first told
	Into        int64 // the signal that it is part of, since their records were merged; else 0
	Type        string
	Kind        string
	AtUS        int64
	SinceUS     int64 // 0: not known
	From        map[string]string
	To          map[string]string
	Details     map[string]string
	FromKey     map[string]string // folded
	ToKey       map[string]string
	Rule        int64
	Sample      bool
	RetractedUS int64 // 0: it stands
	Cause       int64 // the person's signal for which it was raised; else 0
}

// Witness is one telling of a signal.
type Witness struct {
	ID       int64
	Signal   int64
	Record   int64 // of which it was told
	Source   string
	Rule     int64
	SenderID string
	Origin   int64
	Change   int64
	AtUS     int64
	SinceUS  int64 // 0: not known
	Evidence string
	GoneUS   int64 // 0: it stands
}

const signalColumns = "id, entity, record_id, home_id, into_id, type, kind, at_us, since_us, from_values, to_values, details, from_key, to_key, rule_id, sample, retracted_us, cause_id"

func scanSignal(r *sql.Rows, more ...any) (Signal, error) {
	var s Signal
	var since sql.NullInt64
	var texts [5]string
	dest := []any{
		&s.ID, &s.Entity, &s.Record, &s.Home, &s.Into, &s.Type, &s.Kind, &s.AtUS, &since, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4],
		&s.Rule, &s.Sample, &s.RetractedUS, &s.Cause,
	}
	err := r.Scan(append(dest, more...)...)
	s.SinceUS = since.Int64
	for i, dest := range []*map[string]string{&s.From, &s.To, &s.Details, &s.FromKey, &s.ToKey} {
		if err == nil {
			err = json.Unmarshal([]byte(texts[i]), dest)
		}
	}
	return s, err
}

func textsJSON(m map[string]string) string {
	if len(m) == 0 {
		return "{}"
	}
	b, _ := json.Marshal(m) // texts alone: cannot fail
	return string(b)
}

func orNull(us int64) any {
	if us == 0 {
		return nil
	}
	return us
}

func signalBatch(all []Signal) *Batch {
	b := NewBatch("bigint", "text", "bigint", "bigint", "bigint", "text", "text", "bigint", "bigint", "text", "text", "text", "text", "text", "bigint", "boolean", "bigint", "bigint")
	for _, s := range all {
		b.Add(s.ID, string(s.Entity), s.Record, s.Home, s.Into, s.Type, s.Kind, s.AtUS, orNull(s.SinceUS), textsJSON(s.From), textsJSON(s.To), textsJSON(s.Details),
			textsJSON(s.FromKey), textsJSON(s.ToKey), s.Rule, s.Sample, s.RetractedUS, s.Cause)
	}
	return b
}

// AddSignals writes new signals and gives them ids.
func (tx *Tx) AddSignals(ctx context.Context, all []Signal) error {
	if len(all) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, SeqSignal, len(all))
	if err != nil {
		return err
	}
	for i := range all {
		all[i].ID = first + int64(i)
		tx.touch(all[i].Record)
	}
	_, err = tx.execBatch(ctx, signalBatch(all), "INSERT INTO signals ("+signalColumns+") @rows")
	return err
}

// PutSignals writes signals as they are given.
func (tx *Tx) PutSignals(ctx context.Context, all []Signal) error {
	for _, s := range all {
		tx.touch(s.Record)
		tx.touch(s.Home)
	}
	_, err := tx.execBatch(ctx, signalBatch(all), `WITH v(id, entity, record, home, into_it, type, kind, at, since, froms, tos, details, from_key, to_key, rule, sample, retracted, cause) AS (@rows)
		UPDATE signals SET record_id = v.record, into_id = v.into_it, kind = v.kind, since_us = v.since, from_values = v.froms, to_values = v.tos, details = v.details,
		from_key = v.from_key, to_key = v.to_key, retracted_us = v.retracted FROM v WHERE signals.id = v.id`)
	return err
}

// signalsWhere reads signals of a batch of ids, by a column, in the order of
// their ids.
func (tx *Tx) signalsWhere(ctx context.Context, column string, ids []int64) ([]Signal, error) {
	var out []Signal
	more := ""
	if column == "cause_id" {
		more = " AND cause_id <> 0" // the index holds no others
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		s, err := scanSignal(r)
		out = append(out, s)
		return err
	}, idBatch(ids), "WITH v(vid) AS (@rows) SELECT "+signalColumns+" FROM signals WHERE "+column+" IN (SELECT vid FROM v)"+more+" ORDER BY id")
	return out, err
}

// SignalsOf gives the signals of records, oldest first; retracted ones and
// samples too.
func (tx *Tx) SignalsOf(ctx context.Context, records []int64) (map[int64][]Signal, error) {
	all, err := tx.signalsWhere(ctx, "record_id", records)
	out := map[int64][]Signal{}
	for _, s := range all {
		if s.Record != 0 {
			out[s.Record] = append(out[s.Record], s)
		}
	}
	return out, err
}

// SignalsByID reads signals. Those that do not exist are left out.
func (tx *Tx) SignalsByID(ctx context.Context, ids []int64) ([]Signal, error) {
	return tx.signalsWhere(ctx, "id", ids)
}

// SignalsAtHome gives the signals that were first told of records, whosever they
// are now.
func (tx *Tx) SignalsAtHome(ctx context.Context, records []int64) ([]Signal, error) {
	return tx.signalsWhere(ctx, "home_id", records)
}

// SignalsCausedBy gives the signals of companies that were raised for signals of
// people.
func (tx *Tx) SignalsCausedBy(ctx context.Context, ids []int64) ([]Signal, error) {
	return tx.signalsWhere(ctx, "cause_id", ids)
}

// SignalsWithin gives the signals that merges of records made part of others,
// themselves and their parts included.
func (tx *Tx) SignalsWithin(ctx context.Context, ids []int64) ([]Signal, error) {
	var out []Signal
	for len(ids) > 0 {
		parts, err := tx.signalsWhere(ctx, "into_id", ids)
		if err != nil {
			return nil, err
		}
		out, ids = append(out, parts...), ids[:0:0]
		for _, p := range parts {
			ids = append(ids, p.ID)
		}
	}
	return out, nil
}

const witnessColumns = "id, signal_id, record_id, source, rule_id, sender_id, origin_id, change_id, at_us, since_us, evidence, gone_us"

func scanWitness(r *sql.Rows) (Witness, error) {
	var w Witness
	var since sql.NullInt64
	err := r.Scan(&w.ID, &w.Signal, &w.Record, &w.Source, &w.Rule, &w.SenderID, &w.Origin, &w.Change, &w.AtUS, &since, &w.Evidence, &w.GoneUS)
	w.SinceUS = since.Int64
	return w, err
}

// AddWitnesses writes tellings and gives them ids.
func (tx *Tx) AddWitnesses(ctx context.Context, all []Witness) error {
	if len(all) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, SeqSignal, len(all))
	if err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint", "bigint", "text", "bigint", "text", "bigint", "bigint", "bigint", "bigint", "text", "bigint")
	for i := range all {
		w := &all[i]
		w.ID = first + int64(i)
		b.Add(w.ID, w.Signal, w.Record, w.Source, w.Rule, w.SenderID, w.Origin, w.Change, w.AtUS, orNull(w.SinceUS), w.Evidence, w.GoneUS)
	}
	_, err = tx.execBatch(ctx, b, "INSERT INTO signal_witnesses ("+witnessColumns+") @rows")
	return err
}

// Witnesses gives the tellings of signals, oldest first.
func (tx *Tx) Witnesses(ctx context.Context, signals []int64) (map[int64][]Witness, error) {
	out := map[int64][]Witness{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		w, err := scanWitness(r)
		out[w.Signal] = append(out[w.Signal], w)
		return err
	}, idBatch(signals), "WITH v(vid) AS (@rows) SELECT "+witnessColumns+" FROM signal_witnesses WHERE signal_id IN (SELECT vid FROM v) ORDER BY id")
	return out, err
}

// WitnessesOfRecords gives what was told of records, by the ids of then.
func (tx *Tx) WitnessesOfRecords(ctx context.Context, records []int64) (map[int64][]Witness, error) {
	out := map[int64][]Witness{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		w, err := scanWitness(r)
		out[w.Record] = append(out[w.Record], w)
		return err
	}, idBatch(records), "WITH v(vid) AS (@rows) SELECT "+witnessColumns+" FROM signal_witnesses WHERE record_id IN (SELECT vid FROM v) ORDER BY id")
	return out, err
}

// SentBefore gives the tellings of a source that have one of its own ids, by
// that.
func (tx *Tx) SentBefore(ctx context.Context, source string, senderIDs []string) (map[string]Witness, error) {
	b := NewBatch("text")
	for _, id := range senderIDs {
		b.Add(id)
	}
	out := map[string]Witness{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		w, err := scanWitness(r)
		out[w.SenderID] = w
		return err
	}, b, "WITH v(sender) AS (@rows) SELECT "+witnessColumns+" FROM signal_witnesses WHERE source = $1 AND sender_id <> '' AND sender_id IN (SELECT sender FROM v)", source)
	return out, err
}

// EndWitnesses writes when what told something was taken back; 0: it stands
// again.
func (tx *Tx) EndWitnesses(ctx context.Context, all []Witness) error {
	b := NewBatch("bigint", "bigint")
	for _, w := range all {
		b.Add(w.ID, w.GoneUS)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(id, gone) AS (@rows) UPDATE signal_witnesses SET gone_us = v.gone FROM v WHERE signal_witnesses.id = v.id")
	return err
}

// MoveWitnesses writes which signals tellings are of.
func (tx *Tx) MoveWitnesses(ctx context.Context, all []Witness) error {
	b := NewBatch("bigint", "bigint")
	for _, w := range all {
		b.Add(w.ID, w.Signal)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(id, signal) AS (@rows) UPDATE signal_witnesses SET signal_id = v.signal FROM v WHERE signal_witnesses.id = v.id")
	return err
}

// ToldByChanges reports whether a telling came from the change log: then it can
// be taken back.
func (tx *Tx) ToldByChanges(ctx context.Context) (bool, error) {
	var some bool
	err := tx.get(ctx, []any{&some}, "SELECT EXISTS (SELECT 1 FROM signal_witnesses WHERE change_id <> 0)")
	return some, err
}
