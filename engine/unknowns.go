package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/rights"
	"fettle/store"
)

// unknownMost is the most unknown calls that are listed.
const unknownMost = 100_000

// Unknowns lists the calls that may have been billed, with the money they hold.
func (e *Engine) Unknowns(ctx context.Context, actor fettle.Actor, enrichment string) ([]fettle.UnknownView, error) {
	if err := actor.Require(fettle.Viewer, "see unknown charges"); err != nil {
		return nil, err
	}
	out := []fettle.UnknownView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		id := int64(0)
		if enrichment != "" {
			cur, err := tx.Enrichment(ctx, enrichment)
			if err != nil {
				return err
			}
			id = cur.ID
		}
		attempts, err := tx.UnknownAttempts(ctx, id, unknownMost)
		if err != nil {
			return err
		}
		names, err := enrichmentNames(ctx, tx)
		if err != nil {
			return err
		}
		ids := make([]int64, len(attempts))
		for i, a := range attempts {
			ids[i] = a.RecordID
		}
		records, err := namesOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, a := range attempts {
			out = append(out, fettle.UnknownView{
				ID: a.ID, Enrichment: names[a.EnrichmentID], RecordID: a.RecordID, Record: records[a.RecordID], Fields: a.Fields,
				Provider: a.Provider, HeldCredits: a.Hold.Step, At: time.UnixMicro(a.ReservedUS).UTC(), Message: a.Message,
			})
		}
		return nil
	})
	return out, err
}

// namesOf names records of either entity.
func namesOf(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]string, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := map[int64]string{}
	for _, entity := range fettle.Entities() {
		names, err := recordNames(ctx, tx, entity, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, names)
	}
	return out, nil
}

// Resolve ends unknown calls as a person says: all of them, or the named ones.
// It gives how many it ended. Retry settles the hold in full, since the call
// may have been billed, and opens the row again: it may pay twice, and says so.
func (e *Engine) Resolve(ctx context.Context, actor fettle.Actor, ids []int64, all bool, r fettle.Resolution) (int, error) {
	s, err := e.may(ctx, actor, "resolveUnknowns")
	if err == nil {
		err = rights.Resolution(actor, s, r.Action)
	}
	if err != nil {
		return 0, err
	}
	if err := checkResolution(ids, all, r); err != nil {
		return 0, err
	}
	return e.worker.Resolve(ctx, actor, ids, all, r)
}

func checkResolution(ids []int64, all bool, r fettle.Resolution) error {
	if !all && len(ids) == 0 {
		return fettle.Errorf(fettle.Invalid, "no unknown charge is named").WithHint("Name some, or say that all are meant (ids, or --all).")
	}
	switch r.Action {
	case "retry", "write_off", "not_billed":
	case "found":
		if r.Value == nil || r.Credits == nil {
			return fettle.Errorf(fettle.Invalid, "found needs the value and what was billed").WithHint("Give both (--found VALUE --credits N).")
		}
		if all || len(ids) != 1 {
			return fettle.Errorf(fettle.Invalid, "a value belongs to one charge").WithHint("Name one id.")
		}
	default:
		return fettle.Errorf(fettle.Invalid, "%q is no way to resolve a charge", r.Action).WithHint("Say that it is asked again, written off, was not billed, or what was found (--retry, --write-off, --not-billed, or --found VALUE --credits N).")
	}
	return nil
}
