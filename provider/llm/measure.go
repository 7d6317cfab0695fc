package llm

import "fettle/provider"

// likelyTokens estimates the tokens of a prompt by its bytes. A token of
// English has about four; tokenizers differ by a fifth either way, and what a
// model really counted corrects the estimate from its first call on.
func likelyTokens(said, schemaBytes int64) int64 { return (said+schemaBytes)/4 + framingTokens/10 }

// Measure implements provider.Meter.
func (o *operation) Measure(call provider.Call) int64 {
	q, ok := o.question(call)
	if !ok {
		return 0
	}
	return likelyTokens(int64(len(q.system)+len(q.user)), int64(len(o.schema.text)))
}

// Used implements provider.Meter.
func (o *operation) Used(u provider.Usage) (input, output int64, ok bool) {
	input = u.Input + u.CacheRead + u.CacheWrite
	if o.tariff.Input > 0 {
		input = u.Input + (u.CacheRead*int64(o.tariff.CacheRead)+u.CacheWrite*int64(o.tariff.CacheWrite))/int64(o.tariff.Input)
	}
	return input, u.Output, u.Input+u.CacheRead+u.CacheWrite+u.Output > 0
}

// Bill implements provider.Meter.
func (o *operation) Bill(input, output int64) provider.Units {
	return o.tariff.cost(provider.Usage{Input: input, Output: min(output, o.settings.maxOutput), Requests: 1})
}

// Answer implements provider.Meter.
func (o *operation) Answer() int64 {
	return min(o.settings.maxOutput, int64(likelySize(o.schema.full)+reasoning[o.settings.effort]+0.5))
}
