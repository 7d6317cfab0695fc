package notify_test

import (
	"bufio"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// mailbox is a mail server that keeps what it takes.
type mailbox struct {
	addr string

	mu    sync.Mutex
	mails []received
	drop  int      // so many messages are taken, and the connection is cut before the answer
	bad   []string // addresses that are refused for good
	busy  []string // addresses that are refused for now
}

type received struct {
	from, to, data string
	head           mail.Header
}

func (r received) header(name string) string { return r.head.Get(name) }

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{addr: l.Addr().String()}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go m.serve(conn)
		}
	}()
	return m
}

func (m *mailbox) got() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.mails...)
}

func (m *mailbox) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(s string) { _, _ = fmt.Fprintf(conn, "%s\r\n", s) }
	say("220 mail.acme.example ready")
	var r received
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		switch verb := strings.ToUpper(line); {
		case strings.HasPrefix(verb, "EHLO"), strings.HasPrefix(verb, "HELO"):
			say("250 mail.acme.example")
		case strings.HasPrefix(verb, "MAIL FROM:"):
			r = received{from: line[10:]}
			say("250 ok")
		case strings.HasPrefix(verb, "RCPT TO:"):
			say(m.rcpt(line[8:]))
			r.to = line[8:]
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if strings.TrimRight(l, "\r\n") == "." {
					break
				}
				b.WriteString(l)
			}
			r.data = b.String()
			if m.take(r) {
				return
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (m *mailbox) rcpt(to string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, bad := range m.bad {
		if strings.Contains(to, bad) {
			return "550 no such user"
		}
	}
	for _, busy := range m.busy {
		if strings.Contains(to, busy) {
			return "451 try later"
		}
	}
	return "250 ok"
}

// take keeps a message, and reports whether the connection is to be cut.
func (m *mailbox) take(r received) (cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if parsed, err := mail.ReadMessage(strings.NewReader(r.data)); err == nil {
		r.head = parsed.Header
	}
	m.mails = append(m.mails, r)
	m.drop--
	return m.drop >= 0
}

// An e-mail goes to each of the addresses; one that the server took and whose
// answer was lost comes again under the same Message-ID.
func TestEmail(t *testing.T) {
	t.Parallel()
	m := newMailbox(t)
	m.drop = 1
	p := newProcess(t, storetest.Open(t), notify.Config{SMTP: "smtp://" + m.addr + "?from=Fettle <fettle@acme.example>"})
	v := p.add("mail", notify.Input{Email: []string{"bob@acme.example", "ada@acme.example"}})
	if v.SMTP != "environment" || v.Target != "ada@acme.example, bob@acme.example" {
		t.Errorf("%+v", v)
	}
	p.run()
	p.raise(limit(1, "work-email paused: its limit is reached ✓.\nMore."))
	until(t, "the failure", func() bool { l := p.log("mail"); return l[0].Tries == 1 && l[0].Error != "" })
	p.later(5 * time.Second)
	until(t, "both", func() bool { return p.one("mail").Waiting == 0 })
	got := m.got()
	if len(got) != 3 || got[0].to != got[1].to || !strings.Contains(got[0].to, "ada@") || !strings.Contains(got[2].to, "bob@") {
		t.Fatalf("%+v", got)
	}
	id := got[0].header("Message-Id")
	for _, g := range got {
		if g.header("Message-Id") != id || !strings.HasPrefix(id, "<"+p.log("mail")[0].ID+".") || !strings.HasSuffix(id, "@acme.example>") {
			t.Errorf("id %s and %s", g.header("Message-Id"), id)
		}
		if g.from != "<fettle@acme.example>" || !strings.Contains(g.header("From"), "Fettle") || g.header("Subject") != "[Fettle] work-email paused: its limit is reached =?UTF-8?q?=E2=9C=93.?=" && !strings.HasPrefix(g.header("Subject"), "=?UTF-8?q?[Fettle]") {
			t.Errorf("from %s, %v", g.from, g.head)
		}
	}
}

// An address that is refused for good does not keep the others from it; one that
// is refused for now is tried again.
func TestEmailOneAddressIsRefused(t *testing.T) {
	t.Parallel()
	m := newMailbox(t)
	m.bad = []string{"gone@"}
	p := newProcess(t, storetest.Open(t), notify.Config{SMTP: "smtp://" + m.addr + "?from=fettle@acme.example"})
	p.add("mail", notify.Input{Email: []string{"ada@acme.example", "gone@acme.example"}})
	p.run()
	p.raise(limit(1, "x"))
	until(t, "it", func() bool { return p.one("mail").Waiting == 0 })
	if l := p.log("mail")[0]; l.State != "sent" || l.Error != "gone@acme.example was refused: 550" || len(m.got()) != 1 {
		t.Errorf("%+v, %d taken", l, len(m.got()))
	}
	m.mu.Lock()
	m.bad, m.busy = nil, []string{"gone@"}
	m.mu.Unlock()
	p.raise(limit(2, "y"))
	until(t, "the failure", func() bool { l := p.log("mail")[0]; return l.Tries == 1 && l.State == "waiting" })
	if l := p.log("mail")[0]; !strings.Contains(l.Error, "451") {
		t.Errorf("%+v", l)
	}
}

// An address that is refused for now keeps the message from nobody, and brings it
// to nobody twice.
func TestEmailOneAddressIsRefusedForNow(t *testing.T) {
	t.Parallel()
	m := newMailbox(t)
	m.busy = []string{"full@"}
	p := newProcess(t, storetest.Open(t), notify.Config{SMTP: "smtp://" + m.addr + "?from=fettle@acme.example"})
	p.add("mail", notify.Input{Email: []string{"ada@acme.example", "full@acme.example", "zoe@acme.example"}})
	stop := p.run()
	p.raise(limit(1, "x"))
	until(t, "the failure", func() bool { return p.log("mail")[0].Tries == 1 })
	if l := p.log("mail")[0]; l.State != "waiting" || l.Error != "full@acme.example was refused: 451" || len(m.got()) != 2 {
		t.Errorf("%+v, %d taken", l, len(m.got()))
	}
	stop()
	p = newProcess(t, p.db, notify.Config{SMTP: "smtp://" + m.addr + "?from=fettle@acme.example"}) // another one goes on
	p.run()
	m.mu.Lock()
	m.busy = nil
	m.mu.Unlock()
	p.update(func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "UPDATE deliveries SET due_us = 0")
		return err
	})
	p.Look()
	until(t, "the last", func() bool { return p.one("mail").Waiting == 0 })
	if got := m.got(); len(got) != 3 || !strings.Contains(got[2].to, "full@") || p.log("mail")[0].Error != "" {
		t.Errorf("%+v", got)
	}
	if _, err := p.Replay(t.Context(), admin, "mail", p.log("mail")[0].ID); err != nil {
		t.Fatal(err)
	}
	until(t, "the replay", func() bool { return len(m.got()) == 6 && p.one("mail").Waiting == 0 })
}

// The mail server of a channel has to be public; a server that says nothing does
// not hold up others for long.
func TestMailServersInside(t *testing.T) {
	t.Parallel()
	m := newMailbox(t)
	p := newProcess(t, storetest.Open(t), notify.Config{})
	p.add("mail", notify.Input{Email: []string{"ada@acme.example"}, SMTP: new("smtp://f@acme.example:hidden@" + m.addr)})
	d, err := p.Test(t.Context(), admin, "mail")
	if err != nil || d.State != "failed" || !strings.Contains(d.Error, "--allow-host") || strings.Contains(d.Error, "hidden") || len(m.got()) != 0 {
		t.Errorf("%+v %v", d, err)
	}
	// A password is not sent in the clear.
	q := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{m.addr}})
	q.add("mail", notify.Input{Email: []string{"ada@acme.example"}, SMTP: new("smtp://f@acme.example:hidden@" + m.addr)})
	if d, err = q.Test(t.Context(), admin, "mail"); err != nil || d.State != "failed" || !strings.Contains(d.Error, "STARTTLS") {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := notify.New(notify.Config{SMTP: "mail.acme.example"}); fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("%v", err)
	}
}
