package catalog

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"fettle/provider"
	"fettle/provider/sandbox"
)

// TestEveryVerdict asks about many people and finds every verdict among the
// answers, each billed, and the same for the same person again.
func TestEveryVerdict(t *testing.T) {
	t.Parallel()
	p, conn, server := world(t, sandbox.Defaults())
	op := prepare(t, p, conn, "job_change")
	seen, first := map[string]int{}, ""
	for i := range 400 {
		call := provider.Call{Key: fmt.Sprint(i), Inputs: map[string]any{
			"linkedin_url": fmt.Sprintf("https://www.linkedin.com/in/person-%d", i%200), "title": "Analyst", "company_domain": "acme.com", "company_name": "Acme", "full_name": "Ada Lovelace",
		}}
		res, err := op.Do(t.Context(), call)
		if err != nil || res.Units != provider.Unit {
			t.Fatalf("%+v, %v", res, err)
		}
		said := fmt.Sprint(res.Outputs, res.Message)
		switch v, _ := res.Outputs["verdict"].(string); res.Outcome {
		case provider.Found:
			seen[v]++
		default:
			seen[res.Message[:10]]++
		}
		if i%200 == 0 && first != "" && said != first {
			t.Errorf("%s, and before %s", said, first)
		} else if i == 0 {
			first = said
		}
	}
	want := []string{"added_role", "left", "moved", "renamed_company", "retitled", "still_there", "unverified", "wrong_pers"}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("verdicts %v", seen)
	}
	if b := server.Books().ByOperation["job_change"]; b.BilledCalls != 400 || b.Repeats != 200 {
		t.Errorf("books %+v", b)
	}
}

// TestTheSandboxIsTold tells it of a person, who moves between two checks.
func TestTheSandboxIsTold(t *testing.T) {
	t.Parallel()
	p, conn, server := world(t, sandbox.Defaults())
	op := prepare(t, p, conn, "job_change")
	check := func(want string) {
		t.Helper()
		res, err := op.Do(t.Context(), provider.Call{Inputs: map[string]any{"linkedin_url": "linkedin.com/in/Ada/", "title": "Analyst", "company_domain": "acme.com"}})
		if err != nil || res.Outputs["employment"] != want {
			t.Errorf("%+v, %v, want %s", res, err, want)
		}
	}
	here := sandbox.Role{Title: "analyst", Company: "Acme", CompanyDomain: "acme.com", Start: "2020-01", Current: true}
	server.Know(sandbox.Profile{LinkedInURL: "https://www.linkedin.com/in/ada", Roles: []sandbox.Role{here}})
	check("still there: Acme, analyst")
	here.Current, here.End = false, "2026-02"
	server.Know(sandbox.Profile{LinkedInURL: "https://www.linkedin.com/in/ada", Roles: []sandbox.Role{{Title: "CFO", Company: "Contoso", Start: "2026-03", Current: true}, here}})
	check("moved to Contoso, CFO (2026-03)")
}
