package declarative

import (
	"strings"
	"testing"

	"fettle/provider"
)

// An error that comes with the status 200 means what its code says, unless a
// rule of the definition judges it; a catch-all rule does not.
func TestErrorsInA200(t *testing.T) {
	closed := mustParse(t, minimal)
	open := mustParse(t, change(t, `      - {when: "true", is: failed}`+"\n", ""))
	for body, want := range map[string]provider.Outcome{
		`{"error":{"code":"rate_limit","message":"Too many requests"}}`: provider.Throttled,
		`{"error":{"code":429}}`:                            provider.Throttled,
		`{"error":{"code":"429","message":"x"}}`:            provider.Throttled,
		`{"error":{"status":"RESOURCE_EXHAUSTED"}}`:         provider.Throttled,
		`{"error":"Too many requests"}`:                     provider.Throttled,
		`{"errors":[{"code":"rate_limit_exceeded"}]}`:       provider.Throttled,
		`{"error":{"type":"rate_limit_error"}}`:             provider.Throttled,
		`{"error":{"code":402,"message":"pay"}}`:            provider.OutOfCredit,
		`{"error":{"code":"INSUFFICIENT_CREDITS"}}`:         provider.OutOfCredit,
		`{"error":"no","code":"insufficient_credits"}`:      provider.OutOfCredit,
		`{"error":{"code":401}}`:                            provider.AuthError,
		`{"errors":[{"code":"invalid_api_key"}]}`:           provider.AuthError,
		`{"error":{"code":"teapot","message":"x"}}`:         "",
		`{"error":{"code":500,"message":"x"}}`:              "", // it may have been billed
		`{"error":"we had too many requests today, sorry"}`: "", // prose
		`{"error":null,"code":429}`:                         "",
		`{"errors":[]}`:                                     "",
		`{"code":429}`:                                      "", // a code of what?
		`{"error":{"code":1e999}}`:                          "",
		`{"error":true}`:                                    "",
	} {
		for d, otherwise := range map[*Definition]provider.Outcome{closed: provider.Failed, open: provider.Unknown} {
			want := want
			if want == "" {
				want = otherwise
			}
			if strings.Contains(body, "1e999") {
				want = provider.Unknown // Go reads no such number
			}
			res, _ := ask(t, d, fixtureResponse{Status: 200, Text: body}, ann)
			if res.Outcome != want || res.Units != 0 || res.Message == "" {
				t.Errorf("%s (catch-all %v): %s, %s units (%s), want %s", body, d == closed, res.Outcome, res.Units, res.Message, want)
			}
		}
	}
	found := mustParse(t, minimal)
	if res, _ := ask(t, found, fixtureResponse{Status: 200, Text: `{"name":"Ann","price":0.4,"error":{"code":429}}`}, ann); res.Outcome != provider.Found {
		t.Errorf("a rule that holds was overruled: %s", res.Outcome)
	}
}

func TestRedirectsAreRefusals(t *testing.T) {
	d := mustParse(t, minimal)
	for _, status := range []int{301, 302, 303, 307, 308} {
		res, _ := ask(t, d, fixtureResponse{Status: status, Headers: map[string]string{"Location": "https://u:s3cr3t@other.test/v3?api_key=s3cr3t"}}, ann)
		if res.Outcome != provider.AuthError || res.Units != 0 || !strings.Contains(res.Message, "https://other.test/v3:") || strings.Contains(res.Message, "s3cr3t") {
			t.Errorf("%d: %s (%s)", status, res.Outcome, res.Message)
		}
	}
	said := mustParse(t, change(t, "resp.status == 503", "resp.status == 303"))
	if res, _ := ask(t, said, fixtureResponse{Status: 303, Headers: map[string]string{"Location": "/x"}}, ann); res.Outcome != provider.Transient {
		t.Errorf("the definition was not asked: %s", res.Outcome)
	}
}

func TestDeclaredCharset(t *testing.T) {
	d := mustParse(t, minimal)
	for kind, c := range map[string][2]string{
		"application/json; charset=iso-8859-1": {"Gesch\xe4ft", "Geschäft"},
		"application/json; charset=cp1251":     {"\xcf\xf0\xe8", "При"},
		"application/json":                     {"\ufeff", ""},
		"application/json; charset=x-none":     {"a\xe4b", "a\uFFFDb"},
	} {
		text := `{"name":"` + c[0] + `","price":0.4}`
		want := c[1]
		if want == "" {
			text, want = c[0]+`{"name":"Ann","price":0.4}`, "Ann"
		}
		res, _ := ask(t, d, fixtureResponse{Status: 200, Text: text, Headers: map[string]string{"Content-Type": kind}}, ann)
		if res.Outcome != provider.Found || res.Outputs["name"] != want {
			t.Errorf("%s: %s %v (%s)", kind, res.Outcome, res.Outputs["name"], res.Message)
		}
	}
}

func TestBalanceFixtures(t *testing.T) {
	with := func(section, expect, body string) string {
		return strings.NewReplacer("operations:\n", section+"operations:\n", "fixtures:\n", `fixtures:
  - name: left
    response: {status: 200, body: `+body+`}
    expect: {balance: `+expect+"}\n").Replace(minimal)
	}
	const section = "balance: {method: GET, path: /me, remaining: body.left, unit: credit}\n"
	for expect, body := range map[string]string{"12.5": "{left: 12.5}", "0": "{left: 0}", "7": `{left: "7"}`, "unknown": "{left: null}", `"unknown"`: "{left: -1}"} {
		if err := mustParse(t, with(section, expect, body)).Test(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for expect, body := range map[string]string{"12": "{left: 13}", "unknown": "{left: 3}", "1": "{right: 3}"} {
		if err := mustParse(t, with(section, expect, body)).Test(t.Context()); err == nil || !strings.Contains(err.Error(), "balance") {
			t.Errorf("%s of %s: %v", expect, body, err)
		}
	}
	for text, has := range map[string]string{
		with("", "1", "{}"): "fixtures[0]",
		with(strings.Replace(section, "unit: credit", "unit: EUR", 1), "1", "{left: 1}"): "balance.unit",
		with(strings.Replace(section, "/me", "me", 1), "1", "{left: 1}"):                 "balance.path",
		with(strings.Replace(section, "GET", "GOT", 1), "1", "{left: 1}"):                "balance.method",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), has) {
			t.Errorf("%s: %v", has, err)
		}
	}
	if d := New(mustParse(t, minimal)); d.BalanceEvery() != 0 {
		t.Error("there is nothing to ask")
	}
}
