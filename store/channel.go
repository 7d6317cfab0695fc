package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// Channel is a way by which people or programs are told what happens.
type Channel struct {
	ID         int64
	Name       string
	Label      string // what people call it; its name where nobody said
	Kind       fettle.ChannelKind
	Target     string
	Sealed     []byte
	Events     []string
	Owner      string
	OwnerField string
	EveryUS    int64
	Failing    bool
	Detail     string
	SentUS     int64
	MadeBy     string
	CreatedUS  int64
}

const (
	channelWritten = "id, name, kind, target, sealed, events, owner, owner_field, every_us, failing, detail, sent_at_us, made_by, created_at_us"
	channelColumns = channelWritten + ", " + shownLabel
)

func scanChannel(r *sql.Rows) (c Channel, err error) {
	var events string
	if err := r.Scan(&c.ID, &c.Name, &c.Kind, &c.Target, &c.Sealed, &events, &c.Owner, &c.OwnerField, &c.EveryUS, &c.Failing, &c.Detail, &c.SentUS, &c.MadeBy, &c.CreatedUS, &c.Label); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(events), &c.Events)
}

// Channels lists the channels by name.
func (tx *Tx) Channels(ctx context.Context) ([]Channel, error) {
	var out []Channel
	err := tx.query(ctx, func(r *sql.Rows) error {
		c, err := scanChannel(r)
		out = append(out, c)
		return err
	}, "SELECT "+channelColumns+" FROM channels ORDER BY name")
	return out, err
}

// Channel finds a channel by its name.
func (tx *Tx) Channel(ctx context.Context, name string) (Channel, error) {
	return tx.oneChannel(ctx, name, " WHERE name = $1", name)
}

// LockChannel finds a channel by its id and keeps others from changing it until
// the transaction ends.
func (tx *Tx) LockChannel(ctx context.Context, id int64) (Channel, error) {
	return tx.oneChannel(ctx, "", " WHERE id = $1"+tx.db.d.forUpdate, id)
}

func (tx *Tx) oneChannel(ctx context.Context, name, where string, arg any) (c Channel, err error) {
	found := false
	err = tx.query(ctx, func(r *sql.Rows) (err error) {
		found = true
		c, err = scanChannel(r)
		return err
	}, "SELECT "+channelColumns+" FROM channels"+where, arg)
	if err == nil && !found {
		err = fettle.Errorf(fettle.NotFound, "there is no channel %q", name).WithHint("Settings → Channels lists them (fettle channel list).")
	}
	return c, err
}

// AddChannel writes a new channel under its id. It refuses a name that is taken.
func (tx *Tx) AddChannel(ctx context.Context, c Channel) error {
	events, err := json.Marshal(c.Events)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "INSERT INTO channels ("+channelWritten+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (name) DO NOTHING`,
		c.ID, c.Name, string(c.Kind), c.Target, append([]byte{}, c.Sealed...), string(events), c.Owner, c.OwnerField, c.EveryUS, c.Failing, c.Detail, c.SentUS, c.MadeBy, c.CreatedUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "there is a channel %s already", c.Name).WithHint("Choose another name, or change that one (fettle channel set %s).", c.Name)
	}
	return err
}

// PutChannel writes what can change of a channel.
func (tx *Tx) PutChannel(ctx context.Context, c Channel) error {
	events, err := json.Marshal(c.Events)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE channels SET target = $2, sealed = $3, events = $4, owner = $5, owner_field = $6, every_us = $7, failing = $8, detail = $9, sent_at_us = $10 WHERE id = $1`,
		c.ID, c.Target, append([]byte{}, c.Sealed...), string(events), c.Owner, c.OwnerField, c.EveryUS, c.Failing, c.Detail, c.SentUS)
	return err
}

// DeleteChannel takes a channel away, with its log.
func (tx *Tx) DeleteChannel(ctx context.Context, id int64) error {
	for _, text := range []string{
		"DELETE FROM deliveries WHERE channel_id = $1", "DELETE FROM gathers WHERE channel_id = $1", "DELETE FROM channels WHERE id = $1",
	} {
		if _, err := tx.exec(ctx, text, id); err != nil {
			return err
		}
	}
	return nil
}

// OwnerOf is whose an enrichment is: who its run is on the account of, else who
// defined it first; "" if it is no more.
func (tx *Tx) OwnerOf(ctx context.Context, enrichment int64) (string, error) {
	var owner string
	err := tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&owner) }, `SELECT COALESCE((SELECT actor FROM runs WHERE id = e.run_id),
		(SELECT v.actor FROM enrichment_versions v WHERE v.enrichment_id = e.id ORDER BY v.version LIMIT 1), '') FROM enrichments e WHERE e.id = $1`, enrichment)
	return owner, err
}
