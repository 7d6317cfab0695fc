package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"fettle"
	"fettle/mcp"
	"fettle/provider/sandbox"
)

// agent is a client of `fettle mcp` on its standard input and output.
type agent struct {
	t *testing.T
	*sdk.ClientSession
}

func (p program) agent(url, token string) agent {
	p.t.Helper()
	toServer, in := io.Pipe()
	out, fromServer := io.Pipe()
	env := map[string]string{"HOME": p.t.TempDir(), "FETTLE_SERVER": url, "FETTLE_TOKEN": token}
	ended := make(chan int, 1)
	var errs strings.Builder
	go func() {
		ended <- run(p.t.Context(), []string{"mcp"}, func(k string) string { return env[k] }, toServer, fromServer, &errs)
		_ = fromServer.Close()
	}()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(p.t.Context(), &sdk.IOTransport{Reader: out, Writer: in}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = c.Close()
		if code := <-ended; code != 0 {
			p.t.Errorf("fettle mcp exits with %d: %s", code, errs.String())
		}
	})
	return agent{p.t, c}
}

// call calls a tool, and reads its answer into out; a refusal is returned.
func (a agent) call(tool string, in, out any) *mcp.Refusal {
	a.t.Helper()
	res, err := a.CallTool(a.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: in})
	if err != nil {
		a.t.Fatalf("%s: %v", tool, err)
	}
	text := res.Content[0].(*sdk.TextContent).Text
	if res.IsError {
		var r mcp.Refusal
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return &mcp.Refusal{Code: "invalid", Message: text} // the SDK's, of arguments
		}
		return &r
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			a.t.Fatalf("%s: %v: %s", tool, err, text)
		}
	}
	return nil
}

// refused calls a tool that is to be refused.
func (a agent) refused(tool string, in any, says string) {
	a.t.Helper()
	if r := a.call(tool, in, nil); r == nil || !strings.Contains(r.Message+r.Next, says) || r.Message == "" {
		a.t.Errorf("%s %v is not refused with %q: %+v", tool, in, says, r)
	}
}

// quoted is what a test reads of a quote.
type quoted struct {
	QuoteID        string `json:"quote_id"`
	RowsToBuy      int64  `json:"rows_to_buy"`
	HighestCredits string `json:"highest_credits"`
	Warnings       []string
}

// agentWorld is a server with 30 people, an enrichment of them as a draft, and
// tokens of three agents.
func agentWorld(t *testing.T) (p program, url string, books func() int64, tokens map[string]string) {
	t.Helper()
	provider := sandbox.New(sandbox.Config{HitRate: 1, Seed: 1})
	web := httptest.NewServer(provider.Handler())
	t.Cleanup(web.Close)
	p = newProgram(t)
	p.env["FETTLE_SANDBOX"] = web.URL
	home := p.env["HOME"]
	people, def := filepath.Join(home, "people.csv"), filepath.Join(home, "work-email.yaml")
	writeManyPeople(t, people, 30)
	p.must("import", people, "--entity", "people")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nfollow: true\nlimit: none\n")
	p.must("apply", "-f", def)
	p.must("provider", "price", "sandbox", "--unit", "1")
	tokens = map[string]string{}
	for name, flags := range map[string][]string{"reader": {"--role", "viewer"}, "editor": {"--role", "editor"}, "poor": {"--role", "editor", "--may-spend", "--credits", "5"}, "agent": {"--role", "editor", "--may-spend", "--credits", "100"}, "other": {"--role", "editor", "--may-spend"}} {
		tokens[name] = strings.TrimSpace(p.must(append([]string{"token", "create", name}, flags...)...))
	}
	p.must("user", "invite", "ada@acme.com", "--role", "admin")
	url, stop := p.serve("--addr", "127.0.0.1:0")
	t.Cleanup(func() { stop() })
	return p, url, func() int64 { return provider.Books().BilledCalls }, tokens
}

// TestAgentsSpendWhatWasQuoted lets agents read, price and buy: nothing without a
// price that a person has seen, nothing twice, nothing beyond what was said, and
// nothing that their token may not.
func TestAgentsSpendWhatWasQuoted(t *testing.T) {
	t.Parallel()
	p, url, books, tokens := agentWorld(t)
	a := p.agent(url, tokens["agent"])

	var count struct{ Count int64 }
	if r := a.call("count", map[string]any{"entity": "people", "where": "!filled(email)"}, &count); r != nil || count.Count != 30 {
		t.Errorf("%d people without an email: %+v", count.Count, r)
	}
	a.refused("count", map[string]any{"entity": "people", "where": "titel == 1"}, "titel")

	quote := func(a agent) (q quoted) {
		t.Helper()
		if r := a.call("quote", map[string]any{"enrichment": "work-email", "action": "start"}, &q); r != nil {
			t.Fatalf("%+v", r)
		}
		return q
	}
	q := quote(a)
	if q.RowsToBuy != 30 || q.HighestCredits != "30" {
		t.Errorf("quoted %+v", q)
	}
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID}, "max_spend")
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": ""}, "max_spend is not said")
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "-1"}, "no number")
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "29"}, "can cost 30")
	p.agent(url, tokens["other"]).refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "30"}, "no quote") // of somebody else
	reader := p.agent(url, tokens["reader"])
	reader.refused("confirm", map[string]any{"quote_id": quote(reader).QuoteID, "max_spend": "30"}, "may not spend")
	editor := p.agent(url, tokens["editor"])
	editor.refused("confirm", map[string]any{"quote_id": quote(editor).QuoteID, "max_spend": "30"}, "may not spend")
	var still struct {
		Definition struct{ Limit struct{ None bool } } `json:"definition"`
	}
	if r := a.call("status", map[string]any{"enrichment": "work-email"}, &still); r != nil || !still.Definition.Limit.None {
		t.Errorf("its limit was changed for what was refused: %+v, %+v", still, r)
	}

	remote := program{t: t, env: map[string]string{"HOME": t.TempDir(), "FETTLE_SERVER": url, "FETTLE_TOKEN": tokens["other"]}}
	remote.must("enrichment", "limit", "work-email", "--credits", "20") // it moves: a limit says what it can cost
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "30"}, "not what was quoted")
	a.refused("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "30"}, "no quote")
	if n := books(); n != 0 {
		t.Fatalf("%d calls before anything was agreed to", n)
	}

	q = quote(a)
	in := map[string]any{"quote_id": q.QuoteID, "max_spend": "20"}
	if r := a.call("confirm", in, nil); r != nil {
		t.Fatalf("%+v", r)
	}
	a.refused("confirm", in, "no quote")
	paused(remote)
	if n := books(); n != 20 {
		t.Errorf("%d calls billed, not 20", n)
	}
	var asked fettle.RequestView
	if r := a.call("ask_for_more", map[string]any{"enrichment": "work-email", "reason": "ten rows are left"}, &asked); r != nil || asked.Credits == nil || *asked.Credits != 30*fettle.Credit || !asked.ByToken {
		t.Errorf("asked for more: %+v, %+v", asked, r)
	}
	if code, _, _ := remote.run("request", "approve", strconv.FormatInt(asked.ID, 10)); code != fettle.NotAllowed.Exit() {
		t.Errorf("a token approves what an agent asked: %d", code)
	}
	if n := books(); n != 20 {
		t.Errorf("%d calls billed after an agent asked for more", n)
	}
	a.refused("quote", map[string]any{"enrichment": "work-email", "action": "raise"}, "action")
	for _, tool := range []string{"approve", "approve_request", "limit", "raise"} {
		if _, err := a.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: map[string]any{}}); err == nil {
			t.Errorf("there is a tool %s", tool)
		}
	}
}

// TestAnAgentIsHeldToWhatItSaid starts an enrichment without a limit: what comes in
// later is bought within max_spend too; and one whose token has less stops there.
func TestAnAgentIsHeldToWhatItSaid(t *testing.T) {
	t.Parallel()
	for token, most := range map[string]int64{"agent": 30, "poor": 5} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			p, url, books, tokens := agentWorld(t)
			a := p.agent(url, tokens[token])
			var q quoted
			if r := a.call("quote", map[string]any{"enrichment": "work-email", "action": "start"}, &q); r != nil {
				t.Fatalf("%+v", r)
			}
			if r := a.call("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": q.HighestCredits}, nil); r != nil {
				t.Fatalf("%+v", r)
			}
			more := filepath.Join(p.env["HOME"], "more.csv")
			writeManyPeople(t, more, 60)
			remote := program{t: t, env: map[string]string{"HOME": t.TempDir(), "FETTLE_SERVER": url, "FETTLE_TOKEN": tokens["other"]}}
			remote.must("import", more, "--entity", "people", "--yes")
			paused(remote)
			if n := books(); n != most {
				t.Errorf("%d calls billed, not %d: %s", n, most, remote.must("enrichment", "show", "work-email"))
			}
		})
	}
}

// TestAnAgentIsHeldInANewRun has a rerun begin a run, and so a limit of each run:
// what the run before used does not add to what the agent may spend.
func TestAnAgentIsHeldInANewRun(t *testing.T) {
	t.Parallel()
	p, url, _, tokens := agentWorld(t)
	a := p.agent(url, tokens["other"])
	remote := program{t: t, env: map[string]string{"HOME": t.TempDir(), "FETTLE_SERVER": url, "FETTLE_TOKEN": tokens["other"]}}
	remote.must("enrichment", "limit", "work-email", "--credits", "1000", "--per", "run")
	for _, action := range []string{"start", "rerun"} {
		var q quoted
		if r := a.call("quote", map[string]any{"enrichment": "work-email", "action": action}, &q); r != nil || q.HighestCredits != "30" || !strings.Contains(strings.Join(q.Warnings, ""), "per run") {
			t.Fatalf("%s: %+v, %+v", action, q, r)
		}
		var done struct{ Limit string }
		if r := a.call("confirm", map[string]any{"quote_id": q.QuoteID, "max_spend": "30"}, &done); r != nil || done.Limit != "30" {
			t.Fatalf("%s: the limit of a run is %s, not 30: %+v", action, done.Limit, r)
		}
		finished(remote)
	}
}

// finished waits until work-email has bought all of its rows.
func finished(p program) {
	p.t.Helper()
	for range 600 {
		var v struct {
			Remaining int64 `json:"remaining_rows"`
			InFlight  int64 `json:"in_flight"`
			Planning  bool  `json:"planning"`
		}
		if err := json.Unmarshal([]byte(p.must("enrichment", "show", "work-email", "--json")), &v); err != nil {
			p.t.Fatal(err)
		}
		if v.Remaining == 0 && v.InFlight == 0 && !v.Planning {
			return
		}
		select {
		case <-p.t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	p.t.Fatal("work-email goes on")
}

// paused waits until work-email has nothing more that it may do.
func paused(p program) {
	p.t.Helper()
	for range 600 {
		var v struct {
			State     string `json:"state"`
			InFlight  int64  `json:"in_flight"`
			OwnLimit  int64  `json:"own_limit_rows"`
			Remaining int64  `json:"remaining_rows"`
			Planning  bool   `json:"planning"`
		}
		if err := json.Unmarshal([]byte(p.must("enrichment", "show", "work-email", "--json")), &v); err != nil {
			p.t.Fatal(err)
		}
		if v.InFlight == 0 && !v.Planning && (v.State == "paused" || v.OwnLimit > 0 && v.OwnLimit == v.Remaining) {
			return
		}
		select {
		case <-p.t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	p.t.Fatal(fmt.Errorf("work-email goes on: %s", p.must("enrichment", "show", "work-email")))
}
