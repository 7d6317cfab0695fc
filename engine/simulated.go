package engine

import (
	"context"
	"slices"
	"strings"

	"fettle"
	"fettle/connect"
	"fettle/store"
)

// SimulatedView is how the simulated provider stands.
type SimulatedView struct {
	On    bool   `json:"on"`
	From  string `json:"from,omitempty"` // who switched it on: workspace, or server for whoever runs it
	Calls int64  `json:"calls"`          // that it has answered
	Found int64  `json:"found"`          // and found something
}

// Simulated tells whether the simulated provider is switched on.
func (e *Engine) Simulated(ctx context.Context, actor fettle.Actor) (v SimulatedView, err error) {
	if err := actor.Require(fettle.Viewer, "see providers"); err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if v.On, err = tx.Simulated(ctx); err != nil {
			return err
		}
		spend, err := tx.SpendBy(ctx, "provider")
		for _, s := range spend {
			if connect.MakesUp(s.Key) {
				v.Calls, v.Found = v.Calls+s.Calls, v.Found+s.Found
			}
		}
		return err
	})
	switch {
	case e.cfg.Sandbox != "":
		v.On, v.From = true, "server"
	case v.On:
		v.From = "workspace"
	}
	return v, err
}

// SetSimulated switches the simulated provider on or off: data and a model whose
// answers are made up in this process. It reaches nobody, reads no key, and bills
// nothing. Off is refused while something live asks it.
func (e *Engine) SetSimulated(ctx context.Context, actor fettle.Actor, on bool) error {
	if _, err := e.may(ctx, actor, "setSimulated"); err != nil {
		return err
	}
	if e.cfg.Sandbox != "" {
		return fettle.Errorf(fettle.Refused, "whoever runs the server has named a simulated provider").
			WithHint("It is on as long as the server is started so (without --sandbox and FETTLE_SANDBOX it is switched here).")
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		was, err := tx.Simulated(ctx)
		if err != nil || was == on {
			return err
		}
		what := "on"
		if !on {
			what = "off"
			if err := nothingSimulated(ctx, tx); err != nil {
				return err
			}
		}
		if err := tx.PutSimulated(ctx, on); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "provider.simulate", what, "")
	})
	if err != nil {
		return err
	}
	if err := e.providersChanged(ctx); err != nil {
		return err
	}
	e.events.Publish("workspace", "")
	return nil
}

// nothingSimulated refuses while what is live asks the simulated provider.
func nothingSimulated(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	var users []string
	for _, x := range all {
		asks := slices.ContainsFunc(x.Definition.Steps, func(s fettle.Step) bool {
			of, _, err := fettle.CutConnection(s.Provider)
			return err == nil && (connect.MakesUp(of) || strings.HasPrefix(of, "sandbox/"))
		})
		if asks && (x.State == fettle.Live || x.PilotRunID != 0) {
			users = append(users, x.Label)
		}
	}
	if len(users) > 0 {
		return fettle.Errorf(fettle.Refused, "%s asks the simulated provider and is live", strings.Join(users, ", ")).
			WithHint("Pause it first (fettle enrichment pause NAME).").With("used_by", users)
	}
	return nil
}
