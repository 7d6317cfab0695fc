package fettle

import (
	"strings"
	"time"
)

// Source says how records are read that others send to an address of their own, or
// that stand in a file which is read on a schedule.
type Source struct {
	Entity Entity      `json:"entity"`
	Source string      `json:"source,omitempty"` // whose ids they are; "": the source's name
	File   *SourceFile `json:"file,omitempty"`   // what is read, in place of what others send
	Each   string      `json:"each,omitempty"`   // CEL over the body: the list of records; "": it is one
	Ignore string      `json:"ignore,omitempty"` // an expression over a record's part: not to be written
	Fields Mapping     `json:"fields,omitempty"` // field → CEL over a record's part
}

// Check refuses what is no source. The error's detail "key" names the key.
func (s Source) Check() error {
	if _, err := ParseEntity(string(s.Entity)); err != nil {
		return AsError(err).With("key", "entity")
	}
	if s.File != nil {
		return s.checkFile()
	}
	if len(s.Fields) == 0 {
		return Errorf(Invalid, "fields is missing").WithHint("Say what fills which field, such as fields: {email: body.person.email}.").With("key", "fields")
	}
	for key, text := range s.Fields {
		if strings.TrimSpace(text) == "" {
			return Errorf(Invalid, "nothing says what fills %s", key).WithHint("Write an expression over body, such as body.email.").With("key", "fields."+key)
		}
	}
	return nil
}

// SourceView is a source and what came by it, without its token.
type SourceView struct {
	Source

	Name     string     `json:"name"`           // its key; it stays
	Label    string     `json:"label"`          // what people call it; its name where nobody said
	Path     string     `json:"path,omitempty"` // where to send; "" for one that reads a file
	HasToken bool       `json:"has_token"`      // without one nobody can send
	LastAt   *time.Time `json:"last_at,omitempty"`
	Bodies   int64      `json:"bodies"`           // how many came, ever; of a file: how often it was read
	Records  int64      `json:"records"`          // that were written
	Detail   string     `json:"detail,omitempty"` // what was wrong with the last body, or the last reading of the file
	Read     *FileState `json:"read,omitempty"`   // of one that reads a file: how that fares
}

// FlowKind is a way by which records come in or go out.
type FlowKind string

// The ways.
const (
	FlowFile        FlowKind = "file"        // an import of a file
	FlowScheduled   FlowKind = "scheduled"   // a file that is read on a schedule
	FlowAPI         FlowKind = "api"         // records that a program writes with a token
	FlowHook        FlowKind = "hook"        // records that are sent to an address of their own
	FlowSignals     FlowKind = "signals"     // signals that are sent to a rule's address
	FlowDestination FlowKind = "destination" // records that are written elsewhere
	FlowChannel     FlowKind = "channel"     // a program that is told of events
)

// Flow is one way by which records come in or go out, and how it fares.
type Flow struct {
	Kind   FlowKind   `json:"kind"`
	In     bool       `json:"in"` // whether records come in by it; else they go out
	Name   string     `json:"name"`
	Label  string     `json:"label"`
	Target string     `json:"target,omitempty"` // where it comes from or goes to
	State  string     `json:"state"`            // on, off, failing
	LastAt *time.Time `json:"last_at,omitempty"`
	Rows   int64      `json:"rows"` // records: of a file those that were read, else that were written
	NextAt *time.Time `json:"next_at,omitempty"`
	Waits  int64      `json:"waits"`           // how many records are to go
	Error  string     `json:"error,omitempty"` // what went wrong last, or what to look at
}
