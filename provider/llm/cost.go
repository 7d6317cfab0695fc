package llm

import "fettle/provider"

// The bound of a prompt's tokens. Tokenizers of today's models work on bytes
// (byte-level BPE, or pieces with byte fallback): every token of a text covers
// at least one byte of it, so a text has at most as many tokens as bytes.
const (
	// framingTokens is what a vendor adds to a request unseen: the marks around
	// each message (3 to 10 tokens each) and, for structured output, a preamble
	// of its own (Anthropic names 313 to 530 tokens for tools).
	framingTokens = 800
	// schemaCopies is how often the schema's bytes are counted besides its
	// mention in our text: vendors render it into the prompt again, indented.
	schemaCopies = 2
	// repairBytes bounds our words and the schema's complaint in a repair.
	repairBytes = 600
	// minResent is the least that a repair resends of a bad answer, in bytes.
	minResent = 2000
)

// maxTokens bounds any count of tokens in a sum: with four counts and maxPrice,
// a cost stays below the largest int64.
const maxTokens = 100_000_000

// tariff is what one model costs.
type tariff struct{ provider.ModelPrice }

// cost is the price of what was used, in micro-dollars, rounded up.
func (t tariff) cost(u provider.Usage) provider.Units {
	const million = 1_000_000
	return provider.Units((t.tokens(u)+million-1)/million) + provider.Units(count(u.Requests))*t.Request
}

// tokens is the price of the tokens, in millionths of a micro-dollar.
func (t tariff) tokens(u provider.Usage) int64 {
	return count(u.Input)*int64(t.Input) + count(u.CacheRead)*int64(t.CacheRead) +
		count(u.CacheWrite)*int64(t.CacheWrite) + count(u.Output)*int64(t.Output)
}

func count(tokens int64) int64 { return max(0, min(tokens, maxTokens)) }

// tries bounds the requests of one call: the first, and each repair.
type tries struct {
	prompt    int64 // most tokens of the first prompt
	expected  int64 // likely tokens of the first prompt
	maxOutput int64
	output    int64 // likely tokens of an answer
	repairs   int64
}

// resent bounds what a repair resends of the answer before it, in bytes.
func resent(maxOutput int64) int64 { return max(maxOutput, minResent) }

// highest is the most that one try can cost: its prompt wholly at the dearest
// way of reading it, and all the output that it may have.
func (t tariff) highest(prompt, maxOutput int64) provider.Units {
	dearest := t
	dearest.Input = max(t.Input, t.CacheRead, t.CacheWrite)
	return dearest.cost(provider.Usage{Input: prompt, Output: maxOutput, Requests: 1})
}

// quote bounds a call, every repair included. It is not ok if a prompt may be
// longer than the model's price is known for.
func (t tariff) quote(n tries) (provider.Quote, bool) {
	var high provider.Units
	prompt := n.prompt
	for range n.repairs + 1 {
		if (t.Context > 0 && prompt > t.Context) || prompt > maxTokens {
			return provider.Quote{}, false
		}
		high += t.highest(prompt, n.maxOutput)
		prompt += resent(n.maxOutput) + repairBytes
	}
	cheapest := t
	cheapest.Input = min(t.Input, t.CacheRead, t.CacheWrite)
	expected := t.cost(provider.Usage{Input: n.expected, Output: n.output, Requests: 1})
	low := cheapest.cost(provider.Usage{Input: n.expected / 2, Output: 1, Requests: 1})
	return provider.Quote{Low: min(low, expected), Expected: min(expected, high), HitMax: high, MissMax: high}, true
}
