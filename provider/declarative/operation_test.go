package declarative

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider"
)

// ask makes one call of minimal, or of a change of it, with a canned response.
func ask(t *testing.T, d *Definition, response fixtureResponse, call provider.Call) (provider.Result, *cannedTransport) {
	t.Helper()
	canned := &cannedTransport{response: &response}
	op := prepare(t, d, canned)
	res, err := op.Do(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	return res, canned
}

func prepare(t *testing.T, d *Definition, rt http.RoundTripper) provider.Operation {
	t.Helper()
	op, err := New(d).Prepare(fettle.Step{Provider: d.ID + "/" + d.order[0]}, provider.Connection{Key: "s3cr3t/+", Client: &http.Client{Transport: rt}})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

var ann = provider.Call{Key: "k", Inputs: map[string]any{"email": "a@b.c"}}

func TestOutcomes(t *testing.T) {
	strict := mustParse(t, minimal)
	open := mustParse(t, change(t, `      - {when: "true", is: failed}`+"\n", ""))
	for _, tt := range []struct {
		status int
		body   string
		closed provider.Outcome // with the catch-all rule
		open   provider.Outcome // without it
	}{
		{200, `{"name":"Ann","price":0.4}`, provider.Found, provider.Found},
		{200, `{"nothing":1}`, provider.Failed, provider.Unknown},
		{200, ``, provider.Unknown, provider.Unknown},
		{200, `<html>`, provider.Unknown, provider.Unknown},
		{200, `"name"`, provider.Failed, provider.Unknown},
		{202, `{}`, provider.Failed, provider.Unknown},
		{204, ``, provider.Unknown, provider.Unknown},
		{302, ``, provider.AuthError, provider.AuthError},
		{304, ``, provider.Unknown, provider.Unknown},
		{400, `{"error":"no"}`, provider.Failed, provider.Unknown},
		{400, `<html>`, provider.Failed, provider.Unknown},
		{401, `{"error":"no"}`, provider.AuthError, provider.AuthError},
		{403, `<html>`, provider.AuthError, provider.AuthError},
		{402, `{}`, provider.OutOfCredit, provider.OutOfCredit},
		{404, `{"error":"no"}`, provider.NotFound, provider.NotFound},
		{404, ``, provider.NotFound, provider.NotFound},
		{404, `<html>`, provider.Failed, provider.Unknown}, // a page may be any server's
		{429, `{}`, provider.Throttled, provider.Throttled},
		{429, `<html>`, provider.Throttled, provider.Throttled},
		{500, `{"error":"no"}`, provider.Unknown, provider.Unknown},
		{502, `<html>`, provider.Unknown, provider.Unknown},
		{503, `<html>`, provider.Transient, provider.Transient}, // the definition says that it is free
		{503, ``, provider.Transient, provider.Transient},
	} {
		for d, want := range map[*Definition]provider.Outcome{strict: tt.closed, open: tt.open} {
			res, _ := ask(t, d, fixtureResponse{Status: tt.status, Text: tt.body}, ann)
			if res.Outcome != want || res.HTTPStatus != tt.status {
				t.Errorf("%d %s (catch-all %v): %s (%s), want %s", tt.status, tt.body, d == strict, res.Outcome, res.Message, want)
			}
			if want != provider.NotFound && (res.Message == "") != (want == provider.Found) {
				t.Errorf("%d %s: message %q", tt.status, tt.body, res.Message)
			}
		}
	}
}

func TestPrices(t *testing.T) {
	d := mustParse(t, minimal)
	op := prepare(t, d, nil)
	q, ok := op.Quote(ann)
	if want := (provider.Quote{Low: 400_000, Expected: 400_000, HitMax: 400_000, MissMax: 400_000}); !ok || q != want {
		t.Errorf("%+v", q)
	}
	q, _ = op.Quote(provider.Call{Options: map[string]any{"deep": true}})
	if q.Max() != 2*provider.Unit {
		t.Errorf("with options: %+v", q)
	}
	for body, want := range map[string]provider.Units{
		`{"name":"Ann","price":0.1}`: 100_000, `{"name":"Ann","price":"0.25"}`: 250_000, `{"name":"Ann","price":0}`: 0, `{"name":"Ann","price":9}`: 9_000_000,
		`{"name":"Ann"}`: 400_000, `{"name":"Ann","price":-1}`: 400_000, `{"name":"Ann","price":"free"}`: 400_000, // the highest where it does not tell
	} {
		if res, _ := ask(t, d, fixtureResponse{Status: 200, Text: body}, ann); res.Units != want || res.Outcome != provider.Found {
			t.Errorf("%s: %s units, want %s", body, res.Units, want)
		}
	}
	if res, _ := ask(t, d, fixtureResponse{Status: 404, Text: `{"price":0.2}`}, ann); res.Units != 200_000 {
		t.Errorf("a billed miss: %s", res.Units)
	}
	if res, _ := ask(t, d, fixtureResponse{Status: 400, Text: `{"price":0.2}`}, ann); res.Units != 0 {
		t.Errorf("a failure is not in charged_on: %s", res.Units)
	}
	for _, estimate := range []string{"1.0 / 0.0", "-1.0", "input.email", "'x'"} {
		d := mustParse(t, change(t, "options.deep ? 2.0 : 0.4", estimate))
		if q, ok := prepare(t, d, nil).Quote(ann); ok {
			t.Errorf("estimate %s gives %+v", estimate, q)
		}
	}
	free := mustParse(t, change(t, "[found, not_found]", "[found]"))
	if q, _ := prepare(t, free, nil).Quote(ann); q.MissMax != 0 || q.Low != 0 || q.HitMax != 400_000 {
		t.Errorf("misses are free: %+v", q)
	}
}

func TestCallsThatCannotBeAsked(t *testing.T) {
	d := mustParse(t, change(t, "email: {type: email}", `email: {type: email, pattern: "@"}`, `"{{options.deep}}"`, `"{{input.zip}}"`))
	for name, inputs := range map[string]map[string]any{
		"needs email, or zip and age":       {"zip": "1"},
		"needs email, or zip and age ":      {"email": "", "zip": nil},
		"email does not have the form @":    {"email": "nobody"},
		"the request cannot be written: X-": {"email": "a@b"},
	} {
		res, canned := ask(t, d, fixtureResponse{Status: 200, Text: `{"name":"x"}`}, provider.Call{Inputs: inputs})
		if res.Outcome != provider.BadInput || !strings.HasPrefix(res.Message, strings.TrimSpace(name)) || canned.request != nil {
			t.Errorf("%v: %s %q", inputs, res.Outcome, res.Message)
		}
	}
	op, err := New(d).Prepare(fettle.Step{Provider: "mini/lookup"}, provider.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	if res, _ := op.Do(t.Context(), ann); res.Outcome != provider.AuthError || res.Message != "mini has no key" {
		t.Errorf("without a key: %+v", res)
	}
}

func TestRequestsAreEscaped(t *testing.T) {
	_, canned := ask(t, mustParse(t, minimal), fixtureResponse{Status: 200, Text: `{}`}, provider.Call{Inputs: map[string]any{
		"email": "../x?y=1#z/%2f", "zip": "a&b=c d", "age": 7.5,
	}})
	got := canned.request.URL.String()
	if want := "https://api.mini.test/v2/people/..%2Fx%3Fy=1%23z%2F%252f?api_key=s3cr3t%2F%2B&both=a%26b%3Dc+d-7.5&depth=2&fixed=7&zip=a%26b%3Dc+d"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	res, _ := ask(t, mustParse(t, minimal), fixtureResponse{Status: 400, Text: `{"error":"bad key s3cr3t/+ in ?api_key=s3cr3t%2F%2B"}`}, ann)
	if want := "HTTP 400 Bad Request: bad key [secret] in ?api_key=[secret]"; res.Message != want || strings.Contains(string(res.Raw), "s3cr3t") {
		t.Errorf("%q, %s", res.Message, res.Raw)
	}
}

func TestOptionsAndFingerprint(t *testing.T) {
	p := New(mustParse(t, minimal))
	prepare := func(options map[string]any) provider.Operation {
		op, err := p.Prepare(fettle.Step{Provider: "mini/lookup", Options: options}, provider.Connection{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	plain, same, deep := prepare(nil), prepare(map[string]any{"deep": false, "depth": uint64(2)}), prepare(map[string]any{"deep": true})
	if plain.Fingerprint() != same.Fingerprint() || plain.Fingerprint() == deep.Fingerprint() {
		t.Errorf("%s, %s, %s", plain.Fingerprint(), same.Fingerprint(), deep.Fingerprint())
	}
	if q, _ := deep.Quote(ann); q.HitMax != 2*provider.Unit {
		t.Errorf("%+v", q)
	}
	for _, tt := range []struct {
		step fettle.Step
		msg  string
	}{
		{fettle.Step{Options: map[string]any{"deep": "yes"}}, "option deep of mini/lookup: yes is not a boolean"},
		{fettle.Step{Options: map[string]any{"dep": true}}, `mini/lookup has no option "dep"`},
		{fettle.Step{Inputs: map[string]string{"zip": "zip"}}, "mini/lookup needs more inputs"},
		{fettle.Step{Outputs: map[string]string{"x": "nome"}}, `mini/lookup has no output "x"`},
		{fettle.Step{Prompt: "Hello"}, "mini/lookup takes no model"},
	} {
		tt.step.Provider = "mini/lookup"
		if _, err := p.Prepare(tt.step, provider.Connection{}); err == nil || !strings.HasPrefix(err.Error(), tt.msg) {
			t.Errorf("%v, want %s", err, tt.msg)
		}
	}
	if _, err := p.Prepare(fettle.Step{Provider: "mini/lookup", Outputs: map[string]string{"full_name": "name"}}, provider.Connection{}); err != nil {
		t.Error(err)
	}
}

func TestRecovery(t *testing.T) {
	for src, want := range map[string]provider.Recovery{
		"{mode: none}":                                 {},
		"{mode: key}":                                  {Resend: true, Retention: 24 * time.Hour},
		"{mode: key, retention: 7d}":                   {Resend: true, Retention: 7 * 24 * time.Hour},
		"{mode: provider_dedup}":                       {Resend: true},
		"{mode: safe_method}":                          {Resend: true},
		"{mode: key}\n    retry_after_timeout: unsafe": {Retention: 24 * time.Hour},
	} {
		op := prepare(t, mustParse(t, change(t, "{mode: none}", src)), nil)
		if got := op.Recovery(); got != want {
			t.Errorf("%s: %+v", src, got)
		}
	}
	for src, header := range map[string]string{"{mode: key}": "Idempotency-Key", "{mode: none, header: x-request-id}": "X-Request-Id"} {
		_, canned := ask(t, mustParse(t, change(t, "{mode: none}", src)), fixtureResponse{Status: 200, Text: `{}`}, ann)
		if canned.request.Header.Get(header) != "k" {
			t.Errorf("%s: %v", src, canned.request.Header)
		}
	}
}

func TestWaitsAndSignals(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		in, format string
		want       time.Duration
	}{
		{"17", "", 17 * time.Second},
		{" 1.5 ", "", 1500 * time.Millisecond},
		{"6m0s", "", 6 * time.Minute},
		{"-3", "", 0},
		{"soon", "", 0},
		{"", "", 0},
		{"NaN", "", 0},
		{"Fri, 02 Jan 2026 03:05:05 GMT", "", time.Minute},
		{"2026-01-02T03:04:35Z", "iso8601", 30 * time.Second},
		{"Fri, 02 Jan 2015 03:05:05 GMT", "", 0},
		{fmt.Sprint(now.Unix() + 9), "epoch", 9 * time.Second},
		{"1e300", "", 48 * time.Hour},
		{"99999999", "", 48 * time.Hour},
	} {
		if got := readWait(tt.in, tt.format, now); got != tt.want {
			t.Errorf("%q (%s): %s, want %s", tt.in, tt.format, got, tt.want)
		}
	}
	d := mustParse(t, change(t, "operations:", "limits:\n  signals: [{policy: m, remaining: X-Left, reset: X-Reset}]\n  retry_after: {fallback: 9s}\noperations:"))
	res, _ := ask(t, d, fixtureResponse{Status: 429, Headers: map[string]string{"x-left": "3", "x-reset": "20"}, Text: `{}`}, ann)
	if want := []provider.RateSignal{{Policy: "m", Remaining: 3, Reset: 20 * time.Second}}; !reflect.DeepEqual(res.Signals, want) || res.RetryAfter != 9*time.Second {
		t.Errorf("%+v, wait %s", res.Signals, res.RetryAfter)
	}
}

func TestTimeoutIsUnknown(t *testing.T) {
	over := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer srv.Close()
	defer close(over)
	d := mustParse(t, change(t, `"https://api.mini.test/v2"`, `"https://api.mini.test/v2", timeout: 50ms`))
	op, err := New(d).Prepare(fettle.Step{Provider: "mini/lookup"}, provider.Connection{Key: "x", BaseURL: srv.URL, Client: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if res, _ := op.Do(t.Context(), ann); res.Outcome != provider.Unknown || res.Message != "no answer within 50ms" {
		t.Errorf("%+v", res)
	}
	// Without a client of the connection's, private addresses are refused.
	op, err = New(d).Prepare(fettle.Step{Provider: "mini/lookup"}, provider.Connection{Key: "x", BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if res, _ := op.Do(t.Context(), ann); res.Outcome != provider.NotSent || !strings.Contains(res.Message, "--allow-host") {
		t.Errorf("%+v", res)
	}
}

func TestSimilarity(t *testing.T) {
	for _, tt := range []struct {
		a, b     string
		min, max float64
	}{
		{"Acme Widgets", "ACME WIDGETS GmbH", 1, 1},
		{"Société Générale", "SOCIETE GENERALE S.A.", 1, 1},
		{"AG", "AG", 1, 1},
		{"Acme Widgets", "Acme Widget", 0.95, 0.999},
		{"martha", "marhta", 0.96, 0.962},
		{"dixon", "dicksonx", 0.81, 0.82},
		{"Acme Widgets", "Zenith Holding", 0, 0.7},
		{"", "Acme", 0, 0},
		{"…", "Acme", 0, 0},
	} {
		got, back := Similarity(tt.a, tt.b), Similarity(tt.b, tt.a)
		if got < tt.min || got > tt.max || got != back {
			t.Errorf("%q and %q: %f, %f", tt.a, tt.b, got, back)
		}
	}
}

func TestCheckAndBalance(t *testing.T) {
	d := mustParse(t, change(t, "in: query, name: api_key}", `in: query, name: api_key, test: {method: GET, path: /me, ok: "body.ok == true"}}`,
		"operations:", "balance: {method: GET, path: /me, remaining: body.left, unit: credit}\noperations:"))
	for _, tt := range []struct {
		response fixtureResponse
		ok       bool
		left     provider.Units
	}{
		{fixtureResponse{Status: 200, Text: `{"ok":true,"left":12.5}`}, true, 12_500_000},
		{fixtureResponse{Status: 200, Text: `{"ok":false}`}, false, -1},
		{fixtureResponse{Status: 401, Text: `who?`}, false, -1},
		{fixtureResponse{Status: 500, Text: `{"ok":true,"left":1}`}, true, -1},
		{fixtureResponse{Status: 200, Text: `<html>`}, false, -1},
	} {
		p, conn := New(d), provider.Connection{Key: "s3cr3t", Client: &http.Client{Transport: &cannedTransport{response: &tt.response}}}
		if err := p.Check(t.Context(), conn); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt.response, err)
		}
		left, known, err := p.Balance(t.Context(), conn)
		if (err == nil) != (tt.left >= 0) || err == nil && (left != tt.left || !known) {
			t.Errorf("%+v: %s, %v, %v", tt.response, left, known, err)
		}
	}
	if _, known, err := New(mustParse(t, minimal)).Balance(t.Context(), provider.Connection{}); known || err != nil {
		t.Error(known, err)
	}
}
