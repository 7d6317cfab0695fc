// Package sandbox is a simulated world outside: data providers and an AI model
// behind one HTTP server that misbehaves as told and keeps its own books. It
// is the independent witness of what was really called and billed, so it
// imports nothing of the engine or the store.
package sandbox

import (
	"math"
	"time"

	"fettle"
)

// Config is how the simulated providers behave. The rates are shares of the
// calls, from 0 to 1; which calls they hit follows from Seed, the operation,
// the input and how often that input has arrived.
type Config struct {
	HitRate float64       // share of the inputs for which something is found
	Latency time.Duration // from arrival to answer
	Rate    int           // calls accepted in any second; 0: no limit. Above it: 429, not billed

	FailRate           float64 // 500 not_billed: a failure that says it cost nothing
	ThrottleRate       float64 // 429 although there is room
	DropRate           float64 // the connection is cut after the request was read; half of these are billed
	ChargeThenFailRate float64 // billed, then a gateway's HTML page with 502
	BillMiss           bool    // a miss costs what a hit costs
	Overrun            bool    // one billed call in ten costs more than the stated highest price
	Idempotent         bool    // a repeated Idempotency-Key gets the first answer and is not billed again
	StatusMix          StatusMix
	MisfitRate         float64 // share of the hits of find_email that give "not available" for an address, and are billed
	StrangerRate       float64 // share of the hits of find_email that are about somebody else, which they tell, and are billed
	Seed               uint64  // the world: the same seed gives the same answers

	// ModelTokens makes the AI model answer at lengths that vary and bill by the
	// token: the median of an answer's tokens. 0: one credit a request. No model
	// tells how long its answers are, so GET /capabilities does not either.
	ModelTokens int64
	ModelInput  fettle.Credits // US dollars per million tokens read, in millionths; 0: 0.50
	ModelOutput fettle.Credits // and per million tokens written; 0: 4
}

// Defaults is a provider that finds everything, at once, without a failure.
func Defaults() Config { return Config{HitRate: 1, Seed: 1} }

// Check refuses rates outside 0 to 1, failures that add up to more than every
// call, and negative limits.
func (c Config) Check() error {
	shares := []struct {
		flag string
		v    float64
	}{
		{"hit-rate", c.HitRate},
		{"fail-rate", c.FailRate},
		{"throttle-rate", c.ThrottleRate},
		{"drop-rate", c.DropRate},
		{"charge-then-fail-rate", c.ChargeThenFailRate},
		{"misfit-rate", c.MisfitRate},
		{"stranger-rate", c.StrangerRate},
	}
	for _, s := range shares {
		if math.IsNaN(s.v) || s.v < 0 || s.v > 1 {
			return fettle.Errorf(fettle.Invalid, "--%s is %v", s.flag, s.v).WithHint("Give a share between 0 and 1, such as 0.05.")
		}
	}
	if sum := c.FailRate + c.ThrottleRate + c.DropRate + c.ChargeThenFailRate; sum > 1+1e-9 {
		return fettle.Errorf(fettle.Invalid, "the failure rates add up to %.2f", sum).WithHint("Together they may be at most 1.")
	}
	if c.ModelTokens < 0 || c.ModelTokens > maxModelTokens {
		return fettle.Errorf(fettle.Invalid, "--model-tokens is %d", c.ModelTokens).WithHint("Give the tokens of a usual answer, at most %d, or 0 for one credit a request.", int64(maxModelTokens))
	}
	if c.ModelInput < 0 || c.ModelInput > maxModelPrice || c.ModelOutput < 0 || c.ModelOutput > maxModelPrice {
		return fettle.Errorf(fettle.Invalid, "the model's prices are %s and %s", c.ModelInput, c.ModelOutput).WithHint("Give US dollars per million tokens, at most 1,000.")
	}
	if err := c.StatusMix.check(); err != nil {
		return err
	}
	if c.Latency < 0 || c.Rate < 0 {
		return fettle.Errorf(fettle.Invalid, "--latency and --rate cannot be negative").WithHint("Use 0 for none.")
	}
	return nil
}

// Capabilities is what GET /capabilities announces, for a client to decide how
// it may treat a call whose answer was lost.
type Capabilities struct {
	Sandbox       bool         `json:"sandbox"`
	Idempotent    bool         `json:"idempotent"`
	BillMiss      bool         `json:"bill_miss"`
	RatePerSecond int          `json:"rate_per_second"` // 0: no limit
	Overrun       bool         `json:"overrun"`
	ModelPrice    *TokenPrices `json:"model_price,omitempty"` // absent: one credit a request
}

// TokenPrices are what the model bills, in US dollars per million tokens.
type TokenPrices struct {
	Input  fettle.Credits `json:"input_usd"`
	Output fettle.Credits `json:"output_usd"`
}

func (c Config) capabilities() Capabilities {
	caps := Capabilities{Sandbox: true, Idempotent: c.Idempotent, BillMiss: c.BillMiss, RatePerSecond: c.Rate, Overrun: c.Overrun}
	if c.ModelTokens > 0 {
		prices := c.tokenPrices()
		caps.ModelPrice = &prices
	}
	return caps
}
