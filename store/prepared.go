package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared bounds the statements that a pool keeps prepared, those that were
// seen once included.
const maxPrepared = 400

// prepared are the statements that a pool of SQLite keeps prepared: preparing
// one costs more than running it. PostgreSQL's driver keeps its own. A text that
// comes once is not prepared: filters and pages come in any number.
type prepared struct {
	pool  *sql.DB
	waits bool // for a connection to prepare with

	mu   sync.Mutex
	held map[string]*sql.Stmt // nil: the text was seen once
	uses int                  // transactions under way: what they use is not closed
}

// begin counts a transaction that is under way. Where the bound is reached, the
// statements are closed first, so that those in use now take the place of those
// that were.
func (p *prepared) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.uses == 0 && len(p.held) >= maxPrepared {
		p.closeAll()
	}
	p.uses++
}

func (p *prepared) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.uses--
}

// closeAll closes the statements; nobody uses them. Its caller holds the mutex.
func (p *prepared) closeAll() {
	for _, s := range p.held {
		if s != nil {
			_ = s.Close()
		}
	}
	clear(p.held)
}

// forget closes the statements before their pool is closed.
func (p *prepared) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeAll()
}

// find gives the prepared statement of a text; nil means: run the text. again
// says that the text came before, so that it is worth preparing.
func (p *prepared) find(q string) (s *sql.Stmt, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, again = p.held[q]
	if again || len(p.held) >= maxPrepared {
		return s, again
	}
	if p.held == nil {
		p.held = map[string]*sql.Stmt{}
	}
	p.held[q] = nil
	return nil, false
}

// keep prepares statements of a finished transaction for the next ones. It needs
// a connection, so it comes after the transaction has given its own back. The
// writer waits for it, as its next transaction would; readers do not, since all
// of their connections may be busy for long.
func (p *prepared) keep(ctx context.Context, texts []string) {
	for _, q := range texts {
		if s := p.pool.Stats(); !p.waits && s.InUse >= s.MaxOpenConnections {
			return
		}
		s, err := p.pool.PrepareContext(ctx, q)
		if err != nil {
			continue // only an optimisation: the text is run as it is
		}
		p.put(q, s)
	}
}

func (p *prepared) put(q string, s *sql.Stmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if was, there := p.held[q]; !there || was != nil { // forgotten meanwhile, or another was quicker
		_ = s.Close()
		return
	}
	p.held[q] = s
}
