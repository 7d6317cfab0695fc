package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"fettle"
)

// View is a saved layout of the grid.
type View struct {
	ID        int64
	Entity    fettle.Entity
	Audience  string // "": all records of the entity
	Owner     string // who alone has it; "": everybody
	Name      string
	Look      string // JSON
	MadeBy    string
	UpdatedUS int64
}

const viewColumns = "id, entity, audience, owner, name, look, made_by, updated_at_us"

func (tx *Tx) views(ctx context.Context, where string, args ...any) ([]View, error) {
	var out []View
	err := tx.query(ctx, func(r *sql.Rows) error {
		var v View
		err := r.Scan(&v.ID, &v.Entity, &v.Audience, &v.Owner, &v.Name, &v.Look, &v.MadeBy, &v.UpdatedUS)
		out = append(out, v)
		return err
	}, "SELECT "+viewColumns+" FROM views WHERE "+where+" ORDER BY name, id", args...)
	return out, err
}

// Views lists the views of an entity or an audience that somebody has, their own
// and everybody's, by name.
func (tx *Tx) Views(ctx context.Context, entity fettle.Entity, audience, owner string) ([]View, error) {
	return tx.views(ctx, "entity = $1 AND audience = $2 AND owner IN ('', $3)", string(entity), audience, owner)
}

// SharedViews lists the views that everybody has.
func (tx *Tx) SharedViews(ctx context.Context) ([]View, error) {
	all, err := tx.views(ctx, "owner = ''")
	slices.SortStableFunc(all, func(a, b View) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Audience, b.Audience), cmp.Compare(a.Name, b.Name))
	})
	return all, err
}

// View finds a view.
func (tx *Tx) View(ctx context.Context, id int64) (View, error) {
	found, err := tx.views(ctx, "id = $1", id)
	if err == nil && len(found) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no view %d", id).WithHint("It may have been deleted: choose one of the list.")
	}
	if err != nil {
		return View{}, err
	}
	return found[0], nil
}

// PutView writes a view under its id. It refuses a name that its owner has already.
func (tx *Tx) PutView(ctx context.Context, v View) error {
	same, err := tx.views(ctx, "entity = $1 AND audience = $2 AND owner = $3 AND name = $4 AND id <> $5", string(v.Entity), v.Audience, v.Owner, v.Name, v.ID)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return fettle.Errorf(fettle.Refused, "there is a view %s already", v.Name).WithHint("Choose another name, or change that one.")
	}
	_, err = tx.exec(ctx, "INSERT INTO views ("+viewColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, name = excluded.name, look = excluded.look, updated_at_us = excluded.updated_at_us`,
		v.ID, string(v.Entity), v.Audience, v.Owner, v.Name, v.Look, v.MadeBy, v.UpdatedUS)
	return err
}

// DeleteView takes a view away.
func (tx *Tx) DeleteView(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM views WHERE id = $1", id)
	return err
}

// DeleteViewsOf takes the views of an audience away.
func (tx *Tx) DeleteViewsOf(ctx context.Context, audience string) error {
	_, err := tx.exec(ctx, "DELETE FROM views WHERE audience = $1", audience)
	return err
}

// CountViewsOf counts the views of an audience, whoever has them.
func (tx *Tx) CountViewsOf(ctx context.Context, audience string) (n int64, err error) {
	err = tx.get(ctx, []any{&n}, "SELECT count(*) FROM views WHERE audience = $1", audience)
	return n, err
}
