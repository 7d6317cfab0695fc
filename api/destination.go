package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/deliver"
	"fettle/engine"
)

type destinationBody struct {
	Label string `json:"label,omitempty" doc:"What people call it: one line of free text, at most 120 characters; left out, it stays."`
	fettle.Destination
}

type newDestinationBody struct {
	NamingBody
	fettle.Destination
}

// destinationRoutes are where records go, and what became of them.
func (s *server) destinationRoutes() {
	handle(s, route{http.MethodGet, "/destinations", "listDestinations", "List where records go and how that fares, without keys", "destinations"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.DestinationView], error) {
			return listOf(s.engine.Destinations.List(ctx, a))
		})
	handle(s, route{http.MethodGet, "/destinations/{name}", "getDestination", "One destination and how it fares", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.DestinationView, error) {
			return s.engine.Destinations.Get(ctx, a, in.Name)
		})
	handle(s, route{http.MethodGet, "/destination-services", "listDestinationServices", "List the services that come with the product, to which records can go", "destinations"},
		func(_ context.Context, a fettle.Actor, _ *none) (list[fettle.DestinationService], error) {
			return listOf(s.engine.Destinations.Services(a))
		})
	handle(s, route{http.MethodPost, "/destinations", "createDestination", "Make a destination, named after its label; it is off", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body newDestinationBody }) (fettle.DestinationView, error) {
			v, err := s.engine.DefineDestination(ctx, a, in.Body.naming(), in.Body.Destination)
			return v, aboutBody(err)
		})
	handle(s, route{http.MethodPut, "/destinations/{name}", "saveDestination", "Create a destination, which is off, or change what one sends that is off", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body destinationBody
		},
		) (fettle.DestinationView, error) {
			v, err := s.engine.DefineDestination(ctx, a, engine.Naming{Name: in.Name, Label: in.Body.Label}, in.Body.Destination)
			return v, aboutBody(err)
		})
	handle(s, route{http.MethodPatch, "/destinations/{name}", "setDestination", "Say what a destination is called, and how it is reached; what is left out stays", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Label   *string `json:"label,omitempty" doc:"What people call it: one line of free text, at most 120 characters."`
				Key     *string `json:"key,omitempty" doc:"The key of the service. Never shown again; empty takes it away."`
				BaseURL *string `json:"base_url,omitempty" doc:"Where it is reached, if not where its definition says; empty for that. Another server takes the key away."`
			}
		},
		) (fettle.DestinationView, error) {
			return s.engine.Destinations.Set(ctx, a, in.Name, deliver.Input{Label: in.Body.Label, Key: in.Body.Key, BaseURL: in.Body.BaseURL})
		})
	act(s, route{http.MethodDelete, "/destinations/{name}", "deleteDestination", "Take a destination away, with its log; what was written there stays", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.Destinations.Delete(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/destinations/{name}/check", "checkDestination", "Dry run: read what is there, and count what would be written, and what not and why", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Records int `json:"records,omitempty" minimum:"1" maximum:"10000" default:"1000" doc:"How many records of the audience are looked at, by their ids."`
			}
		},
		) (fettle.DestinationCheck, error) {
			return s.engine.Destinations.Check(ctx, a, in.Name, in.Body.Records)
		})
	s.destinationActs()
	handle(s, route{http.MethodGet, "/destinations/{name}/log", "listSent", "What was tried and what came of it, newest first", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Outcome string `query:"outcome" enum:"written,has_value,blank,no_id,shared_id,not_there,suppressed,refused,failed,tried_again,unknown" doc:"All without it."`
			Record  int64  `query:"record" doc:"Only those of this record."`
			After   string `query:"after" doc:"The next of the page before."`
			Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		},
		) (list[fettle.SentView], error) {
			items, next, err := s.engine.Destinations.Log(ctx, a, in.Name, deliver.LogQuery{Outcome: in.Outcome, Record: in.Record, Before: in.After, Limit: in.Limit})
			return list[fettle.SentView]{Items: items, Next: next}, err
		})
}

// destinationActs are what has records be sent, or not.
func (s *server) destinationActs() {
	handle(s, route{http.MethodPost, "/destinations/{name}/on", "turnOnDestination", "Have records be sent", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				NewOnly bool `json:"new_only,omitempty" doc:"Not those that are in the audience already."`
				Confirm bool `json:"confirm,omitempty" doc:"Without it the answer says what would be written, and nothing is."`
			}
		},
		) (fettle.DestinationView, error) {
			return s.engine.Destinations.On(ctx, a, in.Name, in.Body.NewOnly, in.Body.Confirm)
		})
	handle(s, route{http.MethodPost, "/destinations/{name}/off", "turnOffDestination", "Have nothing more be sent; what is on its way arrives", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.DestinationView, error) {
			return s.engine.Destinations.Off(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/destinations/{name}/send", "sendDestination", "Have all records of the audience be sent now", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Again   bool `json:"again,omitempty" doc:"What was settled before is asked and written once more."`
				Confirm bool `json:"confirm,omitempty" doc:"Without it the answer says what would be written, and nothing is."`
			}
		},
		) (fettle.DestinationView, error) {
			return s.engine.Destinations.Send(ctx, a, in.Name, in.Body.Again, in.Body.Confirm)
		})
	handle(s, route{http.MethodPost, "/destinations/{name}/replay", "replaySent", "Send a record again, or all that were given up, refused or may have arrived", "destinations"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Record int64 `json:"record,omitempty" doc:"The id of a record."`
				Failed bool  `json:"failed,omitempty" doc:"All that were given up, refused or may have arrived, at most 1,000 at a time."`
			}
		},
		) (count, error) {
			if (in.Body.Record == 0) != in.Body.Failed {
				return count{}, fettle.Errorf(fettle.Invalid, "what to send again is not said").WithHint("Send one of record and failed.")
			}
			n, err := s.engine.Destinations.Replay(ctx, a, in.Name, in.Body.Record)
			return count{Count: n}, err
		})
}
