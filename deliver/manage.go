package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/internal/asread"
	"fettle/internal/label"
	"fettle/store"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Save writes a destination as a document declares it; a new one is off. What is on
// does not change.
func (d *Destinations) Save(ctx context.Context, tx *store.Tx, actor fettle.Actor, name, label string, def fettle.Destination) error {
	def = def.Filled()
	if _, err := d.compile(ctx, tx, def); err != nil {
		return err
	}
	now := time.Now().UnixMicro()
	old, err := tx.LockDestination(ctx, name)
	switch {
	case fettle.CodeOf(err) == fettle.NotFound:
		id, err := tx.NextIDs(ctx, store.SeqMisc, 1)
		if err != nil {
			return err
		}
		made := store.Destination{Destination: def, ID: id, Name: name, State: fettle.DestinationOff, FillAfter: store.NoFill, MadeBy: actor.Name, CreatedUS: now, UpdatedUS: now}
		if err := tx.AddDestination(ctx, made); err != nil {
			return err
		}
	case err != nil:
		return err
	case old.State == fettle.DestinationOn:
		return fettle.Errorf(fettle.Refused, "%s is on", old.Label).WithHint("Turn it off, change it, and look at the dry run before it is turned on again (fettle destination off %s).", name)
	default:
		before := d.serverOf(old)
		old.Destination = def
		if d.serverOf(old) != before {
			old.BaseURL = ""
		}
		if err := d.moved(ctx, tx, &old, before); err != nil {
			return err
		}
		old.UpdatedUS, old.Reason = now, ""
		if err := tx.PutDestination(ctx, old); err != nil {
			return err
		}
	}
	if label != "" {
		if err := tx.PutLabel(ctx, store.LabelledDestination, name, label); err != nil {
			return err
		}
	}
	tx.After(func() { d.cfg.Events.Publish("destination", name) })
	return tx.Act(ctx, actor, "destination.define", name, "")
}

// hostOf is where a destination is reached.
func (d *Destinations) hostOf(dest store.Destination) (string, error) {
	if dest.BaseURL != "" {
		u, err := url.Parse(dest.BaseURL)
		if err != nil {
			return "", err
		}
		return u.Host, nil
	}
	def, err := d.definition(dest.Destination)
	if err != nil {
		return "", err
	}
	return def.Host(), nil
}

// serverOf is the server at which a destination is reached, with how: a key for
// https is none for http. "" where nobody can say.
func (d *Destinations) serverOf(dest store.Destination) string {
	base := dest.BaseURL
	if def, err := d.definition(dest.Destination); err != nil {
		return ""
	} else if base == "" {
		base = def.Server.BaseURL
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// Input says how a destination is reached and called; what is nil stays.
type Input struct {
	Label   *string
	Key     *string // "" takes it away
	BaseURL *string // "" for the one of its definition
}

// Edited is what people edit of a destination.
func Edited(d store.Destination) []any {
	return []any{d.ID, d.Label, d.Destination, d.KeySealed, d.BaseURL}
}

func mayWrite(actor fettle.Actor) error { return actor.Require(fettle.Admin, "have records sent") }

// Set says how a destination is reached. Another server takes the key away that was
// for the one before.
func (d *Destinations) Set(ctx context.Context, actor fettle.Actor, name string, in Input) (fettle.DestinationView, error) {
	if err := mayWrite(actor); err != nil {
		return fettle.DestinationView{}, err
	}
	err := d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, err := tx.LockDestination(ctx, name)
		if err != nil {
			return err
		}
		if err := asread.Check(ctx, asread.Destination, name, dest.Label, Edited(dest)...); err != nil {
			return err
		}
		if in.BaseURL != nil {
			if err := d.move(ctx, tx, &dest, *in.BaseURL); err != nil {
				return err
			}
		}
		if in.Key != nil {
			if dest.KeySealed, err = d.cfg.Conns.SealDestination(name, *in.Key); err != nil {
				return err
			}
			if err := d.hurry(ctx, tx, &dest); err != nil {
				return err
			}
		}
		if in.Label != nil {
			text, err := label.Check(*in.Label)
			if err != nil {
				return err
			}
			if err := tx.PutLabel(ctx, store.LabelledDestination, name, text); err != nil {
				return err
			}
		}
		dest.UpdatedUS = time.Now().UnixMicro()
		if err := tx.PutDestination(ctx, dest); err != nil {
			return err
		}
		tx.After(func() { d.cfg.Events.Publish("destination", name) })
		return tx.Act(ctx, actor, "destination.set", name, "")
	})
	if err != nil {
		return fettle.DestinationView{}, err
	}
	d.Look()
	return d.Get(ctx, actor, name)
}

// hurry has what waits for its next try be tried now: somebody has done something
// about it.
func (d *Destinations) hurry(ctx context.Context, tx *store.Tx, dest *store.Destination) error {
	dest.NotBeforeUS = 0
	return tx.HurrySends(ctx, dest.ID, time.Now().UnixMicro())
}

// move has a destination be reached at another address.
func (d *Destinations) move(ctx context.Context, tx *store.Tx, dest *store.Destination, to string) error {
	if dest.State == fettle.DestinationOn {
		return fettle.Errorf(fettle.Refused, "%s is on", dest.Label).WithHint("Turn it off before it is reached elsewhere (fettle destination off %s).", dest.Name)
	}
	to = strings.TrimRight(strings.TrimSpace(to), "/")
	if u, err := url.Parse(to); to != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.ContainsAny(to, "?#")) {
		return fettle.Errorf(fettle.Invalid, "%q is not an address", to).WithHint("Write https://, a host, and a path if there is one.").With("key", "base_url")
	}
	before := d.serverOf(*dest)
	dest.BaseURL = to
	return d.moved(ctx, tx, dest, before)
}

// moved sees to a destination that was reached at another server before: its key was
// for that one, and what was settled there says nothing of this one.
func (d *Destinations) moved(ctx context.Context, tx *store.Tx, dest *store.Destination, before string) error {
	if now := d.serverOf(*dest); now == before && now != "" {
		return nil
	}
	dest.KeySealed = nil
	return tx.ForgetSettled(ctx, dest.ID)
}

// On has records be sent: those that enter the audience or change from now on, and,
// unless newOnly, all that are in it. It has to be confirmed, since what is written
// elsewhere cannot be taken back from here.
func (d *Destinations) On(ctx context.Context, actor fettle.Actor, name string, newOnly, confirm bool) (fettle.DestinationView, error) {
	if err := mayWrite(actor); err != nil {
		return fettle.DestinationView{}, err
	}
	err := d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, p, err := d.startable(ctx, tx, name)
		if err != nil || dest.State == fettle.DestinationOn {
			return err
		}
		if err := asread.Check(ctx, asread.Destination, name, dest.Label, Edited(dest)...); err != nil {
			return err // what was looked at is not what would be sent
		}
		if err := d.confirmed(ctx, tx, dest, p, newOnly, confirm); err != nil {
			return err
		}
		dest.State, dest.Reason, dest.Detail, dest.FillAfter = fettle.DestinationOn, "", "", 0
		if newOnly {
			dest.FillAfter = store.NoFill
		}
		if err := d.hurry(ctx, tx, &dest); err != nil {
			return err
		}
		dest.UpdatedUS = time.Now().UnixMicro()
		if err := tx.PutDestination(ctx, dest); err != nil {
			return err
		}
		tx.After(func() { d.cfg.Events.Publish("destination", name) })
		if err := tx.KeepWatches(ctx); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "destination.on", name, "")
	})
	if err != nil {
		return fettle.DestinationView{}, err
	}
	d.Look()
	return d.Get(ctx, actor, name)
}

// startable gives a destination that could be sent to as it stands.
func (d *Destinations) startable(ctx context.Context, tx *store.Tx, name string) (store.Destination, *program, error) {
	dest, err := tx.LockDestination(ctx, name)
	if err != nil {
		return dest, nil, err
	}
	p, err := d.compile(ctx, tx, dest.Destination)
	if err != nil {
		return dest, nil, err
	}
	_, err = d.reach(dest)
	return dest, p, err
}

func (d *Destinations) confirmed(ctx context.Context, tx *store.Tx, dest store.Destination, p *program, newOnly, confirm bool) error {
	if confirm {
		return nil
	}
	how := "those that enter " + p.audience.Label + " or change there from now on"
	if !newOnly {
		n, err := tx.Count(ctx, p.entity, p.where)
		if err != nil {
			return err
		}
		how = "the " + fettle.Count(n, "record", "records") + " of " + p.audience.Label + ", and those that enter it or change there from now on"
	}
	what := "where it is blank there"
	if p.def.Write == fettle.WriteOver {
		what = "over what is there"
	}
	host, _ := d.hostOf(dest)
	return fettle.Errorf(fettle.Confirm, "this writes %s to %s, %s", how, cmp.Or(host, dest.Label), what).
		WithHint("Look at the dry run first (fettle destination check %s), and confirm (--yes).", dest.Name)
}

// Off has nothing more be sent. What is on its way arrives; what waits goes on when
// it is turned on again.
func (d *Destinations) Off(ctx context.Context, actor fettle.Actor, name string) (fettle.DestinationView, error) {
	if err := actor.Require(fettle.Editor, "stop what is sent"); err != nil {
		return fettle.DestinationView{}, err
	}
	err := d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, err := tx.LockDestination(ctx, name)
		if err != nil {
			return err
		}
		dest.State, dest.Reason, dest.FillAfter, dest.UpdatedUS = fettle.DestinationOff, "", store.NoFill, time.Now().UnixMicro()
		if err := tx.PutDestination(ctx, dest); err != nil {
			return err
		}
		tx.After(func() { d.cfg.Events.Publish("destination", name) })
		if err := tx.KeepWatches(ctx); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "destination.off", name, "")
	})
	if err != nil {
		return fettle.DestinationView{}, err
	}
	return d.Get(ctx, actor, name)
}

// Send has all records of the audience be sent now; again: what was settled before
// is asked and written once more.
func (d *Destinations) Send(ctx context.Context, actor fettle.Actor, name string, again, confirm bool) (fettle.DestinationView, error) {
	if err := mayWrite(actor); err != nil {
		return fettle.DestinationView{}, err
	}
	err := d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, p, err := d.startable(ctx, tx, name)
		if err != nil {
			return err
		}
		if dest.State != fettle.DestinationOn {
			return fettle.Errorf(fettle.Refused, "%s is off", dest.Label).WithHint("Turn it on (fettle destination on %s).", name)
		}
		if err := d.confirmed(ctx, tx, dest, p, false, confirm); err != nil {
			return err
		}
		if again {
			if err := tx.ForgetSettled(ctx, dest.ID); err != nil {
				return err
			}
		}
		dest.FillAfter = 0
		if err := d.hurry(ctx, tx, &dest); err != nil {
			return err
		}
		if err := tx.PutDestination(ctx, dest); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "destination.send", name, "")
	})
	if err != nil {
		return fettle.DestinationView{}, err
	}
	d.Look()
	return d.Get(ctx, actor, name)
}

// Replay has a record sent again, or with 0 all that were given up, refused or may
// have arrived. It gives how many those are.
func (d *Destinations) Replay(ctx context.Context, actor fettle.Actor, name string, record int64) (n int64, err error) {
	if err := mayWrite(actor); err != nil {
		return 0, err
	}
	err = d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, err := tx.LockDestination(ctx, name)
		if err != nil {
			return err
		}
		if n, err = tx.SendAgain(ctx, dest.ID, record, time.Now().UnixMicro()); err != nil {
			return err
		}
		if n == 0 && record != 0 {
			return fettle.Errorf(fettle.NotFound, "record %d was not sent to %s, or is on its way", record, dest.Label).WithHint("Look at the log (fettle destination log %s).", name)
		}
		tx.After(func() { d.cfg.Events.Publish("destination", name) })
		return tx.Act(ctx, actor, "destination.replay", name, itoa(record))
	})
	d.Look()
	return n, err
}

// Delete takes a destination away, with its log.
func (d *Destinations) Delete(ctx context.Context, actor fettle.Actor, name string) error {
	return d.cfg.DB.Update(ctx, func(tx *store.Tx) error { return d.DeleteTx(ctx, tx, actor, name) })
}

// DeleteTx is Delete in a transaction.
func (d *Destinations) DeleteTx(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	dest, err := tx.LockDestination(ctx, name)
	if err != nil {
		return err
	}
	if err := tx.DeleteDestination(ctx, dest.ID); err != nil {
		return err
	}
	if err := tx.KeepWatches(ctx); err != nil {
		return err
	}
	tx.After(func() { d.cfg.Events.Publish("destination", name) })
	return tx.Act(ctx, actor, "destination.delete", name, "")
}

// Users gives the destinations that use an audience, or a field of an entity: "" as
// the audience or the field for none.
func (d *Destinations) Users(ctx context.Context, tx *store.Tx, audience string, entity fettle.Entity, fieldKey string) ([]string, error) {
	all, err := tx.Destinations(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, dest := range all {
		if audience != "" && dest.Audience == audience {
			out = append(out, dest.Name)
			continue
		}
		if fieldKey == "" {
			continue
		}
		p, err := d.compile(ctx, tx, dest.Destination)
		if err != nil {
			continue // it is broken already
		}
		own, company := p.entity == entity && slices.Contains(p.own, fieldKey), entity == fettle.Companies && p.entity == fettle.People && slices.Contains(p.company, fieldKey)
		if own || company {
			out = append(out, dest.Name)
		}
	}
	return out, nil
}

// Entered has records be sent that entered an audience, by the transaction that
// notes them as its members; Changed those in it of which something changed.
func (d *Destinations) Entered(ctx context.Context, tx *store.Tx, a fettle.Audience, records []int64) error {
	return d.happened(ctx, tx, a, records, fettle.OnEntered)
}

// Changed has records be sent of which something changed while they are in an
// audience.
func (d *Destinations) Changed(ctx context.Context, tx *store.Tx, a fettle.Audience, records []int64) error {
	return d.happened(ctx, tx, a, records, fettle.OnChanged)
}

func (d *Destinations) happened(ctx context.Context, tx *store.Tx, a fettle.Audience, records []int64, on string) error {
	if len(records) == 0 {
		return nil
	}
	all, err := tx.Destinations(ctx)
	if err != nil {
		return err
	}
	for _, dest := range all {
		if dest.State != fettle.DestinationOn || dest.Audience != a.Name || !dest.Sends(on) {
			continue
		}
		if err := tx.AskToSend(ctx, dest.ID, records, time.Now().UnixMicro(), false); err != nil {
			return err
		}
		tx.After(d.Look)
	}
	return nil
}

// ReadCompanies reports whether a destination that is on sends people of an audience
// with what their companies hold.
func ReadCompanies(ctx context.Context, tx *store.Tx, a fettle.Audience) (bool, error) {
	all, err := tx.Destinations(ctx)
	return slices.ContainsFunc(all, func(dest store.Destination) bool {
		said, _ := json.Marshal([]any{dest.Destination.ID, dest.Fields})
		return dest.State == fettle.DestinationOn && dest.Audience == a.Name && strings.Contains(string(said), "company.")
	}), err
}
