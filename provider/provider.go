// Package provider is the contract of everything that data or text is bought
// from: data APIs described in YAML, AI models, formulas, the sandbox. An
// outcome is a value, never an error; a price is known before a call leaves,
// or the call is not made.
package provider

import (
	"context"
	"net/http"
	"time"

	"fettle"
	"fettle/identity/stranger"
	"fettle/internal/text"
)

// Units is an amount in a provider's own unit, in millionths: 1 unit is
// 1,000,000. A connection says what one unit costs in credits. The unit of AI
// models is the US dollar.
type Units = fettle.Credits

// Unit is one whole unit of a provider.
const Unit Units = 1_000_000

// Kind is what sort of provider it is.
type Kind string

// The kinds.
const (
	Data    Kind = "data"
	AI      Kind = "ai"
	Formula Kind = "formula" // computed here, free
)

// Description is what a provider says of itself: forms, docs and price pages
// are made from it.
type Description struct {
	Name              string          `json:"name"` // as in provider/operation
	Title             string          `json:"title"`
	Kind              Kind            `json:"kind"`
	Unit              string          `json:"unit"` // "credit", "USD"
	BaseURL           string          `json:"base_url"`
	NeedsKey          bool            `json:"needs_key"`
	KeyEnv            string          `json:"key_env,omitempty"` // the environment variable that may hold the key
	DefinitionVersion string          `json:"definition_version,omitempty"`
	Docs              string          `json:"docs,omitempty"`
	Limits            []RatePolicy    `json:"limits,omitempty"`
	MaxConcurrent     int             `json:"max_concurrent,omitempty"` // calls at once per credential; 0: the engine's default
	Operations        []OperationInfo `json:"operations"`
}

// RatePolicy is at most Requests calls in any window of length Per.
type RatePolicy struct {
	ID       string        `json:"id"`
	Requests int           `json:"requests"`
	Per      time.Duration `json:"per"`
}

// OperationInfo describes one operation.
type OperationInfo struct {
	ID         string        `json:"id"` // provider/operation
	Title      string        `json:"title"`
	Entity     fettle.Entity `json:"entity,omitempty"` // "" for both
	Inputs     []Param       `json:"inputs"`
	RequireAny [][]string    `json:"require_any,omitempty"` // sets of inputs, one of which must be there
	Options    []Param       `json:"options,omitempty"`
	Outputs    []Param       `json:"outputs"`
	Definition string        `json:"definition,omitempty"` // how it is defined, for people
	Identity   bool          `json:"identity,omitempty"`   // its answers say whom they are about: one about somebody else is held back
	Billing    string        `json:"billing,omitempty"`    // what a price is for, where it is not each answer: "per change in an answer"
}

// Param is a named, typed input, option or output.
type Param struct {
	Name    string           `json:"name"`
	Type    fettle.FieldType `json:"type"`
	Label   string           `json:"label,omitempty"`
	Default any              `json:"default,omitempty"`
	Status  bool             `json:"status,omitempty"` // an output of which the provider says how good it is: a step may accept by it
}

// Connection is how a provider is reached: a credential, an address and what
// its units cost there. A provider may have several, under names.
type Connection struct {
	Provider    string          // as steps name it: llm/openai, llm/openai@local
	BaseURL     string          // overrides the definition's, if set
	Key         string          // the secret; never logged
	UnitCredits *fettle.Credits // micro-credits per whole unit; nil: not stated, so nothing is run
	Client      *http.Client    // refuses private addresses unless allowed
	Prices      PriceTable      // AI models
	Sandbox     bool            // BaseURL is the simulated provider: its GET /capabilities may be asked
}

// PriceTable gives the price of an AI model on a day.
type PriceTable interface {
	// Price gives what the model costs at t. ok is false for an unknown model,
	// which is never run.
	Price(provider, model string, t time.Time) (p ModelPrice, ok bool)
}

// ModelPrice is in US dollars per million tokens, in Units of a dollar.
type ModelPrice struct {
	Provider      string `json:"provider"`
	Model         string `json:"model"`
	Input         Units  `json:"input_usd"`
	Output        Units  `json:"output_usd"`
	CacheRead     Units  `json:"cache_read_usd"`
	CacheWrite    Units  `json:"cache_write_usd"`
	Request       Units  `json:"request_usd"`       // per request, beside tokens
	Context       int64  `json:"context_tokens"`    // largest prompt
	MaxOutput     int64  `json:"max_output_tokens"` // largest answer
	EffectiveFrom string `json:"effective_from"`    // 2006-01-02
}

// Provider is where data or text is bought.
type Provider interface {
	// Describe says what the provider offers.
	Describe() Description
	// Prepare checks a step against the provider and makes its operation
	// ready to call. It fails with a fettle.Error (Invalid) that names the
	// wrong key, input, option or model. It makes no network call.
	Prepare(step fettle.Step, conn Connection) (Operation, error)
}

// Balancer is a Provider that may tell how much of its own units the account
// behind a connection has left.
type Balancer interface {
	// Balance asks the provider, which is free. ok is false where it does not
	// tell, or has no end; an error is a provider that cannot be asked now. It
	// is what the provider says at that moment: others may spend from the same
	// account.
	Balance(ctx context.Context, conn Connection) (left Units, ok bool, err error)
	// BalanceEvery is how long an answer may be believed; 0 where there is
	// nothing to ask.
	BalanceEvery() time.Duration
}

// Operation is a step made ready. It is safe for concurrent use.
type Operation interface {
	// Info describes inputs and outputs; of an AI step, those of its schema.
	Info() OperationInfo
	// Fingerprint identifies what is asked, apart from the inputs: operation,
	// options, model, schema. Two steps with one fingerprint and equal inputs
	// buy the same thing.
	Fingerprint() string
	// Quote gives the price of a call. ok is false where no highest price is
	// known: the call is not made.
	Quote(call Call) (q Quote, ok bool)
	// Do makes the call and waits for its outcome. The error is for surprises
	// in our own code only; whatever the provider does is a Result.
	Do(ctx context.Context, call Call) (Result, error)
	// Recovery says what may be done with a call whose outcome is unknown.
	Recovery() Recovery
}

// Batcher is an Operation that asks for several records in one request. It is
// always asked by DoBatch, for one record too.
type Batcher interface {
	// MaxBatch is how many records one request may hold.
	MaxBatch() int
	// Minimum is what a request is billed at the least that is billed at all; 0
	// for nothing. Quote is the price of a call that has a request of its own:
	// the minimum is in it. ok is false where it is not known: no call is made.
	Minimum() (least Units, ok bool)
	// QuoteBeside is the price of a call without the minimum, which the calls of
	// its request share.
	QuoteBeside(call Call) (q Quote, ok bool)
	// Refuse says what is wrong with a call that cannot be asked, before anything
	// is sent; ok is false where nothing is.
	Refuse(call Call) (res Result, ok bool)
	// DoBatch asks for the calls in one request, whose idempotency key is that of
	// the first of them that can be asked. Results come back in the order of the
	// calls, their Units without the minimum. Where the request as a whole was
	// refused, failed or lost they are all the same, and Whole.
	DoBatch(ctx context.Context, calls []Call) ([]Result, error)
}

// Poller is an Operation whose Do or DoBatch may answer Accepted with a JobID. The engine
// keeps the job id durably and asks again, also after a restart.
type Poller interface {
	// Poll asks for the outcome of a job: Pending, or a final Result per ref.
	Poll(ctx context.Context, jobID string, refs []string) (map[string]Result, error)
	// FirstPoll and PollEvery are the waits; GiveUp is when it becomes unknown.
	PollTimes() (first, every, giveUp time.Duration)
}

// Meter is an Operation that is billed by the token: what a call is expected
// to cost follows from the size of its prompt and from how long answers were.
type Meter interface {
	// Measure estimates the tokens of a call's prompt, with all that is sent
	// along; 0 where the call cannot be asked.
	Measure(call Call) int64
	// Used gives what a call used, as prompt tokens at their full price (cached
	// ones count for what they cost) and tokens of the answer. ok is false where
	// the vendor did not say.
	Used(u Usage) (input, output int64, ok bool)
	// Bill is the price of a request of so many tokens.
	Bill(input, output int64) Units
	// Answer is how many tokens an answer may be expected to have while none was
	// seen: a guess from its schema, and no more.
	Answer() int64
}

// ContactBilled is an Operation whose vendor bills a contact once in a period:
// what is asked about it later in the period is free, by whichever operation.
type ContactBilled interface {
	// Contact identifies whom a call is about; "" where each call is billed.
	Contact(call Call) string
	// Covers reports whether what was billed at a time makes a call free that is
	// made soon after now. Near the end of a period it is false.
	Covers(billed, now time.Time) bool
}

// Call is one question about one record.
type Call struct {
	Key     string         // idempotency key: the attempt's, the same when resent
	Inputs  map[string]any // by input name, values in their Go form; blanks are absent. AI steps: prompt, system
	Options map[string]any
	Covered bool // its contact was billed already in this period
}

// Quote bounds the price of one call, every billed try included.
type Quote struct {
	Low      Units // the least that it can cost
	Expected Units // on a hit
	HitMax   Units // the most, if it gives something
	MissMax  Units // the most, if it gives nothing
}

// Max is the most that the call can cost.
func (q Quote) Max() Units { return max(q.HitMax, q.MissMax) }

// Outcome is how a call ended.
type Outcome string

// The outcomes of calls. The engine owns the reaction to each.
const (
	Found       Outcome = "found"
	NotFound    Outcome = "not_found"     // a normal, remembered result
	Accepted    Outcome = "accepted"      // asynchronous: ask again by JobID
	Pending     Outcome = "pending"       // asynchronous: not ready yet
	Throttled   Outcome = "throttled"     // not billed; wait and try again
	Transient   Outcome = "transient"     // not billed, by the definition; wait and try again
	NotSent     Outcome = "not_sent"      // dial or TLS failure: provably never left
	OutOfCredit Outcome = "out_of_credit" // pause the enrichment: provider
	AuthError   Outcome = "auth_error"    // pause the enrichment: provider
	BadInput    Outcome = "bad_input"     // this record cannot be asked for
	Failed      Outcome = "failed"        // final; Units says whether it was billed (a refusal, a broken schema)
	Unknown     Outcome = "unknown"       // sent, and no parsed outcome: may have been billed
)

// Result is the outcome of one call, as a value.
type Result struct {
	Outcome    Outcome                  `json:"outcome"`
	Outputs    map[string]any           `json:"outputs,omitempty"` // by output name; the whole paid answer
	Status     map[string]fettle.Status `json:"status,omitempty"`  // by output name
	Whole      bool                     `json:"-"`                 // of a Batcher: the outcome is that of the request, not of this record
	Unsure     bool                     `json:"unsure,omitempty"`  // of NotFound: the answer verifies nothing, and is worth asking for again soon
	Units      Units                    `json:"units"`             // billed, as the provider or its definition says
	Model      string                   `json:"model,omitempty"`   // the model that answered
	Usage      Usage                    `json:"usage"`
	JobID      string                   `json:"job_id,omitempty"`
	RetryAfter time.Duration            `json:"retry_after,omitempty"`
	Guessed    bool                     `json:"-"` // RetryAfter is not the provider's word: it grows while throttles follow each other
	HTTPStatus int                      `json:"http_status,omitempty"`
	About      stranger.Answer          `json:"-"`                 // of Found: whom the answer says that it is about
	RequestID  string                   `json:"-"`                 // the provider's own, of the request
	Message    string                   `json:"message,omitempty"` // for people; no secrets
	Raw        []byte                   `json:"-"`                 // the answer as it came, without secrets; what is no JSON too
	Signals    []RateSignal             `json:"-"`
}

// Storable gives the result with all text made storable: whatever a provider
// answers passes through here once, before anything else is made of it.
func (r Result) Storable() Result {
	r.Outputs = text.Map(r.Outputs)
	r.Model, r.JobID, r.Message = text.Storable(r.Model), text.Storable(r.JobID), text.Storable(r.Message)
	r.About, r.RequestID = r.About.Each(text.Storable), text.Storable(r.RequestID)
	if r.Status != nil {
		status := make(map[string]fettle.Status, len(r.Status))
		for k, v := range r.Status {
			status[text.Storable(k)] = fettle.Status(text.Storable(string(v)))
		}
		r.Status = status
	}
	return r
}

// Usage counts tokens as the vendor bills them.
type Usage struct {
	Input      int64 `json:"input,omitempty"` // not cached
	Output     int64 `json:"output,omitempty"`
	CacheRead  int64 `json:"cache_read,omitempty"`
	CacheWrite int64 `json:"cache_write,omitempty"`
	Requests   int64 `json:"requests,omitempty"` // schema repairs included
}

// RateSignal is what a provider said of a rate policy in a response.
type RateSignal struct {
	Policy    string
	Remaining int
	Reset     time.Duration // until the window begins anew
}

// Recovery says what may be done with a call whose outcome is unknown.
type Recovery struct {
	Resend    bool          // resending under the same key or input cannot be billed twice
	Retention time.Duration // how long the provider keeps keys; 0: for good
}
