package store

import (
	"context"
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// workerLock is the namespace of the advisory locks that workers hold: "ftwk"
// in ASCII.
const workerLock = 0x6674776b

// HoldWorker holds a lock for as long as this process lives, so that others
// can tell at once that it died: the operating system, or PostgreSQL, lets it
// go.
func (db *DB) HoldWorker(ctx context.Context, id int64) (release func(), err error) {
	if db.d.postgres {
		conn, err := db.write.Conn(ctx)
		if err != nil {
			return nil, db.explain(err)
		}
		if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1::int, $2::int)`, workerLock, int32(id)); err != nil {
			_ = conn.Close()
			return nil, db.explain(err)
		}
		return func() {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1::int, $2::int)`, workerLock, int32(id))
			_ = conn.Close()
		}, nil
	}
	l := flock.New(db.workerFile(id), flock.SetPermissions(0o600))
	if _, err := l.TryLock(); err != nil {
		return nil, fmt.Errorf("hold the worker's lock file: %w", err)
	}
	return func() {
		_ = os.Remove(db.workerFile(id))
		_ = l.Unlock()
	}, nil
}

func (db *DB) workerFile(id int64) string { return fmt.Sprintf("%s.worker-%d", db.dsn, id) }

// WorkerDead reports whether the process of a worker is provably gone. On
// PostgreSQL a lost connection is no proof, so only the lease tells there.
func (db *DB) WorkerDead(_ context.Context, id int64) bool {
	if db.d.postgres {
		return false
	}
	l := flock.New(db.workerFile(id), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil || !got {
		return false
	}
	_ = os.Remove(db.workerFile(id))
	_ = l.Unlock()
	return true
}
