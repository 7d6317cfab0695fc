package store

import (
	"context"
	"database/sql"
	"time"

	"fettle"
)

// Action is an entry of the log of who did what.
type Action struct {
	ID     int64
	AtUS   int64
	Actor  string
	Action string // such as start, pause, grant
	Object string // such as an enrichment's name
	Detail string
}

// LogAction appends an entry to the log of who did what.
func (tx *Tx) LogAction(ctx context.Context, a Action) error {
	id, err := tx.NextIDs(ctx, SeqMisc, 1)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO actions (id, at_us, actor, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)",
		id, a.AtUS, a.Actor, a.Action, a.Object, a.Detail)
	return err
}

// Act logs what an actor does now.
func (tx *Tx) Act(ctx context.Context, actor fettle.Actor, action, object, detail string) error {
	return tx.LogAction(ctx, Action{AtUS: time.Now().UnixMicro(), Actor: actor.Name, Action: action, Object: object, Detail: detail})
}

// Actions lists what was done, newest first, to one object or, if it is "", to
// any. before is the id of the entry to go on from, or 0.
func (tx *Tx) Actions(ctx context.Context, object string, before int64, limit int) ([]Action, error) {
	var out []Action
	err := tx.query(ctx, func(r *sql.Rows) error {
		var a Action
		err := r.Scan(&a.ID, &a.AtUS, &a.Actor, &a.Action, &a.Object, &a.Detail)
		out = append(out, a)
		return err
	}, `SELECT id, at_us, actor, action, object, detail FROM actions
		WHERE ($1 = '' OR object = $1) AND id < $2 ORDER BY id DESC LIMIT $3`, object, orNewest(before), limit)
	return out, err
}
