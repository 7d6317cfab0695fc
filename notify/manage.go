package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/internal/asread"
	"fettle/internal/label"
	"fettle/internal/nearest"
	"fettle/internal/secret"
	"fettle/store"
)

// secrets are what of a channel nobody is shown.
type secrets struct {
	URL    string `json:"url,omitempty"`    // of a webhook or a chat
	Secret string `json:"secret,omitempty"` // that signs
	SMTP   string `json:"smtp,omitempty"`   // the mail server
}

func sealing(id int64) string { return "channel:" + itoa(id) }

func (c *Channels) seal(id int64, s secrets) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return secret.Seal(c.cfg.SecretKey, sealing(id), string(b))
}

func (c *Channels) open(ch store.Channel) (s secrets, err error) {
	if unaddressed(ch) {
		return s, nil
	}
	v, err := secret.Open(c.cfg.SecretKey, sealing(ch.ID), ch.Sealed)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(v.Reveal()), &s)
}

// Input says what a channel is to be. Of one that is there, nil leaves as it is.
type Input struct {
	Label      *string // what people call it
	Webhook    *string // the address of a program
	Slack      *string // the address of a chat
	Email      []string
	SMTP       *string // the mail server of e-mail; "" for the operator's
	Secret     *string // that signs what a webhook gets; made if not given
	Events     *[]string
	Owner      *string
	OwnerField *string
	Every      *fettle.Interval
}

// kind is the one kind that an input names; "" if it names none.
func (in Input) kind() (fettle.ChannelKind, error) {
	var all []fettle.ChannelKind
	if in.Webhook != nil {
		all = append(all, fettle.ChannelWebhook)
	}
	if in.Slack != nil {
		all = append(all, fettle.ChannelSlack)
	}
	if len(in.Email) > 0 {
		all = append(all, fettle.ChannelEmail)
	}
	switch len(all) {
	case 0:
		return "", nil
	case 1:
		return all[0], nil
	}
	return "", fettle.Errorf(fettle.Invalid, "a channel goes one way").WithHint("Give one of webhook, slack and email; make another channel for the other.")
}

// checkAddress refuses what is no address of a receiver, and gives its host.
func checkAddress(address string) (host string, err error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return "", fettle.Errorf(fettle.Invalid, "the channel's address is not one").WithHint("Write https://… as the receiver or the chat program gives it.")
	}
	return u.Host, nil
}

// fill makes of a channel what the input says.
func (c *Channels) fill(ch *store.Channel, s *secrets, in Input) error {
	if in.Label != nil {
		l, err := label.Check(*in.Label)
		if err != nil {
			return err
		}
		ch.Label = l
	}
	given, err := in.kind()
	if err != nil {
		return err
	}
	if given != "" && given != ch.Kind {
		return fettle.Errorf(fettle.Invalid, "%s is a channel of the kind %s", ch.Name, ch.Kind).WithHint("Make another channel for %s.", given)
	}
	if err := c.aim(ch, s, in); err != nil {
		return err
	}
	if in.Secret != nil && *in.Secret != "" {
		if _, err := signingKey(*in.Secret); err != nil {
			return err
		}
		s.Secret = *in.Secret
	}
	if in.Events != nil {
		if err := fettle.CheckEvents(*in.Events); err != nil {
			return err
		}
		ch.Events = append([]string{}, *in.Events...) // never nil: it is sent as []
		slices.Sort(ch.Events)
		ch.Events = slices.Compact(ch.Events)
	}
	if in.Owner != nil {
		ch.Owner = strings.TrimSpace(*in.Owner)
	}
	if in.OwnerField != nil {
		ch.OwnerField = strings.TrimSpace(*in.OwnerField)
	}
	if in.Every != nil {
		if err := fettle.CheckGather(*in.Every); err != nil {
			return err
		}
		ch.EveryUS = time.Duration(*in.Every).Microseconds()
	}
	return nil
}

// aim sets where a channel goes.
func (c *Channels) aim(ch *store.Channel, s *secrets, in Input) (err error) {
	for _, address := range []*string{in.Webhook, in.Slack} {
		if address == nil {
			continue
		}
		if ch.Target, err = checkAddress(*address); err != nil {
			return err
		}
		s.URL = strings.TrimSpace(*address)
	}
	if len(in.Email) > 0 {
		var to []string
		for _, a := range in.Email {
			one, err := mail.ParseAddress(strings.TrimSpace(a))
			if err != nil || one.Name != "" {
				return fettle.Errorf(fettle.Invalid, "%q is not an e-mail address", a).WithHint("Write A@acme.example,B@acme.example.")
			}
			to = append(to, one.Address)
		}
		ch.Target = strings.Join(slices.Compact(slices.Sorted(slices.Values(to))), ", ")
	}
	if in.SMTP != nil {
		if ch.Kind != fettle.ChannelEmail {
			return fettle.Errorf(fettle.Invalid, "a mail server is for channels of the kind email").WithHint("Leave it out.")
		}
		if s.SMTP = strings.TrimSpace(*in.SMTP); s.SMTP != "" {
			if _, err := parseSMTP(s.SMTP); err != nil {
				return err
			}
		}
	}
	return nil
}

// reachable refuses a channel of e-mail for which there is no mail server.
func (c *Channels) reachable(ch store.Channel, s secrets) error {
	if ch.Kind == fettle.ChannelEmail && s.SMTP == "" && c.smtp == nil {
		return fettle.Errorf(fettle.Invalid, "there is no mail server").WithHint("Whoever runs the server names one (--smtp smtp://USER:PASSWORD@HOST:587?from=ADDRESS, or FETTLE_SMTP).")
	}
	return nil
}

// checkOwnerField refuses a field of the owner that neither people nor companies
// have: the channel would be told of no record.
func checkOwnerField(ctx context.Context, tx *store.Tx, ch store.Channel) error {
	if ch.OwnerField == "" {
		return nil
	}
	var known []string
	for _, entity := range fettle.Entities() {
		fields, err := tx.Fields(ctx, entity)
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.Key == ch.OwnerField {
				return nil
			}
			known = append(known, f.Key)
		}
	}
	err := fettle.Errorf(fettle.Invalid, "neither people nor companies have a field %q", ch.OwnerField).With("key", "owner_field")
	if near := nearest.Of(ch.OwnerField, known); near != "" {
		return err.WithHint("Did you mean %s?", near)
	}
	return err.WithHint("Name a field that holds whose a record is, such as owner_email; make it first (fettle field add).")
}

// may refuses whoever may not make channels: what leaves by them tells others
// what is in the workspace.
func may(actor fettle.Actor) error { return actor.Require(fettle.Admin, "make channels") }

// Add makes a channel; without a name it is named after its label. The secret of a
// webhook is in the answer, once.
func (c *Channels) Add(ctx context.Context, actor fettle.Actor, name string, in Input) (fettle.ChannelView, error) {
	if err := may(actor); err != nil {
		return fettle.ChannelView{}, err
	}
	ch := store.Channel{
		Name: name, EveryUS: time.Duration(fettle.GatherFor).Microseconds(), Events: []string{}, MadeBy: actor.Name, CreatedUS: time.Now().UnixMicro(),
	}
	var s secrets
	var err error
	switch {
	case name != "":
		err = fettle.CheckName("a channel", name)
	case in.Label == nil:
		err = fettle.Errorf(fettle.Invalid, "the channel has neither a label nor a name").WithHint("Give it a label, such as Sales team.").With("key", "label")
	}
	if err == nil {
		ch.Kind, err = in.kind()
	}
	if err == nil && ch.Kind == "" {
		err = fettle.Errorf(fettle.Invalid, "where the channel goes is not said").WithHint("Give one address: of a webhook, of Slack, or for mail (--webhook URL, --slack URL or --email A,B).")
	}
	if err == nil {
		err = c.fill(&ch, &s, in)
	}
	if err == nil {
		err = c.reachable(ch, s)
	}
	if err != nil {
		return fettle.ChannelView{}, err
	}
	if ch.Kind == fettle.ChannelWebhook && s.Secret == "" {
		s.Secret = NewSecret()
	}
	err = c.cfg.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if err := checkOwnerField(ctx, tx, ch); err != nil {
			return err
		}
		if err := checkAudiences(ctx, tx, nil, ch.Events); err != nil {
			return err
		}
		if ch.Name = name; name == "" {
			if ch.Name, err = label.Name(ch.Label, "channel", func(s string) (bool, error) { return tx.Named(ctx, store.LabelledChannel, s) }); err != nil {
				return err
			}
		}
		ch.Label = cmp.Or(ch.Label, ch.Name)
		if ch.ID, err = tx.NextIDs(ctx, store.SeqMisc, 1); err != nil {
			return err
		}
		if ch.Sealed, err = c.seal(ch.ID, s); err != nil {
			return err
		}
		if err := tx.AddChannel(ctx, ch); err != nil {
			return err
		}
		if err := tx.PutLabel(ctx, store.LabelledChannel, ch.Name, ch.Label); err != nil {
			return err
		}
		if err := tx.KeepWatches(ctx); err != nil {
			return err
		}
		tx.After(func() { c.cfg.Events.Publish("channel", ch.Name) })
		return tx.Act(ctx, actor, "channel.add", ch.Name, string(ch.Kind)+" to "+ch.Target)
	})
	if err != nil {
		return fettle.ChannelView{}, err
	}
	v := c.view(ch, store.Backlog{})
	v.Secret = s.Secret
	return v, nil
}

// Set changes a channel. What waits goes to where it points now.
func (c *Channels) Set(ctx context.Context, actor fettle.Actor, name string, in Input) (fettle.ChannelView, error) {
	if err := may(actor); err != nil {
		return fettle.ChannelView{}, err
	}
	made := ""
	err := c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		ch, err := c.locked(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := asread.Check(ctx, asread.Channel, name, ch.Label, edited(ch)...); err != nil {
			return err
		}
		s, err := c.open(ch)
		if err != nil && in.kindOrNone() == "" && in.SMTP == nil {
			return fettle.Errorf(fettle.Refused, "the address of %s cannot be read with this key", name).WithHint("Give its address anew.")
		}
		was := ch.Events
		if err := c.fill(&ch, &s, in); err != nil {
			return err
		}
		if err := c.reachable(ch, s); err != nil {
			return err
		}
		if err := checkAudiences(ctx, tx, was, ch.Events); err != nil {
			return err
		}
		if in.OwnerField != nil {
			if err := checkOwnerField(ctx, tx, ch); err != nil {
				return err
			}
		}
		if made, err = c.reseal(&ch, &s); err != nil {
			return err
		}
		if err := tx.PutChannel(ctx, ch); err != nil {
			return err
		}
		if in.Label != nil {
			if err := tx.PutLabel(ctx, store.LabelledChannel, name, ch.Label); err != nil {
				return err
			}
		}
		if err := tx.KeepWatches(ctx); err != nil {
			return err
		}
		tx.After(func() { c.cfg.Events.Publish("channel", name) })
		return tx.Act(ctx, actor, "channel.set", name, string(ch.Kind)+" to "+ch.Target)
	})
	if err != nil {
		return fettle.ChannelView{}, err
	}
	v, err := c.one(ctx, name)
	v.Secret = made
	return v, err
}

func (in Input) kindOrNone() fettle.ChannelKind {
	k, _ := in.kind()
	return k
}

// locked finds a channel by name and keeps others from changing it.
func (c *Channels) locked(ctx context.Context, tx *store.Tx, name string) (store.Channel, error) {
	ch, err := tx.Channel(ctx, name)
	if err != nil {
		return ch, err
	}
	return tx.LockChannel(ctx, ch.ID)
}

// Delete takes a channel away, with its log and what waits for it.
func (c *Channels) Delete(ctx context.Context, actor fettle.Actor, name string) error {
	return c.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		return c.DeleteTx(ctx, tx, actor, name)
	})
}

// DeleteTx is Delete within a transaction.
func (c *Channels) DeleteTx(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := may(actor); err != nil {
		return err
	}
	ch, err := c.locked(ctx, tx, name)
	if err != nil {
		return err
	}
	if err := tx.DeleteChannel(ctx, ch.ID); err != nil {
		return err
	}
	if err := tx.KeepWatches(ctx); err != nil {
		return err
	}
	tx.After(func() { c.cfg.Events.Publish("channel", name) })
	return tx.Act(ctx, actor, "channel.delete", name, "")
}

// List lists the channels, without their secrets.
func (c *Channels) List(ctx context.Context, actor fettle.Actor) ([]fettle.ChannelView, error) {
	if err := actor.Require(fettle.Viewer, "see channels"); err != nil {
		return nil, err
	}
	out := []fettle.ChannelView{}
	err := c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Channels(ctx)
		if err != nil {
			return err
		}
		backlogs, err := tx.Backlogs(ctx)
		for _, ch := range all {
			out = append(out, c.view(ch, backlogs[ch.ID]))
		}
		return err
	})
	return out, err
}

func (c *Channels) one(ctx context.Context, name string) (v fettle.ChannelView, err error) {
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		ch, err := tx.Channel(ctx, name)
		if err != nil {
			return err
		}
		backlogs, err := tx.Backlogs(ctx)
		v = c.view(ch, backlogs[ch.ID])
		return err
	})
	return v, err
}

// edited is what people edit of a channel.
func edited(ch store.Channel) []any {
	return []any{ch.ID, ch.Label, ch.Kind, ch.Target, ch.Sealed, ch.Events, ch.Owner, ch.OwnerField, ch.EveryUS}
}

func (c *Channels) view(ch store.Channel, b store.Backlog) fettle.ChannelView {
	v := fettle.ChannelView{
		Name: ch.Name, Label: ch.Label, Kind: ch.Kind, Target: ch.Target, Events: ch.Events, Owner: ch.Owner, OwnerField: ch.OwnerField, State: fettle.ChannelOK,
		Detail: ch.Detail, SentAt: at(ch.SentUS), Waiting: b.Waiting, Failed: b.Failed, RetryAt: at(b.RetryUS), MadeBy: ch.MadeBy, CreatedAt: time.UnixMicro(ch.CreatedUS).UTC(),
		ETag: asread.Tag(edited(ch)...),
	}
	if ch.Kind.ForPeople() {
		v.Every = fettle.Interval(time.Duration(ch.EveryUS) * time.Microsecond)
	}
	switch {
	case unaddressed(ch):
		v.State, v.Detail = fettle.ChannelNoAddress, "nobody has given its address yet"
	case ch.Failing:
		v.State = fettle.ChannelFailing
	case ch.Detail != "":
		v.State = fettle.ChannelRetrying
	}
	if ch.Kind == fettle.ChannelEmail {
		v.SMTP = "environment"
		if s, err := c.open(ch); err == nil && s.SMTP != "" {
			if m, err := parseSMTP(s.SMTP); err == nil {
				v.SMTP = m.address()
			}
		}
	}
	return v
}

// at is a time of the database; nil if it never was.
func at(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := time.UnixMicro(us).UTC()
	return &t
}
