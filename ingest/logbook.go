package ingest

import (
	"context"

	"fettle"
	"fettle/store"
)

// logbook collects what a transaction appends to the logs. It is written last:
// every writer of the workspace waits for the sequence of the change log, so a
// transaction that has it must not wait for a record any more.
type logbook struct {
	people, companies []store.LoggedChange
	conflicts         []store.Conflict
}

// add appends entries.
func (l *logbook) add(entity fettle.Entity, entries ...store.LoggedChange) {
	if entity == fettle.Companies {
		l.companies = append(l.companies, entries...)
		return
	}
	l.people = append(l.people, entries...)
}

// write appends everything to the logs. Conflicts are of the entity.
func (l *logbook) write(ctx context.Context, tx *store.Tx, entity fettle.Entity, origin, now int64) error {
	if err := tx.LogChanges(ctx, fettle.People, l.people); err != nil {
		return err
	}
	if err := tx.LogChanges(ctx, fettle.Companies, l.companies); err != nil {
		return err
	}
	err := tx.AddConflicts(ctx, entity, origin, now, l.conflicts)
	*l = logbook{}
	return err
}
