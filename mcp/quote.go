package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fettle"
	"fettle/client"
)

// quoteHolds is how long a quote can be confirmed.
const quoteHolds = 300 * time.Second

// quotesMost is how many quotes wait at once; the oldest is forgotten first.
const quotesMost = 1000

// Action is what is quoted.
type Action string

// The actions that spend.
const (
	Start  Action = "start"
	Resume Action = "resume"
	Pilot  Action = "pilot"
	Rerun  Action = "rerun"
)

// QuoteInput is what is to be priced.
type QuoteInput struct {
	Enrichment string `json:"enrichment" jsonschema:"the enrichment's name"`
	Action     Action `json:"action" jsonschema:"start a draft, resume a paused one, pilot its first rows, or rerun what it has bought already"`
	Rows       int    `json:"rows,omitempty" jsonschema:"pilot: how many rows, at most 100"`
}

// Quote is a price that can be confirmed once, soon.
type Quote struct {
	QuoteID         string         `json:"quote_id"`
	ExpiresAt       time.Time      `json:"expires_at"`
	Enrichment      string         `json:"enrichment"`
	Action          Action         `json:"action"`
	RowsToBuy       int64          `json:"rows_to_buy"`
	RowsFree        int64          `json:"rows_free" jsonschema:"bought before: they cost nothing"`
	ExpectedCredits fettle.Credits `json:"expected_credits"`
	HighestCredits  fettle.Credits `json:"highest_credits" jsonschema:"the most that it can cost: the least max_spend that confirm takes"`
	LimitLeft       string         `json:"limit_left_credits,omitempty" jsonschema:"what the tightest limit leaves; absent where there is none"`
	NoRoom          string         `json:"no_room,omitempty" jsonschema:"the limit that leaves no room for another row"`
	Warnings        []string       `json:"warnings,omitempty"`
	Next            string         `json:"next"`
}

// kept is a quote that waits, and what it rests on.
type kept struct {
	quote Quote
	in    QuoteInput
	owner string // the hash of the token that asked
	rests string // the hash of what it rests on
	est   fettle.Estimate
	at    time.Time
}

// Quotes are the quotes that wait in this process. It is safe for concurrent use.
type Quotes struct {
	mu   sync.Mutex
	byID map[string]kept
	now  func() time.Time
}

// NewQuotes makes a memory for quotes.
func NewQuotes() *Quotes { return &Quotes{byID: map[string]kept{}, now: time.Now} }

func (q *Quotes) keep(k kept) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.byID) >= quotesMost {
		oldest := ""
		for id, other := range q.byID {
			if oldest == "" || other.at.Before(q.byID[oldest].at) {
				oldest = id
			}
		}
		delete(q.byID, oldest)
	}
	q.byID[k.quote.QuoteID] = k
}

// take takes a quote out: it is confirmed once, or not at all.
func (q *Quotes) take(id, owner string) (kept, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k, ok := q.byID[id]
	if !ok || k.owner != owner {
		return kept{}, fettle.Errorf(fettle.NotFound, "there is no quote %q: it was confirmed already, has run out, or was never made", id).WithHint("Ask for a new one: quote. What a confirmed one does: status.")
	}
	delete(q.byID, id)
	if q.now().After(k.quote.ExpiresAt) {
		return kept{}, fettle.Errorf(fettle.Refused, "the quote has run out after %s", quoteHolds).WithHint("Ask for a new one: quote.")
	}
	return k, nil
}

// priced is what an action would do now.
type priced struct {
	est    fettle.Estimate
	view   fettle.EnrichmentView
	rests  string
	rows   int64
	high   fettle.Credits
	likely fettle.Credits
}

// price asks what an action would cost, and hashes all that the answer rests on.
func price(ctx context.Context, api *client.Client, in QuoteInput) (p priced, err error) {
	if p.view, err = api.Enrichment(ctx, in.Enrichment); err != nil {
		return p, err
	}
	opt := client.EstimateOptions{Rerun: in.Action == Rerun}
	if p.est, err = api.Estimate(ctx, in.Enrichment, opt); err != nil {
		return p, err
	}
	p.rows, p.high, p.likely = p.est.ToRun, p.est.HighCredits, p.est.ExpectedCredits
	switch in.Action {
	case Start, Resume:
	case Pilot:
		if in.Rows < 1 || in.Rows > 100 {
			return p, fettle.Errorf(fettle.Invalid, "rows is %d", in.Rows).WithHint("A pilot is 1 to 100 rows: {\"action\": \"pilot\", \"rows\": 10}.")
		}
		n := min(int64(in.Rows), p.est.ToRun)
		p.rows, p.high = n, min(p.high, fettle.Credits(n)*p.est.PerRowCredits)
		if p.est.ToRun > 0 {
			p.likely = min(p.high, p.est.ExpectedCredits/fettle.Credits(p.est.ToRun)*fettle.Credits(n))
		}
	case Rerun:
		p.rows = p.est.RerunRows
	default:
		return p, fettle.Errorf(fettle.Invalid, "there is no action %q", in.Action).WithHint("One of: start, resume, pilot, rerun.")
	}
	filters := make([]string, 0, len(p.view.Audience))
	for _, name := range p.view.Audience {
		a, err := api.Audience(ctx, name)
		if err != nil {
			return p, err
		}
		filters = append(filters, a.Name+": "+a.Where)
	}
	slices.Sort(filters)
	text, err := json.Marshal([]any{in, p.view.Version, p.view.State, p.view.Definition, filters, p.rows, p.est.Reused, p.high})
	if err != nil {
		return p, fmt.Errorf("a quote: %w", err)
	}
	p.rests = hash(string(text))
	return p, nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// quote prices an action and keeps the price for a while.
func (t *tools) quote(ctx context.Context, in QuoteInput) (Quote, error) {
	p, err := price(ctx, t.api, in)
	if err != nil {
		return Quote{}, err
	}
	now := t.quotes.now()
	q := Quote{
		QuoteID: rand.Text(), ExpiresAt: now.Add(quoteHolds).UTC(), Enrichment: in.Enrichment, Action: in.Action,
		RowsToBuy: p.rows, RowsFree: p.est.Reused, ExpectedCredits: p.likely, HighestCredits: p.high, NoRoom: p.est.NoRoom, Warnings: p.est.Warnings,
		Next: fmt.Sprintf("Ask the person, then: confirm with this quote_id and max_spend of at least %s.", p.high),
	}
	if left := p.est.LimitLeftCredits; left != nil {
		q.LimitLeft = left.String()
	}
	if l := p.view.Limit; l != nil && !l.None && l.Per != fettle.Lifetime && in.Action != Pilot {
		q.Warnings = append(slices.Clip(q.Warnings), fmt.Sprintf("Its limit is per %s, and begins anew with each: what enters or comes due then may spend max_spend again, until it is stopped.", l.Per))
	}
	t.quotes.keep(kept{quote: q, in: in, owner: t.owner, rests: p.rests, est: p.est, at: now})
	return q, nil
}

// ConfirmInput takes a quote.
type ConfirmInput struct {
	QuoteID  string `json:"quote_id"`
	MaxSpend string `json:"max_spend" jsonschema:"the most credits that this may spend, as the person said: at least the quote's highest_credits"`
}

// Confirmed is what was begun.
type Confirmed struct {
	Enrichment string         `json:"enrichment"`
	State      fettle.State   `json:"state"`
	MaxSpend   fettle.Credits `json:"max_spend"`
	Limit      string         `json:"limit,omitempty" jsonschema:"the credit spend limit that now holds it to max_spend"`
	Next       string         `json:"next"`
}

// confirm does what was quoted, once, if nothing has moved since, and holds it to
// the most that it may spend by the enrichment's own limit.
func (t *tools) confirm(ctx context.Context, in ConfirmInput) (Confirmed, error) {
	if strings.TrimSpace(in.MaxSpend) == "" {
		return Confirmed{}, fettle.Errorf(fettle.Invalid, "max_spend is not said").WithHint("Say the most credits that the person agreed to, at least the quote's highest_credits. The quote still holds.")
	}
	most, err := fettle.ParseCredits(in.MaxSpend)
	if err != nil || most < 0 {
		return Confirmed{}, fettle.Errorf(fettle.Invalid, "max_spend %q is no number of credits", in.MaxSpend).WithHint("Write it as a decimal, such as \"12.5\". The quote still holds.")
	}
	k, err := t.quotes.take(in.QuoteID, t.owner)
	if err != nil {
		return Confirmed{}, err
	}
	now, err := price(ctx, t.api, k.in)
	if err != nil {
		return Confirmed{}, err
	}
	if now.rests != k.rests {
		return Confirmed{}, moved(k.quote, now)
	}
	if most < now.high {
		t.quotes.keep(k) // nothing has moved: it may be confirmed with more
		return Confirmed{}, fettle.Errorf(fettle.Refused, "it can cost %s, and max_spend is %s", now.high.ExactWords(), most).
			With("highest_credits", now.high).WithHint("Ask the person whether it may be %s; the quote still holds.", now.high)
	}
	if err := t.mayAct(ctx, k.in.Action); err != nil {
		return Confirmed{}, err
	}
	view, err := t.act(ctx, k.in, now.est.ID, most)
	if err != nil {
		return Confirmed{}, err
	}
	out := Confirmed{Enrichment: k.in.Enrichment, State: view.State, MaxSpend: most, Next: "See how it goes: status. End it: stop."}
	if l := view.Limit; l != nil && l.Credits != nil && k.in.Action != Pilot {
		out.Limit = l.Credits.String()
	}
	return out, nil
}

// mayAct refuses who may not spend before anything is changed for it.
func (t *tools) mayAct(ctx context.Context, a Action) error {
	who, err := t.api.Status(ctx)
	if err != nil || who.MaySpend || a == Pilot { // a pilot is judged by its allowance
		return err
	}
	return fettle.Errorf(fettle.NotAllowed, "the token of %s may not spend", who.Actor).WithHint("Nothing was changed. Ask an admin for a token that may spend.")
}

// moved says what is different from what was quoted.
func moved(was Quote, now priced) error {
	return fettle.Errorf(fettle.Refused, "it is not what was quoted: %s at most %s then, %s at most %s now, or its definition, audience or state was changed",
		fettle.Count(was.RowsToBuy, "row", "rows"), was.HighestCredits.ExactWords(), fettle.Count(now.rows, "row", "rows"), now.high.ExactWords()).
		With("quoted", map[string]any{"rows": was.RowsToBuy, "highest_credits": was.HighestCredits}).
		With("now", map[string]any{"rows": now.rows, "highest_credits": now.high, "version": now.view.Version, "state": now.view.State}).
		WithHint("Nothing was bought. Ask for a new quote, and show the person what changed.")
}

// act does it, held to the most that it may spend by the enrichment's own limit,
// with the start itself or not at all. A pilot is bounded by its rows.
func (t *tools) act(ctx context.Context, in QuoteInput, estimate string, most fettle.Credits) (fettle.EnrichmentView, error) {
	opt := client.StartOptions{EstimateID: estimate, Most: &most}
	switch in.Action {
	case Start:
		return t.api.Start(ctx, in.Enrichment, opt)
	case Resume:
		return t.api.Resume(ctx, in.Enrichment, opt)
	case Pilot:
		return t.api.Pilot(ctx, in.Enrichment, in.Rows)
	default:
		return t.api.Rerun(ctx, in.Enrichment, client.RerunOptions{Most: &most}, true)
	}
}
