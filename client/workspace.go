package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"fettle"
)

// Provider is a provider and how it is connected.
type Provider struct {
	Name              string          `json:"name"`
	Title             string          `json:"title"`
	Kind              string          `json:"kind"`
	Unit              string          `json:"unit"`
	BaseURL           string          `json:"base_url"`
	NeedsKey          bool            `json:"needs_key"`
	KeyEnv            string          `json:"key_env,omitempty"`
	DefinitionVersion string          `json:"definition_version,omitempty"`
	Docs              string          `json:"docs,omitempty"`
	Operations        []Operation     `json:"operations"`
	Ready             bool            `json:"ready"`
	Why               string          `json:"why,omitempty"`       // it is not ready
	KeyFrom           string          `json:"key_from,omitempty"`  // database or environment
	Provider          string          `json:"provider"`            // whose connection it is
	Connection        string          `json:"connection"`          // its name among the provider's
	Simulated         bool            `json:"simulated,omitempty"` // the simulated provider answers
	Address           string          `json:"address,omitempty"`   // set here, instead of the definition's
	Note              string          `json:"note,omitempty"`
	UnitCredits       *fettle.Credits `json:"unit_credits"`
	Balance           *fettle.Credits `json:"balance_units"` // left on the account there, in its own unit; nil: not known
	Calls             int64           `json:"calls"`
	Found             int64           `json:"found"`
	CostPerHit        fettle.Credits  `json:"cost_per_hit_credits"`
}

// Operation is one operation of a provider.
type Operation struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Entity     fettle.Entity `json:"entity,omitempty"`
	Inputs     []Param       `json:"inputs"`
	RequireAny [][]string    `json:"require_any,omitempty"`
	Options    []Param       `json:"options,omitempty"`
	Outputs    []Param       `json:"outputs"`
}

// Param is a named, typed input, option or output.
type Param struct {
	Name    string           `json:"name"`
	Type    fettle.FieldType `json:"type"`
	Label   string           `json:"label,omitempty"`
	Default any              `json:"default,omitempty"`
}

// Providers lists the providers.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	p, err := get[Page[Provider]](ctx, c, "/providers", nil)
	return p.Items, err
}

// Simulated is how the simulated provider stands.
type Simulated struct {
	On    bool   `json:"on"`
	From  string `json:"from,omitempty"` // workspace, or server for whoever runs it
	Calls int64  `json:"calls"`
	Found int64  `json:"found"`
}

// Simulated tells whether the simulated provider is switched on.
func (c *Client) Simulated(ctx context.Context) (Simulated, error) {
	return get[Simulated](ctx, c, "/simulated-provider", nil)
}

// SetSimulated switches the simulated provider on or off.
func (c *Client) SetSimulated(ctx context.Context, on bool) (Simulated, error) {
	return put[Simulated](ctx, c, "/simulated-provider", map[string]bool{"on": on})
}

// Connection is what to change of a provider's connection; nil stays as it is.
type Connection struct {
	Key         *string         `json:"key,omitempty"` // "" takes the key away
	BaseURL     *string         `json:"base_url,omitempty"`
	UnitCredits *fettle.Credits `json:"unit_credits,omitempty"`
}

// SetConnection changes how a provider is connected.
func (c *Client) SetConnection(ctx context.Context, provider string, in Connection) (Provider, error) {
	return put[Provider](ctx, c, "/providers/"+url.PathEscape(provider)+"/connection", in)
}

// AddConnection adds a connection to a provider: provider@connection.
func (c *Client) AddConnection(ctx context.Context, name string, in Connection) (Provider, error) {
	return post[Provider](ctx, c, "/providers/"+url.PathEscape(name)+"/connection", in)
}

// RemoveConnection takes a connection away that nothing uses.
func (c *Client) RemoveConnection(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/providers/" + url.PathEscape(name) + "/connection"}, nil)
}

// Model is a model that a connection's server offers.
type Model struct {
	Model  string `json:"model"`
	Priced bool   `json:"priced"` // its price is known: a step may ask it
}

// Models lists the models that a connection's server offers.
func (c *Client) Models(ctx context.Context, name string) ([]Model, error) {
	p, err := get[Page[Model]](ctx, c, "/providers/"+url.PathEscape(name)+"/models", nil)
	return p.Items, err
}

// Message is an answer in words.
type Message struct {
	Message string `json:"message"`
}

// TestConnection checks a provider's key and address.
func (c *Client) TestConnection(ctx context.Context, provider string) (Message, error) {
	return post[Message](ctx, c, "/providers/"+url.PathEscape(provider)+"/test", nil)
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Provider      string `json:"provider"`
	Model         string `json:"model"`
	Input         string `json:"input_usd"`
	Output        string `json:"output_usd"`
	CacheRead     string `json:"cache_read_usd,omitempty"`
	CacheWrite    string `json:"cache_write_usd,omitempty"`
	Request       string `json:"request_usd,omitempty"`
	Context       int64  `json:"context_tokens,omitempty"`
	MaxOutput     int64  `json:"max_output_tokens,omitempty"`
	EffectiveFrom string `json:"effective_from,omitempty"`
}

// Prices lists the prices of models.
func (c *Client) Prices(ctx context.Context) ([]Price, error) {
	p, err := get[Page[Price]](ctx, c, "/prices", nil)
	return p.Items, err
}

// SetPrice sets the price of a model from a day on.
func (c *Client) SetPrice(ctx context.Context, p Price) error {
	return c.do(ctx, request{method: http.MethodPut, path: "/prices", body: p}, nil)
}

// Change is what applying documents does to one thing.
type Change struct {
	Kind    string           `json:"kind"`
	Name    string           `json:"name"`
	Action  string           `json:"action"` // create, update, unchanged; where pruned also remove and keep
	Diff    []string         `json:"diff,omitempty"`
	Message string           `json:"message,omitempty"` // what a person should know of it
	Price   *json.RawMessage `json:"price,omitempty"`
}

// DocumentFile is a file of documents; its path is relative.
type DocumentFile struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// ExportWorkspace gives what the workspace is set up as, as Apply takes it.
func (c *Client) ExportWorkspace(ctx context.Context) ([]DocumentFile, error) {
	p, err := get[Page[DocumentFile]](ctx, c, "/workspace/documents", nil)
	return p.Items, err
}

// Documents declare a workspace.
type Documents struct {
	Text    string `json:"documents"` // YAML
	Prune   bool   `json:"prune,omitempty"`
	Confirm bool   `json:"confirm,omitempty"`
	Seen    string `json:"seen,omitempty"` // the mark of what was agreed to remove
}

// Plan says what applying the documents would do.
func (c *Client) Plan(ctx context.Context, d Documents) ([]Change, error) {
	p, err := post[Page[Change]](ctx, c, "/plan", map[string]any{"documents": d.Text, "prune": d.Prune})
	return p.Items, err
}

// Apply makes the workspace what the documents declare: all of it or nothing.
func (c *Client) Apply(ctx context.Context, d Documents) ([]Change, error) {
	p, err := post[Page[Change]](ctx, c, "/apply", d)
	return p.Items, err
}

// Token is a token without its secret.
type Token struct {
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend"`
	CreatedAt string      `json:"created_at,omitempty"`
	Secret    string      `json:"secret,omitempty"` // shown once, when it is made
	// Limits are its own, beside those of the workspace.
	Limits []fettle.LimitView `json:"limits,omitempty"`
}

// TokenInput is a token to be made.
type TokenInput struct {
	Name     string          `json:"name"`
	Role     fettle.Role     `json:"role"`
	MaySpend bool            `json:"may_spend,omitempty"` // lets an editor's token do what spends
	Credits  *fettle.Credits `json:"credits,omitempty"`   // its own spend limit
	Per      fettle.Period   `json:"per,omitempty"`
}

// Tokens lists the tokens.
func (c *Client) Tokens(ctx context.Context) ([]Token, error) {
	p, err := get[Page[Token]](ctx, c, "/tokens", nil)
	return p.Items, err
}

// CreateToken makes a token. Its secret is shown once.
func (c *Client) CreateToken(ctx context.Context, in TokenInput) (Token, error) {
	return post[Token](ctx, c, "/tokens", in)
}

// DeleteToken ends a token.
func (c *Client) DeleteToken(ctx context.Context, name string) error {
	return c.remove(ctx, "/tokens/"+url.PathEscape(name))
}

// Status says who asks and what is served.
type Status struct {
	Version   string      `json:"version"`
	Workspace string      `json:"workspace,omitempty"` // what people call it
	Actor     string      `json:"actor"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend"` // may do what spends
	Following bool        `json:"following"` // a process is there that makes calls
}

// Status says who asks and what is served.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/status", nil)
}

// NameWorkspace says what people call the workspace; "" takes the name away.
func (c *Client) NameWorkspace(ctx context.Context, name string) (Status, error) {
	return put[Status](ctx, c, "/workspace", map[string]string{"name": name})
}
