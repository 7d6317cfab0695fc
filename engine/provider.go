package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/internal/secret"
	"fettle/limits"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/llm"
	"fettle/provider/pace"
	"fettle/store"
)

// defaultConcurrent is how many calls one credential has in flight at once in
// one process, where its provider does not say.
const defaultConcurrent = 256

// connections are the providers of a workspace and how they are reached.
type connections struct {
	reading sync.Mutex // one reading at a time: an older one never replaces a newer
	mu      sync.RWMutex
	client  *http.Client
	byName  map[string]*connection
	usd     fettle.Credits // micro-credits per US dollar
	changed int64          // the control number of the newest change that was read
	retired []*connection  // replaced; calls of theirs may be on their way out
}

// connection is a provider with its credential and its pacer. It never changes:
// what reads the database anew replaces it where anything differs.
type connection struct {
	provider provider.Provider
	desc     provider.Description
	conn     provider.Connection
	keyFrom  string // "database", "environment", ""
	keyEnv   string // the variable that the key is from
	withheld string // the variable whose key is not for this address
	shipped  bool   // it ships with the program; the workspace did not define it
	print    string // of all that makes it what it is
	since    int64  // microseconds: when it was changed last in the database
	gate     *gate  // closed for good when the connection is replaced
	pacer    atomic.Pointer[pace.Pacer]
	paced    []provider.RatePolicy // what the pacer was made of
	refresh  sync.Mutex
	fresh    time.Time // when the provider's capabilities were last asked for
}

// claimAhead is how long before they may leave calls are claimed: the claims of
// several processes wait for each other, and the rate must not wait for them.
const claimAhead = 250 * time.Millisecond

// free is how many of the connection's calls could start about now.
func (c *connection) free() int { return c.pacer.Load().Free(time.Now().Add(claimAhead)) }

// pace makes the pacer that the provider's description asks for, and keeps the
// one that is there if it asks for the same.
func (c *connection) pace(old *connection) {
	d := c.provider.Describe()
	if old != nil && old.pacer.Load() != nil && slices.Equal(old.paced, d.Limits) {
		c.paced = old.paced
		c.pacer.Store(old.pacer.Load())
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
	c.pacer.Store(p)
}

// all lists the connections.
func (c *connections) all() []*connection {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Values(c.byName))
}

// storedProviders is what the database holds of providers at one moment.
type storedProviders struct {
	changed     int64
	connections map[string]store.Connection
	definitions []store.ProviderDefinition
	prices      []provider.ModelPrice
	usd         fettle.Credits
}

func (e *Engine) readProviders(ctx context.Context) (storedProviders, error) {
	s := storedProviders{connections: map[string]store.Connection{}}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if s.changed, err = tx.ConnectionsChanged(ctx); err != nil {
			return err
		}
		if s.usd, err = creditsPerDollar(ctx, tx); err != nil {
			return err
		}
		conns, err := tx.Connections(ctx)
		if err != nil {
			return err
		}
		for _, c := range conns {
			s.connections[c.Provider] = c
		}
		if s.definitions, err = tx.ProviderDefinitions(ctx); err != nil {
			return err
		}
		s.prices, err = modelPrices(ctx, tx)
		return err
	})
	return s, err
}

// loadProviders reads definitions, connections and prices. A connection that is
// what it was stays the same one; one that is replaced lets no call leave any
// more, and leaves its pacer, which counts the calls in flight, to the new one.
func (e *Engine) loadProviders(ctx context.Context) error {
	e.conns.reading.Lock()
	defer e.conns.reading.Unlock()
	s, err := e.readProviders(ctx)
	if err != nil {
		return err
	}
	providers, since := slices.Clone(e.cfg.Providers), map[string]int64{}
	for _, d := range s.definitions {
		def, err := declarative.Parse([]byte(d.YAML))
		if err != nil {
			return fmt.Errorf("read a stored provider definition: %w", err)
		}
		providers = append(providers, declarative.New(def))
		since[d.Provider] = d.UpdatedAtUS
	}
	client, err := e.outbound()
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
	byName := make(map[string]*connection, len(providers))
	for i, p := range providers {
		d := p.Describe()
		stored := s.connections[d.Name]
		c := e.connect(p, i < len(e.cfg.Providers), stored, s.usd)
		c.conn.Client, c.conn.Prices = client, table
		if c.conn.Sandbox {
			c.conn.Prices = sandboxPrices{}
		}
		c.since = max(stored.UpdatedAtUS, since[d.Name])
		c.print = printOf(c, s)
		byName[d.Name] = c
	}
	e.conns.replace(byName)
	e.conns.mu.Lock()
	defer e.conns.mu.Unlock()
	e.conns.client, e.conns.usd, e.conns.changed = client, s.usd, s.changed
	return nil
}

// printOf identifies all that makes a connection what it is: who is asked,
// where, with which key, at which price.
func printOf(c *connection, s storedProviders) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%p\x00%s\x00%s\x00%s\x00%t\x00", c.provider, c.conn.BaseURL, c.conn.Key, c.keyFrom, c.conn.Sandbox)
	for _, d := range s.definitions {
		if d.Provider == c.desc.Name {
			h.Reset() // its provider is made anew each time: its text says what it is
			_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%t\x00", d.YAML, c.conn.BaseURL, c.conn.Key, c.keyFrom, c.conn.Sandbox)
		}
	}
	if c.conn.UnitCredits != nil {
		_, _ = fmt.Fprintf(h, "%d\x00", *c.conn.UnitCredits)
	}
	if c.desc.Kind == provider.AI {
		_, _ = fmt.Fprintf(h, "%+v", s.prices)
	}
	return string(h.Sum(nil))
}

// replace puts new connections in the place of those that differ from them.
func (c *connections) replace(byName map[string]*connection) {
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
			old.gate.shut(retired)
			c.retired = append(c.retired, old)
		}
	}
	c.byName = byName
}

// retired is the stop number of a connection that was replaced.
const retired = 1

// settled waits until no call of a connection that was replaced can leave any
// more; false if one is still being written.
func (c *connections) settled(ctx context.Context) bool {
	c.mu.Lock()
	old := c.retired
	c.mu.Unlock()
	for _, o := range old {
		if !o.gate.stop(ctx, retired) {
			return false
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = slices.DeleteFunc(c.retired, func(x *connection) bool { return slices.Contains(old, x) })
	return true
}

// at is the control number of the newest change that was read.
func (c *connections) at() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.changed
}

// modelPrices reads the prices of models that people set.
func modelPrices(ctx context.Context, tx *store.Tx) ([]provider.ModelPrice, error) {
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

// outbound is the client for providers: private addresses are refused unless
// the operator listed them; the sandbox given by flag is listed by that.
func (e *Engine) outbound() (*http.Client, error) {
	allow := slices.Clone(e.cfg.AllowHosts)
	if e.cfg.Sandbox != "" {
		u, err := url.Parse(e.cfg.Sandbox)
		if err != nil || u.Host == "" {
			return nil, fettle.Errorf(fettle.Invalid, "%q is not the sandbox's address", e.cfg.Sandbox).WithHint("Write it as http://127.0.0.1:7071.")
		}
		allow = append(allow, u.Host)
	}
	return safehttp.NewClient(safehttp.Options{Allow: allow})
}

// connect joins a provider with its stored connection. A key in the environment
// wins over the stored one.
func (e *Engine) connect(p provider.Provider, shipped bool, s store.Connection, usd fettle.Credits) *connection {
	d := p.Describe()
	c := &connection{provider: p, desc: d, gate: newGate(context.Background(), 0), conn: provider.Connection{Provider: d.Name, BaseURL: s.BaseURL, UnitCredits: s.UnitPrice}}
	if len(s.KeySealed) > 0 {
		key, err := secret.Open(e.cfg.SecretKey, d.Name, s.KeySealed)
		if err == nil {
			c.conn.Key, c.keyFrom = key.Reveal(), "database"
		} else {
			e.log.Warn("a stored provider key cannot be opened; enter it again", "provider", d.Name)
		}
	}
	key, name, withheld := e.envKey(c, shipped)
	c.shipped, c.withheld = shipped, withheld
	if key != "" {
		c.conn.Key, c.keyFrom, c.keyEnv = key, "environment", name
	}
	free := d.Kind == provider.Formula
	sandbox := e.cfg.Sandbox != "" && (d.Name == "sandbox" || (d.Kind == provider.AI && c.conn.Key == "" && c.conn.BaseURL == ""))
	switch {
	case free:
		zero := fettle.Credits(0)
		c.conn.UnitCredits = &zero
	case d.Unit == "USD":
		c.conn.UnitCredits = &usd
	case sandbox && c.conn.UnitCredits == nil:
		one := fettle.Credit
		c.conn.UnitCredits = &one
	}
	if sandbox {
		c.conn.Sandbox, c.conn.BaseURL = true, sandboxURL(e.cfg.Sandbox, d)
		if c.conn.Key == "" {
			c.conn.Key = "sandbox"
		}
	}
	return c
}

// sandboxURL is where a provider's simulation answers.
func sandboxURL(base string, d provider.Description) string {
	base = strings.TrimSuffix(base, "/")
	if d.Name == "llm/openai" {
		return base + "/v1"
	}
	return base
}

// sandboxPrices is the sandbox's price: one credit's worth a request, whatever
// the model.
type sandboxPrices struct{}

// sandboxRequest is US$0.01, one credit unless the workspace says otherwise.
const sandboxRequest = provider.Unit / 100

func (sandboxPrices) Price(prov, model string, _ time.Time) (provider.ModelPrice, bool) {
	return provider.ModelPrice{Provider: prov, Model: model, Request: sandboxRequest, Context: 1 << 17, MaxOutput: 1 << 15, EffectiveFrom: "2000-01-01"}, true
}

// connectionFor finds the connection of a step's provider/operation.
func (e *Engine) connectionFor(operation string) (*connection, error) {
	e.conns.mu.RLock()
	defer e.conns.mu.RUnlock()
	for name := operation; name != ""; {
		if c, ok := e.conns.byName[name]; ok {
			return c, nil
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	names := make([]string, 0, len(e.conns.byName))
	for n := range e.conns.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fettle.Errorf(fettle.Invalid, "there is no provider for %q", operation).WithHint("Providers: %s.", strings.Join(names, ", "))
}

// refresher is a provider that learns its capabilities from its server.
type refresher interface {
	Refresh(ctx context.Context, conn provider.Connection) error
}

// How long a provider's capabilities are believed, and how long they are
// waited for; without an answer the most careful ones are assumed.
const (
	refreshEvery   = 30 * time.Second
	refreshAgain   = 5 * time.Second // after no answer
	refreshTimeout = 3 * time.Second
)

// refreshProviders asks the providers that can say so what they can do. It is
// called outside transactions: it makes network calls.
func (e *Engine) refreshProviders(ctx context.Context) {
	for _, c := range e.conns.all() {
		if r, ok := c.provider.(refresher); ok && c.conn.BaseURL != "" {
			e.refreshOne(ctx, c, r)
		}
	}
}

func (e *Engine) refreshOne(ctx context.Context, c *connection, r refresher) {
	c.refresh.Lock()
	defer c.refresh.Unlock()
	if time.Since(c.fresh) < refreshEvery {
		return
	}
	rctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	if err := r.Refresh(rctx, c.conn); err != nil {
		e.log.WarnContext(ctx, "a provider's capabilities are not known; the most careful are assumed", "provider", c.desc.Name, "error", err)
		c.fresh = time.Now().Add(refreshAgain - refreshEvery)
		return
	}
	c.fresh = time.Now()
	if !slices.Equal(c.paced, c.provider.Describe().Limits) {
		c.pace(nil)
	}
}

// prepare makes a step's operation ready.
func (e *Engine) prepare(step fettle.Step) (*connection, provider.Operation, error) {
	c, err := e.connectionFor(step.Provider)
	if err != nil {
		return nil, nil, err
	}
	op, err := c.provider.Prepare(step, c.conn)
	return c, op, err
}

// ready refuses a connection that cannot be used yet.
func (c *connection) ready() error {
	switch {
	case c.desc.Name == "sandbox" && !c.conn.Sandbox:
		return fettle.Errorf(fettle.Refused, "the sandbox is not running").WithHint("Start it with: fettle sandbox, and name it with --sandbox http://127.0.0.1:7071 (or FETTLE_SANDBOX).")
	case c.desc.NeedsKey && c.conn.Key == "":
		return fettle.Errorf(fettle.Refused, "the provider %s has no key", c.desc.Name).WithHint("%s", c.keyHint())
	case c.conn.UnitCredits == nil:
		return fettle.Errorf(fettle.Refused, "the price of one %s of %s is not stated", c.desc.Unit, c.desc.Name).
			WithHint("State what it costs in credits under Providers (fettle provider price %s --unit N).", c.desc.Name)
	}
	return nil
}
