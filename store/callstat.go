package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"fettle"
)

// CallKey names what calls are added up by.
type CallKey struct {
	Operation    string // the step's fingerprint
	EnrichmentID int64
	Step         int
}

// CallStat is what calls came to.
type CallStat struct {
	CallKey
	Provider     string
	Model        string
	Calls        int64 // whose outcome is known
	Found        int64
	HitQuoted    fettle.Credits // what those that found something were expected to cost
	Hit          fettle.Credits
	MissQuoted   fettle.Credits // the highest price of the others
	Miss         fettle.Credits
	Metered      int64 // calls whose tokens were counted
	AskedTokens  int64 // their prompts, as measured before the call
	InputTokens  int64
	OutputTokens int64
}

// Add sums two up.
func (c CallStat) Add(d CallStat) CallStat {
	c.Calls += d.Calls
	c.Found += d.Found
	c.HitQuoted += d.HitQuoted
	c.Hit += d.Hit
	c.MissQuoted += d.MissQuoted
	c.Miss += d.Miss
	c.Metered += d.Metered
	c.AskedTokens += d.AskedTokens
	c.InputTokens += d.InputTokens
	c.OutputTokens += d.OutputTokens
	return c
}

// AddCallStats adds what calls came to, in one order, so that transactions do
// not wait for each other in a ring.
func (tx *Tx) AddCallStats(ctx context.Context, stats map[CallKey]CallStat) error {
	b := NewBatch("text", "bigint", "bigint", "text", "text", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint")
	keys := slices.SortedFunc(maps.Keys(stats), func(x, y CallKey) int {
		return cmp.Or(cmp.Compare(x.Operation, y.Operation), cmp.Compare(x.EnrichmentID, y.EnrichmentID), cmp.Compare(x.Step, y.Step))
	})
	for _, k := range keys {
		c := stats[k]
		b.Add(k.Operation, k.EnrichmentID, int64(k.Step), c.Provider, c.Model, c.Calls, c.Found, int64(c.HitQuoted), int64(c.Hit),
			int64(c.MissQuoted), int64(c.Miss), c.Metered, c.AskedTokens, c.InputTokens, c.OutputTokens)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o) AS (@rows)
		INSERT INTO call_stats (operation, enrichment_id, step, provider, model, calls, found, hit_quoted_uc, hit_uc, miss_quoted_uc, miss_uc,
		metered, asked_tokens, input_tokens, output_tokens) SELECT a,b,c,d,e,f,g,h,i,j,k,l,m,n,o FROM v WHERE true
		ON CONFLICT (operation, enrichment_id, step) DO UPDATE SET calls = call_stats.calls + excluded.calls,
		found = call_stats.found + excluded.found, hit_quoted_uc = call_stats.hit_quoted_uc + excluded.hit_quoted_uc,
		hit_uc = call_stats.hit_uc + excluded.hit_uc, miss_quoted_uc = call_stats.miss_quoted_uc + excluded.miss_quoted_uc,
		miss_uc = call_stats.miss_uc + excluded.miss_uc, metered = call_stats.metered + excluded.metered,
		asked_tokens = call_stats.asked_tokens + excluded.asked_tokens, input_tokens = call_stats.input_tokens + excluded.input_tokens,
		output_tokens = call_stats.output_tokens + excluded.output_tokens`)
	return err
}

// CallStats reads what the calls of some providers came to.
func (tx *Tx) CallStats(ctx context.Context, providers []string) ([]CallStat, error) {
	b := NewBatch("text")
	for _, p := range providers {
		b.Add(p)
	}
	var out []CallStat
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c CallStat
		err := r.Scan(&c.Operation, &c.EnrichmentID, &c.Step, &c.Provider, &c.Model, &c.Calls, &c.Found, &c.HitQuoted, &c.Hit, &c.MissQuoted,
			&c.Miss, &c.Metered, &c.AskedTokens, &c.InputTokens, &c.OutputTokens)
		out = append(out, c)
		return err
	}, b, `WITH v(p) AS (@rows) SELECT s.operation, s.enrichment_id, s.step, s.provider, s.model, s.calls, s.found, s.hit_quoted_uc, s.hit_uc,
		s.miss_quoted_uc, s.miss_uc, s.metered, s.asked_tokens, s.input_tokens, s.output_tokens FROM call_stats s JOIN v ON s.provider = v.p`)
	return out, err
}
