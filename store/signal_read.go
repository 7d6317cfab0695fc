package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fettle/expr"
)

// StandingSignals reads, by record, the signals that stand, as expressions read
// them: none that was retracted, and no sample; the newest first.
func (tx *Tx) StandingSignals(ctx context.Context, records []int64) (map[int64][]expr.Signal, error) {
	out := map[int64][]expr.Signal{}
	slices.Sort(records)
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var s expr.Signal
		var record, at int64
		var since sql.NullInt64
		var from, to, details string
		if err := r.Scan(&record, &s.ID, &s.Type, &s.Kind, &s.Source, &at, &since, &from, &to, &details); err != nil {
			return err
		}
		s.At = time.UnixMicro(at).UTC()
		if since.Valid {
			s.Since = time.UnixMicro(since.Int64).UTC()
		}
		for text, values := range map[string]*map[string]string{from: &s.From, to: &s.To, details: &s.Details} {
			if err := json.Unmarshal([]byte(text), values); err != nil {
				return fmt.Errorf("signal %d: %w", s.ID, err)
			}
		}
		out[record] = append(out[record], s)
		return nil
	}, idBatch(slices.Compact(records)), `WITH v(id) AS (@rows) SELECT sg.record_id, sg.id, sg.type, sg.kind,
		COALESCE((SELECT sw.source FROM signal_witnesses sw WHERE sw.signal_id = sg.id AND sw.gone_us = 0 ORDER BY sw.id LIMIT 1), ''),
		sg.at_us, sg.since_us, sg.from_values, sg.to_values, sg.details
		FROM v JOIN signals sg ON sg.record_id = v.id WHERE sg.record_id <> 0 AND sg.retracted_us = 0 AND NOT sg.sample`)
	for _, list := range out {
		slices.SortFunc(list, func(a, b expr.Signal) int {
			if a.Newer(&b) {
				return -1
			}
			return 1
		})
	}
	return out, err
}

// readSignals gives records that were asked for their signals, or for those of
// their companies, what they have.
func (tx *Tx) readSignals(ctx context.Context, s *selection, records []*Record) error {
	own, reads := s.layout.own[expr.Signals]
	company, readsCompany := s.layout.company[expr.Signals]
	if !reads && !readsCompany || len(records) == 0 {
		return nil
	}
	var ids []int64
	for _, r := range records {
		if reads {
			ids = append(ids, r.ID)
		}
		if readsCompany && r.CompanyID != 0 {
			ids = append(ids, r.CompanyID)
		}
	}
	all, err := tx.StandingSignals(ctx, ids)
	for _, r := range records {
		if reads && len(all[r.ID]) > 0 {
			r.values[own] = all[r.ID]
		}
		if readsCompany && len(all[r.CompanyID]) > 0 {
			r.values[company] = all[r.CompanyID]
		}
	}
	return err
}

// NewestSignals gives of each record the signal that was learned of last, of
// those that stand; samples too.
func (tx *Tx) NewestSignals(ctx context.Context, records []int64) ([]Signal, error) {
	if len(records) == 0 {
		return nil, nil
	}
	var out []Signal
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		s, err := scanSignal(r)
		out = append(out, s)
		return err
	}, idBatch(records), "WITH v(vid) AS (@rows) SELECT "+signalColumns+` FROM signals WHERE id IN (SELECT (SELECT sg.id FROM signals sg
		WHERE sg.record_id = v.vid AND sg.retracted_us = 0 ORDER BY sg.at_us DESC, sg.id DESC LIMIT 1) FROM v) ORDER BY id`)
	return out, err
}
