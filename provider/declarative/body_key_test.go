package declarative

import (
	"strings"
	"testing"
)

// The key goes into the body where there is an object, else into the query;
// nowhere twice, and into no message.
func TestKeyInTheBody(t *testing.T) {
	at := "auth: {type: api_key, in: body, name: api_key}"
	get := mustParse(t, change(t, "auth: {type: api_key, in: query, name: api_key}", at))
	_, sent := ask(t, get, fixtureResponse{Status: 404}, ann)
	if sent.request.URL.Query().Get("api_key") != "s3cr3t/+" || len(sent.body) != 0 {
		t.Errorf("without a body: %s, body %s", sent.request.URL, sent.body)
	}
	for body, want := range map[string]string{
		"{}":                          `{"api_key":"s3cr3t/+"}`,
		"{email: '{{input.?email}}'}": `{"api_key":"s3cr3t/+","email":"a@b.c"}`,
		"['{{input.?email}}']":        `["a@b.c"]`,
	} {
		d := mustParse(t, change(t, "auth: {type: api_key, in: query, name: api_key}", at, "method: GET\n      path", "method: POST\n      body: "+body+"\n      path"))
		res, sent := ask(t, d, fixtureResponse{Status: 500, Text: `{"error":"no such key s3cr3t/+"}`}, ann)
		if string(sent.body) != want || (sent.request.URL.Query().Get("api_key") != "") != (want[0] == '[') || sent.request.ContentLength != int64(len(want)) {
			t.Errorf("%s: %s with %s", body, sent.request.URL, sent.body)
		}
		if strings.Contains(res.Message, "s3cr3t") || strings.Contains(string(res.Raw), "s3cr3t") {
			t.Errorf("the key shows: %s %s", res.Message, res.Raw)
		}
	}
}

// Prices and statuses may stand in headers that no rule and no value reads.
func TestPriceInAHeader(t *testing.T) {
	d := mustParse(t, change(t, `actual: "body.price"`, `actual: "double(resp.headers['x-spent'])"`,
		`      - {field: agent, type: text, value: "resp.headers.?server"}`+"\n", ""))
	res, _ := ask(t, d, fixtureResponse{Status: 200, Headers: map[string]string{"X-Spent": "0.25"}, Text: `{"name":"Ann"}`}, ann)
	if res.Units.String() != "0.25" {
		t.Errorf("%+v", res)
	}
}

// What is left of a policy may be one of several numbers in one header.
func TestSignalOfAnObject(t *testing.T) {
	d := mustParse(t, change(t, "operations:", "limits:\n  signals: [{policy: m, remaining: X-Left, key: minute, reset: X-Reset, reset_format: iso8601}]\noperations:"))
	for header, want := range map[string]int{`{"minute": 998, "day": null}`: 998, `{'minute': 0, 'day': None}`: 0, `{"day": 5}`: -1, "7": -1, "": -1} {
		res, _ := ask(t, d, fixtureResponse{Status: 404, Headers: map[string]string{"X-Left": header}}, ann)
		if got := res.Signals; (len(got) == 1) != (want >= 0) || len(got) == 1 && got[0].Remaining != want {
			t.Errorf("%s: %+v", header, got)
		}
	}
}
