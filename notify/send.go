package notify

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"fettle"
	"fettle/internal/outbox"
	"fettle/internal/text"
	"fettle/store"
)

// gap is how long after a message the next one may leave: chats and mail servers
// turn away who is faster.
func gap(k fettle.ChannelKind) time.Duration {
	switch k {
	case fettle.ChannelSlack:
		return time.Second
	case fettle.ChannelEmail:
		return 10 * time.Second
	case fettle.ChannelWebhook:
	}
	return 0
}

// Run sends what is due, one message of a channel at a time, until ctx ends: see
// outbox.Run.
func (c *Channels) Run(ctx context.Context, worker func() int64, patience time.Duration) {
	c.box.Run(ctx, worker, patience)
}

func (c *Channels) due(ctx context.Context, worker int64) (ids []int64, err error) {
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		ids, err = tx.Due(ctx, worker, time.Now().UnixMicro())
		return err
	})
	return ids, err
}

// taken is a message that this process is to send.
type taken struct {
	channel store.Channel
	secrets secrets
	sealed  bool // they cannot be read
	worker  int64
	lead    store.Delivery
	events  []store.Event
}

// result is what became of a try.
type result struct {
	status int64
	said   string        // what went wrong, or what is to know although it arrived
	failed bool          // it did not arrive
	gone   bool          // and never will
	after  time.Duration // the receiver asks for so much patience
	took   []string      // the addresses that have it, whether or not it is tried again for others
}

// drain sends what is due of a channel, one message after the other.
func (c *Channels) drain(ctx, sending context.Context, id int64, worker func() int64) {
	for ctx.Err() == nil {
		m, ok, err := c.take(ctx, id, worker())
		if err != nil || !ok {
			if err != nil && ctx.Err() == nil {
				c.cfg.Log.ErrorContext(ctx, "a message could not be taken from its queue; it is tried again", "error", err)
			}
			return
		}
		r := c.send(sending, m)
		c.note(sending, m, r)
		if r.failed {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(gap(m.channel.Kind)):
		}
	}
}

// take takes a message, and commits that this worker sends it.
func (c *Channels) take(ctx context.Context, id, worker int64) (m taken, ok bool, err error) {
	err = c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		m, ok = taken{worker: worker}, false
		var err error
		if m.channel, err = tx.LockChannel(ctx, id); err != nil {
			if fettle.CodeOf(err) == fettle.NotFound {
				return nil // it was deleted meanwhile
			}
			return err
		}
		m.secrets, err = c.open(m.channel)
		if err == nil && m.channel.Kind == fettle.ChannelEmail && m.secrets.SMTP == "" && c.smtp == nil {
			return nil // another process knows the mail server
		}
		m.sealed = err != nil // told by the try that fails
		now := time.Now().UnixMicro()
		lead, err := tx.TakeMessage(ctx, id, worker, now)
		if err != nil || lead == 0 {
			return err
		}
		ok = true
		m.lead, m.events, err = tx.Message(ctx, lead)
		return err
	})
	return m, ok, err
}

// send tries to send a message.
func (c *Channels) send(ctx context.Context, m taken) result {
	if m.sealed {
		return result{failed: true, said: "its address cannot be read with this key: set it again"}
	}
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	var r result
	switch m.channel.Kind {
	case fettle.ChannelWebhook:
		r = c.sendWebhook(ctx, m)
	case fettle.ChannelSlack:
		r = c.sendSlack(ctx, m)
	case fettle.ChannelEmail:
		r = c.sendEmail(ctx, m)
	}
	if r.failed && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.said = "no answer within " + sendFor.String()
	}
	r.said = text.Clip(text.Storable(r.said), 300)
	return r
}

// note writes down what became of a try, again and again until it is written
// or the process is cut: else the message would be sent twice.
func (c *Channels) note(ctx context.Context, m taken, r result) {
	for {
		err := c.cfg.DB.Land(ctx, func(tx *store.Tx) error { return c.noteTx(ctx, tx, m, r) })
		if err == nil || ctx.Err() != nil {
			return
		}
		c.cfg.Log.ErrorContext(ctx, "what became of a message could not be written; it is written again", "channel", m.channel.Name, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(outbox.NoteEvery):
		}
	}
}

func (c *Channels) noteTx(ctx context.Context, tx *store.Tx, m taken, r result) error {
	ch, err := tx.LockChannel(ctx, m.channel.ID)
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	now := time.Now()
	tx.After(func() { c.cfg.Events.Publish("channel", ch.Name) })
	if !r.failed {
		ch.Failing, ch.Detail, ch.SentUS = false, "", now.UnixMicro()
		if err := tx.NoteSent(ctx, m.lead.ID, r.status, now.UnixMicro(), r.said); err != nil {
			return err
		}
		return tx.PutChannel(ctx, ch)
	}
	next, nextUS := time.Time{}, int64(0)
	if !r.gone {
		next = outbox.NextTry(m.lead.Tries+1, time.UnixMicro(m.lead.FirstUS), now, r.after)
	}
	if !next.IsZero() {
		nextUS = next.UnixMicro()
	}
	took := m.lead.Took
	if len(r.took) > 0 {
		b, err := json.Marshal(r.took)
		if err != nil {
			return err
		}
		took = string(b)
	}
	mine, err := tx.NoteFailed(ctx, m.lead.ID, m.worker, r.status, now.UnixMicro(), nextUS, r.said, took)
	if err != nil || !mine {
		return err
	}
	ch.Detail = r.said
	fails := nextUS == 0 && !ch.Failing
	ch.Failing = ch.Failing || nextUS == 0
	if err := tx.PutChannel(ctx, ch); err != nil || !fails {
		return err
	}
	return c.Raise(ctx, tx, failing(ch, r, now))
}

// failing tells the other channels of one that was given up.
func failing(ch store.Channel, r result, now time.Time) Event {
	how := "for three days"
	if r.gone {
		how = "any more"
	}
	return Event{
		Type: fettle.EventChannelFails, Subject: "channel:" + ch.Name, Notice: "channel_failing", Once: "channel:" + ch.Name + ":" + now.Format(time.RFC3339Nano),
		Message: "The channel " + ch.Label + " could not be reached " + how + ": " + r.said + ". Mend it under Settings → Channels, and send again what did not arrive (fettle channel replay " + ch.Name + " --failed).",
		Data:    map[string]any{"channel": ch.Name, "reason": r.said}, except: ch.ID,
	}
}

func (c *Channels) prune(ctx context.Context, beforeUS int64) (n int, err error) {
	err = c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		n, err = tx.PruneEvents(ctx, beforeUS)
		return err
	})
	return n, err
}
