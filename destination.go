package fettle

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Destination says where records go, which, and what of them: a service that is
// not ours, an audience, and what becomes what there. It changes records that are
// there; it never makes one, and never deletes one.
type Destination struct {
	To       string         `json:"to,omitempty"`   // a service that comes with the product, such as hubspot-contacts
	HTTP     map[string]any `json:"http,omitempty"` // or how another is reached, in the words of provider/v1
	Audience string         `json:"audience"`
	On       []string       `json:"on"`     // OnEntered, OnChanged
	ID       string         `json:"id"`     // CEL over the record: its id there
	Fields   Mapping        `json:"fields"` // what is set there → CEL over the record
	Write    string         `json:"write"`  // BlanksOnly, WriteOver
}

// Mapping is what is set in a service, each from an expression over a record.
type Mapping map[string]string

// When a record is sent.
const (
	OnEntered = "entered" // it enters the audience
	OnChanged = "changed" // what is sent of it changes while it is in the audience
)

// What is written.
const (
	BlanksOnly = "blanks_only" // only what is blank there
	WriteOver  = "overwrite"
)

// DestinationState says whether records are sent.
type DestinationState string

// The states of a destination.
const (
	DestinationOff DestinationState = "off"
	DestinationOn  DestinationState = "on"
)

// OffRestored is why the destinations of a workspace that was restored or copied
// are off: the original may write there.
const OffRestored = "restored"

// Filled gives the destination with what stands where it says nothing.
func (d Destination) Filled() Destination {
	if len(d.On) == 0 {
		d.On = []string{OnEntered, OnChanged}
	}
	if d.Write == "" {
		d.Write = BlanksOnly
	}
	return d
}

// How many things a destination sets, and how long the name of one may be.
const (
	mostProperties  = 250
	longestProperty = 200
)

// Check refuses what is no destination. The error's detail "key" names the key.
func (d Destination) Check() error {
	fail := func(key, hint, format string, args ...any) error {
		return Errorf(Invalid, format, args...).WithHint("%s", hint).With("key", key)
	}
	if (d.To == "") == (len(d.HTTP) == 0) {
		return fail("to", "Write to: hubspot-contacts, or http: and how the service is reached.", "a destination has one of to and http")
	}
	if d.Audience == "" {
		return fail("audience", "Write the name of the audience whose records are sent.", "audience is missing")
	}
	for i, on := range d.On {
		if slices.Contains(d.On[:i], on) {
			return fail("on", "Write on: [entered, changed], or one of them.", "%q is there twice", on)
		}
		if on != OnEntered && on != OnChanged {
			return fail("on", "Write on: [entered, changed], or one of them.", "%q is not when a record is sent", on)
		}
	}
	if strings.TrimSpace(d.ID) == "" {
		return fail("id", "Say what the record's id is there, such as id: external_id.", "id is missing")
	}
	if len(d.Fields) == 0 {
		return fail("fields", "Say what is set there, such as fields: {jobtitle: title}.", "fields is missing")
	}
	if len(d.Fields) > mostProperties {
		return fail("fields", "Make several destinations of it.", "fields sets %d things, at most %d are set", len(d.Fields), mostProperties)
	}
	for property := range d.Fields {
		if strings.TrimSpace(property) == "" || len(property) > longestProperty || strings.ContainsFunc(property, unicode.IsControl) {
			return fail("fields", "Write the name that it has in the service, such as jobtitle.", "%q is not a name of something that is set there: it is blank, not one line, or longer than %d bytes", property[:min(len(property), 40)], longestProperty)
		}
	}
	if d.Write != BlanksOnly && d.Write != WriteOver {
		return fail("write", "Write write: blanks_only, or write: overwrite.", "%q is not a way to write", d.Write)
	}
	return nil
}

// Sends reports whether records are sent when something happens to them.
func (d Destination) Sends(on string) bool { return slices.Contains(d.On, on) }

// SendOutcome is what became of a record on its way to a destination.
type SendOutcome string

// The outcomes. Those up to SendLeft are found without writing anything.
const (
	SendWritten    SendOutcome = "written"
	SendUnchanged  SendOutcome = "unchanged"   // it holds all of that there already
	SendHasValue   SendOutcome = "has_value"   // blanks only, and nothing of it is blank there
	SendBlank      SendOutcome = "blank"       // there is nothing to send: a blank never overwrites
	SendNoID       SendOutcome = "no_id"       // we do not know its id there
	SendSharedID   SendOutcome = "shared_id"   // another record has the same id there
	SendNotThere   SendOutcome = "not_there"   // there is no such record there; none is made
	SendSuppressed SendOutcome = "suppressed"  // it is not to be enriched, nor sent
	SendLeft       SendOutcome = "left"        // it is not in the audience any more
	SendRefused    SendOutcome = "refused"     // the service does not take it
	SendFailed     SendOutcome = "failed"      // given up after three days
	SendRetried    SendOutcome = "tried_again" // it did not work, and is tried again
	SendUnknown    SendOutcome = "unknown"     // it may have arrived
)

// SendOutcomes lists the outcomes.
func SendOutcomes() []SendOutcome {
	return []SendOutcome{
		SendWritten, SendUnchanged, SendHasValue, SendBlank, SendNoID, SendSharedID, SendNotThere, SendSuppressed, SendLeft, SendRefused, SendFailed, SendRetried, SendUnknown,
	}
}

// DestinationView is a destination and how it fares, without its key.
type DestinationView struct {
	Destination

	Name      string                `json:"name"`  // its key; it stays
	Label     string                `json:"label"` // what people call it; its name where nobody said
	State     DestinationState      `json:"state"`
	Reason    string                `json:"reason,omitempty"` // why it is off, if no person turned it off: restored
	Service   string                `json:"service"`          // what people call the service
	Host      string                `json:"host"`             // where it is reached
	BaseURL   string                `json:"base_url,omitempty"`
	NeedsKey  bool                  `json:"needs_key"`
	HasKey    bool                  `json:"has_key"`
	Waiting   int64                 `json:"waiting"`  // records that are to be sent
	Failed    int64                 `json:"failed"`   // records that were given up or refused, or may have arrived: they can be sent again
	Written   int64                 `json:"written"`  // how often a record was written, ever
	Outcomes  map[SendOutcome]int64 `json:"outcomes"` // of the records, the last of each
	Filling   bool                  `json:"filling"`  // all of the audience is looked through
	TriedAt   *time.Time            `json:"tried_at,omitempty"`
	SentAt    *time.Time            `json:"sent_at,omitempty"`
	NextAt    *time.Time            `json:"next_at,omitempty"` // when it goes on, if the service asked for patience or does not answer
	Detail    string                `json:"detail,omitempty"`  // what the last try that failed as a whole said
	UpdatedAt time.Time             `json:"updated_at"`
}

// DestinationService is a service that comes with the product, to which records can
// go.
type DestinationService struct {
	Name     string `json:"name"` // goes into a destination's to
	Title    string `json:"title"`
	Host     string `json:"host"`           // where it is reached
	Docs     string `json:"docs,omitempty"` // the address of its documentation
	NeedsKey bool   `json:"needs_key"`
	Reads    bool   `json:"reads"` // it can be asked what is there, so that blanks alone can be written
}

// SendChange is a value there, before and after.
type SendChange struct {
	Property string `json:"property"`
	Before   string `json:"before"` // "": blank
	After    string `json:"after"`
}

// SentView is an entry of a destination's log.
type SentView struct {
	ID       int64        `json:"id"`
	At       time.Time    `json:"at"`
	RecordID int64        `json:"record_id"`
	RemoteID string       `json:"remote_id,omitempty"`
	Outcome  SendOutcome  `json:"outcome"`
	Tries    int64        `json:"tries"`
	Status   int64        `json:"status,omitempty"` // of HTTP
	Message  string       `json:"message,omitempty"`
	Changes  []SendChange `json:"changes,omitempty"`
	NextAt   *time.Time   `json:"next_at,omitempty"`
}

// DestinationCheck is what would be written, found by the code that writes.
type DestinationCheck struct {
	Audience   int64                 `json:"audience"` // its records
	Looked     int64                 `json:"looked"`   // how many of them were looked at
	Outcomes   map[SendOutcome]int64 `json:"outcomes"` // written: would be
	Properties []PropertyCheck       `json:"properties"`
	Samples    []CheckSample         `json:"samples"`
	Calls      int64                 `json:"calls"` // that it takes to write them
}

// PropertyCheck is what would become of one thing that is set.
type PropertyCheck struct {
	Property string `json:"property"`
	Fills    int64  `json:"fills"`    // blank there
	Replaces int64  `json:"replaces"` // another value is there
	Keeps    int64  `json:"keeps"`    // another value is there, and stays
	Same     int64  `json:"same"`
	Blank    int64  `json:"blank"` // blank here
}

// CheckSample is a record of which something would be written.
type CheckSample struct {
	RecordID int64        `json:"record_id"`
	RemoteID string       `json:"remote_id"`
	Changes  []SendChange `json:"changes"`
}
