package fettle

import (
	"slices"
	"strings"
	"time"
)

// ChannelKind is how a channel reaches people or programs.
type ChannelKind string

// The kinds. Webhooks are for programs and get every event by itself; the
// others are for people and get a digest where much happens.
const (
	ChannelWebhook ChannelKind = "webhook" // signed as the Standard Webhooks specification says
	ChannelSlack   ChannelKind = "slack"   // an incoming webhook of Slack, or of a chat that takes the same
	ChannelEmail   ChannelKind = "email"
)

// ForPeople reports whether people read what comes by it.
func (k ChannelKind) ForPeople() bool { return k != ChannelWebhook }

// EventType names what happened.
type EventType string

// The events.
const (
	EventLimitNear     EventType = "enrichment.limit_near"
	EventLimitReached  EventType = "enrichment.limit_reached"
	EventPaused        EventType = "enrichment.paused"
	EventResumed       EventType = "enrichment.resumed"
	EventFinished      EventType = "enrichment.finished"
	EventSkipped       EventType = "enrichment.tick_skipped"
	EventGuard         EventType = "enrichment.guard"
	EventUnknown       EventType = "enrichment.unknown"
	EventOverrun       EventType = "enrichment.overrun"
	EventUnwritten     EventType = "enrichment.unwritten"
	EventStandstill    EventType = "enrichment.standstill"
	EventApproval      EventType = "enrichment.approval"
	EventAsked         EventType = "request.created"
	EventDecided       EventType = "request.decided"
	EventProviderDown  EventType = "provider.down"
	EventBalanceLow    EventType = "balance.low"
	EventBalanceUsedUp EventType = "balance.used_up"
	EventAudit         EventType = "workspace.audit_failed"
	EventRestored      EventType = "workspace.restored"
	EventImportDone    EventType = "import.done"
	EventSourceFails   EventType = "source.failing"
	EventSignal        EventType = "signal.created"
	EventSignalGone    EventType = "signal.retracted"
	EventEntered       EventType = "record.entered"
	EventChannelFails  EventType = "channel.failing"
	EventChannelTest   EventType = "channel.test"
)

// EventKind says what an event is and what its data holds.
type EventKind struct {
	Type EventType `json:"type"`
	Says string    `json:"says"`
	Data []string  `json:"data"` // the keys of its data, beside workspace and message
	// Urgent events are never held back for a digest.
	Urgent bool `json:"urgent,omitempty"`
	// Asked events go to people only on a channel that names them.
	Asked bool `json:"asked,omitempty"`
	// Records: its data has a list of records, up to a hundred, and it is told to
	// a channel of an owner by a field of theirs.
	Records bool `json:"records,omitempty"`

	// PerAudience events are told to a channel that names them with an audience:
	// record.entered:AUDIENCE.
	PerAudience bool `json:"per_audience,omitempty"`

	One, Many string `json:"-"` // how one and several are called
}

// EventKinds is the catalogue of events.
func EventKinds() []EventKind {
	return []EventKind{
		{Type: EventLimitNear, Says: "80% of a credit spend limit is used, and the enrichment goes on", Data: []string{"enrichment", "limit"}, One: "limit nearly reached", Many: "limits nearly reached"},
		{Type: EventLimitReached, Says: "an enrichment paused because no row fits what a limit leaves", Data: []string{"enrichment", "limit"}, One: "limit reached", Many: "limits reached"},
		{Type: EventPaused, Says: "an enrichment was paused, by a person or for a reason that has no event of its own", Data: []string{"enrichment", "reason"}, One: "pause", Many: "pauses"},
		{Type: EventResumed, Says: "an enrichment goes on by itself, in the next period of its limit", Data: []string{"enrichment", "at"}, One: "resumption", Many: "resumptions"},
		{Type: EventFinished, Says: "a run has nothing left to do", Data: []string{"enrichment", "run", "rows", "credits", "hit_rate"}, One: "run finished", Many: "runs finished"},
		{Type: EventSkipped, Says: "a tick of a schedule was skipped because the one before still works; once for each that works", Data: []string{"enrichment", "at", "working_since"}, One: "skipped tick", Many: "skipped ticks"},
		{Type: EventGuard, Says: "a guard paused an enrichment before it spent what nobody had agreed to", Data: []string{"enrichment", "reason"}, One: "stop by a guard", Many: "stops by a guard"},
		{Type: EventUnknown, Says: "calls may have been billed and their answers are lost; their money stays held until a person says", Data: []string{"enrichment", "calls", "held_credits"}, Urgent: true, One: "report of calls that may have been billed", Many: "reports of calls that may have been billed"},
		{Type: EventOverrun, Says: "a provider billed more than its own highest price; the enrichment stops", Data: []string{"enrichment", "provider", "reason"}, Urgent: true, One: "bill above the highest price", Many: "bills above the highest price"},
		{Type: EventUnwritten, Says: "nothing about a call can be written to the database; its money stays held", Data: []string{"enrichment", "call", "record_id"}, One: "call that cannot be written", Many: "calls that cannot be written"},
		{Type: EventStandstill, Says: "a live enrichment has stood still for a minute for a reason that is not expected", Data: []string{"enrichment", "reason"}, One: "standstill", Many: "standstills"},
		{Type: EventApproval, Says: "rows wait for somebody who may spend", Data: []string{"enrichment", "by"}, One: "request to approve rows", Many: "requests to approve rows"},
		{Type: EventAsked, Says: "somebody asks for more than a limit leaves; an admin decides within seven days", Data: []string{"enrichment", "request", "by", "reason", "asked"}, One: "request for more", Many: "requests for more"},
		{Type: EventDecided, Says: "a request for more was approved, refused or withdrawn", Data: []string{"enrichment", "request", "by", "state", "asked"}, One: "decision on a request", Many: "decisions on requests"},
		{Type: EventProviderDown, Says: "a provider has not answered for 20 seconds, or an enrichment paused because one refuses or fails: key, credit, definition, or calls that failed in a row", Data: []string{"enrichment", "provider", "reason"}, One: "failure of a provider", Many: "failures of providers"},
		{Type: EventBalanceLow, Says: "80% of the credits that were granted are used", Data: []string{"enrichment", "limit"}, One: "warning of low credits", Many: "warnings of low credits"},
		{Type: EventBalanceUsedUp, Says: "an enrichment paused because the credits that were granted are used up", Data: []string{"enrichment", "limit"}, One: "pause for want of credits", Many: "pauses for want of credits"},
		{Type: EventAudit, Says: "the books do not agree; spending is paused for the whole workspace", Data: []string{"reason"}, Urgent: true, One: "failed audit", Many: "failed audits"},
		{Type: EventRestored, Says: "the workspace was restored or copied, and everything is paused", Data: []string{"paused", "unknown"}, Urgent: true, One: "restore", Many: "restores"},
		{Type: EventImportDone, Says: "an import has ended", Data: []string{"import", "entity", "file", "state", "read", "created", "updated", "merged", "unchanged", "rejected"}, Asked: true, One: "import done", Many: "imports done"},
		{Type: EventSourceFails, Says: "a file that is read on a schedule could not be imported; nothing of it was written", Data: []string{"source", "reason"}, One: "file not imported", Many: "files not imported"},
		{Type: EventSignal, Says: "something happened to records: signals that are new, or that stand again", Data: []string{"entity", "records", "type"}, Records: true, One: "signal", Many: "signals"},
		{Type: EventSignalGone, Says: "signals were taken back, by the undo of what had told them", Data: []string{"entity", "records", "type"}, Records: true, One: "signal taken back", Many: "signals taken back"},
		{Type: EventEntered, Says: "records entered an audience that the channel names: `record.entered:AUDIENCE`", Data: []string{"audience", "entity", "records"}, Asked: true, Records: true, PerAudience: true, One: "record entered", Many: "records entered"},
		{Type: EventChannelFails, Says: "another channel is given up: it could not be reached for three days, or answers that nobody is there", Data: []string{"channel", "reason"}, Urgent: true, One: "failing channel", Many: "failing channels"},
		{Type: EventChannelTest, Says: "somebody tries the channel; everything in it is made up", Data: []string{"enrichment", "limit"}, Urgent: true, Asked: true, One: "test", Many: "tests"},
	}
}

// KindOf gives what the catalogue says of an event.
func KindOf(t EventType) EventKind {
	for _, k := range EventKinds() {
		if k.Type == t {
			return k
		}
	}
	return EventKind{Type: t, One: string(t), Many: string(t)}
}

// CheckEvents refuses a list of events that a channel cannot listen to: a type,
// or all that begin with a word and a dot, as enrichment.* says.
func CheckEvents(events []string) error {
	for _, e := range events {
		if e == string(EventEntered) || e == string(EventEntered)+":" || matchesEvent(e, EventEntered) {
			return Errorf(Invalid, "%q names no audience", e).WithHint("Write record.entered:AUDIENCE, once for each audience.")
		}
		if len(EnteredAudiences([]string{e})) > 0 {
			continue
		}
		known := slices.ContainsFunc(EventKinds(), func(k EventKind) bool { return k.Type != EventChannelTest && matchesEvent(e, k.Type) })
		if !known {
			return Errorf(Invalid, "%q is no event", e).WithHint("The list of events is on the page of channels (fettle channel events).")
		}
	}
	return nil
}

// EnteredIn is what a channel listens to that is told who enters an audience.
func EnteredIn(audience string) string { return string(EventEntered) + ":" + audience }

// EnteredAudiences are the audiences of which events to listen to name who
// enters.
func EnteredAudiences(events []string) []string {
	var out []string
	for _, e := range events {
		if name, ok := strings.CutPrefix(e, EnteredIn("")); ok && name != "" {
			out = append(out, name)
		}
	}
	return out
}

func matchesEvent(pattern string, t EventType) bool {
	if word, all := strings.CutSuffix(pattern, ".*"); all {
		return strings.HasPrefix(string(t), word+".")
	}
	return pattern == string(t)
}

// Wants reports whether a channel of the kind that listens to the events gets
// one of the type. No events are the usual ones: for a webhook all of them. Who
// enters an audience is told where EnteredIn is among the events.
func (k ChannelKind) Wants(events []string, t EventType) bool {
	if KindOf(t).PerAudience {
		return false
	}
	if len(events) == 0 {
		return k == ChannelWebhook || !KindOf(t).Asked
	}
	return slices.ContainsFunc(events, func(e string) bool { return matchesEvent(e, t) })
}

// How long the events of a kind are gathered for people, unless the channel
// says otherwise, and at the least and the most.
const (
	GatherFor     = Interval(30 * time.Minute)
	GatherAtLeast = Interval(time.Minute)
	GatherAtMost  = Interval(24 * time.Hour)
)

// CheckGather refuses to gather events for longer or shorter than may be.
func CheckGather(every Interval) error {
	if every >= GatherAtLeast && every <= GatherAtMost {
		return nil
	}
	return Errorf(Invalid, "events are gathered for %s to %s, not for %s", GatherAtLeast, GatherAtMost, every).WithHint("30m is usual.")
}
