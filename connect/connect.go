// Package connect is how providers are reached: their keys, addresses, prices
// of a unit, and pacers, as the database says at the moment.
package connect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fettle"
	"fettle/internal/gate"
	"fettle/internal/safehttp"
	"fettle/internal/secret"
	"fettle/limits"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/llm"
	"fettle/provider/pace"
	"fettle/provider/sandbox"
	"fettle/store"
)

// defaultConcurrent is how many calls one credential has in flight at once in
// one process, where its provider does not say.
const defaultConcurrent = 256

// Config is what connections are made of.
type Config struct {
	Providers  []provider.Provider // built in: data providers, AI models, formulas
	Sandbox    string              // base URL of a sandbox; its host is allowed
	AllowHosts []string            // private addresses that providers may have
	SecretKey  []byte              // opens provider keys; 32 bytes
	// Env reads the environment, for the keys of providers that ship with the
	// program and of those that EnvKeys lists; nil for none.
	Env     func(name string) (string, bool)
	EnvKeys []EnvKey
}

// Connections are the providers of a workspace and how they are reached. It is
// safe for concurrent use.
type Connections struct {
	db  *store.DB
	log *slog.Logger
	cfg Config

	reading sync.Mutex                         // one reading at a time: an older one never replaces a newer
	parsed  map[string]*declarative.Definition // by its text, each stored one: reading them takes time, and most stay what they are

	mu      sync.RWMutex
	client  *http.Client
	prices  provider.PriceTable // of models
	byName  map[string]*Connection
	usd     fettle.Credits // micro-credits per US dollar
	changed int64          // the control number of the newest change that was read
	sim     simulation
	inside  *sandbox.Server // the simulated provider in this process, from when it was first switched on
	retired []*Connection   // replaced; calls of theirs may be on their way out
}

// Connection is a provider with a credential and a pacer. It never changes:
// what reads the database anew replaces it where anything differs.
type Connection struct {
	Name        string // as in a step: llm/openai, or llm/openai@local
	Of          string // its name among its provider's: default, or local
	Provider    provider.Provider
	Description provider.Description
	server      string            // the host of which what is bought is remembered apart
	origin      provider.Provider // what Provider was made of: the one of all the provider's connections
	Conn        provider.Connection
	KeyFrom     string     // "database", "environment", ""
	KeyEnv      string     // the variable that the key is from
	withheld    string     // the variable whose key is not for this address
	Shipped     bool       // it ships with the program; the workspace did not define it
	print       string     // of all that makes it what it is
	Since       int64      // microseconds: when it was changed last in the database
	Gate        *gate.Gate // closed for good when the connection is replaced
	Pacer       atomic.Pointer[pace.Pacer]
	paced       []provider.RatePolicy // what the pacer was made of
	inside      *sandbox.Server       // that answers it, in this process; nil: it is asked over the network
	refresh     sync.Mutex
	fresh       time.Time // when the provider's capabilities were last asked for
	balance     balances
}

// claimAhead is how long before they may leave calls are claimed: the claims of
// several processes wait for each other, and the rate must not wait for them.
const claimAhead = 250 * time.Millisecond

// Slots is how many of the connection's calls could start about now.
func (c *Connection) Slots() int { return c.Pacer.Load().Free(time.Now().Add(claimAhead)) }

// pace makes the pacer that the provider's description asks for, and keeps the
// one that is there if it asks for the same.
func (c *Connection) pace(old *Connection) {
	d := c.Provider.Describe()
	if old != nil && old.Pacer.Load() != nil && slices.Equal(old.paced, d.Limits) {
		c.paced = old.paced
		c.Pacer.Store(old.Pacer.Load())
		return
	}
	concurrent := d.MaxConcurrent
	if concurrent == 0 {
		concurrent = defaultConcurrent
	}
	c.paced = d.Limits
	p := pace.New(d.Limits, concurrent)
	if len(d.Limits) > 0 || d.MaxConcurrent > 0 {
		p.Lease(pace.Share{}, time.Now()) // nothing, until it is given
	}
	c.Pacer.Store(p)
}

// New makes connections that are not loaded yet.
func New(db *store.DB, log *slog.Logger, cfg Config) *Connections {
	return &Connections{db: db, log: log, cfg: cfg}
}

// Trial gives connections that begin as these are, to check and price by. What
// is put into them reaches nobody else.
func (c *Connections) Trial() *Connections {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return &Connections{db: c.db, log: c.log, cfg: c.cfg, client: c.client, prices: c.prices, byName: maps.Clone(c.byName), usd: c.usd, changed: c.changed, sim: c.sim}
}

// Put adds a connection, or puts it in the place of the one that is there.
func (c *Connections) Put(n *Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.reach(c.client, c.prices)
	c.byName[n.Name] = n
}

// reach gives the connection what it calls and prices with.
func (c *Connection) reach(client *http.Client, prices provider.PriceTable) {
	c.Conn.Client, c.Conn.Prices = client, prices
	if c.Conn.Sandbox {
		c.Conn.Prices = sandboxPrices{}
	}
	if c.inside != nil {
		c.Conn.Client = c.inside.Client()
	}
}

// All lists the connections.
func (c *Connections) All() []*Connection {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Values(c.byName))
}

// storedProviders is what the database holds of providers at one moment.
type storedProviders struct {
	changed     int64
	connections map[string][]store.Connection // by provider
	definitions []store.ProviderDefinition
	prices      []provider.ModelPrice
	usd         fettle.Credits
	simulated   bool // the simulated provider is switched on
}

func (cs *Connections) readProviders(ctx context.Context) (storedProviders, error) {
	s := storedProviders{connections: map[string][]store.Connection{}}
	err := cs.db.View(ctx, func(tx *store.Tx) (err error) {
		if s.changed, err = tx.ConnectionsChanged(ctx); err != nil {
			return err
		}
		if s.usd, err = creditsPerDollar(ctx, tx); err != nil {
			return err
		}
		if s.simulated, err = tx.Simulated(ctx); err != nil {
			return err
		}
		conns, err := tx.Connections(ctx)
		if err != nil {
			return err
		}
		for _, c := range conns {
			s.connections[c.Provider] = append(s.connections[c.Provider], c)
		}
		if s.definitions, err = tx.ProviderDefinitions(ctx); err != nil {
			return err
		}
		s.prices, err = ModelPrices(ctx, tx)
		return err
	})
	return s, err
}

// Load reads definitions, connections and prices. A connection that is
// what it was stays the same one; one that is replaced lets no call leave any
// more, and leaves its pacer, which counts the calls in flight, to the new one.
func (cs *Connections) Load(ctx context.Context) error {
	cs.reading.Lock()
	defer cs.reading.Unlock()
	s, err := cs.readProviders(ctx)
	if err != nil {
		return err
	}
	providers, since := slices.Clone(cs.cfg.Providers), map[string]int64{}
	parsed := make(map[string]*declarative.Definition, len(s.definitions))
	for _, d := range s.definitions {
		def := cs.parsed[d.YAML]
		if def == nil {
			if def, err = declarative.Parse([]byte(d.YAML)); err != nil {
				return fmt.Errorf("read a stored provider definition: %w", err)
			}
		}
		parsed[d.YAML] = def
		providers = append(providers, declarative.New(def))
		since[d.Provider] = d.UpdatedAtUS
	}
	client, err := cs.Outbound()
	if err != nil {
		return err
	}
	builtin, err := llm.BuiltinPrices()
	if err != nil {
		return err
	}
	table, err := builtin.With(s.prices)
	if err != nil {
		return err
	}
	sim := cs.simulation(s.simulated)
	byName := make(map[string]*Connection, len(providers))
	for i, p := range providers {
		name := p.Describe().Name
		for _, stored := range allOf(name, s.connections[name]) {
			c := cs.connect(p, i < len(cs.cfg.Providers), stored, s.usd, sim)
			c.reach(client, table)
			c.Since = max(stored.UpdatedAtUS, since[name])
			c.print = printOf(c, s)
			byName[c.Name] = c
		}
	}
	cs.replace(byName)
	cs.parsed = parsed
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.client, cs.prices, cs.usd, cs.changed, cs.sim = client, table, s.usd, s.changed, sim
	return nil
}

// printOf identifies all that makes a connection what it is: who is asked,
// where, with which key, at which price.
func printOf(c *Connection, s storedProviders) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%p\x00%s\x00%s\x00%s\x00%t\x00", c.origin, c.Conn.BaseURL, c.Conn.Key, c.KeyFrom, c.Conn.Sandbox)
	for _, d := range s.definitions {
		if d.Provider == c.Description.Name {
			h.Reset() // its provider is made anew each time: its text says what it is
			_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%t\x00", d.YAML, c.Conn.BaseURL, c.Conn.Key, c.KeyFrom, c.Conn.Sandbox)
		}
	}
	_, _ = fmt.Fprintf(h, "%s\x00", c.server)
	if c.Conn.UnitCredits != nil {
		_, _ = fmt.Fprintf(h, "%d\x00", *c.Conn.UnitCredits)
	}
	if c.Description.Kind == provider.AI {
		_, _ = fmt.Fprintf(h, "%+v", s.prices)
	}
	return string(h.Sum(nil))
}

// replace puts new connections in the place of those that differ from them.
func (c *Connections) replace(byName map[string]*Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, n := range byName {
		old := c.byName[name]
		if old != nil && old.print == n.print {
			byName[name] = old
			continue
		}
		n.pace(old)
	}
	for name, old := range c.byName {
		if byName[name] != old {
			old.Gate.Shut(retired)
			c.retired = append(c.retired, old)
		}
	}
	c.byName = byName
}

// retired is the stop number of a connection that was replaced.
const retired = 1

// Settled waits until no call of a connection that was replaced can leave any
// more; false if one is still being written.
func (c *Connections) Settled(ctx context.Context) bool {
	c.mu.Lock()
	old := c.retired
	c.mu.Unlock()
	for _, o := range old {
		if !o.Gate.Stop(ctx, retired) {
			return false
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = slices.DeleteFunc(c.retired, func(x *Connection) bool { return slices.Contains(old, x) })
	return true
}

// ChangedAt is the control number of the newest change that was read.
func (c *Connections) ChangedAt() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.changed
}

// ModelPrices reads the prices of models that people set.
func ModelPrices(ctx context.Context, tx *store.Tx) ([]provider.ModelPrice, error) {
	stored, err := tx.ModelPrices(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]provider.ModelPrice, len(stored))
	for i, p := range stored {
		if err := json.Unmarshal(p.Price, &out[i]); err != nil {
			return nil, fmt.Errorf("read the price of %s: %w", p.Model, err)
		}
	}
	return out, nil
}

// creditsPerDollar is the price of one US dollar in micro-credits, rounded up.
func creditsPerDollar(ctx context.Context, tx *store.Tx) (fettle.Credits, error) {
	micro, err := limits.USDMicro(ctx, tx)
	if err != nil {
		return 0, err
	}
	return (fettle.Credit*1_000_000 + fettle.Credits(micro) - 1) / fettle.Credits(micro), nil
}

// Outbound is the client for providers: private addresses are refused unless
// the operator listed them; the sandbox given by flag is listed by that.
func (cs *Connections) Outbound() (*http.Client, error) {
	allow := slices.Clone(cs.cfg.AllowHosts)
	if cs.cfg.Sandbox != "" {
		u, err := url.Parse(cs.cfg.Sandbox)
		if err != nil || u.Host == "" {
			return nil, fettle.Errorf(fettle.Invalid, "%q is not the sandbox's address", cs.cfg.Sandbox).WithHint("Write it as http://127.0.0.1:7071.")
		}
		allow = append(allow, u.Host)
	}
	return safehttp.NewClient(safehttp.Options{Allow: allow})
}

// connect joins a provider with its stored connection. A key in the environment
// wins over the stored one.
func (cs *Connections) connect(p provider.Provider, shipped bool, s store.Connection, usd fettle.Credits, sim simulation) *Connection {
	d := p.Describe()
	open := gate.New(context.Background(), 0) //nolint:forbidigo // the gate lives as long as the process, no request
	name := fettle.ConnectionName(d.Name, s.Name)
	c := &Connection{
		Name: name, Of: cmp.Or(s.Name, fettle.DefaultConnection), Provider: p, Description: d, origin: p, server: s.Server, Gate: open,
		Conn: provider.Connection{Provider: name, BaseURL: s.BaseURL, UnitCredits: s.UnitPrice},
	}
	if x, learns := p.(*declarative.Provider); learns && !c.IsDefault() {
		c.Provider = x.Another()
	}
	if len(s.KeySealed) > 0 {
		key, err := secret.Open(cs.cfg.SecretKey, name, s.KeySealed)
		if err == nil {
			c.Conn.Key, c.KeyFrom = key.Reveal(), "database"
		} else {
			cs.log.Warn("a stored provider key cannot be opened; enter it again", "provider", name)
		}
	}
	key, env, withheld := cs.envKey(c, shipped)
	c.Shipped, c.withheld = shipped, withheld
	if key != "" {
		c.Conn.Key, c.KeyFrom, c.KeyEnv = key, "environment", env
	}
	free := d.Kind == provider.Formula
	simulated := sim.answers(d, c.Conn)
	switch {
	case free:
		zero := fettle.Credits(0)
		c.Conn.UnitCredits = &zero
	case d.Unit == "USD":
		c.Conn.UnitCredits = &usd
	case simulated && c.Conn.UnitCredits == nil:
		one := fettle.Credit
		c.Conn.UnitCredits = &one
	}
	if simulated {
		c.Conn.Sandbox, c.Conn.BaseURL, c.inside = true, sim.url(d), sim.inside
		if c.Conn.Key == "" {
			c.Conn.Key = "sandbox"
		}
	}
	return c
}

// sandboxPrices is the sandbox's price: one credit's worth a request, whatever
// the model.
type sandboxPrices struct{}

// sandboxRequest is US$0.01, one credit unless the workspace says otherwise.
const sandboxRequest = provider.Unit / 100

func (sandboxPrices) Price(prov, model string, _ time.Time) (provider.ModelPrice, bool) {
	return provider.ModelPrice{Provider: prov, Model: model, Request: sandboxRequest, Context: 1 << 17, MaxOutput: 1 << 15, EffectiveFrom: "2000-01-01"}, true
}

// For finds the connection of a step's provider/operation, which may name it:
// provider/operation@connection.
func (cs *Connections) For(operation string) (*Connection, error) {
	of, connection, err := fettle.CutConnection(operation)
	if err != nil {
		return nil, err
	}
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	for name := of; name != ""; {
		if _, ok := cs.byName[name]; ok {
			if c, ok := cs.byName[fettle.ConnectionName(name, connection)]; ok {
				return c, nil
			}
			return nil, cs.noConnection(name, connection)
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	names := make([]string, 0, len(cs.byName))
	for n, c := range cs.byName {
		if c.IsDefault() {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return nil, fettle.Errorf(fettle.Invalid, "there is no provider for %q", operation).WithHint("Providers: %s.", strings.Join(names, ", "))
}

// Prepare makes a step's operation ready.
func (cs *Connections) Prepare(step fettle.Step) (*Connection, provider.Operation, error) {
	c, err := cs.For(step.Provider)
	if err != nil {
		return nil, nil, err
	}
	step.Provider, _, _ = strings.Cut(step.Provider, "@")
	op, err := c.Provider.Prepare(step, c.Conn)
	return c, op, err
}

// Join connects a provider by what is stored, or would be.
func (cs *Connections) Join(p provider.Provider, shipped bool, s store.Connection) *Connection {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.connect(p, shipped, s, cs.usd, cs.sim)
}

// Seal closes a key with the key of the workspace, so that it can be stored.
func (cs *Connections) Seal(name, key string) ([]byte, error) {
	if key == "" {
		return nil, nil
	}
	return secret.Seal(cs.cfg.SecretKey, name, strings.TrimSpace(key))
}

// Shared reports whether the provider allows only so much, which has to be
// divided.
func (c *Connection) Shared() bool { return c.Pacer.Load().Divided() }
