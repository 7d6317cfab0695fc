// Package asread refuses an edit of a thing that is no longer as it was when it was
// read: nobody's change is written over unseen. Each room says what people edit of
// its things, and asks in the transaction that writes.
package asread

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"fettle"
)

// Kind is what kind of thing is edited.
type Kind string

// The kinds.
const (
	Audience    Kind = "audience"
	Enrichment  Kind = "enrichment"
	SignalRule  Kind = "signal rule"
	Destination Kind = "destination"
	Channel     Kind = "channel"
	Connection  Kind = "connection"
	View        Kind = "view"
	Field       Kind = "field"
)

// Changed is the detail of the refusal of an edit whose thing was changed since it
// was read.
const Changed = "changed"

// Tag names what people edit of a thing as it stands: it is another one after every
// edit, and only then. It has the quotes of an ETag.
func Tag(edited ...any) string {
	text, err := json.Marshal(edited)
	if err != nil { // nothing that a database holds
		return ""
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

type key struct{}

type match struct {
	kind      Kind
	name, tag string
}

// Matching has the edits that are made with the context refused unless the thing is
// as it was when tag was given.
func Matching(ctx context.Context, kind Kind, name, tag string) context.Context {
	return context.WithValue(ctx, key{}, match{kind, name, tag})
}

// Asked says whether a thing that is edited with the context is to be as it was read.
func Asked(ctx context.Context, kind Kind, name string) bool {
	m, ok := ctx.Value(key{}).(match)
	return ok && m.kind == kind && m.name == name
}

// Check refuses an edit of a thing that is not as its tag says. What people call it
// stands in the refusal.
func Check(ctx context.Context, kind Kind, name, called string, edited ...any) error {
	if !Asked(ctx, kind, name) || ctx.Value(key{}).(match).tag == Tag(edited...) {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "%s was changed by someone else since it was read here", called).
		WithHint("Load it again, look at what is different, and make your change once more.").With(Changed, true)
}
