package llm

import (
	_ "embed" // for prices.yaml
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"fettle"
	"fettle/provider"
)

//go:embed prices.yaml
var builtin []byte

// Prices is a table of model prices by day. It implements provider.PriceTable.
// The zero value knows no model.
type Prices struct {
	rows map[priceKey][]provider.ModelPrice // the latest first
}

type priceKey struct{ provider, model string }

// vendor is the name that prices are listed under: openai for llm/openai.
func vendor(name string) string { return strings.TrimPrefix(name, "llm/") }

// BuiltinPrices are the prices that Fettle ships with. They are read once a
// process.
func BuiltinPrices() (*Prices, error) { return builtinPrices() }

var builtinPrices = sync.OnceValues(func() (*Prices, error) { return ParsePrices(builtin) })

// ParsePrices reads a price file: a list of models under the key models, with
// the JSON names of provider.ModelPrice.
func ParsePrices(text []byte) (*Prices, error) {
	var file struct {
		Models []provider.ModelPrice `json:"models"`
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict(), yaml.UseJSONUnmarshaler()); err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the price file cannot be read: %w", err).WithHint("It lists models with provider, model, input_usd and output_usd.")
	}
	return new(Prices).With(file.Models)
}

// With is the table with more prices. Of one model's prices, the one with the
// latest effective_from that is not in the future counts; of two for one day,
// the one that was added later. A price for cached tokens that is left out is
// the input price. It fails on prices without a provider, a model or a day
// that can be read.
func (p *Prices) With(more []provider.ModelPrice) (*Prices, error) {
	merged := &Prices{rows: make(map[priceKey][]provider.ModelPrice, len(p.rows)+len(more))}
	for k, rows := range p.rows {
		merged.rows[k] = slices.Clone(rows)
	}
	for _, row := range more {
		if err := CheckPrice(row); err != nil {
			return nil, err
		}
		row.Provider = vendor(row.Provider)
		if row.CacheRead == 0 {
			row.CacheRead = row.Input
		}
		if row.CacheWrite == 0 {
			row.CacheWrite = row.Input
		}
		k := priceKey{row.Provider, row.Model}
		merged.rows[k] = append([]provider.ModelPrice{row}, merged.rows[k]...)
	}
	for _, rows := range merged.rows {
		slices.SortStableFunc(rows, func(a, b provider.ModelPrice) int { return strings.Compare(b.EffectiveFrom, a.EffectiveFrom) })
	}
	return merged, nil
}

// maxPrice bounds a price, so that no cost overflows (see cost): ten thousand
// dollars per million tokens.
const maxPrice = 10_000 * provider.Unit

// maxPriced is the longest name of a provider or a model that has a price, in
// bytes: both are in one index, and one of PostgreSQL holds no more than 2,700.
const maxPriced = 500

// CheckPrice refuses a price that cannot be used.
func CheckPrice(p provider.ModelPrice) error {
	if p.Provider == "" || p.Model == "" {
		return fettle.Errorf(fettle.Invalid, "a price names no provider or no model").WithHint("Give provider, such as openai, and model.")
	}
	if n := max(len(p.Provider), len(p.Model)); n > maxPriced {
		return fettle.Errorf(fettle.Invalid, "%.40q… is not the name of a provider's model: it has %d bytes", p.Provider+"/"+p.Model, n).
			WithHint("Names of providers and models have at most %d.", maxPriced)
	}
	for _, amount := range []provider.Units{p.Input, p.Output, p.CacheRead, p.CacheWrite, p.Request} {
		if amount < 0 || amount > maxPrice {
			return fettle.Errorf(fettle.Invalid, "%s is no price for %s", amount, p.Model).WithHint("Prices are US dollars per million tokens.")
		}
	}
	if p.Context < 0 || p.MaxOutput < 0 {
		return fettle.Errorf(fettle.Invalid, "%s has a negative token limit", p.Model).WithHint("Leave context_tokens and max_output_tokens out where they are not known.")
	}
	if _, err := time.Parse(time.DateOnly, p.EffectiveFrom); err != nil {
		return fettle.Errorf(fettle.Invalid, "%q is not the day from which the price of %s counts", p.EffectiveFrom, p.Model).WithHint("Write effective_from as 2026-01-31.")
	}
	return nil
}

// Price gives what the model costs on the day of t, in UTC.
func (p *Prices) Price(name, model string, t time.Time) (provider.ModelPrice, bool) {
	day := t.UTC().Format(time.DateOnly)
	for _, row := range p.rows[priceKey{vendor(name), model}] {
		if row.EffectiveFrom <= day {
			return row, true
		}
	}
	return provider.ModelPrice{}, false
}

// All lists every price, by provider, model and day.
func (p *Prices) All() []provider.ModelPrice {
	var all []provider.ModelPrice
	for _, rows := range p.rows {
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b provider.ModelPrice) int {
		return strings.Compare(a.Provider+"\x00"+a.Model+"\x00"+a.EffectiveFrom, b.Provider+"\x00"+b.Model+"\x00"+b.EffectiveFrom)
	})
	return all
}
