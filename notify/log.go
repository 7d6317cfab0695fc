package notify

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/store"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// LogQuery asks for a page of a channel's log.
type LogQuery struct {
	State  string // pending, sent, failed, dropped; "" for all
	Before string // the next of the page before
	Limit  int
}

// Log lists the messages of a channel, the newest first.
func (c *Channels) Log(ctx context.Context, actor fettle.Actor, name string, q LogQuery) (out []fettle.DeliveryView, next string, err error) {
	if err := actor.Require(fettle.Viewer, "see channels"); err != nil {
		return nil, "", err
	}
	before, err := strconv.ParseInt("0"+q.Before, 10, 64)
	if err != nil {
		return nil, "", fettle.Errorf(fettle.Invalid, "the cursor is not one of this list").WithHint("Begin at the first page.")
	}
	out = []fettle.DeliveryView{}
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		ch, err := tx.Channel(ctx, name)
		if err != nil {
			return err
		}
		rows, err := tx.DeliveryLog(ctx, ch.ID, q.State, before, q.Limit+1)
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			next = itoa(rows[q.Limit-1].Delivery.ID)
		}
		for _, r := range rows {
			out = append(out, deliveryView(r, time.Now()))
		}
		return err
	})
	return out, next, err
}

func deliveryView(r store.LogRow, now time.Time) fettle.DeliveryView {
	v := fettle.DeliveryView{
		ID: r.UID, Type: r.Type, Message: r.Message, Events: r.Events, At: time.UnixMicro(r.AtUS).UTC(), State: r.State, Tries: r.Tries,
		TriedAt: at(r.LastUS), Status: r.Status, Error: r.Error,
	}
	if r.State == store.DeliveryDropped && r.Error != "" {
		v.State = store.DeliveryFailed
	}
	if r.State == store.DeliveryPending {
		v.State = "waiting"
		if r.LeadID == 0 && r.DueUS > now.UnixMicro() {
			v.State = "gathering"
		}
		if !r.Busy {
			v.NextAt = at(r.DueUS)
		}
	}
	return v
}

// Replay has a message sent again under its id, or with no id all that were
// given up. It gives how many messages those are.
func (c *Channels) Replay(ctx context.Context, actor fettle.Actor, name, id string) (n int64, err error) {
	if err := may(actor); err != nil {
		return 0, err
	}
	err = c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		ch, err := c.locked(ctx, tx, name)
		if err != nil {
			return err
		}
		if n, err = tx.Replay(ctx, ch.ID, id, time.Now().UnixMicro()); err != nil {
			return err
		}
		if n == 0 && id != "" {
			return fettle.Errorf(fettle.NotFound, "%s has no message %s that was sent or given up", name, id).WithHint("Its log has the ids (fettle channel log %s). Messages are kept for 30 days.", name)
		}
		tx.After(c.Look)
		return tx.Act(ctx, actor, "channel.replay", name, id)
	})
	return n, err
}

// Test sends a made-up event and says what became of it. It is in the log
// afterwards, and is not tried again.
func (c *Channels) Test(ctx context.Context, actor fettle.Actor, name string) (fettle.DeliveryView, error) {
	if err := may(actor); err != nil {
		return fettle.DeliveryView{}, err
	}
	m := taken{}
	now := time.Now()
	err := c.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		if m.channel, err = tx.Channel(ctx, name); err != nil {
			return err
		}
		if unaddressed(m.channel) {
			return fettle.Errorf(fettle.Refused, "%s has no address yet", m.channel.Label).WithHint("Give its address first (fettle channel set %s --%s URL).", name, m.channel.Kind)
		}
		e := sample(actor)
		data, err := e.data(ctx, tx)
		m.events = []store.Event{{UID: NewID(), AtUS: now.UnixMicro(), Type: e.Type, Message: e.Message, Data: data}}
		return err
	})
	if err != nil {
		return fettle.DeliveryView{}, err
	}
	m.secrets, err = c.open(m.channel)
	m.sealed = err != nil
	if err == nil && m.channel.Kind == fettle.ChannelEmail && m.secrets.SMTP == "" && c.smtp == nil {
		return fettle.DeliveryView{}, fettle.Errorf(fettle.Refused, "this process knows no mail server").WithHint("Set FETTLE_SMTP where it runs, or name one for the channel (fettle channel set %s --smtp URL).", name)
	}
	m.lead.FirstUS = now.UnixMicro()
	r := c.send(ctx, m)
	d := store.Delivery{ChannelID: m.channel.ID, State: store.DeliverySent, DueUS: now.UnixMicro(), Tries: 1, FirstUS: now.UnixMicro(), LastUS: time.Now().UnixMicro(), Status: r.status, Error: r.said}
	if r.failed {
		d.State = store.DeliveryDropped // it is not sent again with what was given up
	}
	err = c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		ch, err := tx.LockChannel(ctx, m.channel.ID)
		if err != nil {
			return err
		}
		first, err := tx.NextIDs(ctx, store.SeqEvent, 2)
		if err != nil {
			return err
		}
		m.events[0].ID, d.ID, d.LeadID = first, first+1, first+1
		if err := tx.AddEvent(ctx, m.events[0], []store.Delivery{d}); err != nil {
			return err
		}
		if !r.failed {
			ch.Failing, ch.Detail, ch.SentUS = false, "", d.LastUS
			if err := tx.PutChannel(ctx, ch); err != nil {
				return err
			}
		}
		tx.After(func() { c.cfg.Events.Publish("channel", name) })
		return tx.Act(ctx, actor, "channel.test", name, d.State)
	})
	d.EventID = m.events[0].ID
	return deliveryView(store.LogRow{Delivery: d, Event: m.events[0], Events: 1}, now), err
}

// sample is the event of a test.
func sample(actor fettle.Actor) Event {
	return Event{
		Type: fettle.EventChannelTest, Message: "This is a test by " + actor.Name + ": work-email (made up) paused: the lifetime limit of work-email is reached (1,000 of 1,000 credits).",
		Data: map[string]any{
			"sample":     true,
			"enrichment": map[string]any{"id": 0, "name": "work-email"},
			"limit":      map[string]any{"scope": "enrichment", "per": fettle.Lifetime, "used_credits": "1000", "limit_credits": "1000"},
		},
	}
}
