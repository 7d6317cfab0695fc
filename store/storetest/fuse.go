package storetest

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
)

// Fuse takes a store its database away at one point of what it writes, for
// good: as if its process had died there. What was committed stays.
type Fuse struct {
	at    int
	after bool
	blew  chan struct{}

	mu    sync.Mutex
	armed bool
	seen  int
	blown bool
	held  chan struct{} // closed when transactions may begin again; nil: they may
}

// ErrBlown is what the store gets from then on.
var ErrBlown = errors.New("the process has died here")

// BeforePoint makes a fuse that blows before the nth point, counted from 1 (0
// never comes): the begin, a statement or the commit of a transaction that writes. Within a
// transaction the end of one point is the beginning of the next.
func BeforePoint(n int) *Fuse { return &Fuse{at: n, blew: make(chan struct{})} }

// AfterCommit makes a fuse that blows after the nth commit: it is kept, and the
// process does not know.
func AfterCommit(n int) *Fuse { return &Fuse{at: n, after: true, blew: make(chan struct{})} }

// Through is for store.OpenThrough.
func (f *Fuse) Through(c driver.Connector, _ string) driver.Connector {
	return fusedConnector{Connector: c, f: f}
}

// Blew is closed when the fuse has blown.
func (f *Fuse) Blew() <-chan struct{} { return f.blew }

// Blow takes the database away now.
func (f *Fuse) Blow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.blown {
		f.blown = true
		close(f.blew)
	}
}

// Hold lets no transaction begin until the returned function is called: as if
// the process were stopped between two of them.
func (f *Fuse) Hold() (goOn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := make(chan struct{})
	f.held = held
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.held = nil
		close(held)
	}
}

func (f *Fuse) wait() {
	f.mu.Lock()
	held := f.held
	f.mu.Unlock()
	if held != nil {
		<-held
	}
}

// Arm counts from now on.
func (f *Fuse) Arm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = true
}

// Disarm counts no more: a fuse that has not blown never does.
func (f *Fuse) Disarm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = false
}

// Seen is the number of points so far, from when it was armed.
func (f *Fuse) Seen() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// what is done with the database.
type what int

const (
	reads what = iota
	writes
	commits
)

// step does one thing with the database, unless it is gone.
func (f *Fuse) step(w what, do func() error) error {
	f.mu.Lock()
	blown := f.blown
	counts := f.armed && (w == commits || (w == writes && !f.after))
	if counts {
		f.seen++
	}
	here := counts && f.seen == f.at
	f.mu.Unlock()
	if here && !f.after {
		f.Blow()
		blown = true
	}
	if blown {
		return ErrBlown
	}
	err := do()
	if here {
		f.Blow()
		return ErrBlown
	}
	return err
}

type fusedConnector struct {
	driver.Connector
	f *Fuse
}

func (c fusedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	var conn driver.Conn
	err := c.f.step(reads, func() (err error) {
		conn, err = c.Connector.Connect(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &fusedConn{Conn: conn, f: c.f}, nil
}

// fusedConn is a connection; the drivers of both databases implement what it
// asks of them.
type fusedConn struct {
	driver.Conn
	f    *Fuse
	does what // in the transaction under way
}

func (c *fusedConn) PrepareContext(ctx context.Context, q string) (s driver.Stmt, err error) {
	err = c.f.step(reads, func() error {
		s, err = c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return fusedStmt{Stmt: s, c: c}, nil
}

func (c *fusedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (tx driver.Tx, err error) {
	c.f.wait()
	c.does = writes
	if opts.ReadOnly {
		c.does = reads
	}
	begun := false // beside an error, tx may be a nil of a type of its own
	err = c.f.step(c.does, func() error {
		tx, err = c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
		begun = err == nil
		return err
	})
	if err != nil {
		if begun {
			_ = tx.Rollback()
		}
		return nil, err
	}
	return fusedTx{Tx: tx, c: c}, nil
}

func (c *fusedConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (res driver.Result, err error) {
	err = c.f.step(c.does, func() error {
		res, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
		return err
	})
	return res, err
}

func (c *fusedConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	return c.rows(func() (driver.Rows, error) { return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args) })
}

func (c *fusedConn) rows(query func() (driver.Rows, error)) (rows driver.Rows, err error) {
	err = c.f.step(c.does, func() error {
		rows, err = query()
		return err
	})
	if err != nil && rows != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return rows, err
}

func (c *fusedConn) CheckNamedValue(v *driver.NamedValue) error {
	if checks, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checks.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *fusedConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *fusedConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

// fusedTx lets a rollback through: the database does it for a process that has
// died.
type fusedTx struct {
	driver.Tx
	c *fusedConn
}

func (t fusedTx) Commit() error {
	does := t.c.does
	if does == writes {
		does = commits
	}
	err := t.c.f.step(does, t.Tx.Commit)
	if errors.Is(err, ErrBlown) {
		_ = t.Rollback()
	}
	t.c.does = reads
	return err
}

func (t fusedTx) Rollback() error {
	t.c.does = reads
	return t.Tx.Rollback()
}

type fusedStmt struct {
	driver.Stmt
	c *fusedConn
}

func (s fusedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (res driver.Result, err error) {
	err = s.c.f.step(s.c.does, func() error {
		res, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	})
	return res, err
}

func (s fusedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.c.rows(func() (driver.Rows, error) { return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args) })
}

func (s fusedStmt) CheckNamedValue(v *driver.NamedValue) error { return s.c.CheckNamedValue(v) }
