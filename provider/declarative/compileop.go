package declarative

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"fettle"
	"fettle/provider"
)

// semantic types name more than a field's type does; fields have the type on
// the right.
var semantic = map[string]fettle.FieldType{
	"linkedin_person_url": fettle.LinkedIn, "linkedin_company_url": fettle.LinkedIn, "country_iso2": fettle.Country,
	"bool": fettle.Boolean, "int": fettle.Number, "integer": fettle.Number, "string": fettle.Text,
}

func (c *compiler) fieldType(key, s string) (fettle.FieldType, error) {
	if t, ok := semantic[s]; ok {
		return t, nil
	}
	t, err := fettle.ParseFieldType(s)
	if err != nil {
		return "", c.fail(key, err)
	}
	return t, nil
}

func (c *compiler) operation(op *operation) *compiled {
	out := &compiled{def: op, patterns: map[string]*regexp.Regexp{}, defaults: map[string]any{}}
	c.headers = false
	for _, step := range []func(*operation, *compiled) error{c.describe, c.request, c.judgement, c.polling, c.results, c.price} {
		c.goOn(step(op, out))
	}
	out.headers = c.headers
	return out
}

// describe checks inputs and options, and makes the description.
func (c *compiler) describe(op *operation, out *compiled) error {
	entity := map[string]fettle.Entity{"person": fettle.People, "people": fettle.People, "company": fettle.Companies, "companies": fettle.Companies, "": ""}
	c.goOn(c.oneOf("entity", op.Entity, slices.Sorted(maps.Keys(entity))...))
	c.goOn(c.oneOf("mode", op.Mode, "sync", modeBatch, modeJob, ""))
	title := op.Title
	if title == "" {
		title = op.ID
	}
	out.info = provider.OperationInfo{
		ID: c.d.ID + "/" + op.ID, Title: title, Entity: entity[op.Entity], RequireAny: op.Inputs.RequireAny,
		Definition: op.Request.Method + " " + op.Request.Path,
	}
	for _, p := range op.Inputs.Fields {
		t, err := c.fieldType("inputs.fields."+p.name, p.Type)
		c.goOn(err)
		if p.Pattern != "" {
			re, err := regexp.Compile(p.Pattern)
			if err != nil {
				c.goOn(c.fail("inputs.fields."+p.name, err))
			}
			out.patterns[p.name] = re
		}
		out.inputs = append(out.inputs, p.name)
		out.info.Inputs = append(out.info.Inputs, provider.Param{Name: p.name, Type: t, Label: p.Label})
	}
	if len(out.inputs) == 0 {
		c.goOn(c.failf("inputs.fields", "Name what the provider is asked with.", "no inputs"))
	}
	for i, set := range op.Inputs.RequireAny {
		for _, name := range set {
			if !slices.Contains(out.inputs, name) {
				c.goOn(c.failf(fmt.Sprintf("inputs.require_any[%d]", i), "Inputs: "+strings.Join(out.inputs, ", ")+".", "%q is not an input", name))
			}
		}
	}
	var options []string
	for _, p := range op.Inputs.Options {
		t, err := c.fieldType("inputs.options."+p.name, p.Type)
		c.goOn(err)
		p.Default = yamlNumber(p.Default)
		if p.Default != nil {
			out.defaults[p.name] = p.Default
		}
		options = append(options, p.name)
		out.info.Options = append(out.info.Options, provider.Param{Name: p.name, Type: t, Label: p.Label, Default: p.Default})
	}
	c.x.declared["input"], c.x.declared["options"] = out.inputs, options
	return nil
}

// yamlNumber gives whole numbers the form that JSON has for them.
func yamlNumber(v any) any {
	switch v := v.(type) {
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case int:
		return float64(v)
	}
	return v
}

func (c *compiler) request(op *operation, out *compiled) (err error) {
	r, q := &op.Request, &out.req
	c.goOn(c.oneOf("request.method", r.Method, methods...))
	if !strings.HasPrefix(r.Path, "/") && r.Path != "" {
		c.goOn(c.failf("request.path", "Give the path after the base URL, such as /enrich.", "%q is not a path", r.Path))
	}
	q.method = r.Method
	q.path, err = c.template("request.path", r.Path, requestVars)
	c.goOn(err)
	q.query, q.headers = c.pairs("request.query", r.Query), c.pairs("request.headers", r.Headers)
	body := r.Body
	if op.batches() {
		if r.Item == nil || r.ItemsAt == "" && (op.Mode == modeJob && r.MaxItems > 1 || body != nil) {
			return c.failf("request.item", "A batch needs item (one record), max_items, and items_at (the body's key for the records).", "no item, or no place for it")
		}
		if q.item, err = c.x.compileBody(r.Item, requestVars); err != nil {
			return c.fail("request.item", err)
		}
		if _, isMap := body.(map[string]any); body == nil {
			body = map[string]any{}
		} else if !isMap {
			return c.failf("request.body", "The records are put under "+r.ItemsAt+" of it.", "the body of a batch must be an object")
		}
	}
	if body == nil {
		return nil
	}
	if q.body, err = c.x.compileBody(body, requestVars); err != nil {
		return c.fail("request.body", err)
	}
	return nil
}

func (c *compiler) pairs(key string, in map[string]any) []pair {
	var out []pair
	for _, k := range slices.Sorted(maps.Keys(in)) {
		t, err := c.template(key+"."+k, fettle.FormatValue(yamlNumber(in[k])), requestVars)
		c.goOn(err)
		out = append(out, pair{key: k, tmpl: t})
	}
	return out
}

func (c *compiler) judgement(op *operation, out *compiled) (err error) {
	vars := responseVars
	if op.batches() {
		vars = itemVars
		if out.submit = c.rules("submit_outcomes", op.Submit, responseVars); len(out.submit) == 0 {
			c.goOn(c.failf("submit_outcomes", "Say when a batch is accepted.", "no rules"))
		}
	}
	if out.outcomes = c.rules("outcomes", op.Outcomes, vars); len(out.outcomes) == 0 {
		c.goOn(c.failf("outcomes", "Say at least when something is found.", "no rules"))
	}
	return c.optional("message", op.Message, vars, &out.message)
}

func (c *compiler) polling(op *operation, out *compiled) (err error) {
	switch {
	case op.Mode != modeJob && (op.Poll != nil || op.JobID != ""):
		return c.failf("mode", "Write mode: async_batch.", "poll and job_id belong to batches that are polled")
	case op.Mode != modeBatch && op.Results != nil:
		return c.failf("mode", "Write mode: batch.", "results belongs to batches that are answered at once")
	case !op.batches() && op.Submit != nil:
		return c.failf("mode", "Write mode: batch, or async_batch.", "submit_outcomes belongs to batches")
	case op.Mode == modeBatch:
		return c.answers(op, out)
	case op.Mode != modeJob:
		return nil
	}
	if op.Poll == nil {
		return c.failf("poll", "Say where the outcome of a job is asked.", "a batch needs poll")
	}
	if out.jobID, err = c.expr("job_id", op.JobID, responseVars); err != nil {
		return err
	}
	if err := c.oneOf("poll.method", op.Poll.Method, "GET", "POST"); err != nil {
		return err
	}
	p := &pollProgram{method: op.Poll.Method}
	if p.path, err = c.template("poll.path", op.Poll.Path, pollVars); err != nil {
		return err
	}
	if op.Poll.Body != nil {
		if op.Poll.Method != http.MethodPost {
			return c.failf("poll.body", "Write method: POST.", "a GET has no body")
		}
		if p.body, err = c.x.compileBody(op.Poll.Body, pollVars); err != nil {
			return c.fail("poll.body", err)
		}
	}
	if p.pending, err = c.expr("poll.pending", op.Poll.Pending, probeVars); err != nil {
		return err
	}
	if out.items, err = c.expr("poll.items", op.Poll.Items, probeVars); err != nil {
		return err
	}
	out.poll = p
	if op.Poll.MatchItem == "" && op.Request.MaxItems <= 1 {
		return nil // the job's only record
	}
	out.match, err = c.expr("poll.match_item", op.Poll.MatchItem, matchVars)
	return err
}

// answers checks where the answer to a batch has its results.
func (c *compiler) answers(op *operation, out *compiled) (err error) {
	if op.Results == nil {
		return c.failf("results", "Say where the answer has the records: results: {items: body.results, match_item: item.ref}.", "a batch needs results")
	}
	if out.items, err = c.expr("results.items", op.Results.Items, probeVars); err != nil {
		return err
	}
	return c.optional("results.match_item", op.Results.MatchItem, matchVars, &out.match)
}

func (c *compiler) results(op *operation, out *compiled) (err error) {
	vars := responseVars
	if op.batches() {
		vars = itemVars
	}
	if op.Candidates != nil {
		if err := c.candidates(op, out); err != nil {
			return err
		}
		vars = append(slices.Clone(vars), "best")
	}
	var names []string
	if op.Employment != nil {
		c.goOn(c.employment(op, out))
		for _, o := range employmentOutputs {
			names = append(names, o.Name)
		}
	}
	c.goOn(c.identity(op, out, vars))
	for i, o := range op.Outputs {
		key := fmt.Sprintf("outputs[%d]", i)
		if fettle.CheckFieldKey(o.Field) != nil || slices.Contains(names, o.Field) {
			c.goOn(c.failf(key+".field", "Each output needs a name of its own: lower-case letters, digits and _.", "%q is not an output, or there twice", o.Field))
		}
		p := outputProgram{field: o.Field}
		p.kind, err = c.fieldType(key+".type", o.Type)
		c.goOn(err)
		p.value, err = c.expr(key+".value", o.Value, vars)
		c.goOn(err)
		c.goOn(c.optional(key+".status", o.Status, vars, &p.status))
		out.outputs, names = append(out.outputs, p), append(names, o.Field)
		out.info.Outputs = append(out.info.Outputs, provider.Param{Name: o.Field, Type: p.kind, Label: o.Label, Status: p.status != nil})
	}
	if len(names) == 0 {
		return c.failf("outputs", "Name what an answer gives.", "no outputs")
	}
	for _, n := range op.Provides {
		if !slices.Contains(names, n) {
			c.goOn(c.failf("provides", "Outputs: "+strings.Join(names, ", ")+".", "%q is not an output", n))
		}
	}
	return nil
}

func (c *compiler) candidates(op *operation, out *compiled) (err error) {
	in, p := op.Candidates, &candidateProgram{matchOn: op.Candidates.MatchOn, minScore: op.Candidates.MinScore}
	if op.batches() {
		return c.failf("candidates", "Choose in the expressions of the outputs.", "a batch has no candidates")
	}
	if !slices.Contains(out.inputs, in.MatchOn) {
		return c.failf("candidates.match_on", "Inputs: "+strings.Join(out.inputs, ", ")+".", "%q is not an input", in.MatchOn)
	}
	if p.from, err = c.expr("candidates.from", in.From, responseVars); err != nil {
		return err
	}
	if p.name, err = c.expr("candidates.name", in.Name, candidateVars); err != nil {
		return err
	}
	out.cand = p
	return c.optional("candidates.prefer", in.Prefer, candidateVars, &p.prefer)
}

func (c *compiler) price(op *operation, out *compiled) (err error) {
	p := &out.price
	p.estimate, err = c.expr("cost.estimate", op.Cost.Estimate, priceVars)
	c.goOn(err)
	vars := responseVars
	if op.batches() {
		vars = itemVars
	}
	leastVars := priceVars
	if op.batches() {
		leastVars = factVars // it is the request's, whatever records are in it
	}
	for _, e := range []struct {
		key, src string
		vars     []string
		into     **program
	}{
		{"cost.low", op.Cost.Low, priceVars, &p.low},
		{"cost.expected", op.Cost.Expected, priceVars, &p.expected},
		{"cost.miss", op.Cost.Miss, priceVars, &p.miss},
		{"cost.actual", op.Cost.Actual, vars, &p.actual},
		{"cost.minimum", op.Cost.Minimum, leastVars, &p.minimum},
	} {
		c.goOn(c.optional(e.key, e.src, e.vars, e.into))
	}
	p.charged = map[provider.Outcome]bool{}
	for i, o := range op.Cost.ChargedOn {
		c.goOn(c.oneOf(fmt.Sprintf("cost.charged_on[%d]", i), o, "found", "not_found", "failed", "bad_input"))
		p.charged[provider.Outcome(o)] = true
	}
	c.goOn(c.billing(op, out))
	c.goOn(c.oneOf("cost.hold", op.Cost.Hold, "submit", ""))
	return c.recovery(op, out)
}

func (c *compiler) recovery(op *operation, out *compiled) (err error) {
	c.goOn(c.oneOf("retry_after_timeout", op.AfterTime, "safe", "unsafe", ""))
	if out.mode, err = c.template("idempotency.mode", op.Idempotent.Mode, factVars); err != nil {
		return err
	}
	if mode, ok := out.mode.constant(); ok {
		return c.oneOf("idempotency.mode", mode, "none", "key", "provider_dedup", "safe_method", "")
	}
	return nil
}
