// Package declarative runs data providers that are described in provider/v1
// YAML: requests as templates, outcomes as ordered rules, outputs and prices
// as expressions, with fixtures in the same file that run as tests.
package declarative

import (
	"time"

	"github.com/goccy/go-yaml"

	"fettle"
)

// Definition is a provider/v1 document, checked and compiled. It is safe for
// concurrent use.
type Definition struct {
	document

	source  []byte
	writes  bool     // it is a destination's
	order   []string // of the operations
	ops     map[string]*compiled
	balance *program
	authOK  *program
	rates   []*program // requests of limits.policies, where they are templates
}

// document is what the YAML holds.
type document struct {
	APIVersion        string        `yaml:"apiVersion"`
	Kind              string        `yaml:"kind"`
	ID                string        `yaml:"id"`
	Name              string        `yaml:"name"`
	DefinitionVersion string        `yaml:"definition_version"`
	Links             links         `yaml:"links"`
	Sources           []source      `yaml:"sources"`
	Unverified        []string      `yaml:"unverified"` // what nobody could look up
	Freshness         string        `yaml:"freshness"`  // how old the provider's own data may be
	Auth              auth          `yaml:"auth"`
	Server            server        `yaml:"server"`
	Capabilities      *capabilities `yaml:"capabilities"`
	Limits            limits        `yaml:"limits"`
	Balance           *balance      `yaml:"balance"`
	Values            string        `yaml:"values"` // of a destination: text | json
	Operations        []operation   `yaml:"operations"`
	Fixtures          []fixture     `yaml:"fixtures"`
	Simulator         any           `yaml:"simulator"` // for simulators; not read here
}

type links struct {
	Docs   string `yaml:"docs"`
	Status string `yaml:"status"`
	Terms  string `yaml:"terms"`
}

// source is where the facts of a definition were read, and when.
type source struct {
	URL  string `yaml:"url"`
	Read string `yaml:"read"` // 2006-01-02
	For  string `yaml:"for"`  // prices, limits, errors, …
}

// auth says where the credential goes.
type auth struct {
	Type             string            `yaml:"type"`   // none | api_key | bearer | basic (the key is the user, without a password)
	In               string            `yaml:"in"`     // api_key: header | query | body (the query where a request has no object as its body)
	Name             string            `yaml:"name"`   // api_key: the header, the query parameter or the body's key
	Prefix           string            `yaml:"prefix"` // api_key in a header: what stands before the key, such as "Token "
	KeyEnv           string            `yaml:"key_env"`
	CredentialFields []credentialField `yaml:"credential_fields"`
	Test             *probe            `yaml:"test"`
}

type credentialField struct {
	ID     string `yaml:"id"`
	Label  string `yaml:"label"`
	Secret bool   `yaml:"secret"`
}

// probe is a free request that tells whether a credential works.
type probe struct {
	Method string `yaml:"method"`
	Path   string `yaml:"path"`
	OK     string `yaml:"ok"`
}

type balance struct {
	Method    string   `yaml:"method"`
	Path      string   `yaml:"path"`
	Remaining string   `yaml:"remaining"`
	Unit      string   `yaml:"unit"`
	Every     interval `yaml:"every"`
}

type server struct {
	BaseURL  string            `yaml:"base_url"` // "" where every connection has its own
	Timeout  interval          `yaml:"timeout"`  // of one call; 30s unless said
	Headers  map[string]string `yaml:"headers"`
	MaxBytes int64             `yaml:"max_response_bytes"` // 5 MB unless said
}

// capabilities are facts that a server tells of itself at an address. The
// defaults hold until it was asked, and for what it leaves out; they should be
// the worst that can be.
type capabilities struct {
	Path     string         `yaml:"path"`
	Defaults map[string]any `yaml:"defaults"`
}

type limits struct {
	Scope         string     `yaml:"scope"`
	MaxConcurrent int        `yaml:"max_concurrent"`
	Policies      []policy   `yaml:"policies"`
	Signals       []signal   `yaml:"signals"`
	RetryAfter    retryAfter `yaml:"retry_after"`
}

// policy is a rate policy. Requests is a number, or a template over
// capabilities; at 0 the policy is not there.
type policy struct {
	ID       string   `yaml:"id"`
	Requests any      `yaml:"requests"`
	Per      interval `yaml:"per"`
	Window   string   `yaml:"window"` // rolling | fixed; both are kept as sliding windows
}

// signal names the headers in which a provider says what is left.
type signal struct {
	Policy      string `yaml:"policy"`
	Remaining   string `yaml:"remaining"`
	Key         string `yaml:"key"` // of remaining, where the header holds an object of numbers
	Reset       string `yaml:"reset"`
	ResetFormat string `yaml:"reset_format"` // delta_seconds | duration | epoch | iso8601
}

type retryAfter struct {
	Header   string   `yaml:"header"`
	Format   string   `yaml:"format"` // delta_seconds | http_date; both are read, whichever is said
	Fallback interval `yaml:"fallback"`
}

type operation struct {
	ID         string            `yaml:"id"`
	Title      string            `yaml:"title"`
	Entity     string            `yaml:"entity"`   // person | company
	Provides   []string          `yaml:"provides"` // outputs that people look for
	Inputs     inputs            `yaml:"inputs"`
	Mode       string            `yaml:"mode"` // sync | batch | async_batch
	Request    request           `yaml:"request"`
	Results    *results          `yaml:"results"`
	Submit     []rule            `yaml:"submit_outcomes"`
	JobID      string            `yaml:"job_id"`
	Poll       *poll             `yaml:"poll"`
	Webhook    *webhook          `yaml:"webhook"`
	Outcomes   []rule            `yaml:"outcomes"`
	Message    string            `yaml:"message"` // what the provider says of a failure
	Candidates *candidates       `yaml:"candidates"`
	Employment *employmentAnswer `yaml:"employment"`
	Identity   *identityAnswer   `yaml:"identity"`
	Outputs    []output          `yaml:"outputs"`
	Cost       cost              `yaml:"cost"`
	Idempotent idempotency       `yaml:"idempotency"`
	AfterTime  string            `yaml:"retry_after_timeout"` // safe | unsafe
	Cache      *cacheTimes       `yaml:"cache"`
}

type inputs struct {
	Fields     params     `yaml:"fields"`
	RequireAny [][]string `yaml:"require_any"`
	Options    params     `yaml:"options"`
}

type param struct {
	Type    string `yaml:"type"`
	Label   string `yaml:"label"`
	Pattern string `yaml:"pattern"`
	Default any    `yaml:"default"`

	name string
}

// params are named parameters in the order of the document.
type params []param

// UnmarshalYAML keeps the order of the keys.
func (p *params) UnmarshalYAML(unmarshal func(any) error) error {
	var byName map[string]param
	if err := unmarshal(&byName); err != nil {
		return err
	}
	var order yaml.MapSlice
	if err := unmarshal(&order); err != nil {
		return err
	}
	for _, item := range order {
		name, ok := item.Key.(string)
		if v, found := byName[name]; ok && found {
			v.name = name
			*p = append(*p, v)
		}
	}
	return nil
}

type request struct {
	Method       string         `yaml:"method"`
	Path         string         `yaml:"path"`
	Query        map[string]any `yaml:"query"`
	Headers      map[string]any `yaml:"headers"`
	Body         any            `yaml:"body"`
	Item         any            `yaml:"item"`     // batches: one record
	ItemsAt      string         `yaml:"items_at"` // batches: the body's key for the records; without it the body is their list, or of a job the one record
	MaxItems     int            `yaml:"max_items"`
	MaxItemBytes int            `yaml:"max_item_bytes"`
}

// batches reports whether a request holds many records.
func (op *operation) batches() bool { return op.Mode == modeBatch || op.Mode == modeJob }

// results says where the answer to a batch has the result of each record.
type results struct {
	Items     string `yaml:"items"`
	MatchItem string `yaml:"match_item"` // the key of a result: ref; without it they come in the order of the records
}

type rule struct {
	When string `yaml:"when"`
	Is   string `yaml:"is"`
}

type poll struct {
	Method    string   `yaml:"method"`
	Path      string   `yaml:"path"`
	Body      any      `yaml:"body"` // of a POST: {id: "{{job_id}}"}
	First     interval `yaml:"first_after"`
	Every     interval `yaml:"every"`
	GiveUp    interval `yaml:"give_up_after"`
	Kept      interval `yaml:"results_kept"`
	Pending   string   `yaml:"pending"`
	Items     string   `yaml:"items"`
	MatchItem string   `yaml:"match_item"`
}

// webhook says what the provider could push. Jobs are polled.
type webhook struct {
	Supported bool   `yaml:"supported"`
	Event     string `yaml:"event"`
	Items     string `yaml:"items"`
}

// candidates chooses the best of several records: the one whose name is most
// like an input.
type candidates struct {
	From     string  `yaml:"from"`
	Name     string  `yaml:"name"`
	MatchOn  string  `yaml:"match_on"`
	MinScore float64 `yaml:"min_score"`
	Prefer   string  `yaml:"prefer"`
}

type output struct {
	Field  string `yaml:"field"`
	Type   string `yaml:"type"`
	Label  string `yaml:"label"`
	Value  string `yaml:"value"`
	Status string `yaml:"status"`
}

// cost is in the provider's own unit.
type cost struct {
	Unit      string   `yaml:"unit"`
	Estimate  string   `yaml:"estimate"` // the most that a call can cost
	Low       string   `yaml:"low"`      // the least that it can cost
	Expected  string   `yaml:"expected"` // on a hit; the estimate unless said
	Miss      string   `yaml:"miss"`     // the most without a hit; the estimate if such an outcome is charged, unless said
	ChargedOn []string `yaml:"charged_on"`
	Actual    string   `yaml:"actual"`  // what a charged answer cost; the estimate unless said
	Per       string   `yaml:"per"`     // check (the default) | change: an employment that did not change is free | contact: once in period
	Minimum   string   `yaml:"minimum"` // of a request that is billed at all
	Contact   []string `yaml:"contact"` // per: contact: the inputs that tell whom it is about
	Period    string   `yaml:"period"`  // per: contact: 30d, from when it was billed, or month, of the calendar in UTC
	Hold      string   `yaml:"hold"`    // submit: the provider holds the price of a job until it is done
}

type idempotency struct {
	Mode      string   `yaml:"mode"`      // none | key | provider_dedup | safe_method, or a template over capabilities
	Header    string   `yaml:"header"`    // sent with the key if named; Idempotency-Key in the mode key
	Retention interval `yaml:"retention"` // how long keys are kept; the mode key: 24h unless said
	Note      string   `yaml:"note"`
}

type cacheTimes struct {
	Positive interval `yaml:"positive_ttl"`
	Negative interval `yaml:"negative_ttl"`
}

// interval is a span of time in YAML: 30s, 5m, 24h, 30d.
type interval time.Duration

// UnmarshalYAML reads the text form.
func (i *interval) UnmarshalYAML(unmarshal func(any) error) error {
	var s string
	if err := unmarshal(&s); err != nil {
		return err
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		*i = interval(d)
		return nil
	}
	v, err := fettle.ParseInterval(s)
	*i = interval(v)
	return err
}

// or gives the interval, or d if there is none.
func (i interval) or(d time.Duration) time.Duration {
	if i == 0 {
		return d
	}
	return time.Duration(i)
}
