package notify

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/internal/text"
	"fettle/store"
)

// Event is something that happened and that is told.
type Event struct {
	Type    fettle.EventType
	Message string
	// Notice is the kind under which it is shown in the app; "" for not at all.
	// Once makes it the same notice: it is raised once, whoever raises it again.
	Notice, Once string
	Repeats      bool // channels are told each time, the app once

	Enrichment int64 // 0 for the workspace
	Name       string
	// Subject is what it is about, if not its enrichment: events of a type and a
	// subject are gathered for people.
	Subject string
	Data    map[string]any

	// Records are what it is about, if it is about records: it is told as an
	// event for each hundred of them, and to a channel that says whose records it
	// is for (owner and owner_field) of those alone. The first line for people is
	// company, person, owner. Their texts are its message.
	Entity  fettle.Entity
	Records []About
	// Audience is the one that they entered, which a channel has to name.
	Audience string

	except int64   // the channel that it is not for
	about  []int64 // the records of this one of its events
}

func (e Event) subject() string {
	if e.Subject == "" && e.Enrichment != 0 {
		return "enrichment:" + strconv.FormatInt(e.Enrichment, 10)
	}
	return e.Subject
}

// wantedBy reports whether a channel listens to an event.
func (e Event) wantedBy(ch store.Channel) bool {
	if unaddressed(ch) {
		return false
	}
	if e.Audience != "" {
		return slices.Contains(ch.Events, fettle.EnteredIn(e.Audience))
	}
	return ch.Kind.Wants(ch.Events, e.Type)
}

// Raise tells of an event, by the transaction of what it tells: a notice in the
// app, and a delivery for each channel that waits for it.
func (c *Channels) Raise(ctx context.Context, tx *store.Tx, e Event) error {
	now := time.Now()
	e.Message = text.Storable(e.Message)
	if e.Notice != "" {
		fresh, err := tx.Notify(ctx, store.Notification{AtUS: now.UnixMicro(), Kind: e.Notice, EnrichmentID: e.Enrichment, Message: e.Message, Once: e.Once})
		if err != nil || !fresh && !e.Repeats {
			return err
		}
		if fresh {
			tx.After(func() { c.cfg.Events.Publish("notification", "") })
		}
	}
	if len(e.Records) > 0 {
		return c.raiseRecords(ctx, tx, e)
	}
	to, err := c.listeners(ctx, tx, e)
	if err != nil || len(to) == 0 {
		return err
	}
	return c.deliver(ctx, tx, e, to, now)
}

// listeners are the channels that wait for an event.
func (c *Channels) listeners(ctx context.Context, tx *store.Tx, e Event) ([]store.Channel, error) {
	all, err := tx.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var to []store.Channel
	owner, known := "", false
	for _, ch := range all {
		if ch.ID == e.except || !e.wantedBy(ch) {
			continue
		}
		if ch.Owner != "" {
			if !known && e.Enrichment != 0 {
				if owner, err = tx.OwnerOf(ctx, e.Enrichment); err != nil {
					return nil, err
				}
				known = true
			}
			if ch.Owner != owner {
				continue
			}
		}
		to = append(to, ch)
	}
	return to, nil
}

// NewID makes the id of an event.
func NewID() string { return "evt_" + rand.Text() }

// deliver writes an event and its deliveries.
func (c *Channels) deliver(ctx context.Context, tx *store.Tx, e Event, to []store.Channel, now time.Time) error {
	data, err := e.data(ctx, tx)
	if err != nil {
		return err
	}
	urgent := fettle.KindOf(e.Type).Urgent
	due := make([]int64, len(to))
	for i, ch := range to {
		due[i] = now.UnixMicro()
		if ch.Kind.ForPeople() && !urgent {
			if due[i], err = tx.Gather(ctx, ch.ID, string(e.Type)+" "+e.subject(), due[i], ch.EveryUS); err != nil {
				return err
			}
		}
	}
	first, err := tx.NextIDs(ctx, store.SeqEvent, 1+len(to))
	if err != nil {
		return err
	}
	list := make([]store.Delivery, len(to))
	for i, ch := range to {
		d := store.Delivery{ID: first + 1 + int64(i), ChannelID: ch.ID, State: store.DeliveryPending, DueUS: due[i]}
		if !ch.Kind.ForPeople() {
			d.LeadID = d.ID // a message of its own
		}
		list[i] = d
	}
	tx.After(c.Look)
	if err := tx.AddEventRecords(ctx, first, e.about); err != nil {
		return err
	}
	return tx.AddEvent(ctx, store.Event{ID: first, UID: NewID(), AtUS: now.UnixMicro(), Type: e.Type, Subject: e.subject(), Message: e.Message, Data: data}, list)
}

// data is what a webhook gets beside type and time.
func (e Event) data(ctx context.Context, tx *store.Tx) (string, error) {
	workspace, _, err := tx.Setting(ctx, store.SettingWorkspaceID)
	if err != nil {
		return "", err
	}
	all := map[string]any{"workspace": workspace, "message": e.Message}
	if e.Enrichment != 0 {
		all["enrichment"] = map[string]any{"id": e.Enrichment, "name": e.Name}
	}
	maps.Copy(all, e.Data)
	b, err := json.Marshal(all)
	return text.Storable(string(b)), err
}
