package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

const (
	audienceWritten = "id, name, entity, where_cel, builtin, description, created_at_us, updated_at_us"
	audienceColumns = audienceWritten + ", " + shownLabel
)

func audienceDest(a *fettle.Audience) []any {
	return []any{&a.ID, &a.Name, &a.Entity, &a.Where, &a.Builtin, &a.Description, &a.CreatedAtUS, &a.UpdatedAtUS, &a.Label}
}

// Audiences lists the audiences by name, the built-in ones first.
func (tx *Tx) Audiences(ctx context.Context) ([]fettle.Audience, error) {
	var out []fettle.Audience
	err := tx.query(ctx, func(r *sql.Rows) error {
		var a fettle.Audience
		err := r.Scan(audienceDest(&a)...)
		out = append(out, a)
		return err
	}, "SELECT "+audienceColumns+" FROM audiences ORDER BY builtin DESC, name")
	return out, err
}

// Audience finds an audience by its name.
func (tx *Tx) Audience(ctx context.Context, name string) (fettle.Audience, error) {
	return tx.audience(ctx, name, "SELECT "+audienceColumns+" FROM audiences WHERE name = $1", name)
}

func (tx *Tx) audience(ctx context.Context, what any, text string, args ...any) (fettle.Audience, error) {
	var a fettle.Audience
	err := tx.get(ctx, audienceDest(&a), text, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fettle.Errorf(fettle.NotFound, "there is no audience %v", what).WithHint("Audiences lists them (fettle audience list).")
	}
	return a, err
}

// AddAudience writes a new audience and sets its id. It refuses a name that is
// taken.
func (tx *Tx) AddAudience(ctx context.Context, a *fettle.Audience) error {
	id, err := tx.NextIDs(ctx, SeqAudience, 1)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "INSERT INTO audiences ("+audienceWritten+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING",
		id, a.Name, string(a.Entity), a.Where, a.Builtin, a.Description, a.CreatedAtUS, a.UpdatedAtUS)
	if err != nil {
		return err
	}
	if n == 0 {
		return fettle.Errorf(fettle.Refused, "there is an audience %s already", a.Name).WithHint("Choose another name, or change that audience.")
	}
	a.ID = id
	return tx.keepAudience(ctx, *a)
}

// UpdateAudience writes name, filter and description of the audience with a's id.
func (tx *Tx) UpdateAudience(ctx context.Context, a fettle.Audience) error {
	if err := tx.watchFilter(ctx, a.ID, a.Where); err != nil {
		return err
	}
	n, err := tx.exec(ctx, "UPDATE audiences SET name = $2, where_cel = $3, description = $4, updated_at_us = $5 WHERE id = $1",
		a.ID, a.Name, a.Where, a.Description, a.UpdatedAtUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.NotFound, "the audience %s is gone", a.Name)
	}
	if err != nil {
		return err
	}
	return tx.keepAudience(ctx, a)
}

// DeleteAudience deletes an audience that is not built in. Whether anything
// uses it is the caller's to check.
func (tx *Tx) DeleteAudience(ctx context.Context, id int64) error {
	n, err := tx.exec(ctx, "DELETE FROM audiences WHERE id = $1 AND builtin = $2", id, false)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "this audience cannot be deleted").WithHint("It is built in, or it is gone already.")
	}
	return err
}
