package engine

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/run"
	"fettle/store"
)

// Chosen names records of one entity: by their ids, or as all that a query shows
// but some.
type Chosen struct {
	IDs    []int64
	Query  Query // its Entity or Audience, Where and Search count
	Except []int64
}

// ChosenView is what a choice of records comes to: what a person is asked about
// before something is done to all of them.
type ChosenView struct {
	Records    int64 `json:"records"`
	Bought     int64 `json:"bought"`     // values in them that were bought
	Suppressed int64 `json:"suppressed"` // records that are kept from being enriched
}

// check refuses a choice that names its records in two ways, or in none.
func (c Chosen) check() error {
	byQuery := c.Query.Entity != "" || c.Query.Audience != ""
	if (len(c.IDs) > 0) == byQuery {
		return fettle.Errorf(fettle.Invalid, "name records or what shows them").WithHint("Give ids, or an entity or audience, not both.")
	}
	return nil
}

// ChosenIDs gives the records of a choice, ascending, as they are now.
func (e *Engine) ChosenIDs(ctx context.Context, actor fettle.Actor, c Chosen) ([]int64, error) {
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if len(c.IDs) > 0 {
		ids := slices.Clone(c.IDs)
		slices.Sort(ids)
		return slices.Compact(ids), nil
	}
	var ids []int64
	err := e.db.View(ctx, func(tx *store.Tx) error {
		ids = nil
		l, err := e.listed(ctx, tx, Query{Entity: c.Query.Entity, Audience: c.Query.Audience, Where: c.Query.Where, Search: c.Query.Search})
		if err != nil {
			return err
		}
		for after := int64(0); ; {
			page, err := tx.MemberIDs(ctx, l.query.Entity, l.query.Where, after, run.PlanPage)
			if err != nil || len(page) == 0 {
				return err
			}
			ids, after = append(ids, page...), page[len(page)-1]
		}
	})
	if len(c.Except) > 0 {
		not := setOf(c.Except)
		ids = slices.DeleteFunc(ids, func(id int64) bool { return not[id] })
	}
	return ids, err
}

// CountChosen says what a choice of records comes to.
func (e *Engine) CountChosen(ctx context.Context, actor fettle.Actor, c Chosen) (ChosenView, error) {
	var v ChosenView
	ids, err := e.ChosenIDs(ctx, actor, c)
	if err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		v = ChosenView{}
		for piece := range slices.Chunk(ids, MaxEdits) {
			for _, entity := range fettle.Entities() {
				found, suppressed, err := tx.CountOf(ctx, entity, piece)
				if err != nil {
					return err
				}
				v.Records, v.Suppressed = v.Records+found, v.Suppressed+suppressed
			}
			bought, err := tx.BoughtOf(ctx, piece)
			if err != nil {
				return err
			}
			v.Bought += bought
		}
		return nil
	})
	return v, err
}

// entityOf finds the entity of a choice, and those of its records that are there.
func (e *Engine) entityOf(ctx context.Context, ids []int64) (entity fettle.Entity, of []int64, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		for _, x := range fettle.Entities() {
			found, err := tx.Members(ctx, x, expr.Fragment{}, ids)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				continue
			}
			if entity != "" {
				return fettle.Errorf(fettle.Invalid, "these are people and companies").WithHint("Choose records of one entity.")
			}
			entity, of = x, found
		}
		return nil
	})
	if err == nil && entity == "" {
		err = fettle.Errorf(fettle.NotFound, "none of these records is there any more").WithHint("Look at the list again.")
	}
	return entity, of, err
}

// NewestSet gives the change set that somebody has just made, to be taken back; ""
// if there is none since.
func (e *Engine) NewestSet(ctx context.Context, actor fettle.Actor, since time.Time) string {
	const near = 10 // others work at the same time
	sets, _, err := e.ChangeSets(ctx, actor, SetsQuery{Limit: near})
	if err != nil {
		return ""
	}
	for _, s := range sets {
		if s.Actor == actor.Name && !s.At.Before(since.Truncate(time.Microsecond)) && s.CannotBe == "" {
			return s.ID
		}
	}
	return ""
}
