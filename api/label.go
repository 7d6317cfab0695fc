package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
	"fettle/store"
)

// labelBody is what people call something.
type labelBody struct {
	Label string `json:"label" doc:"What people call it: one line of free text, at most 120 characters. Its name stays."`
}

// NamingBody is what something new is to be called.
type NamingBody struct {
	Label string `json:"label,omitempty" doc:"What people call it: one line of free text, at most 120 characters; changed at will."`
	Name  string `json:"name,omitempty" doc:"Its key, which stays. Without one it is made of the label."`
}

func (b NamingBody) naming() engine.Naming {
	return engine.Naming{Name: b.Name, Label: b.Label, New: true}
}

type newEnrichmentBody struct {
	NamingBody
	DefinitionBody
}

type newSignalRuleBody struct {
	NamingBody
	fettle.SignalRule
}

type newAudienceBody struct {
	NamingBody
	Entity      fettle.Entity `json:"entity"`
	Where       string        `json:"where" doc:"CEL over a record; empty for every record."`
	Description string        `json:"description,omitempty"`
}

// namedRoutes make what is named after a label, and give labels.
func (s *server) namedRoutes() {
	handle(s, route{http.MethodPost, "/audiences", "createAudience", "Create an audience, named after its label", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body newAudienceBody }) (audienceView, error) {
			b := in.Body
			au, err := s.engine.CreateAudience(ctx, a, fettle.Audience{Name: b.Name, Label: b.Label, Entity: b.Entity, Where: b.Where, Description: b.Description})
			if err != nil {
				return audienceView{}, err
			}
			return s.audienceView(ctx, a, au)
		})
	handle(s, route{http.MethodPatch, "/audiences/{name}", "renameAudience", "Give an audience another label; its name stays", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body labelBody
		},
		) (audienceView, error) {
			if err := s.engine.Rename(ctx, a, store.LabelledAudience, in.Name, in.Body.Label); err != nil {
				return audienceView{}, err
			}
			au, err := s.engine.Audience(ctx, a, in.Name)
			if err != nil {
				return audienceView{}, err
			}
			return s.audienceView(ctx, a, au)
		})
	handle(s, route{http.MethodPost, "/enrichments", "createEnrichment", "Create an enrichment, named after its label", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body newEnrichmentBody }) (fettle.EnrichmentView, error) {
			v, err := s.engine.DefineEnrichment(ctx, a, in.Body.naming(), in.Body.definition())
			return v, aboutBody(err)
		})
	handle(s, route{http.MethodPatch, "/enrichments/{name}", "renameEnrichment", "Give an enrichment another label; its name stays", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body labelBody
		},
		) (fettle.EnrichmentView, error) {
			if err := s.engine.Rename(ctx, a, store.LabelledEnrichment, in.Name, in.Body.Label); err != nil {
				return fettle.EnrichmentView{}, err
			}
			return s.engine.Enrichment(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/signal-rules", "createSignalRule", "Create a rule, named after its label", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body newSignalRuleBody }) (fettle.SignalRuleView, error) {
			return s.engine.DefineSignalRule(ctx, a, in.Body.naming(), in.Body.SignalRule)
		})
	handle(s, route{http.MethodPatch, "/signal-rules/{name}", "renameSignalRule", "Give a rule another label; its name stays", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body labelBody
		},
		) (fettle.SignalRuleView, error) {
			if err := s.engine.Rename(ctx, a, store.LabelledSignal, in.Name, in.Body.Label); err != nil {
				return fettle.SignalRuleView{}, err
			}
			return s.engine.SignalRule(ctx, a, in.Name)
		})
}
