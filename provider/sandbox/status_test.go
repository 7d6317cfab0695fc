package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
)

// TestStatusesFollowTheMix asks for many addresses: each status has its share,
// the same seed says the same, and what does not fit is billed like a hit.
func TestStatusesFollowTheMix(t *testing.T) {
	var mix sandbox.StatusMix
	if err := mix.UnmarshalText([]byte("catch_all=0.3, invalid=0.1")); err != nil {
		t.Fatal(err)
	}
	cfg := sandbox.Defaults()
	cfg.StatusMix, cfg.MisfitRate = mix, 0.2
	ask := func() (map[string]int, string) {
		w, n, all := start(t, cfg), map[string]int{}, ""
		for i := range 500 {
			g := w.post("/v1/find_email", fmt.Sprintf(`{"full_name":"Jane %d","company_domain":"acme.com"}`, i))
			if g.Credits != fettle.Credit {
				t.Fatalf("%d: billed %s", i, g.Credits)
			}
			n[fmt.Sprint(g.Data["email_status"])]++
			if g.Data["email"] == "not available" {
				n["misfit"]++
			}
			all += g.raw
		}
		return n, all
	}
	n, all := ask()
	for what, want := range map[string]int{"catch_all": 150, "invalid": 50, "valid": 300, "misfit": 100} {
		if d := n[what] - want; d < -40 || d > 40 {
			t.Errorf("%s: %d of 500, about %d were asked for", what, n[what], want)
		}
	}
	if _, again := ask(); again != all {
		t.Error("the same seed answers otherwise")
	}
	for _, bad := range []string{"catch_all", "perhaps=0.1", "valid=2", "valid=0.7,risky=0.7"} {
		if err := mix.UnmarshalText([]byte(bad)); fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(fettle.AsError(err).Error(), "status-mix") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
