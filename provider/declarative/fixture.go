package declarative

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"fettle"
	"fettle/identity/stranger"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// fixture is an example that runs as a test: an input makes exactly this
// request; this response gives these outputs at this price.
type fixture struct {
	Name         string           `yaml:"name"`
	Op           string           `yaml:"op"`
	Phase        string           `yaml:"phase"` // batches: submit | poll
	Input        map[string]any   `yaml:"input"`
	Options      map[string]any   `yaml:"options"`
	Capabilities map[string]any   `yaml:"capabilities"`
	Ref          string           `yaml:"ref"`
	JobID        string           `yaml:"job_id"`
	Request      *fixtureRequest  `yaml:"expect_request"`
	Response     *fixtureResponse `yaml:"response"`
	Expect       fixtureExpect    `yaml:"expect"`
}

type fixtureRequest struct {
	Method  string            `yaml:"method"`
	URL     string            `yaml:"url"`
	Headers map[string]string `yaml:"headers"` // of more than these, nothing is said
	Body    any               `yaml:"body"`
}

type fixtureResponse struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    any               `yaml:"body"` // JSON; text as it stands
	Text    string            `yaml:"text"` // instead of body, what is not JSON
}

type fixtureExpect struct {
	Outcome string                   `yaml:"outcome"`
	Cost    any                      `yaml:"cost"`
	Outputs map[string]any           `yaml:"outputs"` // of more than these, nothing is said
	Status  map[string]string        `yaml:"status"`
	JobID   string                   `yaml:"job_id"`
	Message string                   `yaml:"message"`  // part of it
	Strange string                   `yaml:"stranger"` // why the answer is held back as somebody else's; "" for one that is not
	Items   map[string]fixtureExpect `yaml:"items"`    // poll: by ref
	Balance any                      `yaml:"balance"`  // of a fixture without an operation: units left, or unknown
}

// untold is the balance of an answer that does not tell it.
const untold = "unknown"

// done is the outcome of a fixture of a poll that has results.
const done = "done"

func (c *compiler) fixtures() {
	for i, f := range c.d.Fixtures {
		c.goOn(c.fixture(fmt.Sprintf("fixtures[%d]", i), f))
	}
}

func (c *compiler) fixture(key string, f fixture) error {
	if f.Expect.Balance != nil && f.Op == "" {
		if c.d.Balance == nil || f.Response == nil {
			return c.failf(key, "Write the section balance and the fixture's response.", "nothing to ask for a balance, or no response")
		}
		return nil
	}
	op := c.d.ops[f.Op]
	if op == nil {
		return c.failf(key+".op", "Operations: "+strings.Join(c.d.order, ", ")+".", "%q is not an operation", f.Op)
	}
	if err := c.oneOf(key+".phase", f.Phase, "submit", "poll", ""); err != nil {
		return err
	}
	if (f.Phase != "") != (op.def.Mode == modeJob) {
		return c.failf(key+".phase", "Batches that are polled have the phases submit and poll; other operations have none.", "phase %q", f.Phase)
	}
	if !slices.Contains(ruleEnds, provider.Outcome(f.Expect.Outcome)) && f.Expect.Outcome != done {
		return c.failf(key+".expect.outcome", "Use an outcome, or done for a poll with items.", "%q is not an outcome", f.Expect.Outcome)
	}
	if f.Response == nil {
		return c.failf(key+".response", "Say what the provider answers.", "no response")
	}
	return nil
}

// fixtureKey is the credential in fixtures; a message that shows it is a
// failure.
const fixtureKey = "fixture-key-5f1d"

// Test runs the definition's fixtures offline. The error names each that
// fails, and how; its detail "faults" has their lines.
func (d *Definition) Test(ctx context.Context) error {
	var failures []*fettle.Error
	for _, r := range d.Run(ctx) {
		if !r.OK {
			failures = append(failures, atLine(fettle.Errorf(fettle.Invalid, "fixture %q: %s", r.Name, r.Message).WithHint("Correct the definition or the fixture."), r.Line).
				With("key", r.Key))
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return together(failures)
}

// FixtureResult is what became of a fixture.
type FixtureResult struct {
	Name    string `json:"name"`
	Line    int    `json:"line"`              // of the definition
	Key     string `json:"key"`               // fixtures[0]
	OK      bool   `json:"ok"`                // it holds
	Message string `json:"message,omitempty"` // what came instead
}

// Run runs the definition's fixtures offline, and tells of each.
func (d *Definition) Run(ctx context.Context) []FixtureResult {
	out := make([]FixtureResult, 0, len(d.Fixtures))
	for i, f := range d.Fixtures {
		key := fmt.Sprintf("fixtures[%d]", i)
		r := FixtureResult{Name: f.Name, Key: key, OK: true}
		if err := d.testFixture(ctx, f); err != nil {
			r.OK, r.Message = false, err.Error()
		}
		r.Line = lineOf(d.source, "$."+key)
		out = append(out, r)
	}
	return out
}

func (d *Definition) testFixture(ctx context.Context, f fixture) error {
	p := New(d)
	p.learn(numbers(f.Capabilities))
	canned := &cannedTransport{response: f.Response}
	conn := provider.Connection{Provider: d.ID, Key: fixtureKey, Client: &http.Client{Transport: canned, CheckRedirect: safehttp.NoRedirect}}
	if d.Server.BaseURL == "" {
		conn.BaseURL = "https://provider.test"
	}
	if f.Expect.Balance != nil && f.Op == "" {
		return f.testBalance(ctx, p, conn, canned)
	}
	op, err := p.Prepare(fettle.Step{Provider: d.ID + "/" + f.Op, Options: f.Options}, conn)
	if err != nil {
		return err
	}
	call := provider.Call{Key: f.Ref, Inputs: numbers(f.Input)}
	if f.Phase == "poll" {
		return f.testPoll(ctx, op, canned)
	}
	res, err := op.Do(ctx, call)
	if err != nil {
		return err
	}
	if err := f.Request.check(canned); err != nil {
		return err
	}
	if err := f.Expect.check(res); err != nil {
		return err
	}
	return f.Expect.checkStranger(op.Info(), call.Inputs, res)
}

// checkStranger compares whom the answer is about with whom it was asked about.
func (e fixtureExpect) checkStranger(info provider.OperationInfo, inputs map[string]any, res provider.Result) error {
	entity := cmp.Or(info.Entity, fettle.People)
	if f := stranger.Judge(entity, provider.Asked(info, entity, inputs), res.About); f.Why != e.Strange {
		return fmt.Errorf("the answer is about somebody else by %q, not by %q", f.Why, e.Strange)
	}
	return nil
}

func (f fixture) testPoll(ctx context.Context, op provider.Operation, canned *cannedTransport) error {
	poller, ok := op.(provider.Poller)
	if !ok {
		return errors.New("the operation cannot be polled")
	}
	refs := slices.Sorted(maps.Keys(f.Expect.Items))
	if len(refs) == 0 {
		refs = []string{"r1"}
	}
	job := f.JobID
	if job == "" {
		job = "job-1"
	}
	results, err := poller.Poll(ctx, job, refs)
	if err != nil {
		return err
	}
	if err := f.Request.check(canned); err != nil {
		return err
	}
	for _, ref := range refs {
		want := f.Expect
		if f.Expect.Outcome == done {
			want = f.Expect.Items[ref]
		}
		if err := want.check(results[ref]); err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
	}
	return nil
}

func (f fixture) testBalance(ctx context.Context, p *Provider, conn provider.Connection, canned *cannedTransport) error {
	left, told, err := p.Balance(ctx, conn)
	if wrong := f.Request.check(canned); wrong != nil {
		return wrong
	}
	if f.Expect.Balance == untold {
		if told {
			return fmt.Errorf("the balance is %s, not unknown", left)
		}
		return nil
	}
	if err != nil {
		return err
	}
	want, err := fettle.ParseCredits(fettle.FormatValue(yamlNumber(f.Expect.Balance)))
	if err == nil && (!told || left != want) {
		err = fmt.Errorf("the balance is %s, not %s", left, want)
	}
	return err
}

// check compares the request that was made.
func (r *fixtureRequest) check(c *cannedTransport) error {
	if r == nil {
		return nil
	}
	if c.request == nil {
		return errors.New("no request was made")
	}
	if c.request.Method != r.Method {
		return fmt.Errorf("the method is %s, not %s", c.request.Method, r.Method)
	}
	want, err := url.Parse(r.URL)
	if err != nil {
		return fmt.Errorf("expect_request.url: %w", err)
	}
	if got := c.request.URL; got.Host != want.Host || got.EscapedPath() != want.EscapedPath() || !reflect.DeepEqual(got.Query(), want.Query()) {
		return fmt.Errorf("the URL is %s, not %s", got, r.URL)
	}
	for k, v := range r.Headers {
		if got := c.request.Header.Get(k); got != v {
			return fmt.Errorf("the header %s is %q, not %q", k, got, v)
		}
	}
	if r.Body == nil {
		return nil
	}
	if same, err := sameJSON(c.body, r.Body); err != nil || !same {
		return fmt.Errorf("the body is %s", c.body)
	}
	return nil
}

// check compares a result.
func (e fixtureExpect) check(res provider.Result) error {
	if string(res.Outcome) != e.Outcome {
		said := ""
		if res.Message != "" {
			said = " (" + res.Message + ")"
		}
		return fmt.Errorf("the outcome is %s, not %s%s", res.Outcome, e.Outcome, said)
	}
	if e.Cost != nil {
		want, err := fettle.ParseCredits(fettle.FormatValue(yamlNumber(e.Cost)))
		if err != nil {
			return err
		}
		if res.Units != want {
			return fmt.Errorf("the cost is %s, not %s", res.Units, want)
		}
	}
	if res.JobID != e.JobID {
		return fmt.Errorf("the job is %q, not %q", res.JobID, e.JobID)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Outputs)) {
		got, err := json.Marshal(res.Outputs[name])
		if err != nil {
			return err
		}
		if same, err := sameJSON(got, e.Outputs[name]); err != nil || !same {
			return fmt.Errorf("the output %s is %s, not %v", name, got, e.Outputs[name])
		}
	}
	for name, want := range e.Status {
		if _, ok := fettle.ParseStatus(want); !ok {
			return fmt.Errorf("%q is no status; there are %v", want, fettle.Statuses())
		}
		if string(res.Status[name]) != want {
			return fmt.Errorf("the status of %s is %q, not %q", name, res.Status[name], want)
		}
	}
	if !strings.Contains(res.Message, e.Message) {
		return fmt.Errorf("the message is %q, without %q", res.Message, e.Message)
	}
	if strings.Contains(res.Message, fixtureKey) {
		return errors.New("the message shows the key")
	}
	return nil
}

// sameJSON compares JSON with a value of YAML.
func sameJSON(got []byte, want any) (bool, error) {
	b, err := json.Marshal(want)
	if err != nil {
		return false, err
	}
	var x, y any
	if err := errors.Join(json.Unmarshal(got, &x), json.Unmarshal(b, &y)); err != nil {
		return false, err
	}
	return reflect.DeepEqual(x, y), nil
}

// numbers gives the whole numbers of a YAML map the form that JSON has.
func numbers(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = yamlNumber(v)
	}
	return out
}

// cannedTransport answers from a fixture and keeps the request.
type cannedTransport struct {
	response *fixtureResponse
	request  *http.Request
	body     []byte
}

// RoundTrip keeps the request and gives the fixture's response.
func (c *cannedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c.request = req
	if req.Body != nil {
		var err error
		if c.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	raw := []byte(c.response.Text)
	if c.response.Body != nil {
		var err error
		if raw, err = json.Marshal(c.response.Body); err != nil {
			return nil, err
		}
	}
	header := http.Header{}
	for k, v := range c.response.Headers {
		header.Set(k, v)
	}
	return &http.Response{
		StatusCode: c.response.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(raw)), ContentLength: int64(len(raw)), Request: req,
	}, nil
}
