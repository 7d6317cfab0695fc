package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/notify"
)

// ChannelBody says what a channel is to be. Where it goes is one of webhook,
// slack and email.
type ChannelBody struct {
	Label      *string          `json:"label,omitempty" doc:"What people call it: one line of free text, at most 120 characters."`
	Webhook    *string          `json:"webhook,omitempty" doc:"The address of a program: it gets every event, signed as the Standard Webhooks specification says. Never shown again."`
	Slack      *string          `json:"slack,omitempty" doc:"The address of an incoming webhook of Slack, or of a chat that takes the same. Never shown again."`
	Email      []string         `json:"email,omitempty" doc:"The addresses of people."`
	SMTP       *string          `json:"smtp,omitempty" doc:"The mail server of email: smtp://user:password@host:587?from=address. Without it the one of the process that sends. Never shown again."`
	Secret     *string          `json:"secret,omitempty" doc:"What signs for a webhook: whsec_ and base64. Without it one is made, and shown once."`
	Events     *[]string        `json:"events,omitempty" doc:"Only these events, such as enrichment.limit_reached, enrichment.* or record.entered:AUDIENCE; empty: the usual ones."`
	Owner      *string          `json:"owner,omitempty" doc:"Only what belongs to this person: who an enrichment's run is on the account of, or whom owner_field names."`
	OwnerField *string          `json:"owner_field,omitempty" doc:"The field of a record that says whose it is, for events about records: with an owner only that person's are told, without one all, each with its owner."`
	Every      *fettle.Interval `json:"every,omitempty" doc:"How long events of a kind are gathered for people, after the first: 30m unless said."`
}

func (b ChannelBody) input() notify.Input {
	return notify.Input{
		Label: b.Label, Webhook: b.Webhook, Slack: b.Slack, Email: b.Email, SMTP: b.SMTP, Secret: b.Secret, Events: b.Events, Owner: b.Owner, OwnerField: b.OwnerField, Every: b.Every,
	}
}

// channelRoutes are who is told what happens, and what became of it.
func (s *server) channelRoutes() {
	handle(s, route{http.MethodGet, "/channels", "listChannels", "List channels and how deliveries to them go, without what is secret of them", "channels"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.ChannelView], error) {
			return listOf(s.engine.Channels.List(ctx, a))
		})
	handle(s, route{http.MethodGet, "/event-types", "listEventTypes", "The catalogue of events: what each says, and what its data holds", "channels"},
		func(_ context.Context, a fettle.Actor, _ *none) (list[fettle.EventKind], error) {
			return listOf(fettle.EventKinds(), a.Require(fettle.Viewer, "see channels"))
		})
	handle(s, route{http.MethodPost, "/channels", "createChannel", "Make a channel; a webhook's signing secret is shown once", "channels"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Name string `json:"name,omitempty" doc:"Its key, which stays. Without one it is made of the label."`
				ChannelBody
			}
		},
		) (fettle.ChannelView, error) {
			return s.engine.Channels.Add(ctx, a, in.Body.Name, in.Body.input())
		})
	handle(s, route{http.MethodPatch, "/channels/{name}", "changeChannel", "Change a channel; what is left out stays", "channels"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body ChannelBody
		},
		) (fettle.ChannelView, error) {
			return s.engine.Channels.Set(ctx, a, in.Name, in.Body.input())
		})
	act(s, route{http.MethodDelete, "/channels/{name}", "deleteChannel", "Take a channel away, with its log and what waits for it", "channels"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.Channels.Delete(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/channels/{name}/test", "testChannel", "Send a made-up event, and say what became of it", "channels"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.DeliveryView, error) {
			return s.engine.Channels.Test(ctx, a, in.Name)
		})
	handle(s, route{http.MethodGet, "/channels/{name}/deliveries", "listDeliveries", "The messages of a channel, newest first, and what became of each", "channels"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			State string `query:"state" enum:"pending,sent,failed,dropped" doc:"All without it."`
			After string `query:"after" doc:"The next of the page before."`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		},
		) (list[fettle.DeliveryView], error) {
			items, next, err := s.engine.Channels.Log(ctx, a, in.Name, notify.LogQuery{State: in.State, Before: in.After, Limit: in.Limit})
			return list[fettle.DeliveryView]{Items: items, Next: next}, err
		})
	handle(s, route{http.MethodPost, "/channels/{name}/replay", "replayDeliveries", "Send a message again under its id, or all that were given up", "channels"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				ID     string `json:"id,omitempty" doc:"The id of a message, as the log shows it."`
				Failed bool   `json:"failed,omitempty" doc:"All that were given up, at most 1,000 at a time."`
			}
		},
		) (count, error) {
			if (in.Body.ID == "") != in.Body.Failed {
				return count{}, fettle.Errorf(fettle.Invalid, "what to send again is not said").WithHint("Send one of id and failed.")
			}
			n, err := s.engine.Channels.Replay(ctx, a, in.Name, in.Body.ID)
			return count{Count: n}, err
		})
}
