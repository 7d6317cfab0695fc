package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// DueDetail is when an enrichment that refreshes its values asks for one again.
type DueDetail struct {
	Enrichment string    `json:"enrichment"`
	At         time.Time `json:"at"`               // in the past: as soon as it may
	Paused     bool      `json:"paused,omitempty"` // nothing is asked before it is resumed
}

// readDue says of each bought value when it is asked for again by itself: of
// several enrichments that refresh it, the first. A value that is taken back, or
// that a person set and the enrichment never replaces, comes due for nobody; so
// does one of a record that left the audience, or is not to be enriched.
func (e *Engine) readDue(ctx context.Context, tx *store.Tx, d *RecordDetail) error {
	if d.Suppressed {
		return nil
	}
	rows, err := tx.RowsOfRecords(ctx, []int64{d.ID})
	if err != nil || len(rows) == 0 {
		return err
	}
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	of := make(map[int64]store.Enrichment, len(all))
	for _, cur := range all {
		of[cur.ID] = cur
	}
	for _, r := range rows {
		cur := of[r.EnrichmentID]
		if r.State != fettle.RowDone || r.Outcome != fettle.Found && r.Outcome != fettle.Reused || !refreshes(cur) {
			continue
		}
		m, err := e.judge.MembersOf(ctx, tx, cur.ID, cur.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		in, err := tx.Members(ctx, cur.Entity, m.Where, []int64{d.ID})
		if err != nil {
			return err
		}
		if len(in) > 0 {
			d.comesDue(cur)
		}
	}
	return nil
}

// refreshes reports whether an enrichment asks again by itself, now or once it
// is resumed.
func refreshes(cur store.Enrichment) bool {
	return cur.Definition.Refresh > 0 && cur.Definition.Enters() && (cur.State == fettle.Live || cur.State == fettle.Paused)
}

// comesDue notes when an enrichment asks for its fields again, where no other
// one does so before.
func (d *RecordDetail) comesDue(cur store.Enrichment) {
	for i := range d.Values {
		v := &d.Values[i]
		byHand := v.SourceKind == store.OriginPerson && v.Value != nil && cur.Definition.Write != fettle.OverwriteAll
		if v.Purchase == nil || v.TakenBack != "" || byHand || !gives(cur.Definition, v.Field) {
			continue
		}
		at := v.Purchase.At.Add(time.Duration(cur.Definition.Refresh))
		if v.Due == nil || at.Before(v.Due.At) {
			v.Due = &DueDetail{Enrichment: cur.Name, At: at, Paused: cur.State == fettle.Paused}
		}
	}
}

func gives(def fettle.Definition, field string) bool {
	for _, o := range def.Outputs {
		if o.Field == field {
			return true
		}
	}
	return false
}
