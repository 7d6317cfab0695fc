package notify_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// later puts everything that was written so much back in time.
func (p *process) later(d time.Duration) {
	p.t.Helper()
	p.update(func(tx *store.Tx) error {
		for _, text := range []string{
			"UPDATE deliveries SET due_us = due_us - $1, first_us = CASE WHEN first_us = 0 THEN 0 ELSE first_us - $1 END", "UPDATE gathers SET until_us = until_us - $1", "UPDATE events SET at_us = at_us - $1",
		} {
			if _, err := tx.SQL().ExecContext(p.t.Context(), text, d.Microseconds()); err != nil {
				return err
			}
		}
		return nil
	})
	p.Look()
}

// A thousand limits reached in a minute are one message in the chat and one
// e-mail, whoever raises them; half an hour later the rest is one message with
// its count, and what comes right after that waits as well. A webhook gets each.
func TestAThousandLimitsAreOneMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const events = 1000
		chat, crm, mail := newReceiver(t), newReceiver(t), newMailbox(t)
		cfg := notify.Config{AllowHosts: []string{chat.host(), crm.host(), mail.addr}}
		a, b := newProcess(t, db, cfg), newProcess(t, db, cfg)
		a.add("chat", notify.Input{Slack: &chat.URL})
		a.add("mail", notify.Input{Email: []string{"ada@acme.example"}, SMTP: new("smtp://" + mail.addr + "?from=fettle@acme.example")})
		a.add("crm", notify.Input{Webhook: &crm.URL})
		a.run()
		b.run()
		var raising sync.WaitGroup
		for i, p := range []*process{a, b} { // both raise, one event in a transaction
			raising.Go(func() {
				for j := range events / 2 {
					p.raise(limit(1, fmt.Sprintf("work-email paused: its limit is reached, %d", 2*j+i)))
				}
			})
		}
		raising.Wait()
		until(t, "the webhook", func() bool { ids, _ := crm.got(); return len(ids) == events })
		until(t, "the first to people", func() bool { _, l := chat.got(); return len(l) > 0 && len(mail.got()) > 0 })
		// Nothing is due: nothing more can come.
		for _, name := range []string{"chat", "mail"} {
			until(t, "what waits", func() bool { return a.one(name).Waiting == events-1 })
		}
		if _, l := chat.got(); len(l) != 1 || len(mail.got()) != 1 {
			t.Fatalf("%d messages, %d e-mails", len(l), len(mail.got()))
		}
		a.later(30 * time.Minute)
		for _, name := range []string{"chat", "mail"} {
			until(t, "the rest", func() bool { return a.one(name).Waiting == 0 })
		}
		_, l := chat.got()
		m := mail.got()
		if len(l) != 2 || len(m) != 2 {
			t.Fatalf("%d messages, %d e-mails", len(l), len(m))
		}
		if s := text(t, l[1]); !strings.HasPrefix(s, "999 limits reached between ") || strings.Count(s, "\n• work-email paused") != 5 {
			t.Errorf("the rest: %s", s)
		}
		if m[0].header("Message-Id") == m[1].header("Message-Id") || m[1].header("Subject") != "[Fettle] 999 limits reached" || !strings.Contains(m[1].data, "999 limits reached between") {
			t.Errorf("the rest: %s", m[1].data)
		}
		a.raise(limit(1, "one more"))
		if l := a.log("chat")[0]; l.State != "gathering" || time.Until(*l.NextAt) < 29*time.Minute {
			t.Errorf("right after: %+v", l)
		}
	})
}

// What may not wait does not: unknown calls, overruns, a failed audit, and a
// limit of another enrichment.
func TestWhatIsNeverHeldBack(t *testing.T) {
	t.Parallel()
	chat := newReceiver(t)
	p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{chat.host()}})
	p.add("chat", notify.Input{Slack: &chat.URL})
	p.run()
	n := 0
	for _, e := range []notify.Event{
		limit(1, "first"), limit(2, "another enrichment"),
		{Type: fettle.EventUnknown, Enrichment: 1, Message: "unknown"},
		{Type: fettle.EventUnknown, Enrichment: 1, Message: "unknown again"},
		{Type: fettle.EventOverrun, Enrichment: 1, Message: "overrun"},
		{Type: fettle.EventOverrun, Enrichment: 1, Message: "overrun again"},
		{Type: fettle.EventAudit, Message: "audit"},
		{Type: fettle.EventAudit, Message: "audit again"},
	} {
		p.raise(e)
		n++
		until(t, e.Message, func() bool { _, l := chat.got(); return len(l) == n })
		if _, l := chat.got(); text(t, l[n-1]) != e.Message {
			t.Errorf("%d: %s", n, l[n-1])
		}
	}
	p.raise(limit(2, "held back"))
	if l := p.log("chat")[0]; l.State != "gathering" {
		t.Errorf("a second limit of one enrichment: %+v", l)
	}
}

// Text is shown as it is: what Slack would take for a link or a mention is not.
func TestSlackShowsTextAsItIs(t *testing.T) {
	t.Parallel()
	chat := newReceiver(t)
	p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{chat.host()}})
	p.add("chat", notify.Input{Slack: &chat.URL})
	p.run()
	p.raise(limit(1, `<!channel> R&D "x" <https://evil.example|click>`))
	until(t, "it", func() bool { _, l := chat.got(); return len(l) == 1 })
	_, l := chat.got()
	if got, want := text(t, l[0]), `&lt;!channel&gt; R&amp;D "x" &lt;https://evil.example|click&gt;`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A channel that was down for three days is given up and told on the others;
// what was given up is sent again when asked for, and then it is well.
func TestAChannelFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		down, chat := newReceiver(t), newReceiver(t)
		down.answers(func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
		p := newProcess(t, db, notify.Config{AllowHosts: []string{down.host(), chat.host()}})
		p.add("down", notify.Input{Webhook: &down.URL})
		p.add("chat", notify.Input{Slack: &chat.URL, Events: &[]string{"channel.failing"}})
		p.run()
		p.raise(limit(1, "x"))
		waits := []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}
		total, tries := time.Duration(0), 0
		for ; tries < 40; tries++ {
			until(t, "a try", func() bool { l := p.log("down")[0]; return l.Tries == int64(tries+1) })
			l := p.log("down")[0]
			if l.State == "failed" {
				break
			}
			wait := l.NextAt.Sub(*l.TriedAt)
			if want := waits[min(tries, len(waits)-1)]; wait != want && total+wait < 72*time.Hour-time.Minute {
				t.Errorf("after try %d: %s, want %s", tries+1, wait, want)
			}
			total += wait
			p.later(wait)
		}
		if total < 71*time.Hour || total > 73*time.Hour {
			t.Errorf("given up after %s and %d tries", total, tries+1)
		}
		if v := p.one("down"); v.State != fettle.ChannelFailing || v.Failed != 1 || v.Waiting != 0 || !strings.Contains(v.Detail, "503") {
			t.Errorf("%+v", v)
		}
		until(t, "the other channel", func() bool { _, l := chat.got(); return len(l) == 1 })
		_, l := chat.got()
		if s := text(t, l[0]); !strings.Contains(s, "The channel down could not be reached for three days: it answers 503") {
			t.Errorf("told %s", s)
		}
		var shown int
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Notifications(t.Context(), true, 0, 10)
			for _, n := range list {
				if n.Kind == "channel_failing" {
					shown++
				}
			}
			return err
		}); err != nil || shown != 1 {
			t.Errorf("%d in the app: %v", shown, err)
		}
		down.answers(nil)
		if n, err := p.Replay(t.Context(), admin, "down", ""); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		until(t, "the replay", func() bool { v := p.one("down"); return v.State == fettle.ChannelOK && v.Failed == 0 && v.Waiting == 0 })
	})
}

// While a chat is down one message waits for its next try, and what comes later
// goes into the next one. The message that is tried does not change.
func TestAMessageDoesNotChange(t *testing.T) {
	t.Parallel()
	chat := newReceiver(t)
	chat.answers(func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{chat.host()}})
	p.add("chat", notify.Input{Slack: &chat.URL})
	p.run()
	p.raise(limit(1, "first"))
	until(t, "a failure", func() bool { return p.log("chat")[0].Tries == 1 })
	for i := range 3 {
		p.raise(limit(int64(2+i), "meanwhile"))
	}
	until(t, "both", func() bool { _, l := chat.got(); return len(l) == 3 && p.one("chat").Waiting == 0 })
	_, l := chat.got()
	if text(t, l[0]) != "first" || text(t, l[1]) != "first" || strings.Count(text(t, l[2]), "meanwhile") != 3 {
		t.Errorf("%q", l)
	}
}

// Only what belongs to somebody, and only some events.
func TestRouting(t *testing.T) {
	t.Parallel()
	all, hers, limits := newReceiver(t), newReceiver(t), newReceiver(t)
	p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{all.host(), hers.host(), limits.host()}})
	p.update(func(tx *store.Tx) error {
		for id, who := range map[int64]string{1: "ada@acme.example", 2: "bob@acme.example"} {
			if err := tx.AddRun(t.Context(), store.Run{ID: id, EnrichmentID: id, Actor: who}); err != nil {
				return err
			}
			if err := tx.PutEnrichment(t.Context(), store.Enrichment{ID: id, Name: fmt.Sprintf("e%d", id), Entity: fettle.People, State: fettle.Live, RunID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	p.add("all", notify.Input{Webhook: &all.URL})
	p.add("hers", notify.Input{Webhook: &hers.URL, Owner: new("ada@acme.example")})
	p.add("limits", notify.Input{Webhook: &limits.URL, Events: &[]string{"enrichment.limit_reached", "balance.*"}})
	p.raise(limit(1, "hers"), limit(2, "his"), notify.Event{Type: fettle.EventAudit, Message: "everybody's"}, notify.Event{Type: fettle.EventBalanceLow, Message: "low"})
	p.run()
	for name, want := range map[*receiver]int{all: 4, hers: 1, limits: 3} {
		until(t, "what is for them", func() bool { ids, _ := name.got(); return len(ids) == want })
	}
	for _, name := range []string{"all", "hers", "limits"} {
		if v := p.one(name); v.Waiting != 0 {
			until(t, name, func() bool { return p.one(name).Waiting == 0 })
		}
	}
	if _, l := hers.got(); !strings.Contains(l[0], `"hers"`) || len(l) != 1 {
		t.Errorf("%q", l)
	}
}

// A test message arrives, is in the log, and counts as no event. One that does
// not arrive is not tried again.
func TestATestMessage(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{r.host()}})
	r.secret = p.add("crm", notify.Input{Webhook: &r.URL}).Secret
	d, err := p.Test(t.Context(), admin, "crm")
	if err != nil || d.State != "sent" || d.Status != 204 {
		t.Fatalf("%+v %v", d, err)
	}
	ids, bodies := r.got()
	if len(ids) != 1 || ids[0] != d.ID || !strings.Contains(bodies[0], `"type":"channel.test"`) || !strings.Contains(bodies[0], `"sample":true`) || len(r.wrong) > 0 {
		t.Errorf("%q %q %q", ids, bodies, r.wrong)
	}
	r.answers(func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) })
	if d, err = p.Test(t.Context(), admin, "crm"); err != nil || d.State != "failed" || !strings.Contains(d.Error, "404") {
		t.Errorf("%+v %v", d, err)
	}
	if l := p.log("crm"); len(l) != 2 || l[0].State != "failed" || l[1].State != "sent" {
		t.Errorf("%+v", l)
	}
	if v := p.one("crm"); v.Waiting != 0 || v.Failed != 0 {
		t.Errorf("%+v", v)
	}
	if _, err := p.Test(t.Context(), fettle.Actor{Name: "ed", Role: fettle.Editor}, "crm"); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("by an editor: %v", err)
	}
}
