package engine

import (
	"cmp"
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// Flows lists every way by which records come in or go out, and how each fares.
func (e *Engine) Flows(ctx context.Context, actor fettle.Actor) ([]fettle.Flow, error) {
	if err := actor.Require(fettle.Viewer, "see sources and destinations"); err != nil {
		return nil, err
	}
	out := []fettle.Flow{}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = flowsIn(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	destinations, err := e.Destinations.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, d := range destinations {
		f := fettle.Flow{Kind: fettle.FlowDestination, Name: d.Name, Label: d.Label, Target: cmp.Or(d.Host, d.Service), State: string(d.State), LastAt: d.SentAt, Rows: d.Written, NextAt: d.NextAt, Waits: d.Waiting, Error: d.Detail}
		if d.Failed > 0 && f.Error == "" {
			f.Error = fettle.Count(d.Failed, "record was", "records were") + " refused or given up"
		}
		if f.Error != "" && d.State == fettle.DestinationOn {
			f.State = "failing"
		}
		out = append(out, f)
	}
	channels, err := e.Channels.List(ctx, actor)
	for _, c := range channels {
		if c.Kind != fettle.ChannelWebhook {
			continue
		}
		f := fettle.Flow{Kind: fettle.FlowChannel, Name: c.Name, Label: c.Label, Target: c.Target, State: "on", LastAt: c.SentAt, Waits: c.Waiting, Error: c.Detail}
		switch c.State {
		case fettle.ChannelOK:
		case fettle.ChannelNoAddress:
			f.State = "off"
		case fettle.ChannelRetrying, fettle.ChannelFailing:
			f.State = "failing"
		}
		out = append(out, f)
	}
	return out, err
}

// flowsIn are the ways by which records come in.
func flowsIn(ctx context.Context, tx *store.Tx) ([]fettle.Flow, error) {
	at := func(us int64) *time.Time {
		if us == 0 {
			return nil
		}
		t := time.UnixMicro(us).UTC()
		return &t
	}
	out := []fettle.Flow{}
	own := map[string]bool{}
	sources, err := tx.Sources(ctx)
	if err != nil {
		return nil, err
	}
	files, err := tx.SourceFiles(ctx)
	if err != nil {
		return nil, err
	}
	scheduled := map[string]bool{}
	for _, s := range sources {
		if s.File != nil {
			scheduled[listOfIDs(s)] = true
			out = append(out, fileFlow(s, files[s.ID]))
			continue
		}
		own[listOfIDs(s)] = true
		f := fettle.Flow{Kind: fettle.FlowHook, In: true, Name: s.Name, Label: s.Label, Target: "/hooks/" + s.Name, State: "on", LastAt: at(s.LastUS), Rows: s.Records, Error: s.Detail}
		if s.TokenHash == "" {
			f.State = "off"
		}
		out = append(out, f)
	}
	rules, err := tx.SignalRules(ctx)
	if err != nil {
		return nil, err
	}
	hooks, err := tx.SignalHooks(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if r.Hook == nil {
			continue
		}
		f := fettle.Flow{Kind: fettle.FlowSignals, In: true, Name: r.Name, Label: r.Label, Target: "/hooks/" + r.Name, State: "off"}
		if hooks[r.ID] && r.State == fettle.RuleLive {
			f.State = "on"
		}
		last, err := tx.SignalPosts(ctx, r.ID, 0, 1)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			f.LastAt = at(last[0].AtUS)
		}
		out = append(out, f)
	}
	imports, err := tx.LastImports(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		if scheduled[i.Source] {
			continue
		}
		f := fettle.Flow{Kind: fettle.FlowFile, In: true, Name: i.Source, Label: i.Source, Target: i.File, State: "on", LastAt: at(i.LastUS), Rows: i.Rows}
		if i.State == store.ImportFailed {
			f.State, f.Error = "failing", "the last import failed"
		}
		out = append(out, f)
	}
	programs, err := tx.SentByPrograms(ctx)
	for _, p := range programs {
		if !own[p.Source] {
			out = append(out, fettle.Flow{Kind: fettle.FlowAPI, In: true, Name: p.Source, Label: p.Source, State: "on", LastAt: at(p.LastUS), Rows: p.Rows})
		}
	}
	return out, err
}
