package fettle

import (
	"regexp"
	"time"
)

// Signal is something that happened to a record: one change, however often and
// by whomever it was told.
type Signal struct {
	ID          int64             `json:"id"`
	Entity      Entity            `json:"entity"`
	RecordID    int64             `json:"record_id"`
	Record      string            `json:"record"` // the record's name
	Type        string            `json:"type"`
	Kind        string            `json:"kind"`            // "": not known
	At          time.Time         `json:"at"`              // when it was first learned of
	Since       *Day              `json:"since,omitempty"` // when it happened, as the evidence says
	Source      string            `json:"source"`          // who told it first
	Rule        string            `json:"rule,omitempty"`  // the rule that raised it
	From        map[string]string `json:"from"`
	To          map[string]string `json:"to"`
	Details     map[string]string `json:"details"`
	Witnesses   int               `json:"witnesses"`      // tellings that stand
	Told        []Witness         `json:"told,omitempty"` // of one signal alone: each of them
	Sample      bool              `json:"sample,omitempty"`
	RetractedAt *time.Time        `json:"retracted_at,omitempty"` // its last witness was taken back
}

// Witness is one telling of a signal.
type Witness struct {
	ID       int64      `json:"id"`
	Source   string     `json:"source"`
	Rule     string     `json:"rule,omitempty"`
	SenderID string     `json:"sender_id,omitempty"` // the sender's own id of it
	RecordID int64      `json:"record_id"`           // of which it was told, before merges
	ChangeID int64      `json:"change_id,omitempty"` // the entry of the change log that told it
	At       time.Time  `json:"at"`
	Since    *Day       `json:"since,omitempty"`
	Evidence string     `json:"evidence,omitempty"`
	GoneAt   *time.Time `json:"gone_at,omitempty"` // what told it was taken back
}

// How a rule learns of signals.
const (
	DetectChanges = "changes" // from the change log
	DetectPosted  = "posted"  // others say it
	DetectPoll    = "poll"    // a provider is asked again and again

	// DetectDepartures raises one on a company for each signal which says that a
	// person moved from it or left it, whatever told that.
	DetectDepartures = "departures"
)

// The kinds that rules tell apart by themselves, in signals whose from and to
// name a company or a title.
const (
	KindMoved    = "moved"    // to another company
	KindRetitled = "retitled" // the same company, another title
	KindLeft     = "left"     // to nothing that is known
)

// SignalRule says what is looked for: which change of a record is a signal, and
// what it is told as.
type SignalRule struct {
	Entity    Entity            `json:"entity"`
	Type      string            `json:"type"`
	Detect    string            `json:"detect"`               // changes | posted | poll | departures
	When      string            `json:"when,omitempty"`       // CEL: changed(title) && before.title != ""
	From      map[string]string `json:"from,omitempty"`       // key → CEL: title: before.title
	To        map[string]string `json:"to,omitempty"`         // key → CEL: title: title
	Details   map[string]string `json:"details,omitempty"`    // key → CEL
	Since     string            `json:"since,omitempty"`      // CEL: when it happened
	Kind      string            `json:"kind,omitempty"`       // a word; "" where the values tell it
	By        string            `json:"by,omitempty"`         // "": sources and people; any: enrichments too
	FirstWord string            `json:"first_word,omitempty"` // "": a source's first word on a field that another filled is no signal; signal: it is
	Left      bool              `json:"left,omitempty"`       // a value that becomes blank is a signal
	Settle    Interval          `json:"settle"`               // changes of a record within this time are one signal
	Companion *Companion        `json:"companion,omitempty"`  // the audience that is made with it
	Hook      *SignalHook       `json:"hook,omitempty"`       // detect: posted: how a body sent to /hooks/NAME is read

	// Of detect: poll. The rule has an enrichment of its own name, which asks.
	Audience string            `json:"audience,omitempty"` // of whom it asks
	Provider string            `json:"provider,omitempty"` // provider/operation, which tells a person's employment
	Inputs   map[string]string `json:"inputs,omitempty"`
	Options  map[string]any    `json:"options,omitempty"`
	Outputs  Outputs           `json:"outputs,omitempty"` // what it writes beside its own field: none unless said
	Write    WritePolicy       `json:"write,omitempty"`
	Every    Interval          `json:"every,omitempty"`     // how long an answer counts, for each record
	Retry    Interval          `json:"retry,omitempty"`     // when it asks again where nothing could be verified
	LookBack Interval          `json:"look_back,omitempty"` // a first check whose change began within this time is a signal; 0: it only sets the baseline
	Schedule *Schedule         `json:"schedule,omitempty"`  // when what is due may leave; nil: at once
	Limit    *Limit            `json:"limit,omitempty"`
}

// Companion is the audience that is made with a rule: those with a signal of its
// type within a time.
type Companion struct {
	Name   string   `json:"name"`
	Within Interval `json:"within"`
}

// SignalHook says how a body that is sent to a rule's own address is read. All
// values are CEL over body, which is the JSON that was sent.
type SignalHook struct {
	Each   string            `json:"each,omitempty"`   // a list within the body, of which each is one signal; body is one of them then
	Match  map[string]string `json:"match"`            // field → CEL: what finds the record: email: body.person.email
	ID     string            `json:"id,omitempty"`     // the sender's own id of what it says
	Ignore string            `json:"ignore,omitempty"` // CEL: a body that is no signal
}

var signalType = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// CheckSignalType refuses types and kinds of signals that are no plain word.
func CheckSignalType(what, s string) error {
	if !signalType.MatchString(s) {
		return Errorf(Invalid, "%q is no %s of a signal", s, what).WithHint("Use lower-case letters, digits and underscores, starting with a letter, such as job_change.")
	}
	return nil
}

// SignalRuleView is a rule as it is shown.
type SignalRuleView struct {
	SignalRule

	Name              string         `json:"name"`  // its key; it stays
	Label             string         `json:"label"` // what people call it; its name where nobody said
	State             string         `json:"state" enum:"live,paused"`
	CompanionAudience string         `json:"companion_audience,omitempty"` // the name of its companion audience
	Enrichment        string         `json:"enrichment,omitempty"`         // of a poll: the enrichment that asks
	Signals           int64          `json:"signals"`                      // that it raised and that stand
	LastAt            *time.Time     `json:"last_at,omitempty"`            // of the newest of them
	Behind            int64          `json:"behind"`                       // entries of the change log that it has not read yet
	Disagreements     []Disagreement `json:"disagreements"`
	HookToken         bool           `json:"hook_token"` // its address takes bodies
}

// Disagreement counts how often a source said otherwise than a record held
// without anything having changed: it repeated itself, or it was its first word.
type Disagreement struct {
	Field  string    `json:"field"`
	Source string    `json:"source"`
	Times  int64     `json:"times"`
	LastAt time.Time `json:"last_at"`
	LastID int64     `json:"last_record_id"`
}

// The states of rules.
const (
	RuleLive   = "live"
	RulePaused = "paused"
)

// SignalPost is one signal as somebody posts it.
type SignalPost struct {
	Type     string            `json:"type,omitempty"` // such as job_change
	Kind     string            `json:"kind,omitempty"`
	RecordID int64             `json:"record_id,omitempty"` // whose it is; or what finds the record:
	Record   map[string]string `json:"record,omitempty"`    // field → value: email, linkedin_url, external_id, domain
	Since    string            `json:"since,omitempty"`     // 2025-02-03, 2025-02 or a time
	From     map[string]any    `json:"from,omitempty"`
	To       map[string]any    `json:"to,omitempty"`
	Details  map[string]any    `json:"details,omitempty"`
	ID       string            `json:"id,omitempty"`       // the sender's own: the same post twice is one
	Evidence string            `json:"evidence,omitempty"` // an address, or words
	Sample   bool              `json:"sample,omitempty"`   // made up, to show something: in no audience
}

// PostedView is what became of posted signals.
type PostedView struct {
	Posted    int64          `json:"posted"`
	Added     int64          `json:"added"`     // new signals
	Witnesses int64          `json:"witnesses"` // of signals that there were
	Repeated  int64          `json:"repeated"`  // the sender had said it already
	Invalid   int64          `json:"invalid"`   // nothing was written
	Signals   []PostedSignal `json:"signals"`   // in the order in which they were sent
	Quota     Quota          `json:"-"`         // what the address it was sent to takes besides
}

// The outcomes of a posted signal.
const (
	PostAdded    = "signal"
	PostWitness  = "witness"
	PostRepeated = "repeated"
	PostInvalid  = "invalid"
)

// PostedSignal is what became of one of them.
type PostedSignal struct {
	Index    int    `json:"index"`        // its place in the request, from 0
	ID       int64  `json:"id,omitempty"` // of the signal; 0: nothing was written
	RecordID int64  `json:"record_id,omitempty"`
	Outcome  string `json:"outcome" enum:"signal,witness,repeated,invalid"`
	Key      string `json:"key,omitempty"`    // of an invalid one: what is wrong: to.title
	Reason   string `json:"reason,omitempty"` // and why
}
