package store

import (
	"context"
	"database/sql"

	"fettle"
)

// Event is something that happened and that somebody is told.
type Event struct {
	ID      int64
	UID     string
	AtUS    int64
	Type    fettle.EventType
	Subject string
	Message string
	Data    string // JSON
}

// The states of a delivery.
const (
	DeliveryPending = "pending"
	DeliverySent    = "sent"
	DeliveryFailed  = "failed"  // given up
	DeliveryDropped = "dropped" // it belongs to the workspace that this one was restored from
)

// Delivery is an event on its way to a channel.
type Delivery struct {
	ID        int64
	ChannelID int64
	EventID   int64
	LeadID    int64 // the delivery whose message it is part of; 0: none yet
	State     string
	DueUS     int64
	Tries     int64
	FirstUS   int64
	LastUS    int64
	Status    int64
	Error     string
	Took      string // JSON: the addresses for which a mail server took it already; "": none
}

// AddEvent writes an event and its deliveries.
func (tx *Tx) AddEvent(ctx context.Context, e Event, deliveries []Delivery) error {
	if _, err := tx.exec(ctx, `INSERT INTO events (id, uid, at_us, type, subject, message, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, e.UID, e.AtUS, string(e.Type), e.Subject, e.Message, e.Data); err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint", "bigint", "text", "bigint", "bigint", "bigint", "bigint", "bigint", "text")
	for _, d := range deliveries {
		b.Add(d.ID, d.ChannelID, d.LeadID, d.State, d.DueUS, d.Tries, d.FirstUS, d.LastUS, d.Status, d.Error)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j) AS (@rows) INSERT INTO deliveries (id, channel_id, event_id, lead_id, state, due_us, worker_id, tries, first_us, last_us, status, error)
		SELECT a,b,CAST($1 AS BIGINT),c,d,e,0,f,g,h,i,j FROM v`, e.ID)
	return err
}

// Gather says when an event of a subject goes to a channel: the first at once,
// what follows within every when that is over, all in one message. A message
// of what was gathered counts as a first.
func (tx *Tx) Gather(ctx context.Context, channel int64, subject string, nowUS, everyUS int64) (dueUS int64, err error) {
	n, err := tx.exec(ctx, `INSERT INTO gathers (channel_id, subject, until_us, gathered) VALUES ($1, $2, $3, FALSE) ON CONFLICT (channel_id, subject) DO NOTHING`,
		channel, subject, nowUS+everyUS)
	if err != nil || n == 1 {
		return nowUS, err
	}
	var until int64
	var some bool
	if err := tx.get(ctx, []any{&until, &some}, `SELECT until_us, gathered FROM gathers WHERE channel_id = $1 AND subject = $2`+tx.db.d.forUpdate, channel, subject); err != nil {
		return 0, err
	}
	if some && nowUS >= until {
		until += everyUS // its message went out when the last one ended
	}
	dueUS, some = until, true
	if nowUS >= until {
		dueUS, until, some = nowUS, nowUS+everyUS, false
	}
	_, err = tx.exec(ctx, `UPDATE gathers SET until_us = $3, gathered = $4 WHERE channel_id = $1 AND subject = $2`, channel, subject, until, some)
	return dueUS, err
}

// Due lists the channels that have something to send: deliveries that are due
// and that no other living worker sends.
func (tx *Tx) Due(ctx context.Context, worker, nowUS int64) ([]int64, error) {
	var out []int64
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT c.id FROM channels c WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND d.state = 'pending' AND d.due_us <= $1
		AND (d.lead_id = 0 OR (d.lead_id = d.id AND d.worker_id NOT IN (SELECT id FROM workers WHERE state = 'live' AND id <> $2)))) ORDER BY c.id`, nowUS, worker)
	return out, err
}

// TakeMessage gives a message of a channel that is due to a worker, which sends
// none of that channel: one whose time has come and that no other living worker
// sends (one that it has itself, it did not hear that it took), else, for people, one made of
// all that waits, unless an earlier message waits for its next try. The result
// is 0 where there is none, and for a worker that is declared gone itself. The
// caller holds the channel.
func (tx *Tx) TakeMessage(ctx context.Context, channel, worker, nowUS int64) (lead int64, err error) {
	var live bool
	if err := tx.get(ctx, []any{&live}, `SELECT EXISTS (SELECT 1 FROM workers WHERE id = $1 AND state = 'live')`, worker); err != nil || !live {
		return 0, err
	}
	one := func(r *sql.Rows) error { return r.Scan(&lead) }
	err = tx.query(ctx, one, `SELECT id FROM deliveries WHERE channel_id = $1 AND state = 'pending' AND due_us <= $2 AND lead_id = id
		AND worker_id NOT IN (SELECT id FROM workers WHERE state = 'live' AND id <> $3) ORDER BY due_us, id LIMIT 1`, channel, nowUS, worker)
	if err != nil {
		return 0, err
	}
	if lead == 0 {
		var retrying bool
		if err := tx.get(ctx, []any{&retrying}, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE channel_id = $1 AND state = 'pending' AND lead_id = id AND tries > 0)`, channel); err != nil || retrying {
			return 0, err
		}
		if lead, err = tx.composeMessage(ctx, channel, nowUS); err != nil || lead == 0 {
			return 0, err
		}
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET worker_id = $2, first_us = CASE WHEN first_us = 0 THEN $3 ELSE first_us END WHERE id = $1`, lead, worker, nowUS)
	return lead, err
}

// messageMost is how many events go into one message.
const messageMost = 2000

// composeMessage makes a message of the deliveries that are due and in none.
func (tx *Tx) composeMessage(ctx context.Context, channel, nowUS int64) (lead int64, err error) {
	b := NewBatch("bigint")
	err = tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		if lead == 0 {
			lead = id
		}
		b.Add(id)
		return err
	}, `SELECT id FROM deliveries WHERE channel_id = $1 AND state = 'pending' AND due_us <= $2 AND lead_id = 0 ORDER BY id LIMIT $3`, channel, nowUS, messageMost)
	if err != nil || lead == 0 {
		return 0, err
	}
	_, err = tx.execBatch(ctx, b, `WITH v(id) AS (@rows) UPDATE deliveries SET lead_id = CAST($1 AS BIGINT) FROM v WHERE deliveries.id = v.id`, lead)
	return lead, err
}

const deliveryColumns = "d.id, d.channel_id, d.event_id, d.lead_id, d.state, d.due_us, d.tries, d.first_us, d.last_us, d.status, d.error, d.took"

func scanDelivery(d *Delivery) []any {
	return []any{&d.ID, &d.ChannelID, &d.EventID, &d.LeadID, &d.State, &d.DueUS, &d.Tries, &d.FirstUS, &d.LastUS, &d.Status, &d.Error, &d.Took}
}

const eventColumns = "e.id, e.uid, e.at_us, e.type, e.subject, e.message, e.data"

func scanEvent(e *Event) []any {
	return []any{&e.ID, &e.UID, &e.AtUS, &e.Type, &e.Subject, &e.Message, &e.Data}
}

// Message reads a message: how it fares, and its events, the oldest first.
func (tx *Tx) Message(ctx context.Context, lead int64) (d Delivery, events []Event, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var e Event
		var one Delivery
		err := r.Scan(append(scanDelivery(&one), scanEvent(&e)...)...)
		if one.ID == lead {
			d = one
		}
		events = append(events, e)
		return err
	}, "SELECT "+deliveryColumns+", "+eventColumns+" FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.lead_id = $1 ORDER BY d.id", lead)
	return d, events, err
}

// NoteSent writes down that a message arrived, whoever sent it.
func (tx *Tx) NoteSent(ctx context.Context, lead, status, nowUS int64, said string) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET state = 'sent', worker_id = 0, last_us = $2, tries = CASE WHEN id = lead_id THEN tries + 1 ELSE tries END,
		status = $3, error = $4 WHERE lead_id = $1 AND state = 'pending'`, lead, nowUS, status, said)
	return err
}

// NoteFailed writes down a try that failed: it is tried again at a time, or,
// where that is 0, given up. took are the addresses that have it all the same. It
// does nothing, and reports false, where another worker has the message, or it
// has arrived.
func (tx *Tx) NoteFailed(ctx context.Context, lead, worker, status, nowUS, nextUS int64, said, took string) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE deliveries SET worker_id = 0, last_us = $3, tries = tries + 1, status = $4, error = $5, due_us = CASE WHEN CAST($6 AS BIGINT) = 0 THEN due_us ELSE CAST($6 AS BIGINT) END, took = $7
		WHERE id = $1 AND worker_id = $2 AND state = 'pending'`, lead, worker, nowUS, status, said, nextUS, took)
	if err != nil || n == 0 || nextUS != 0 {
		return n > 0, err
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET state = 'failed' WHERE lead_id = $1 AND state = 'pending'`, lead)
	return true, err
}

// LogRow is a message of a channel's log, or an event that is in none yet.
type LogRow struct {
	Delivery
	Event

	Events int64
	Busy   bool // it is being sent
}

// DeliveryLog lists the messages of a channel, the newest first. before is the
// id of the delivery to go on from, or 0; state is "" for all.
func (tx *Tx) DeliveryLog(ctx context.Context, channel int64, state string, before int64, limit int) ([]LogRow, error) {
	var out []LogRow
	err := tx.query(ctx, func(r *sql.Rows) error {
		var l LogRow
		err := r.Scan(append(append(scanDelivery(&l.Delivery), scanEvent(&l.Event)...), &l.Events, &l.Busy)...)
		out = append(out, l)
		return err
	}, "SELECT "+deliveryColumns+", "+eventColumns+`, CASE WHEN d.lead_id = 0 THEN 1 ELSE (SELECT COUNT(*) FROM deliveries m WHERE m.lead_id = d.id) END,
		d.worker_id IN (SELECT id FROM workers WHERE state = 'live')
		FROM deliveries d JOIN events e ON e.id = d.event_id
		WHERE d.channel_id = $1 AND (d.lead_id = d.id OR d.lead_id = 0) AND d.id < $2 AND (d.state = $3 OR $3 = '') ORDER BY d.id DESC LIMIT $4`,
		channel, orNewest(before), state, limit)
	return out, err
}

// Backlog is what of a channel has not arrived.
type Backlog struct {
	Waiting, Failed int64
	RetryUS         int64 // when the next try is, of what failed before; 0: nothing did
}

// Backlogs counts what has not arrived, by channel.
func (tx *Tx) Backlogs(ctx context.Context) (map[int64]Backlog, error) {
	out := map[int64]Backlog{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		var b Backlog
		var retry sql.NullInt64
		err := r.Scan(&id, &b.Waiting, &b.Failed, &retry)
		b.RetryUS = retry.Int64
		out[id] = b
		return err
	}, `SELECT channel_id, COUNT(CASE WHEN state = 'pending' THEN 1 END), COUNT(CASE WHEN state = 'failed' THEN 1 END),
		MIN(CASE WHEN state = 'pending' AND tries > 0 THEN due_us END) FROM deliveries WHERE state IN ('pending', 'failed') GROUP BY channel_id`)
	return out, err
}

// Replay has a message sent again: the one of the event, or with no uid all that
// were given up, from the time of a first try on. It gives how many messages
// those are; not more than a page.
func (tx *Tx) Replay(ctx context.Context, channel int64, uid string, nowUS int64) (int64, error) {
	b := NewBatch("bigint")
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		b.Add(id)
		return err
	}, `SELECT DISTINCT d.lead_id FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.channel_id = $1 AND d.lead_id <> 0
		AND ((e.uid = $2 AND d.state <> 'pending') OR ($2 = '' AND d.state = 'failed')) ORDER BY d.lead_id LIMIT 1000`, channel, uid)
	if err != nil || b.Len() == 0 {
		return 0, err
	}
	_, err = tx.execBatch(ctx, b, `WITH v(id) AS (@rows) UPDATE deliveries SET state = 'pending', due_us = CAST($1 AS BIGINT), tries = 0, first_us = 0, worker_id = 0, status = 0, error = '', took = ''
		FROM v WHERE deliveries.lead_id = v.id`, nowUS)
	return int64(b.Len()), err
}

// DropDeliveries gives up what has not arrived, in a workspace that was
// restored: it belongs to the original.
func (tx *Tx) DropDeliveries(ctx context.Context) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET state = 'dropped', worker_id = 0 WHERE state = 'pending'`)
	return err
}

// PruneEvents forgets events that are older than a time and wait for nothing, a
// page at a time. It gives how many.
func (tx *Tx) PruneEvents(ctx context.Context, beforeUS int64) (int, error) {
	b := NewBatch("bigint")
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		b.Add(id)
		return err
	}, `SELECT e.id FROM events e WHERE e.at_us < $1 AND NOT EXISTS (SELECT 1 FROM deliveries d LEFT JOIN deliveries l ON l.id = d.lead_id
		WHERE d.event_id = e.id AND (d.state = 'pending' OR l.last_us >= $1)) ORDER BY e.at_us LIMIT 1000`, beforeUS)
	if err != nil || b.Len() == 0 {
		return 0, err
	}
	if _, err := tx.execBatch(ctx, b, `WITH v(id) AS (@rows) DELETE FROM deliveries WHERE event_id IN (SELECT id FROM v)`); err != nil {
		return 0, err
	}
	if _, err := tx.execBatch(ctx, b, `WITH v(id) AS (@rows) DELETE FROM event_records WHERE event_id IN (SELECT id FROM v)`); err != nil {
		return 0, err
	}
	if _, err := tx.execBatch(ctx, b, `WITH v(id) AS (@rows) DELETE FROM events WHERE id IN (SELECT id FROM v)`); err != nil {
		return 0, err
	}
	_, err = tx.exec(ctx, `DELETE FROM gathers WHERE until_us < $1`, beforeUS)
	return b.Len(), err
}
