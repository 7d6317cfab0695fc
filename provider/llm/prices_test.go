package llm_test

import (
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/provider"
	"fettle/provider/llm"
)

var builtinPrices = sync.OnceValues(llm.BuiltinPrices)

func prices(t *testing.T) *llm.Prices {
	t.Helper()
	p, err := builtinPrices()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBuiltinPrices(t *testing.T) {
	p := prices(t)
	if n := len(p.All()); n < 40 {
		t.Errorf("%d prices", n)
	}
	for _, row := range p.All() {
		if row.Provider != "sandbox" && (row.Input <= 0 || row.Output <= 0 || row.CacheRead <= 0 || row.CacheWrite <= 0 || row.Context < 100_000 || row.MaxOutput == 0) {
			t.Errorf("%+v", row)
		}
	}
	got, ok := p.Price("llm/openai", "gpt-5-mini", day(t, "2026-11-22"))
	want := provider.ModelPrice{
		Provider: "openai", Model: "gpt-5-mini", Input: 250_000, Output: 2_000_000, CacheRead: 25_000, CacheWrite: 250_000,
		Context: 400_000, MaxOutput: 128_000, EffectiveFrom: "2000-01-01",
	}
	if !ok || got != want {
		t.Errorf("got %+v", got)
	}
	if got, ok := p.Price("sandbox", "sandbox-1", day(t, "2026-11-22")); !ok || got.Request != provider.Unit/100 || got.Input != 0 {
		t.Errorf("sandbox: %+v", got)
	}
	if _, ok := p.Price("openai", "gpt-99", day(t, "2026-11-22")); ok {
		t.Error("an unknown model has a price")
	}
}

func TestTheLatestPriceOfTheDayCounts(t *testing.T) {
	row := func(from string, in provider.Units) provider.ModelPrice {
		return provider.ModelPrice{Provider: "llm/openai", Model: "gpt-5-mini", Input: in, Output: in, EffectiveFrom: from}
	}
	p, err := prices(t).With([]provider.ModelPrice{row("2027-01-01", 7), row("2026-06-01", 5), row("2027-01-01", 8)})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]provider.Units{"2026-05-31": 250_000, "2026-06-01": 5, "2026-12-31": 5, "2027-01-01": 8} {
		if got, ok := p.Price("openai", "gpt-5-mini", day(t, at)); !ok || got.Input != want {
			t.Errorf("%s: %+v", at, got)
		}
	}
}

func TestPricesThatCannotBeUsed(t *testing.T) {
	good := provider.ModelPrice{Provider: "openai", Model: "m", Input: 1, EffectiveFrom: "2026-01-01"}
	for name, spoil := range map[string]func(*provider.ModelPrice){
		"no provider": func(p *provider.ModelPrice) { p.Provider = "" },
		"no model":    func(p *provider.ModelPrice) { p.Model = "" },
		"negative":    func(p *provider.ModelPrice) { p.Output = -1 },
		"huge":        func(p *provider.ModelPrice) { p.Input = 1 << 60 },
		"no day":      func(p *provider.ModelPrice) { p.EffectiveFrom = "soon" },
		"context":     func(p *provider.ModelPrice) { p.Context = -1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := new(llm.Prices).With([]provider.ModelPrice{bad}); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"models: 3", "modles: []", "models: [{provider: openai, model: m, input_usd: dear, effective_from: '2026-01-01'}]"} {
		if _, err := llm.ParsePrices([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
