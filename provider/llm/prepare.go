package llm

import (
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/provider"
)

// defaultMaxOutput is how many tokens an answer may have where the step does
// not say.
const defaultMaxOutput = 1000

// maxRepairs bounds the repairs that a step may ask for.
const maxRepairs = 3

// Prepare checks an AI step and makes it ready. It takes the model's price of
// today, and refuses a model without one.
func (p *Provider) Prepare(step fettle.Step, conn provider.Connection) (provider.Operation, error) {
	if err := checkStep(p.description.Name, step); err != nil {
		return nil, err
	}
	base, err := p.baseURL(conn)
	if err != nil {
		return nil, err
	}
	out, err := newSchema(step.Output)
	if err != nil {
		return nil, err
	}
	said := p.saidOfItself(base, conn)
	price, err := p.price(step.Model, base, conn, said)
	if err != nil {
		return nil, err
	}
	repairs := int64(1)
	if conn.Sandbox {
		repairs = 0 // its answers fit: a row costs one credit, not up to two
	}
	settings, err := readOptions(step.Options, repairs)
	if err != nil {
		return nil, err
	}
	settings.maxOutput = step.MaxOutputTokens
	if settings.maxOutput == 0 {
		settings.maxOutput = defaultMaxOutput
		if price.MaxOutput > 0 {
			settings.maxOutput = min(settings.maxOutput, price.MaxOutput)
		}
	}
	if price.MaxOutput > 0 && settings.maxOutput > price.MaxOutput {
		return nil, fettle.Errorf(fettle.Invalid, "%s answers with at most %d tokens, not %d", step.Model, price.MaxOutput, settings.maxOutput).WithHint("Lower max_output_tokens.").With("key", "max_output_tokens")
	}
	return &operation{
		provider: p, conn: conn, base: base, model: step.Model, schema: out, tariff: tariff{price}, settings: settings,
		idempotent: said.Idempotent, instructions: instructions + out.text, caps: p.capabilities(base, step.Model, out, conn.Sandbox),
	}, nil
}

// saidOfItself is what the connection's server has announced, if it is the
// simulated provider: nothing else is believed.
func (p *Provider) saidOfItself(base string, conn provider.Connection) announced {
	if !conn.Sandbox {
		return announced{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.announced[base]
}

// capabilities is what is known of how the endpoint takes a schema, shared by
// the operations that ask it for the same.
func (p *Provider) capabilities(base, model string, s *schema, sandbox bool) *capabilities {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strings.Join([]string{base, model, s.text}, "\x00")
	c, ok := p.learnt[key]
	if !ok {
		c = &capabilities{mode: p.protocol.firstMode(), oldTokenField: !takesCompletionTokens(base)}
		if sandbox {
			c.mode, c.oldTokenField = strictFull, false
		}
		p.learnt[key] = c
	}
	return c
}

// checkStep refuses what an AI step cannot do without, or cannot have.
func checkStep(name string, step fettle.Step) error {
	switch {
	case step.Provider != name:
		return fettle.Errorf(fettle.Invalid, "there is no operation %s", step.Provider).WithHint("Write provider: %s.", name).With("key", "provider")
	case step.Model == "":
		return fettle.Errorf(fettle.Invalid, "the step names no model").WithHint("Give model, such as gpt-5-mini.").With("key", "model")
	case strings.TrimSpace(step.Prompt) == "":
		return fettle.Errorf(fettle.Invalid, "the step has no prompt").WithHint("Write one; {{ first_name }} is filled in.").With("key", "prompt")
	case len(step.Inputs) > 0:
		return fettle.Errorf(fettle.Invalid, "an AI step takes no inputs, such as %s", strings.Join(slices.Sorted(maps.Keys(step.Inputs)), ", ")).WithHint("Write fields into the prompt: {{ first_name }}.").With("key", "inputs")
	case step.MaxOutputTokens < 0 || step.MaxOutputTokens > 1_000_000:
		return fettle.Errorf(fettle.Invalid, "max_output_tokens is %d", step.MaxOutputTokens).WithHint("Give a number from 1 to 1000000, or leave it out for %d.", defaultMaxOutput).With("key", "max_output_tokens")
	}
	return nil
}

func (p *Provider) price(model, base string, conn provider.Connection, said announced) (provider.ModelPrice, error) {
	listed, wanted := p.pricedAs(base), model
	if said.Price != nil {
		in, out := said.Price.Input, said.Price.Output
		price := provider.ModelPrice{Provider: "sandbox", Model: model, Input: in, CacheRead: in, CacheWrite: in, Output: out, EffectiveFrom: "2000-01-01"}
		return price, CheckPrice(price)
	}
	if conn.Sandbox || p.description.Name == simulated {
		listed, wanted = "sandbox", "sandbox-1" // one price, whatever the model is called
	}
	var price provider.ModelPrice
	ok := false
	if conn.Prices != nil && strings.Contains(conn.Provider, "@") { // a price of its own
		price, ok = conn.Prices.Price(conn.Provider, wanted, time.Now())
	}
	if conn.Prices != nil && !ok {
		price, ok = conn.Prices.Price(listed, wanted, time.Now())
	}
	if !ok {
		return price, fettle.Errorf(fettle.Invalid, "price unknown: there is no price for the model %s of %s", model, listed).
			WithHint("Set it in US dollars per million tokens (fettle provider price %s --model %s --input USD --output USD), or choose a model that has one.", conn.Provider, model).With("key", "model")
	}
	return price, CheckPrice(price)
}

// settings are the parts of a step that shape its requests.
type settings struct {
	maxOutput   int64
	repairs     int64
	temperature *float64
	effort      string
}

func readOptions(options map[string]any, repairs int64) (settings, error) {
	s := settings{repairs: repairs}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		v := options[name]
		var ok bool
		switch name {
		case "temperature":
			var t float64
			t, ok = asNumber(v)
			ok = ok && t >= 0 && t <= 2
			s.temperature = &t
		case "reasoning_effort":
			s.effort, ok = v.(string)
			ok = ok && slices.Contains([]string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}, s.effort)
		case "repairs":
			var n float64
			n, ok = asNumber(v)
			ok = ok && n >= 0 && n <= maxRepairs && n == float64(int64(n))
			s.repairs = int64(n)
		default:
			return s, fettle.Errorf(fettle.Invalid, "an AI step has no option %s", name).WithHint("Options: temperature, reasoning_effort, repairs.").With("key", "options."+name)
		}
		if !ok {
			return s, fettle.Errorf(fettle.Invalid, "the option %s cannot be %v", name, v).
				WithHint("temperature is 0 to 2; reasoning_effort is none, minimal, low, medium, high, xhigh or max; repairs is 0 to %d.", maxRepairs).With("key", "options."+name)
		}
	}
	return s, nil
}

// asNumber reads the forms that a number has after YAML and JSON.
func asNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	}
	return 0, false
}
