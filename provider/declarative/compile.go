package declarative

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/provider"
)

// compiled is an operation with every expression ready.
type compiled struct {
	def        *operation
	info       provider.OperationInfo
	inputs     []string
	patterns   map[string]*regexp.Regexp
	defaults   map[string]any // of options
	req        requestProgram
	submit     []ruleProgram
	outcomes   []ruleProgram
	jobID      *program
	poll       *pollProgram
	items      *program // of a batch: the list of results …
	match      *program // … and the key of each; nil: they come in the order of the records
	message    *program
	cand       *candidateProgram
	employment *employmentProgram
	identity   *identityProgram
	outputs    []outputProgram
	price      priceProgram
	mode       *template // of idempotency
	headers    bool      // a rule or output reads response headers
}

type requestProgram struct {
	method  string
	path    *template
	query   []pair
	headers []pair
	body    *node
	item    *node
}

type pair struct {
	key  string
	tmpl *template
}

type ruleProgram struct {
	when  *program
	is    provider.Outcome
	plain bool // it may take an answer whose body is empty or not JSON for done
}

type outputProgram struct {
	field  string
	kind   fettle.FieldType
	value  *program
	status *program
}

type pollProgram struct {
	path    *template
	method  string
	body    *node
	pending *program
}

type candidateProgram struct {
	from, name, prefer *program
	matchOn            string
	minScore           float64
}

type priceProgram struct {
	estimate, low, expected, miss, actual, minimum *program

	per     string        // check, change, contact
	contact []string      // inputs
	period  time.Duration // of a contact; 0: the calendar month
	charged map[provider.Outcome]bool
}

var (
	idPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	ruleEnds  = []provider.Outcome{
		provider.Found, provider.NotFound, provider.Accepted, provider.Pending, provider.Throttled, provider.Transient,
		provider.OutOfCredit, provider.AuthError, provider.BadInput, provider.Failed, provider.Unknown,
	}
	methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
)

// compiler checks a definition. Where it fails it remembers the place, so that
// the error can name it.
type compiler struct {
	d     *Definition
	x     *exprs
	where string // for people: operation enrich_person
	path  string // in the YAML: $.operations[0]

	headers bool // an expression of the operation reads response headers
	plain   bool // the operation writes: a status alone says that it was done

	keys   *keyWalk        // that nothing reads
	faults []*fettle.Error // all that fail told
}

// goOn goes on behind an error, which fail keeps: what is wrong at one key hides
// nothing that is wrong at another.
func (c *compiler) goOn(error) {}

// fail keeps an error that names the place: key is below where.
func (c *compiler) fail(key string, err error) error {
	if len(c.faults) >= maxFaults || c.keys.follows(c.path+"."+key) {
		return err
	}
	place := key
	if c.where != "" {
		place = c.where + ", " + key
	}
	hint := "Correct it in the definition."
	var e *fettle.Error
	if errors.As(err, &e) && e.Hint != "" {
		hint = e.Hint
	}
	line := lineOf(c.d.source, c.path+"."+key)
	out := atLine(fettle.Errorf(fettle.Invalid, "%s: %w", place, err), line).With("key", place).WithHint("%s", hint)
	c.faults = append(c.faults, out)
	return out
}

func (c *compiler) failf(key, hint, format string, args ...any) error {
	return c.fail(key, fettle.Errorf(fettle.Invalid, format, args...).WithHint("%s", hint))
}

// oneOf refuses values that are not in the list.
func (c *compiler) oneOf(key, value string, list ...string) error {
	if slices.Contains(list, value) {
		return nil
	}
	return c.failf(key, "One of: "+strings.TrimSpace(strings.Join(list, " "))+".", "%q is not known here", value)
}

// compile reads all of a definition: what is wrong in one part hides nothing that
// is wrong in another.
func (c *compiler) compile() {
	d := c.d
	c.header()
	c.shared()
	if len(d.Operations) == 0 {
		c.goOn(c.failf("operations", "Describe at least one operation.", "no operations"))
	}
	d.ops = map[string]*compiled{}
	for i := range d.Operations {
		op := &d.Operations[i]
		c.where, c.path = "operation "+op.ID, fmt.Sprintf("$.operations[%d]", i)
		if !idPattern.MatchString(op.ID) || d.ops[op.ID] != nil {
			c.goOn(c.failf("id", "Each operation needs an id of its own: lower-case letters, digits, - and _.", "%q is not an id, or there twice", op.ID))
		}
		if err := c.destination(op); err != nil {
			continue // of a destination that is not one, nothing else is told
		}
		d.order, d.ops[op.ID] = append(d.order, op.ID), c.operation(op)
	}
	c.where, c.path = "", "$"
	c.fixtures()
}

func (c *compiler) header() {
	d := c.d
	c.goOn(c.oneOf("apiVersion", d.APIVersion, "provider/v1"))
	kind := kindProvider
	if d.writes {
		kind = kindDestination
	}
	c.goOn(c.oneOf("kind", d.Kind, kind))
	if !idPattern.MatchString(d.ID) {
		c.goOn(c.failf("id", "Use lower-case letters, digits, - and _, starting with a letter.", "%q is not an id", d.ID))
	}
	if d.Name == "" {
		d.Name = d.ID
	}
	for i, s := range d.Sources {
		if _, err := time.Parse(time.DateOnly, s.Read); err != nil || !strings.HasPrefix(s.URL, "https://") {
			c.goOn(c.failf(fmt.Sprintf("sources[%d]", i), "Write {url: https://…, read: 2026-11-29, for: prices}.", "a source needs an address and the day it was read"))
		}
	}
	c.goOn(c.oneOf("auth.type", d.Auth.Type, "none", "api_key", "bearer", "basic", ""))
	if d.Auth.Type == "api_key" {
		c.goOn(c.oneOf("auth.in", d.Auth.In, "header", "query", "body"))
		if d.Auth.Name == "" {
			c.goOn(c.failf("auth.name", "Name the header, the query parameter or the key of the body that takes the key.", "no name"))
		}
	}
	if p := d.Auth.Prefix; p != "" && (d.Auth.Type != "api_key" || d.Auth.In != "header" || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r > '~' })) {
		c.goOn(c.failf("auth.prefix", `It is what stands before the key in a header, such as "Token ", of type: api_key with in: header.`, "a prefix cannot stand here"))
	}
	if d.Server.BaseURL != "" {
		if _, err := parseBase(d.Server.BaseURL); err != nil {
			c.goOn(c.fail("server.base_url", err))
		}
	}
	if d.Server.MaxBytes < 0 {
		c.goOn(c.failf("server.max_response_bytes", "Leave it out for 5 MB.", "a negative size"))
	}
}

// shared compiles what belongs to no operation.
func (c *compiler) shared() {
	d := c.d
	caps := []string{}
	if d.Capabilities != nil {
		caps = slices.Sorted(maps.Keys(d.Capabilities.Defaults))
		if !strings.HasPrefix(d.Capabilities.Path, "/") {
			c.goOn(c.failf("capabilities.path", "Give the path after the base URL, such as /capabilities.", "%q is not a path", d.Capabilities.Path))
		}
	}
	c.x.declared["capabilities"] = caps
	if d.Auth.Test != nil {
		var err error
		d.authOK, err = c.expr("auth.test.ok", d.Auth.Test.OK, probeVars)
		c.goOn(err)
	}
	c.goOn(c.balance())
	c.goOn(c.oneOf("limits.scope", d.Limits.Scope, "credential", "account", "instance", ""))
	c.policies()
}

// balance checks how the provider's own balance is asked, which must be in the
// unit of its prices.
func (c *compiler) balance() (err error) {
	b := c.d.Balance
	if b == nil {
		return nil
	}
	if err := c.oneOf("balance.method", b.Method, http.MethodGet, http.MethodPost); err != nil {
		return err
	}
	if !strings.HasPrefix(b.Path, "/") {
		return c.failf("balance.path", "Give the path after the base URL, such as /account.", "%q is not a path", b.Path)
	}
	for _, op := range c.d.Operations {
		if b.Unit != "" && op.Cost.Unit != "" && b.Unit != op.Cost.Unit {
			return c.failf("balance.unit", "Convert it in balance.remaining, such as body.cents / 100.0.", "the balance is in %s, the prices are in %s", b.Unit, op.Cost.Unit)
		}
	}
	c.d.balance, err = c.expr("balance.remaining", b.Remaining, probeVars)
	return err
}

func (c *compiler) policies() {
	d := c.d
	d.rates = make([]*program, len(d.Limits.Policies))
	for i, p := range d.Limits.Policies {
		key := fmt.Sprintf("limits.policies[%d]", i)
		if p.ID == "" || p.Per <= 0 {
			c.goOn(c.failf(key, "Write {id: minute, requests: 300, per: 1m}.", "a policy needs an id and a length"))
			continue
		}
		if s, ok := p.Requests.(string); ok {
			t, err := c.template(key+".requests", s, []string{"capabilities"})
			if err != nil {
				continue
			}
			if d.rates[i] = t.whole(); d.rates[i] != nil {
				continue
			}
		}
		if n, ok := number(nativeToValue(p.Requests)); !ok || n < 1 || n > 1e9 {
			c.goOn(c.failf(key+".requests", "Write a whole number, or a template such as \"{{capabilities.rate}}\".", "%v is not a number of requests", p.Requests))
		}
	}
	for i, s := range d.Limits.Signals {
		key := fmt.Sprintf("limits.signals[%d]", i)
		if s.Policy == "" || s.Remaining == "" {
			c.goOn(c.failf(key, "Name the policy and the header with what remains.", "an incomplete signal"))
		}
		c.goOn(c.oneOf(key+".reset_format", s.ResetFormat, "delta_seconds", "duration", "epoch", "iso8601", ""))
	}
	c.goOn(c.oneOf("limits.retry_after.format", d.Limits.RetryAfter.Format, "delta_seconds", "http_date", ""))
}

// expr compiles an expression that must be there.
func (c *compiler) expr(key, src string, vars []string) (*program, error) {
	if strings.TrimSpace(src) == "" {
		return nil, c.failf(key, "Write a CEL expression.", "no expression")
	}
	p, err := c.x.compile(src, vars)
	if err != nil {
		return nil, c.fail(key, err)
	}
	c.headers = c.headers || p.mentions("resp") && strings.Contains(src, "headers")
	return p, nil
}

// optional compiles an expression that may be missing: nil then.
func (c *compiler) optional(key, src string, vars []string, into **program) error {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	p, err := c.expr(key, src, vars)
	*into = p
	return err
}

func (c *compiler) template(key, src string, vars []string) (*template, error) {
	t, err := c.x.compileTemplate(src, vars)
	if err != nil {
		return nil, c.fail(key, err)
	}
	return t, nil
}

func (c *compiler) rules(key string, in []rule, vars []string) []ruleProgram {
	var out []ruleProgram
	for i, r := range in {
		key := fmt.Sprintf("%s[%d]", key, i)
		p, err := c.expr(key+".when", r.When, vars)
		c.goOn(err)
		is := provider.Outcome(r.Is)
		if !slices.Contains(ruleEnds, is) {
			c.goOn(c.failf(key+".is", "One of: found not_found accepted pending throttled transient out_of_credit auth_error bad_input failed unknown.", "%q is not an outcome", r.Is))
		}
		out = append(out, ruleProgram{when: p, is: is, plain: c.plain})
	}
	return out
}

// parseBase reads a base URL.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fettle.Errorf(fettle.Invalid, "%q is not a base URL", s).WithHint("Write http:// or https://, a host, and a path if there is one.")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fettle.Errorf(fettle.Invalid, "the base URL has a user, a query or a fragment").WithHint("Give the key as the connection's key.")
	}
	return u, nil
}

// timeout is how long one call may take.
func (d *Definition) timeout() time.Duration { return d.Server.Timeout.or(30 * time.Second) }

// maxBytes is the largest answer that is read.
func (d *Definition) maxBytes() int64 {
	if d.Server.MaxBytes == 0 {
		return 5 << 20
	}
	return d.Server.MaxBytes
}
