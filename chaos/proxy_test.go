//go:build linux

package chaos_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// proxy stands between the processes and PostgreSQL.
type proxy struct {
	listener net.Listener
	target   string // a Unix socket

	mu    sync.Mutex
	conns map[net.Conn]bool
	open  chan struct{} // closed while bytes pass
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, conns: map[net.Conn]bool{}, open: make(chan struct{})}
	close(p.open)
	t.Cleanup(func() {
		_ = listener.Close()
		p.pass()
		p.cut()
	})
	go p.accept()
	return p
}

// dsn gives the address through the proxy of a database that has the given
// address. Who is stopped in a transaction loses it soon: others wait for it.
func (p *proxy) dsn(direct string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(direct, "postgres:///"), "?")
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable&idle_in_transaction_session_timeout=1000", p.listener.Addr(), name)
}

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("unix", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.conns[in], p.conns[out] = true, true
		p.mu.Unlock()
		go p.copy(in, out)
		go p.copy(out, in)
	}
}

func (p *proxy) copy(to, from net.Conn) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			_ = c.Close()
			delete(p.conns, c)
		}
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		<-p.passing()
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (p *proxy) passing() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// cut ends every connection at once.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// hold lets no byte pass in either direction: connections look alive, and
// nothing answers.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = make(chan struct{})
}

// pass ends hold.
func (p *proxy) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}
