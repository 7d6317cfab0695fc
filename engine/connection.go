package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/internal/asread"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/llm"
	"fettle/run"
	"fettle/store"
)

// ProviderView is a connection of a provider, under the name by which steps ask
// it. It never holds a key.
type ProviderView struct {
	provider.Description
	Provider    string          `json:"provider"`   // whose connection it is
	Connection  string          `json:"connection"` // its name among the provider's: default, …
	Ready       bool            `json:"ready"`
	Why         string          `json:"why,omitempty"` // why it is not ready
	KeyFrom     string          `json:"key_from,omitempty"`
	Address     string          `json:"address,omitempty"`   // overrides the definition's
	Simulated   bool            `json:"simulated,omitempty"` // the simulated provider answers
	Note        string          `json:"note,omitempty"`      // what holds and is not to be seen otherwise
	UnitCredits *fettle.Credits `json:"unit_credits"`
	ETag        string          `json:"etag"`          // names how it is connected, as it stands: for If-Match
	Balance     *fettle.Credits `json:"balance_units"` // left on the account there, in its own unit; nil: not known
	Calls       int64           `json:"calls"`
	Found       int64           `json:"found"`
	CostPerHit  fettle.Credits  `json:"cost_per_hit_credits"`
}

// Providers lists the providers and how they are connected: each of a provider's
// connections is an entry, its operations named as steps name them.
func (e *Engine) Providers(ctx context.Context, actor fettle.Actor) ([]ProviderView, error) {
	if err := actor.Require(fettle.Viewer, "see providers"); err != nil {
		return nil, err
	}
	var spend []fettle.SpendView
	var stored connectionTags
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if stored, err = tagsOf(ctx, tx); err != nil {
			return err
		}
		spend, err = tx.SpendBy(ctx, "connection")
		return err
	}); err != nil {
		return nil, err
	}
	if e.conns.ChangedAt() < stored.seq {
		stored.byName = nil // what is shown is older than what is stored
	}
	conns := e.conns.All()
	patient, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	left := e.conns.Balances(patient, conns)
	out := make([]ProviderView, 0, len(conns))
	for i, c := range conns {
		v := ProviderView{Description: underName(c), Provider: c.Description.Name, Connection: c.Of, Ready: true, KeyFrom: c.KeyFrom, Address: c.Conn.BaseURL, Simulated: c.Conn.Sandbox, UnitCredits: c.Conn.UnitCredits, Note: c.Note(), ETag: stored.of(c)}
		v.BaseURL = c.Address()
		if !c.Shipped || c.Conn.BaseURL != "" || !c.IsDefault() {
			v.KeyEnv = c.KeyEnv // a variable that is not read is not named as one that may hold the key
		}
		if left[i].Known {
			v.Balance = &left[i].Left
		}
		if err := c.Ready(); err != nil {
			v.Ready, v.Why = false, err.Error()
		}
		for _, s := range spend {
			if s.Key == c.LimitKey() {
				v.Calls, v.Found, v.CostPerHit = s.Calls, s.Found, s.CostPerFound
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b ProviderView) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// connectionTags name how connections are stored.
type connectionTags struct {
	seq    int64
	byName map[string]int64
}

func tagsOf(ctx context.Context, tx *store.Tx) (t connectionTags, err error) {
	if t.seq, err = tx.ConnectionsChanged(ctx); err != nil {
		return t, err
	}
	all, err := tx.Connections(ctx)
	t.byName = make(map[string]int64, len(all))
	for _, c := range all {
		t.byName[c.FullName()] = c.UpdatedAtUS
	}
	return t, err
}

// of is the tag of a connection. One of what is older than what is stored fits
// nothing: the edit is refused once too often.
func (t connectionTags) of(c *connect.Connection) string {
	if t.byName == nil {
		return asread.Tag()
	}
	return asread.Tag(t.byName[c.Name])
}

// providersChanged follows a change of connections, definitions or prices that
// this process has committed: it goes by it at once, and waits until every
// other process does. One that says nothing is not waited for beyond its lease.
func (e *Engine) providersChanged(ctx context.Context) error {
	if err := e.worker.Reload(ctx); err != nil {
		return err
	}
	e.events.Publish("provider", "")
	patience := time.Now().Add(changeWait)
	for seq := e.conns.ChangedAt(); ; {
		var behind []int64
		err := e.db.View(ctx, func(tx *store.Tx) error {
			live, err := tx.LiveWorkers(ctx)
			for _, w := range live {
				if w.AckedSeq < seq && w.LeaseUntilUS > time.Now().UnixMicro() && !e.db.WorkerDead(ctx, w.ID) {
					behind = append(behind, w.ID)
				}
			}
			return err
		})
		if err != nil || len(behind) == 0 {
			return err
		}
		if time.Now().After(patience) {
			e.log.WarnContext(ctx, "not every process has confirmed a changed connection; each reads it before its next claim", "workers", behind)
			return nil
		}
		if !run.NextLook(ctx) {
			return ctx.Err()
		}
	}
}

// changeWait bounds the wait for other processes to go by a change.
const changeWait = 10 * time.Second

// SaveDefinition adds or replaces a provider/v1 definition after its fixtures
// have passed.
func (e *Engine) SaveDefinition(ctx context.Context, actor fettle.Actor, yaml []byte) error {
	if _, err := e.may(ctx, actor, "saveDefinition"); err != nil {
		return err
	}
	def, err := declarative.Parse(yaml)
	if err != nil {
		return err
	}
	if err := def.Test(ctx); err != nil {
		return err
	}
	if e.builtIn(def.ID) {
		return fettle.Errorf(fettle.Refused, "the provider %s is built in", def.ID).WithHint("Give the definition another id.")
	}
	if err := e.putDefinition(ctx, actor, def.ID, yaml); err != nil {
		return err
	}
	return e.providersChanged(ctx)
}

// Prices lists the prices of models, built in and set here.
func (e *Engine) Prices(ctx context.Context, actor fettle.Actor) ([]provider.ModelPrice, error) {
	if err := actor.Require(fettle.Viewer, "see prices"); err != nil {
		return nil, err
	}
	builtin, err := llm.BuiltinPrices()
	if err != nil {
		return nil, err
	}
	var own []provider.ModelPrice
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		own, err = connect.ModelPrices(ctx, tx)
		return err
	}); err != nil {
		return nil, err
	}
	table, err := builtin.With(own)
	if err != nil {
		return nil, err
	}
	return table.All(), nil
}

// SetPrice sets what a model costs from a day on. Calls that are under way
// keep the price at which they were reserved.
func (e *Engine) SetPrice(ctx context.Context, actor fettle.Actor, p provider.ModelPrice) error {
	if _, err := e.may(ctx, actor, "setPrice"); err != nil {
		return err
	}
	if err := llm.CheckPrice(p); err != nil {
		return err
	}
	if strings.Contains(p.Provider, "@") { // the price of one connection, which has to be there
		c, err := e.conns.For("llm/" + strings.TrimPrefix(p.Provider, "llm/"))
		if err != nil {
			return err
		}
		p.Provider = c.Name
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutModelPrice(ctx, store.ModelPrice{Provider: p.Provider, Model: p.Model, EffectiveFrom: fettle.Day(p.EffectiveFrom), Price: b}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "price", p.Model, fmt.Sprintf("from %s", p.EffectiveFrom))
	})
	if err != nil {
		return err
	}
	return e.providersChanged(ctx)
}
