package store

import (
	"context"
	"database/sql"

	"fettle"
)

// Note is what somebody wrote down about a record.
type Note struct {
	ID     int64
	Record int64 // as it was called then
	Actor  string
	AtUS   int64
	Text   string
}

// NotesOf gives the notes about records, newest first.
func (tx *Tx) NotesOf(ctx context.Context, ids []int64, limit int) ([]Note, error) {
	return tx.notes(ctx, "record_id IN ("+idList(ids)+") ORDER BY id DESC LIMIT $1", limit)
}

// Note finds a note.
func (tx *Tx) Note(ctx context.Context, id int64) (Note, error) {
	found, err := tx.notes(ctx, "id = $1", id)
	if err == nil && len(found) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no note %d", id).WithHint("Somebody deleted it: load the record again.")
	}
	if err != nil {
		return Note{}, err
	}
	return found[0], nil
}

func (tx *Tx) notes(ctx context.Context, where string, args ...any) ([]Note, error) {
	var out []Note
	err := tx.query(ctx, func(r *sql.Rows) error {
		var n Note
		err := r.Scan(&n.ID, &n.Record, &n.Actor, &n.AtUS, &n.Text)
		out = append(out, n)
		return err
	}, "SELECT id, record_id, actor, at_us, text FROM notes WHERE "+where, args...)
	return out, err
}

// AddNote keeps a note and gives it an id.
func (tx *Tx) AddNote(ctx context.Context, n *Note) (err error) {
	if n.ID, err = tx.NextIDs(ctx, SeqMisc, 1); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO notes (id, record_id, actor, at_us, text) VALUES ($1, $2, $3, $4, $5)", n.ID, n.Record, n.Actor, n.AtUS, n.Text)
	return err
}

// DeleteNote deletes a note.
func (tx *Tx) DeleteNote(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM notes WHERE id = $1", id)
	return err
}
