package deliver

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"fettle"
	"fettle/store"
)

func at(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := time.UnixMicro(us).UTC()
	return &t
}

// Get gives a destination and how it fares.
func (d *Destinations) Get(ctx context.Context, actor fettle.Actor, name string) (fettle.DestinationView, error) {
	if err := actor.Require(fettle.Viewer, "see destinations"); err != nil {
		return fettle.DestinationView{}, err
	}
	var v fettle.DestinationView
	err := d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		dest, err := tx.Destination(ctx, name)
		if err != nil {
			return err
		}
		counts, err := tx.SendCounts(ctx)
		v = d.view(dest, counts[dest.ID])
		return err
	})
	return v, err
}

// List lists the destinations and how they fare.
func (d *Destinations) List(ctx context.Context, actor fettle.Actor) ([]fettle.DestinationView, error) {
	if err := actor.Require(fettle.Viewer, "see destinations"); err != nil {
		return nil, err
	}
	out := []fettle.DestinationView{}
	err := d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		out = out[:0]
		all, err := tx.Destinations(ctx)
		if err != nil {
			return err
		}
		counts, err := tx.SendCounts(ctx)
		for _, dest := range all {
			out = append(out, d.view(dest, counts[dest.ID]))
		}
		return err
	})
	return out, err
}

// Services lists the services that come with the product.
func (d *Destinations) Services(actor fettle.Actor) ([]fettle.DestinationService, error) {
	if err := actor.Require(fettle.Viewer, "see destinations"); err != nil {
		return nil, err
	}
	out := []fettle.DestinationService{}
	for _, s := range d.cfg.Services {
		out = append(out, fettle.DestinationService{Name: s.ID, Title: s.Title(), Host: s.Host(), Docs: s.Links.Docs, NeedsKey: s.NeedsKey(), Reads: s.Reads()})
	}
	return out, nil
}

func (d *Destinations) view(dest store.Destination, counts map[[2]string]int64) fettle.DestinationView {
	v := fettle.DestinationView{
		Destination: dest.Destination, Name: dest.Name, Label: dest.Label, State: dest.State, Reason: dest.Reason, BaseURL: dest.BaseURL, HasKey: len(dest.KeySealed) > 0,
		Written: dest.Written, Filling: dest.FillAfter >= 0 && dest.State == fettle.DestinationOn, TriedAt: at(dest.TriedUS), SentAt: at(dest.SentUS), Detail: dest.Detail,
		Outcomes: map[fettle.SendOutcome]int64{}, UpdatedAt: time.UnixMicro(dest.UpdatedUS).UTC(),
	}
	v.Host, _ = d.hostOf(dest)
	if def, err := d.definition(dest.Destination); err == nil {
		v.Service, v.NeedsKey = def.Title(), def.NeedsKey()
		if conn, err := d.cfg.Conns.Destination(dest, def.Auth.KeyEnv); err == nil && conn.Key != "" {
			v.HasKey = true
		}
	}
	for k, n := range counts {
		switch k[0] {
		case store.SendPending, store.SendSending:
			v.Waiting += n
		case store.SendFailed, store.SendUnknown:
			v.Failed += n
		}
		if k[1] != "" {
			v.Outcomes[fettle.SendOutcome(k[1])] += n
		}
	}
	if dest.State == fettle.DestinationOn && dest.NotBeforeUS > time.Now().UnixMicro() {
		v.NextAt = at(dest.NotBeforeUS)
	}
	return v
}

// LogQuery asks for a page of a destination's log.
type LogQuery struct {
	Outcome string // "" for all
	Record  int64  // 0 for all
	Before  string // the next of the page before
	Limit   int
}

// Log gives what was tried and what came of it, the newest first.
func (d *Destinations) Log(ctx context.Context, actor fettle.Actor, name string, q LogQuery) (out []fettle.SentView, next string, err error) {
	if err := actor.Require(fettle.Viewer, "see destinations"); err != nil {
		return nil, "", err
	}
	before, err := strconv.ParseInt("0"+q.Before, 10, 64)
	if err != nil {
		return nil, "", fettle.Errorf(fettle.Invalid, "the cursor is not one of this list").WithHint("Begin at the first page.")
	}
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		out, next = []fettle.SentView{}, ""
		dest, err := tx.Destination(ctx, name)
		if err != nil {
			return err
		}
		all, err := tx.SentLog(ctx, dest.ID, q.Outcome, q.Record, before, q.Limit+1)
		if len(all) > q.Limit {
			all = all[:q.Limit]
			next = itoa(all[q.Limit-1].ID)
		}
		for _, s := range all {
			v := fettle.SentView{ID: s.ID, At: time.UnixMicro(s.AtUS).UTC(), RecordID: s.Record, RemoteID: s.RemoteID, Outcome: s.Outcome, Tries: s.Tries, Status: s.Status, Message: s.Message, NextAt: at(s.NextUS)}
			if s.What != "" {
				if err := json.Unmarshal([]byte(s.What), &v.Changes); err != nil {
					return err
				}
			}
			out = append(out, v)
		}
		return err
	})
	return out, next, err
}
