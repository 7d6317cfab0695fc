package judge

import (
	"context"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// Membership is the union of an enrichment's audiences as one filter.
type Membership struct {
	Where   expr.Fragment
	Sources []string // of the audiences
	Timed   bool     // changes with time alone
}

// Membership is the union of audiences, which are named, as one filter.
func (jd *Judge) Membership(ctx context.Context, tx *store.Tx, entity fettle.Entity, names []string) (Membership, error) {
	return jd.membership(ctx, tx, entity, names, time.Time{})
}

// membership is Membership with spans of time that are open since a moment.
func (jd *Judge) membership(ctx context.Context, tx *store.Tx, entity fettle.Entity, names []string, since time.Time) (Membership, error) {
	env, err := jd.Env(ctx, tx, entity)
	if err != nil {
		return Membership{}, err
	}
	var m Membership
	var parts []expr.Fragment
	for _, n := range names {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return m, err
		}
		f, err := env.Filter(a.Where)
		if err != nil {
			return m, WithinAudience(err, n)
		}
		m.Timed = m.Timed || f.UsesTime()
		m.Sources = append(m.Sources, a.Where)
		parts = append(parts, f.SQLSince(since, time.Now()))
	}
	m.Where = expr.Any(parts...)
	return m, nil
}

// Env makes the environment for expressions over an entity.
func (jd *Judge) Env(ctx context.Context, tx *store.Tx, entity fettle.Entity) (*expr.Env, error) {
	own, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	var company []fettle.Field
	if entity == fettle.People {
		if company, err = tx.Fields(ctx, fettle.Companies); err != nil {
			return nil, err
		}
	}
	return expr.NewEnv(entity, own, company)
}
