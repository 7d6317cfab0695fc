package api

import (
	"context"
	"net/http"
	"strconv"

	"fettle"
	"fettle/engine"
)

// DefinitionBody is a definition as a client writes it: what has a default may
// be left out.
type DefinitionBody struct {
	Audience      []string           `json:"audience" minItems:"1"`
	Steps         []stepBody         `json:"steps" minItems:"1"`
	Outputs       fettle.Outputs     `json:"outputs"`
	Write         fettle.WritePolicy `json:"write,omitempty" doc:"fill_blanks unless said."`
	When          string             `json:"when,omitempty" doc:"CEL: only run if."`
	Until         string             `json:"until,omitempty" enum:"first,all,"`
	Follow        *bool              `json:"follow,omitempty" doc:"true unless said."`
	RerunOn       string             `json:"rerun_on,omitempty" enum:"never,inputs,signal,"`
	Refresh       fettle.Interval    `json:"refresh,omitempty"`
	NotFoundRetry fettle.Interval    `json:"not_found_retry,omitempty"`
	Unknown       string             `json:"unknown,omitempty" enum:"hold,write_off,"`
	Loop          int64              `json:"loop,omitempty" minimum:"0" maximum:"100" doc:"How often a record may come back through enrichments that feed each other. Without it such a loop is refused."`
	Schedule      *fettle.Schedule   `json:"schedule,omitempty" doc:"When what is due may leave: every (7d, 1d, 6h) with at (06:00), or cron (five fields), on the clock of a zone. Without it, at once."`
	Guards        *fettle.Guards     `json:"guards,omitempty" doc:"Levels of the guards; what is left out keeps its default, 0 switches a guard off."`
	Limit         *LimitBody         `json:"limit,omitempty"`

	AllowSharedKeys bool `json:"allow_shared_keys,omitempty" doc:"Ask also where the question is made of nothing but keys that several records share, such as a domain of several companies. Such rows are missing_input otherwise."`
}

type stepBody struct {
	Provider        string            `json:"provider"`
	Inputs          map[string]string `json:"inputs,omitempty"`
	Options         map[string]any    `json:"options,omitempty"`
	Outputs         map[string]string `json:"outputs,omitempty"`
	Model           string            `json:"model,omitempty"`
	Prompt          string            `json:"prompt,omitempty"`
	System          string            `json:"system,omitempty"`
	Output          map[string]any    `json:"output,omitempty"`
	MaxOutputTokens int64             `json:"max_output_tokens,omitempty" minimum:"0"`
	Formula         map[string]string `json:"formula,omitempty"`
	When            string            `json:"when,omitempty"`
	Accept          []fettle.Status   `json:"accept,omitempty" doc:"The statuses of a result that the step takes: valid, catch_all, risky, role, disposable, unknown. None: all but invalid."`
}

// LimitBody is a limit to set.
type LimitBody struct {
	None    bool            `json:"none,omitempty" doc:"Spend without a limit. It has to be said."`
	Credits *fettle.Credits `json:"credits,omitempty"`
	Records *int64          `json:"records,omitempty" minimum:"0" maximum:"1000000000"`
	Per     fettle.Period   `json:"per,omitempty" doc:"lifetime unless said."`
}

func (b *LimitBody) limit() *fettle.Limit {
	if b == nil {
		return nil
	}
	l := fettle.Limit{None: b.None, Credits: b.Credits, Records: b.Records, Per: b.Per}
	if l.Per == "" {
		l.Per = fettle.Lifetime
	}
	return &l
}

func (b DefinitionBody) definition() fettle.Definition {
	d := fettle.Definition{
		Audience: b.Audience, Outputs: b.Outputs, Write: b.Write, When: b.When, Until: b.Until, Follow: true,
		RerunOn: b.RerunOn, Refresh: b.Refresh, NotFoundRetry: b.NotFoundRetry, Unknown: b.Unknown, Limit: b.Limit.limit(), Loop: b.Loop, Guards: b.Guards, Schedule: b.Schedule,
		AllowSharedKeys: b.AllowSharedKeys,
	}
	if b.Follow != nil {
		d.Follow = *b.Follow
	}
	if d.Write == "" {
		d.Write = fettle.FillBlanks
	}
	if d.RerunOn == "" {
		d.RerunOn = "never"
	}
	if d.Unknown == "" {
		d.Unknown = "hold"
	}
	for _, st := range b.Steps {
		d.Steps = append(d.Steps, fettle.Step(st))
	}
	return d
}

// RerunChoice is which values a rerun buys again: all, or by one of these.
type RerunChoice struct {
	Stale   bool    `json:"stale,omitempty" doc:"Only values that an older version bought."`
	Version int64   `json:"version,omitempty" minimum:"1" doc:"Only values that this version bought."`
	Failed  bool    `json:"failed,omitempty" doc:"Only rows that failed, as retry does."`
	Records []int64 `json:"records,omitempty" nullable:"false" minItems:"1" maxItems:"10000" doc:"Only these records, however their rows ended."`
}

func (c RerunChoice) options() engine.RerunOptions {
	return engine.RerunOptions{Stale: c.Stale, Version: c.Version, Failed: c.Failed, Records: c.Records}
}

func (s *server) enrichmentRoutes() {
	handle(s, route{http.MethodGet, "/enrichments", "listEnrichments", "List enrichments", "enrichments"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.EnrichmentView], error) {
			return listOf(s.engine.Enrichments(ctx, a))
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}", "getEnrichment", "One enrichment as it stands", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.EnrichmentView, error) {
			return s.engine.Enrichment(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPut, "/enrichments/{name}", "saveEnrichment", "Create an enrichment, or make a new version of it", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body DefinitionBody
		},
		) (fettle.EnrichmentView, error) {
			v, err := s.engine.SaveEnrichment(ctx, a, in.Name, in.Body.definition())
			return v, aboutBody(err)
		})
	act(s, route{http.MethodPost, "/enrichments/{name}/check", "checkEnrichment", "Check a definition and write nothing", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body DefinitionBody
		},
		) error {
			return aboutBody(s.engine.CheckEnrichment(ctx, a, in.Name, in.Body.definition()))
		})
	act(s, route{http.MethodDelete, "/enrichments/{name}", "deleteEnrichment", "Delete an enrichment that is not live", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteEnrichment(ctx, a, in.Name)
		})
	s.runRoutes()
	s.againRoutes()
	s.controlRoutes()
	s.rowRoutes()
}

func (s *server) runRoutes() {
	handle(s, route{http.MethodPost, "/enrichments/{name}/estimate", "estimate", "What starting now would do and cost", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Audience []string `json:"audience,omitempty" doc:"As if it were pointed there."`
				Rerun    bool     `json:"rerun,omitempty" doc:"What a rerun would buy again, instead of a start: all, or by one of stale, version, failed and records."`
				RerunChoice
				Model string `json:"model,omitempty" doc:"As if its AI steps asked this model."`

				SkipExpired bool `json:"skip_expired,omitempty" doc:"Without those whose time ran out while it was paused."`
			} `required:"false"`
		},
		) (fettle.Estimate, error) {
			opt := engine.EstimateOptions{Audience: in.Body.Audience, Model: in.Body.Model, SkipExpired: in.Body.SkipExpired}
			if c := in.Body.options(); in.Body.Rerun || c.Any() {
				opt.Rerun = &c
			}
			return s.engine.Estimate(ctx, a, in.Name, opt)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/pilot", "pilot", "Run the first rows only", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Rows int `json:"rows,omitempty" minimum:"1" maximum:"1000" default:"10"`
			} `required:"false"`
		},
		) (fettle.EnrichmentView, error) {
			if in.Body.Rows == 0 {
				in.Body.Rows = 10
			}
			return s.engine.Pilot(ctx, a, in.Name, in.Body.Rows)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/start", "start", "Make a draft live", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				EstimateID string          `json:"estimate_id,omitempty" doc:"The estimate that was shown."`
				Confirm    bool            `json:"confirm,omitempty"`
				Now        bool            `json:"now,omitempty" doc:"Do not wait for the next tick of its schedule."`
				Most       *fettle.Credits `json:"most_credits,omitempty" doc:"The most that it may spend from now on: its limit is lowered to what is used and this with the start, unless it is as tight."`
			} `required:"false"`
		},
		) (fettle.EnrichmentView, error) {
			return s.engine.Start(ctx, a, in.Name, engine.StartOptions{EstimateID: in.Body.EstimateID, Confirm: in.Body.Confirm, Now: in.Body.Now, Most: in.Body.Most})
		})
}

// againRoutes are of rows that were there before.
func (s *server) againRoutes() {
	handle(s, route{http.MethodPost, "/enrichments/{name}/retry", "retry", "Ask again for rows that ended with an outcome", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Outcome fettle.Outcome `json:"outcome"`
				Confirm bool           `json:"confirm,omitempty"`
			}
		},
		) (fettle.EnrichmentView, error) {
			return s.engine.Retry(ctx, a, in.Name, in.Body.Outcome, in.Body.Confirm)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/approve", "approve", "Let the rows run that wait for somebody who may spend, or that a guard set aside", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Confirm bool    `json:"confirm,omitempty"`
				Records []int64 `json:"records,omitempty" nullable:"false" minItems:"1" maxItems:"1000" doc:"Only the rows of these records, of those that a guard set aside."`
			} `required:"false"`
		},
		) (fettle.EnrichmentView, error) {
			return s.engine.Approve(ctx, a, in.Name, in.Body.Confirm, in.Body.Records...)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/rerun", "rerun", "Buy values again: all, or those that failed, of older versions or of chosen records", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				RerunChoice
				Confirm bool            `json:"confirm,omitempty" doc:"Without it nothing runs, and the error says the rows and the price."`
				Most    *fettle.Credits `json:"most_credits,omitempty" doc:"The most that it may spend from now on: its limit is lowered to what is used and this with the start, unless it is as tight."`
			} `required:"false"`
		},
		) (fettle.EnrichmentView, error) {
			opt := in.Body.options()
			opt.Most = in.Body.Most
			return s.engine.Rerun(ctx, a, in.Name, opt, in.Body.Confirm)
		})
}

func (s *server) controlRoutes() {
	handle(s, route{http.MethodPost, "/enrichments/{name}/pause", "pause", "Stop new calls; says what is still in flight", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.StopView, error) {
			return s.engine.Pause(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/resume", "resume", "Go on, and catch up with what changed", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body *struct {
				EstimateID string `json:"estimate_id,omitempty" doc:"The estimate that was shown."`
				Confirm    bool   `json:"confirm,omitempty"`

				SkipExpired bool            `json:"skip_expired,omitempty" doc:"Leave out those whose time ran out while it was paused."`
				Now         bool            `json:"now,omitempty" doc:"Do not wait for the next tick of its schedule; of one that is live, what is due leaves now."`
				Most        *fettle.Credits `json:"most_credits,omitempty" doc:"The most that it may spend from now on: its limit is lowered to what is used and this with the start, unless it is as tight."`
			}
		},
		) (fettle.EnrichmentView, error) {
			opt := engine.StartOptions{}
			if in.Body != nil {
				opt = engine.StartOptions{EstimateID: in.Body.EstimateID, Confirm: in.Body.Confirm, SkipExpired: in.Body.SkipExpired, Now: in.Body.Now, Most: in.Body.Most}
			}
			return s.engine.Resume(ctx, a, in.Name, opt)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/reset", "reset", "Clear the rows; deletes no data, no cell and no charge", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.EnrichmentView, error) {
			return s.engine.Reset(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/enrichments/{name}/point", "point", "Point a paused enrichment at other audiences", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Audience []string `json:"audience" minItems:"1"`
			}
		},
		) (fettle.EnrichmentView, error) {
			return s.engine.Point(ctx, a, in.Name, in.Body.Audience)
		})
	handle(s, route{http.MethodPut, "/enrichments/{name}/limit", "setEnrichmentLimit", "Set the credit spend limit", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				LimitBody
				Resume     bool   `json:"resume,omitempty" doc:"Go on where it stopped; where the limit leaves no room, neither is done."`
				EstimateID string `json:"estimate_id,omitempty" doc:"With resume: the estimate that was shown."`
				Confirm    bool   `json:"confirm,omitempty" doc:"With resume: go on although the price has grown, or a provider has less left than is wanted."`
			}
		},
		) (fettle.EnrichmentView, error) {
			if in.Body.Resume {
				return s.engine.RaiseAndResume(ctx, a, in.Name, *in.Body.limit(), engine.StartOptions{EstimateID: in.Body.EstimateID, Confirm: in.Body.Confirm})
			}
			return s.engine.SetEnrichmentLimit(ctx, a, in.Name, *in.Body.limit(), false)
		})
}

func (s *server) rowRoutes() {
	handle(s, route{http.MethodGet, "/enrichments/{name}/rows", "listRows", "List rows by record", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Outcome fettle.Outcome  `query:"outcome"`
			State   fettle.RowState `query:"state"`
			Detail  string          `query:"detail" doc:"Only rows of which just this was said."`
			Left    bool            `query:"departed" doc:"Rows of records that left the audience or were deleted; without it, of those that are in it."`
			Page
		},
		) (list[fettle.RowView], error) {
			after, err := in.after()
			if err != nil {
				return list[fettle.RowView]{}, err
			}
			rows, next, err := s.engine.Rows(ctx, a, in.Name, engine.RowQuery{Outcome: in.Outcome, State: in.State, Detail: in.Detail, After: after, Limit: in.Limit, Departed: in.Left})
			return pageOf(rows, next, err)
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}/reasons", "listReasons", "Count rows by what was said of them, the most frequent first", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Outcome fettle.Outcome  `query:"outcome"`
			State   fettle.RowState `query:"state"`
			Left    bool            `query:"departed" doc:"Of rows of records that left the audience or were deleted."`
			Limit   int             `query:"limit" minimum:"1" maximum:"1000" default:"20"`
		},
		) (list[fettle.ReasonView], error) {
			return listOf(s.engine.Reasons(ctx, a, in.Name, engine.RowQuery{State: in.State, Outcome: in.Outcome, Limit: in.Limit, Departed: in.Left}))
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}/why", "whyEnrichment", "What its spend of a time went back to, each with its share", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Window
		},
		) (fettle.EnrichmentWhy, error) {
			from, to, err := in.times()
			if err != nil {
				return fettle.EnrichmentWhy{}, err
			}
			return s.engine.WhyEnrichment(ctx, a, in.Name, from, to)
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}/versions", "listVersions", "List versions, newest first", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) (list[fettle.VersionView], error) {
			return listOf(s.engine.Versions(ctx, a, in.Name))
		})
}

// Page asks for a part of a list that is ordered by a number.
type Page struct {
	After string `query:"after" doc:"The next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (p Page) after() (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil {
		return 0, fettle.Errorf(fettle.Invalid, "%q is not the next of a page", p.After).WithHint("Take it from the page before, or leave it out.")
	}
	return n, nil
}

func pageOf[T any](items []T, next int64, err error) (list[T], error) {
	l, err := listOf(items, err)
	if next != 0 {
		l.Next = strconv.FormatInt(next, 10)
	}
	return l, err
}
