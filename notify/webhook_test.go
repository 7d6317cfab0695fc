package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// A webhook gets every event, typed, signed so that the library of the
// specification verifies it, with the id that the log shows; none of what was
// rolled back.
func TestWebhook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		r := newReceiver(t)
		p := newProcess(t, db, notify.Config{AllowHosts: []string{r.host()}})
		v := p.add("crm", notify.Input{Webhook: &r.URL})
		r.secret = v.Secret
		if !strings.HasPrefix(v.Secret, "whsec_") || v.Target != r.host() || p.one("crm").Secret != "" {
			t.Errorf("made %+v, shown %+v", v, p.one("crm"))
		}
		p.run()
		boom := errors.New("boom")
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(p.Raise(t.Context(), tx, limit(7, "rolled back")), boom)
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		for i := range 20 {
			e := limit(7, fmt.Sprintf("the limit is reached, %d", i))
			e.Data = map[string]any{"limit": map[string]any{"per": "day"}}
			p.raise(e)
		}
		until(t, "20 events", func() bool { ids, _ := r.got(); return len(ids) >= 20 && p.one("crm").Waiting == 0 })
		ids, bodies := r.got()
		log := p.log("crm")
		if len(ids) != 20 || len(r.wrong) != 0 || len(log) != 20 {
			t.Fatalf("%d arrived, %d in the log, wrong: %q", len(ids), len(log), r.wrong)
		}
		for i, d := range log {
			if ids[len(ids)-1-i] != d.ID || d.State != "sent" || d.Status != 204 || d.Tries != 1 {
				t.Errorf("%d: %+v, arrived as %s", i, d, ids[len(ids)-1-i])
			}
		}
		var body struct {
			Type      string
			Timestamp time.Time
			Data      struct {
				Workspace, Message string
				Enrichment         struct {
					ID   int64
					Name string
				}
				Limit struct{ Per string }
			}
		}
		if err := json.Unmarshal([]byte(bodies[3]), &body); err != nil {
			t.Fatal(err)
		}
		if d := body.Data; body.Type != "enrichment.limit_reached" || time.Since(body.Timestamp) > time.Minute || d.Message != "the limit is reached, 3" || d.Workspace == "" ||
			d.Enrichment.ID != 7 || d.Enrichment.Name != "work-email" || d.Limit.Per != "day" {
			t.Errorf("sent %s", bodies[3])
		}
		if v := p.one("crm"); v.State != fettle.ChannelOK || v.SentAt == nil || v.Waiting != 0 {
			t.Errorf("%+v", v)
		}
	})
}

// A receiver that answers 500 is tried again with the same id; what is sent to
// others goes on meanwhile. Replaying sends the same id once more.
func TestRetryAndReplay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		down, well := newReceiver(t), newReceiver(t)
		down.answers(func(n int, w http.ResponseWriter) {
			if n == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		p := newProcess(t, db, notify.Config{AllowHosts: []string{down.host(), well.host()}})
		p.add("down", notify.Input{Webhook: &down.URL})
		p.add("well", notify.Input{Webhook: &well.URL})
		p.run()
		p.raise(limit(1, "first"))
		until(t, "the failure in the log", func() bool { l := p.log("down"); return len(l) == 1 && l[0].Tries == 1 && l[0].Error != "" })
		l := p.log("down")[0]
		if l.State != "waiting" || l.Status != 500 || l.NextAt == nil || l.NextAt.Sub(*l.TriedAt) != 5*time.Second {
			t.Errorf("after a failure: %+v", l)
		}
		if v := p.one("down"); v.State != fettle.ChannelRetrying || v.Waiting != 1 || v.RetryAt == nil || !strings.Contains(v.Detail, "500") {
			t.Errorf("%+v", v)
		}
		until(t, "the other channel", func() bool { ids, _ := well.got(); return len(ids) == 1 })
		until(t, "the second try", func() bool { return p.one("down").Waiting == 0 })
		if n, err := p.Replay(t.Context(), admin, "down", l.ID); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		until(t, "the replay", func() bool { ids, _ := down.got(); return len(ids) == 3 })
		if ids, _ := down.got(); ids[0] != l.ID || ids[1] != l.ID || ids[2] != l.ID {
			t.Errorf("arrived as %q, logged as %s", ids, l.ID)
		}
		if ids, _ := well.got(); len(ids) != 1 {
			t.Errorf("the other got %d", len(ids))
		}
		if _, err := p.Replay(t.Context(), admin, "down", "evt_none"); fettle.CodeOf(err) != fettle.NotFound {
			t.Errorf("a replay of nothing: %v", err)
		}
	})
}

// A process that dies between send and answer: another sends it again, under
// the same id, and none is lost. The two of them and a third are declared gone
// in turn, at the moment when the receiver has a message and has not answered.
func TestProcessesDieInTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const events, kills = 1000, 12
		r := newReceiver(t)
		held, release := make(chan int), make(chan struct{})
		r.answers(func(n int, w http.ResponseWriter) {
			if n%(events/kills) == 7 { // not answered before the process is gone
				select {
				case held <- n:
					<-release
				case <-t.Context().Done():
				}
			}
			w.WriteHeader(http.StatusNoContent)
		})
		p := newProcess(t, db, notify.Config{AllowHosts: []string{r.host()}})
		r.secret = p.add("crm", notify.Input{Webhook: &r.URL}).Secret
		for i := range events / 100 {
			var list []notify.Event
			for j := range 100 {
				list = append(list, limit(1, fmt.Sprintf("%d", 100*i+j)))
			}
			p.raise(list...)
		}
		alive := []*process{p, newProcess(t, db, notify.Config{AllowHosts: []string{r.host()}})}
		for _, a := range alive {
			a.run()
		}
		killed := 0
		end := time.After(4 * patience)
		for killed < kills {
			select {
			case n := <-held:
				// Whoever it is: all that are there now are gone, and one that
				// was not there goes on: with the same message, before the other
				// hears that it has arrived.
				ids, _ := r.got()
				next := newProcess(t, db, notify.Config{AllowHosts: []string{r.host()}})
				for _, a := range alive {
					a.die()
				}
				killed += len(alive)
				next.run()
				alive = []*process{next}
				until(t, "the message again", func() bool {
					all, _ := r.got()
					return slices.Contains(all[n:], ids[n-1])
				})
				release <- struct{}{}
			case <-end:
				t.Fatalf("after %d kills", killed)
			}
		}
		r.answers(nil)
		until(t, "every event", func() bool {
			select {
			case <-held:
				release <- struct{}{}
			default:
			}
			return p.one("crm").Waiting == 0
		})
		ids, _ := r.got()
		seen := map[string]int{}
		for _, id := range ids {
			seen[id]++
		}
		written := map[string]bool{}
		for _, d := range p.log("crm") {
			written[d.ID] = true
			if seen[d.ID] == 0 || d.State != "sent" {
				t.Errorf("%s is %s and arrived %d times", d.ID, d.State, seen[d.ID])
			}
		}
		twice := len(ids) - len(seen)
		t.Logf("%d events, %d kills, %d arrived twice", events, killed, twice)
		if len(written) != events || len(seen) != events || twice > killed || twice == 0 || len(r.wrong) != 0 {
			t.Errorf("%d written, %d ids arrived, %d twice, wrong %q", len(written), len(seen), twice, r.wrong)
		}
	})
}

// A message that a process took, and then did not hear that it had (the
// connection broke while it committed), is sent by the same process.
func TestTakenUnheard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		r := newReceiver(t)
		p := newProcess(t, db, notify.Config{AllowHosts: []string{r.host()}})
		r.secret = p.add("crm", notify.Input{Webhook: &r.URL}).Secret
		p.raise(limit(1, "x"))
		p.update(func(tx *store.Tx) error {
			ids, err := tx.Due(t.Context(), p.id, time.Now().UnixMicro())
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			_, err = tx.TakeMessage(t.Context(), ids[0], p.id, time.Now().UnixMicro())
			return err
		})
		other := newProcess(t, db, notify.Config{})
		other.update(func(tx *store.Tx) error {
			if ids, err := tx.Due(t.Context(), other.id, time.Now().UnixMicro()); err != nil || len(ids) != 0 {
				t.Errorf("another takes what a living one has: %v %v", ids, err)
			}
			return nil
		})
		p.run()
		until(t, "the message", func() bool { return p.one("crm").Waiting == 0 })
	})
}

// A receiver that asks for patience is given it, up to eight hours.
func TestPatience(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]time.Duration{
		"600": 10 * time.Minute, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour, "86400": 8 * time.Hour, "soon": 5 * time.Second, "0": 5 * time.Second,
	} {
		r := newReceiver(t)
		r.answers(func(_ int, w http.ResponseWriter) {
			w.Header().Set("Retry-After", asked)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		p := newProcess(t, storetest.Open(t), notify.Config{AllowHosts: []string{r.host()}})
		p.add("crm", notify.Input{Webhook: &r.URL})
		stop := p.run()
		p.raise(limit(1, "x"))
		until(t, "the failure", func() bool { return p.log("crm")[0].Tries > 0 })
		stop()
		l := p.log("crm")[0]
		if l.NextAt == nil {
			t.Fatalf("%s: %+v", asked, l)
		}
		if got := l.NextAt.Sub(*l.TriedAt); (got - want).Abs() > want/10 {
			t.Errorf("%s: tried again after %s, want %s", asked, got, want)
		}
	}
}

// A receiver on a private address is refused, at the moment of sending; so is
// where a public one points at.
func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	r, open := newReceiver(t), newReceiver(t)
	open.answers(func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", r.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	db := storetest.Open(t)
	p := newProcess(t, db, notify.Config{AllowHosts: []string{open.host()}})
	p.add("private", notify.Input{Webhook: new(r.URL + "/secret-path")})
	p.add("metadata", notify.Input{Slack: new("http://169.254.169.254/latest")})
	p.add("elsewhere", notify.Input{Slack: &open.URL})
	p.run()
	p.raise(limit(1, "x"))
	for _, name := range []string{"private", "metadata", "elsewhere"} {
		until(t, name, func() bool { return p.one(name).Detail != "" })
		d := p.one(name).Detail
		if name != "elsewhere" && !strings.Contains(d, "--allow-host") || name == "elsewhere" && !strings.Contains(d, "points elsewhere") || strings.Contains(d, "secret") {
			t.Errorf("%s: %s", name, d)
		}
	}
	if ids, _ := r.got(); len(ids) != 0 {
		t.Errorf("%d arrived at the private address", len(ids))
	}
}

func TestWhatIsNoChannel(t *testing.T) {
	t.Parallel()
	p := newProcess(t, storetest.Open(t), notify.Config{})
	url := "https://hooks.acme.example/x"
	for name, in := range map[string]notify.Input{
		"nothing":             {},
		"two ways":            {Webhook: &url, Slack: &url},
		"no address":          {Webhook: new("hooks.acme.example")},
		"another scheme":      {Webhook: new("file:///etc/passwd")},
		"no event":            {Webhook: &url, Events: &[]string{"limit"}},
		"a short secret":      {Webhook: &url, Secret: new("whsec_c2hvcnQ=")},
		"too often":           {Slack: &url, Every: new(fettle.Interval(time.Second))},
		"no mail server":      {Email: []string{"ada@acme.example"}},
		"nobody's address":    {Email: []string{"ada"}, SMTP: new("smtp://mail.acme.example?from=f@acme.example")},
		"a header in it":      {Email: []string{"ada@acme.example\r\nBcc: x@acme.example"}, SMTP: new("smtp://mail.acme.example?from=f@acme.example")},
		"nobody who writes":   {Email: []string{"ada@acme.example"}, SMTP: new("smtp://mail.acme.example")},
		"a field of no owner": {Slack: &url, OwnerField: new("owner_email")},
	} {
		if _, err := p.Add(t.Context(), admin, "x", in); fettle.CodeOf(err) != fettle.Invalid || fettle.AsError(err).Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Add(t.Context(), fettle.Actor{Name: "ed", Role: fettle.Editor, MaySpend: true}, "x", notify.Input{Slack: &url}); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("an editor: %v", err)
	}
	p.add("x", notify.Input{Slack: &url, Events: &[]string{"enrichment.*"}})
	if v := p.add("usual", notify.Input{Slack: &url, Events: &[]string{}}); v.Events == nil || p.one("usual").Events == nil {
		t.Errorf("no events are null: %+v", v)
	}
	if _, err := p.Add(t.Context(), admin, "x", notify.Input{Slack: &url}); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("a name twice: %v", err)
	}
}

// Secrets are sealed in the database, and in no answer.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	p := newProcess(t, db, notify.Config{})
	p.add("chat", notify.Input{Slack: new("https://hooks.slack.example/services/T0/hidden")})
	p.add("mail", notify.Input{Email: []string{"ada@acme.example"}, SMTP: new("smtps://f@acme.example:hidden@mail.acme.example")})
	p.add("crm", notify.Input{Webhook: new("https://crm.acme.example/hidden")})
	err := db.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Channels(t.Context())
		for _, c := range all {
			if b, _ := json.Marshal(c); strings.Contains(string(b), "hidden") || strings.Contains(string(c.Sealed), "hidden") || len(c.Sealed) == 0 {
				t.Errorf("stored %s", b)
			}
		}
		actions, err2 := tx.Actions(t.Context(), "", 0, 100)
		for _, a := range actions {
			if strings.Contains(a.Detail, "hidden") {
				t.Errorf("noted %+v", a)
			}
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.List(t.Context(), admin)
	if b, _ := json.Marshal(all); err != nil || strings.Contains(string(b), "hidden") || !slices.ContainsFunc(all, func(v fettle.ChannelView) bool { return v.SMTP == "mail.acme.example:465" }) {
		t.Errorf("%s %v", b, err)
	}
}

// The address that the operator gave for all notifications becomes a channel,
// once.
func TestAdopt(t *testing.T) {
	t.Parallel()
	p := newProcess(t, storetest.Open(t), notify.Config{})
	for i, want := range []bool{true, false} {
		if made, err := p.Adopt(t.Context(), "https://hooks.slack.example/x"); made != want || err != nil {
			t.Errorf("%d: %v %v", i, made, err)
		}
	}
	if err := p.Delete(t.Context(), admin, "webhook"); err != nil {
		t.Fatal(err)
	}
	if made, err := p.Adopt(t.Context(), "https://hooks.slack.example/x"); made || err != nil {
		t.Errorf("after it was taken away: %v %v", made, err)
	}
}
