package declarative

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// Provider runs a definition.
type Provider struct {
	def    *Definition
	facts  atomic.Pointer[facts]
	client *http.Client // for connections that bring none
}

var (
	_ provider.Provider = (*Provider)(nil)
	_ provider.Balancer = (*Provider)(nil)
)

// facts are the capabilities as they are known, in the form of expressions.
type facts struct {
	caps ref.Val
}

// New makes a provider of a definition.
func New(def *Definition) *Provider {
	p := &Provider{def: def}
	client, err := safehttp.NewClient(safehttp.Options{})
	if err != nil { // without an allow list nothing can be wrong with one
		client = &http.Client{CheckRedirect: safehttp.NoRedirect}
	}
	p.client = client
	p.learn(nil)
	return p
}

// Another makes a provider of the same definition that has learned nothing yet: a
// connection to another server has other capabilities.
func (p *Provider) Another() *Provider { return New(p.def) }

// learn takes capabilities over the defaults. Names without a default are
// dropped: no expression can use them. So are values of another type.
func (p *Provider) learn(got map[string]any) {
	caps := map[string]any{}
	if c := p.def.Capabilities; c != nil {
		for k, v := range c.Defaults {
			caps[k] = yamlNumber(v)
			if g, ok := got[k]; ok && fmt.Sprintf("%T", g) == fmt.Sprintf("%T", caps[k]) {
				caps[k] = g
			}
		}
	}
	p.facts.Store(&facts{caps: nativeToValue(caps)})
}

// Refresh asks the server for its capabilities, where the definition says that
// it tells them. They hold until the next Refresh; until the first, and after
// a failed one, the last known ones do, at first the defaults. Rate policies,
// prices and recovery may change with them.
func (p *Provider) Refresh(ctx context.Context, conn provider.Connection) error {
	c := p.def.Capabilities
	if c == nil {
		return nil
	}
	_, a, err := p.get(ctx, conn, http.MethodGet, c.Path)
	if err != nil {
		return err
	}
	var got map[string]any
	if a.status != http.StatusOK || json.Unmarshal(a.raw, &got) != nil {
		return fettle.Errorf(fettle.Unavailable, "%s does not tell its capabilities", p.def.Name).WithHint("Check the address of the connection.")
	}
	p.learn(got)
	return nil
}

// Check tells whether the credential works, by the definition's free test
// request. A definition without one is taken to work.
func (p *Provider) Check(ctx context.Context, conn provider.Connection) error {
	t := p.def.Auth.Test
	if t == nil {
		return nil
	}
	s, a, err := p.get(ctx, conn, t.Method, t.Path)
	refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	if err != nil && !refused {
		return err
	}
	if refused || !p.def.authOK.holds(s) {
		return fettle.Errorf(fettle.Refused, "%s refuses the key", p.def.Name).WithHint("Check the key of the connection.")
	}
	return nil
}

// Balance asks how many units are left at the provider. ok is false where the
// definition does not say how to ask, and for a number below zero, by which
// providers mean that there is no end to it.
func (p *Provider) Balance(ctx context.Context, conn provider.Connection) (left provider.Units, ok bool, err error) {
	b := p.def.Balance
	if b == nil {
		return 0, false, nil
	}
	s, a, err := p.get(ctx, conn, b.Method, b.Path)
	if err != nil {
		return 0, false, err
	}
	v, err := p.def.balance.value(s)
	if err != nil || a.status != http.StatusOK {
		return 0, false, fettle.Errorf(fettle.Unavailable, "%s does not tell its balance", p.def.Name).WithHint("Check the key of the connection.")
	}
	if v == nil || isNull(v) {
		return 0, false, nil
	}
	if n, ok := number(v); ok && n < 0 {
		return 0, false, nil
	}
	if left, err = amount(p.def.balance, s); err != nil {
		return 0, false, fettle.Errorf(fettle.Unavailable, "the balance of %s cannot be read: %w", p.def.Name, err).WithHint("Correct balance.remaining in the definition.")
	}
	return left, true, nil
}

// BalanceEvery is how long an answer of Balance may be believed; 0 where there
// is nothing to ask.
func (p *Provider) BalanceEvery() time.Duration {
	if p.def.Balance == nil {
		return 0
	}
	return p.def.Balance.Every.or(5 * time.Minute)
}

// get makes a request outside of any operation and reads its JSON answer.
func (p *Provider) get(ctx context.Context, conn provider.Connection, method, path string) (*scope, answer, error) {
	c, err := p.connect(conn)
	if err != nil {
		return nil, answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(p.def.timeout(), 30*time.Second))
	defer cancel()
	s := &scope{}
	a := c.send(ctx, c.request(ctx, method, path, nil, nil), s, true)
	trouble := a.trouble
	if a.failure != nil {
		trouble = a.failure.Message
	} else if a.form == emptyBody {
		trouble = "the answer is empty"
	}
	if trouble != "" {
		return nil, a, fettle.Errorf(fettle.Unavailable, "%s: %s", p.def.Name, trouble).WithHint("Check the address of the connection and the network.")
	}
	return s, a, nil
}

// connect checks a connection and makes it ready.
func (p *Provider) connect(conn provider.Connection) (*connection, error) {
	address := p.def.Server.BaseURL
	if conn.BaseURL != "" {
		address = conn.BaseURL
	}
	if address == "" {
		return nil, fettle.Errorf(fettle.Invalid, "%s has no address", p.def.ID).WithHint("Give the connection a base URL.")
	}
	base, err := parseBase(address)
	if err != nil {
		return nil, err
	}
	client := conn.Client
	if client == nil {
		client = p.client
	}
	return newConnection(p.def, base, client, conn.Key), nil
}

// Describe says what the provider offers.
func (p *Provider) Describe() provider.Description {
	d := p.def
	out := provider.Description{
		Name: d.ID, Title: d.Name, Kind: provider.Data, BaseURL: d.Server.BaseURL, NeedsKey: d.needsKey(),
		DefinitionVersion: d.DefinitionVersion, Docs: d.Links.Docs, Limits: p.policies(), MaxConcurrent: d.Limits.MaxConcurrent,
	}
	if out.NeedsKey {
		out.KeyEnv = d.Auth.KeyEnv
		if out.KeyEnv == "" {
			out.KeyEnv = strings.ToUpper(strings.ReplaceAll(d.ID, "-", "_")) + "_API_KEY"
		}
	}
	for _, id := range d.order {
		op := d.ops[id]
		out.Operations = append(out.Operations, op.info)
		if out.Unit == "" {
			out.Unit = op.def.Cost.Unit
		}
	}
	if out.Unit == "" {
		out.Unit = "credit"
	}
	return out
}

func (d *Definition) needsKey() bool { return d.Auth.Type != "" && d.Auth.Type != "none" }

// policies gives the rate policies as the capabilities make them.
func (p *Provider) policies() []provider.RatePolicy {
	s := &scope{caps: p.facts.Load().caps}
	var out []provider.RatePolicy
	for i, pol := range p.def.Limits.Policies {
		v := nativeToValue(pol.Requests)
		if prog := p.def.rates[i]; prog != nil {
			var err error
			if v, err = prog.value(s); err != nil || v == nil {
				continue
			}
		}
		if n, ok := number(v); ok && n > 0 && n <= 1e9 {
			out = append(out, provider.RatePolicy{ID: pol.ID, Requests: max(1, int(n)), Per: time.Duration(pol.Per)})
		}
	}
	return out
}

// Prepare makes a step's operation ready to call.
func (p *Provider) Prepare(step fettle.Step, conn provider.Connection) (provider.Operation, error) {
	id := strings.TrimPrefix(step.Provider, p.def.ID+"/")
	c := p.def.ops[id]
	if c == nil {
		return nil, unknownName("operation", id, p.def.ID, p.def.order)
	}
	if step.Model != "" || step.Prompt != "" || step.System != "" || step.Output != nil || step.Formula != nil || step.MaxOutputTokens != 0 {
		return nil, fettle.Errorf(fettle.Invalid, "%s takes no model, prompt, output schema or formula", c.info.ID).WithHint("Give it inputs and options.")
	}
	for _, name := range slices.Sorted(maps.Keys(step.Inputs)) {
		if !slices.Contains(c.inputs, name) {
			return nil, unknownName("input", name, c.info.ID, c.inputs)
		}
	}
	given := func(name string) bool { return step.Inputs[name] != "" }
	if len(step.Inputs) > 0 && !c.enough(given) {
		return nil, fettle.Errorf(fettle.Invalid, "%s needs more inputs", c.info.ID).WithHint("Give it %s.", c.needs())
	}
	options, err := c.options(step.Options)
	if err != nil {
		return nil, err
	}
	if err := c.checkOutputs(step.Outputs); err != nil {
		return nil, err
	}
	cn, err := p.connect(conn)
	if err != nil {
		return nil, err
	}
	op := &Operation{p: p, c: c, conn: cn, options: options}
	switch {
	case c.poll != nil:
		return &JobOperation{&BatchOperation{op}}, nil
	case c.items != nil:
		return &BatchOperation{op}, nil
	}
	return op, nil
}

// unknownName refuses a name that is not in the list.
func unknownName(kind, name, of string, names []string) error {
	err := fettle.Errorf(fettle.Invalid, "%s has no %s %q", of, kind, name).With(kind, name)
	if near := nearest(name, names); near != "" {
		return err.WithHint("Did you mean %s?", near)
	}
	if len(names) == 0 {
		return err.WithHint("It has none.")
	}
	return err.WithHint("It has: %s.", strings.Join(names, ", "))
}

// enough reports whether the inputs that are there suffice for a call.
func (c *compiled) enough(given func(string) bool) bool {
	if len(c.def.Inputs.RequireAny) == 0 {
		return !slices.ContainsFunc(c.inputs, func(n string) bool { return !given(n) })
	}
	return slices.ContainsFunc(c.def.Inputs.RequireAny, func(set []string) bool {
		return !slices.ContainsFunc(set, func(n string) bool { return !given(n) })
	})
}

// needs names the sets of inputs that suffice.
func (c *compiled) needs() string {
	sets := c.def.Inputs.RequireAny
	if len(sets) == 0 {
		sets = [][]string{c.inputs}
	}
	var out []string
	for _, set := range sets {
		out = append(out, strings.Join(set, " and "))
	}
	return strings.Join(out, ", or ")
}

// options checks a step's options and adds the defaults.
func (c *compiled) options(given map[string]any) (map[string]any, error) {
	out := maps.Clone(c.defaults)
	names := make([]string, 0, len(c.info.Options))
	for _, o := range c.info.Options {
		names = append(names, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, unknownName("option", name, c.info.ID, names)
		}
		v := yamlNumber(given[name])
		if _, ok := goValue(nativeToValue(v), c.info.Options[i].Type); !ok {
			return nil, fettle.Errorf(fettle.Invalid, "option %s of %s: %v is not a %s", name, c.info.ID, v, c.info.Options[i].Type).With("option", name).WithHint("Give a value of that type.")
		}
		out[name] = v
	}
	return out, nil
}

// checkOutputs refuses a mapping of outputs that names none of the
// operation's: each pair joins one of its outputs and a name of the
// enrichment's.
func (c *compiled) checkOutputs(mapped map[string]string) error {
	var names []string
	for _, o := range c.info.Outputs {
		names = append(names, o.Name)
	}
	for _, k := range slices.Sorted(maps.Keys(mapped)) {
		if !slices.Contains(names, k) && !slices.Contains(names, mapped[k]) {
			return unknownName("output", k, c.info.ID, names)
		}
	}
	return nil
}

// join puts a path below a base URL.
func join(base *url.URL, path string) (*url.URL, error) {
	u := *base
	raw := base.EscapedPath() + path
	plain, err := url.PathUnescape(raw)
	if err != nil {
		return nil, fmt.Errorf("the path cannot be written: %w", err)
	}
	u.Path = plain
	if u.RawPath = raw; raw == plain {
		u.RawPath = ""
	}
	return &u, nil
}
