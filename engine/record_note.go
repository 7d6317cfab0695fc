package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// MaxNote is the longest note, in bytes.
const MaxNote = 4 << 10

func notesOf(ctx context.Context, tx *store.Tx, id int64) ([]fettle.NoteEntry, error) {
	merged, err := tx.AliasesInto(ctx, []int64{id})
	if err != nil {
		return nil, err
	}
	found, err := tx.NotesOf(ctx, append([]int64{id}, merged[id]...), aboutNotes)
	out := make([]fettle.NoteEntry, len(found))
	for i, n := range found {
		out[i] = noteEntry(n)
	}
	return out, err
}

func noteEntry(n store.Note) fettle.NoteEntry {
	return fettle.NoteEntry{ID: n.ID, At: time.UnixMicro(n.AtUS).UTC(), Actor: n.Actor, Text: n.Text}
}

// AddNote writes something down about a record. It is no value: nothing follows
// it, and no enrichment reads it.
func (e *Engine) AddNote(ctx context.Context, actor fettle.Actor, id int64, text string) (fettle.NoteEntry, error) {
	if err := actor.Require(fettle.Editor, "write notes"); err != nil {
		return fettle.NoteEntry{}, err
	}
	text = strings.ToValidUTF8(strings.ReplaceAll(strings.TrimSpace(text), "\x00", ""), "\uFFFD")
	switch {
	case text == "":
		return fettle.NoteEntry{}, fettle.Errorf(fettle.Invalid, "the note is empty").WithHint("Write something.").With("key", "text")
	case len(text) > MaxNote:
		return fettle.NoteEntry{}, fettle.Errorf(fettle.Invalid, "the note has %d bytes; the most is %d", len(text), MaxNote).WithHint("Shorten it, or make two of it.").With("key", "text")
	}
	var n store.Note
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		r, _, err := findRecord(ctx, tx, id)
		if err != nil {
			return err
		}
		n = store.Note{Record: r.ID, Actor: actor.Name, AtUS: time.Now().UnixMicro(), Text: text}
		return tx.AddNote(ctx, &n)
	})
	if err == nil {
		e.events.Publish("records", "")
	}
	return noteEntry(n), err
}

// DeleteNote deletes a note: one's own, or as an admin anybody's.
func (e *Engine) DeleteNote(ctx context.Context, actor fettle.Actor, id int64) error {
	if err := actor.Require(fettle.Editor, "delete notes"); err != nil {
		return err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Note(ctx, id)
		if err != nil {
			return err
		}
		if n.Actor != actor.Name && actor.Role != fettle.Admin {
			return fettle.Errorf(fettle.NotAllowed, "the note is %s's", n.Actor).WithHint("Ask them, or an admin.")
		}
		if err := tx.DeleteNote(ctx, id); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "note.delete", fmt.Sprint(n.Record), n.Actor)
	})
	if err == nil {
		e.events.Publish("records", "")
	}
	return err
}
