package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fettle"
)

// keepAudience keeps the filter that an audience has since a time, where it is
// another one than before.
func (tx *Tx) keepAudience(ctx context.Context, a fettle.Audience) error {
	last, _, err := tx.AudienceThen(ctx, a.ID, a.UpdatedAtUS)
	if err != nil || (last != nil && *last == a.Where) {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO audience_versions (audience_id, at_us, where_cel) VALUES ($1, $2, $3)
		ON CONFLICT (audience_id, at_us) DO UPDATE SET where_cel = excluded.where_cel`, a.ID, a.UpdatedAtUS, a.Where)
	return err
}

// AudienceThen is the filter that an audience had at a time; nil where that is not
// known. since is from when on it is known.
func (tx *Tx) AudienceThen(ctx context.Context, id, us int64) (where *string, since int64, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var at int64
		var text string
		err := r.Scan(&at, &text)
		if since == 0 {
			since = at
		}
		if at <= us {
			where = &text
		}
		return err
	}, "SELECT at_us, where_cel FROM audience_versions WHERE audience_id = $1 ORDER BY at_us", id)
	return where, since, err
}

// TouchedSince gives the first records of an entity, by id behind after, that
// entries of the change log from first on are about.
func (tx *Tx) TouchedSince(ctx context.Context, entity fettle.Entity, first, after int64, limit int) ([]int64, error) {
	return tx.ids(ctx, `SELECT DISTINCT record_id FROM changes WHERE record_id > $1 AND id >= $2 AND entity = $3 ORDER BY record_id LIMIT $4`,
		after, first, string(entity), limit)
}

// StaffTouchedSince gives the first limit people after an id whose company of today
// entries of the change log from first on are about.
func (tx *Tx) StaffTouchedSince(ctx context.Context, first, after int64, limit int) ([]int64, error) {
	return tx.ids(ctx, `SELECT p.id FROM people p WHERE p.id > $1 AND EXISTS (
		SELECT 1 FROM changes ch WHERE ch.record_id = p.company_id AND ch.id >= $2) ORDER BY p.id LIMIT $3`, after, first, limit)
}

// ErasedSince counts the records of an entity that were erased from an entry of
// the change log on: nothing else of them is left there.
func (tx *Tx) ErasedSince(ctx context.Context, entity fettle.Entity, first int64) (n int64, err error) {
	err = tx.get(ctx, []any{&n}, `SELECT COUNT(DISTINCT ch.record_id) FROM changes ch WHERE ch.id >= $1 AND ch.entity = $2 AND ch.kind = 'delete'
		AND ch.changes IS NULL AND NOT EXISTS (SELECT 1 FROM changes o WHERE o.record_id = ch.record_id AND o.id <> ch.id)`, first, string(entity))
	return n, err
}

// FirstChangeAt is when the change log begins; 0 for an empty one.
func (tx *Tx) FirstChangeAt(ctx context.Context) (at int64, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&at) }, "SELECT at_us FROM changes ORDER BY id LIMIT 1")
	return at, err
}

// EntityOf is the entity of a record that there is or was; "" for none.
func (tx *Tx) EntityOf(ctx context.Context, id int64) (e fettle.Entity, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&e) }, "SELECT entity FROM changes WHERE record_id = $1 ORDER BY id DESC LIMIT 1", id)
	return e, err
}

// EnrichmentOrigins gives the origins of what an enrichment wrote.
func (tx *Tx) EnrichmentOrigins(ctx context.Context, enrichment int64) (map[int64]bool, error) {
	ids, err := tx.ids(ctx, "SELECT id FROM origins WHERE kind = $1 AND ref_id = $2", OriginEnrichment, enrichment)
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// MergesBySurvivor lists all merges by which records got others, also those that
// were undone.
func (tx *Tx) MergesBySurvivor(ctx context.Context, survivors []int64) ([]Merge, error) {
	if len(survivors) == 0 {
		return nil, nil
	}
	return tx.merges(ctx, "WHERE survivor_id IN ("+idList(survivors)+") ORDER BY id")
}

// PastCall is a call that was answered, and what it was made for.
type PastCall struct {
	Asked

	Enrichment int64
	Fields     []string // the cells that it held
}

// CallsOfOthers reads, for records, the answered calls of all enrichments but one,
// oldest first.
func (tx *Tx) CallsOfOthers(ctx context.Context, records []int64, but int64) (map[int64][]PastCall, error) {
	out := map[int64][]PastCall{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c PastCall
		var fields string
		if err := scanAsked(r, &c.Asked, &c.Enrichment, &fields); err != nil {
			return err
		}
		c.Fields = strings.FieldsFunc(fields, func(r rune) bool { return r == ',' })
		out[c.RecordID] = append(out[c.RecordID], c)
		return nil
	}, idBatch(records), `WITH v(vid) AS (@rows) SELECT `+askedColumns+`, a.enrichment_id, a.fields
		FROM v JOIN attempts a ON a.record_id = vid WHERE a.state = 'settled' AND a.enrichment_id <> $1 ORDER BY a.done_at_us, a.id`, but)
	for _, calls := range out {
		slices.SortStableFunc(calls, func(a, b PastCall) int { return cmp.Or(cmp.Compare(a.DoneUS, b.DoneUS), cmp.Compare(a.ID, b.ID)) })
	}
	return out, err
}

// EnrichmentTime is from when on an enrichment was in a state, under a limit.
type EnrichmentTime struct {
	AtUS  int64
	Live  bool
	Limit *fettle.Limit // nil: none was set
}

// keepTime keeps that an enrichment is live or not, and its limit, where it is
// otherwise than before.
func (tx *Tx) keepTime(ctx context.Context, e Enrichment) error {
	limit := ""
	if e.Definition.Limit != nil {
		b, err := json.Marshal(e.Definition.Limit)
		if err != nil {
			return err
		}
		limit = string(b)
	}
	_, err := tx.exec(ctx, `INSERT INTO enrichment_times (enrichment_id, at_us, live, limit_text)
		SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BOOLEAN), CAST($4 AS TEXT) WHERE NOT EXISTS (
			SELECT 1 FROM enrichment_times t WHERE t.enrichment_id = $1 AND t.live = $3 AND t.limit_text = $4
			AND t.at_us = (SELECT max(x.at_us) FROM enrichment_times x WHERE x.enrichment_id = $1))
		ON CONFLICT (enrichment_id, at_us) DO UPDATE SET live = excluded.live, limit_text = excluded.limit_text`,
		e.ID, time.Now().UnixMicro(), e.State == fettle.Live, limit)
	return err
}

// EnrichmentTimes gives when an enrichment was live, and its limits, oldest first.
func (tx *Tx) EnrichmentTimes(ctx context.Context, enrichment int64) ([]EnrichmentTime, error) {
	var out []EnrichmentTime
	err := tx.query(ctx, func(r *sql.Rows) error {
		var t EnrichmentTime
		var limit string
		if err := r.Scan(&t.AtUS, &t.Live, &limit); err != nil {
			return err
		}
		if limit != "" {
			if err := json.Unmarshal([]byte(limit), &t.Limit); err != nil {
				return err
			}
		}
		out = append(out, t)
		return nil
	}, "SELECT at_us, live, limit_text FROM enrichment_times WHERE enrichment_id = $1 ORDER BY at_us", enrichment)
	return out, err
}

// anyEnrichment is whose times say when a process was there at all.
const anyEnrichment int64 = 0

// KeepAway keeps that nobody was there from when the last lease of a process ran
// out until now, where that is at least so long; before the first process nobody
// was. It is called before a lease begins anew.
func (tx *Tx) KeepAway(ctx context.Context, nowUS, leastUS int64) error {
	var last int64
	if err := tx.get(ctx, []any{&last}, `SELECT COALESCE(MAX(lease_until_us), 0) FROM workers`); err != nil || nowUS-last < leastUS {
		return err
	}
	b := NewBatch("bigint", "bigint", "boolean", "text")
	b.Add(anyEnrichment, last, false, "")
	b.Add(anyEnrichment, nowUS, true, "")
	_, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d) AS (@rows) INSERT INTO enrichment_times (enrichment_id, at_us, live, limit_text) SELECT a, b, c, d FROM v WHERE true
		ON CONFLICT (enrichment_id, at_us) DO UPDATE SET live = excluded.live`)
	return err
}

// PresentTimes gives from when on a process was there, or none was, oldest first;
// nothing is known of before the first.
func (tx *Tx) PresentTimes(ctx context.Context) ([]EnrichmentTime, error) {
	return tx.EnrichmentTimes(ctx, anyEnrichment)
}

// StaffTouchedPage gives the first people, by id behind after, whose company of
// today entries of the change log from first on are about.
func (tx *Tx) StaffTouchedPage(ctx context.Context, first, after int64, limit int) ([]int64, error) {
	return tx.ids(ctx, `SELECT p.id FROM people p WHERE p.id > $1 AND EXISTS (
		SELECT 1 FROM changes ch WHERE ch.record_id = p.company_id AND ch.id >= $2) ORDER BY p.id LIMIT $3`, after, first, limit)
}

// AudienceVersion is a filter of an audience, and since when it had it.
type AudienceVersion struct {
	AtUS  int64
	Where string
}

// AudienceVersions gives the filters that an audience got after a time and until
// another one, oldest first.
func (tx *Tx) AudienceVersions(ctx context.Context, id, afterUS, untilUS int64) ([]AudienceVersion, error) {
	var out []AudienceVersion
	err := tx.query(ctx, func(r *sql.Rows) error {
		var v AudienceVersion
		err := r.Scan(&v.AtUS, &v.Where)
		out = append(out, v)
		return err
	}, "SELECT at_us, where_cel FROM audience_versions WHERE audience_id = $1 AND at_us > $2 AND at_us <= $3 ORDER BY at_us", id, afterUS, untilUS)
	return out, err
}

// PollRate says how many checks of a poll were answered, and how many signals its
// rules raised.
func (tx *Tx) PollRate(ctx context.Context, enrichment int64) (checks, signals int64, err error) {
	err = tx.get(ctx, []any{&checks, &signals}, `SELECT (SELECT count(*) FROM attempts WHERE enrichment_id = $1 AND state = 'settled'),
		(SELECT count(*) FROM signals WHERE rule_id IN (SELECT id FROM signal_rules WHERE enrichment_id = $1) AND NOT sample)`, enrichment)
	return checks, signals, err
}
