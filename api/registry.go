package api

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/store"
)

// schemas is the registry of the OpenAPI document's schemas. It knows what the
// nouns of the root look like as JSON, which the root, being free of imports,
// cannot say itself: money is a decimal string, a state is one of its states.
type schemas struct {
	byName map[string]*huma.Schema
	types  map[string]reflect.Type
	names  map[reflect.Type]string
	known  map[reflect.Type]huma.Schema
}

const refPrefix = "#/components/schemas/"

func newSchemas() *schemas {
	return &schemas{
		byName: map[string]*huma.Schema{}, types: map[string]reflect.Type{}, names: map[reflect.Type]string{},
		known: map[reflect.Type]huma.Schema{
			reflect.TypeFor[fettle.Credits](): {
				Type: huma.TypeString, Pattern: `^-?[0-9]+(\.[0-9]{1,6})?$`, PatternDescription: "a decimal number of credits as text, such as \"0.4\"",
				Examples: []any{"0.4"}, Description: "A decimal number with at most six decimals.",
			},
			reflect.TypeFor[fettle.Interval](): {Type: huma.TypeString, Examples: []any{"90d"}, Description: "never, or a number with s, m, h, d or w."},
			reflect.TypeFor[fettle.Day]():      {Type: huma.TypeString, Format: "date"},
			reflect.TypeFor[fettle.Outputs](): {
				Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString},
				Description: "Output name → field. The first output decides whether a step wins.",
			},
			reflect.TypeFor[fettle.Entity]():           enum(fettle.Entities()...),
			reflect.TypeFor[fettle.FieldType]():        enum(fettle.FieldTypes()...),
			reflect.TypeFor[fettle.Outcome]():          enum(append(fettle.Outcomes(), fettle.Held, fettle.AwaitsAnswer, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsConflict, fettle.AwaitsGuard, "")...),
			reflect.TypeFor[fettle.ChannelKind]():      enum(fettle.ChannelWebhook, fettle.ChannelSlack, fettle.ChannelEmail),
			reflect.TypeFor[fettle.ChannelState]():     enum(fettle.ChannelOK, fettle.ChannelRetrying, fettle.ChannelFailing, fettle.ChannelNoAddress),
			reflect.TypeFor[fettle.EventType]():        eventTypes(),
			reflect.TypeFor[fettle.DestinationState](): enum(fettle.DestinationOff, fettle.DestinationOn),
			reflect.TypeFor[fettle.FlowKind]():         enum(fettle.FlowFile, fettle.FlowScheduled, fettle.FlowAPI, fettle.FlowHook, fettle.FlowSignals, fettle.FlowDestination, fettle.FlowChannel),
			reflect.TypeFor[fettle.FileOutcome]():      enum(fettle.FileOutcomes()...),
			reflect.TypeFor[fettle.SendOutcome]():      enum(fettle.SendOutcomes()...),
			reflect.TypeFor[fettle.State]():            enum(fettle.Draft, fettle.Live, fettle.Paused),
			reflect.TypeFor[fettle.RowState]():         enum(fettle.RowPending, fettle.RowWaiting, fettle.RowRunning, fettle.RowDone),
			reflect.TypeFor[fettle.WritePolicy]():      enum(fettle.FillBlanks, fettle.Overwrite, fettle.OverwriteAll),
			reflect.TypeFor[fettle.Period]():           enum(fettle.Lifetime, fettle.PerDay, fettle.PerMonth, fettle.PerRun),
			reflect.TypeFor[fettle.RequestState]():     enum(fettle.RequestStates()...),
			reflect.TypeFor[fettle.Role]():             enum(fettle.Viewer, fettle.Editor, fettle.Admin),
			reflect.TypeFor[account.UserState]():       enum(account.Invited, account.Active, account.Disabled),
			reflect.TypeFor[store.LinkKind]():          enum(store.LinkInvite, store.LinkReset, store.LinkLocal),
			reflect.TypeFor[fettle.Cause]():            enum(append(fettle.Causes(), "")...),
			reflect.TypeFor[fettle.Code]():             enum(fettle.Codes()...),
			reflect.TypeFor[fettle.Status]():           enum(fettle.Statuses()...),
			reflect.TypeFor[fettle.WaitReason]():       enum(fettle.WaitReasons()...),
			reflect.TypeFor[fettle.TickState]():        enum(fettle.TickStates()...),
			reflect.TypeFor[engine.CellState]():        enum(engine.CellStates()...),
			reflect.TypeFor[fettle.PauseReason](): enum(fettle.PausedByPerson, fettle.PausedByLimit, fettle.PausedByBalance, fettle.PausedByFailures,
				fettle.PausedByProvider, fettle.PausedFinished, fettle.PausedByGuard, fettle.PausedByRestore, ""),
		},
	}
}

func eventTypes() huma.Schema {
	var all []fettle.EventType
	for _, k := range fettle.EventKinds() {
		all = append(all, k.Type)
	}
	return enum(all...)
}

func enum[T ~string](vs ...T) huma.Schema {
	s := huma.Schema{Type: huma.TypeString}
	for _, v := range vs {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// Schema gives the schema of a type: a reference to it where it has a name.
func (r *schemas) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	pointer := t.Kind() == reflect.Pointer
	base := t
	for base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	if s, ok := r.known[base]; ok {
		s.Nullable = pointer
		s.PrecomputeMessages()
		return &s
	}
	if base.Kind() != reflect.Struct || base.PkgPath() == "time" {
		s := huma.SchemaFromType(r, t)
		if base.Kind() == reflect.Slice {
			s.Nullable = false // the API answers [] rather than null
		}
		return s
	}
	name, ok := r.names[base]
	if !ok {
		name = r.name(base, hint)
		r.names[base], r.types[name], r.byName[name] = name, base, &huma.Schema{}
		*r.byName[name] = *huma.SchemaFromType(r, base)
		nullable(base, r.byName[name])
	}
	if allowRef {
		return &huma.Schema{Ref: refPrefix + name}
	}
	return r.byName[name]
}

// nullable says which properties of a struct, of those that are structs
// themselves, may be null: a pointer that is always sent.
func nullable(t reflect.Type, s *huma.Schema) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p == nil || p.Ref == "" || f.Type.Kind() != reflect.Pointer || strings.Contains(options, "omitempty") {
			continue
		}
		s.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
	}
}

// name names a type; a second type of a name gets its package's before it.
func (r *schemas) name(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if _, taken := r.byName[name]; !taken {
		return name
	}
	pkg := path.Base(t.PkgPath())
	longer := strings.ToUpper(pkg[:1]) + pkg[1:] + name
	if _, taken := r.byName[longer]; taken {
		panic(fmt.Sprintf("two schemas are named %s", longer))
	}
	return longer
}

func (r *schemas) SchemaFromRef(ref string) *huma.Schema {
	name, ok := strings.CutPrefix(ref, refPrefix)
	if !ok {
		return nil
	}
	return r.byName[name]
}

func (r *schemas) TypeFromRef(ref string) reflect.Type {
	return r.types[strings.TrimPrefix(ref, refPrefix)]
}

// Map gives the schemas by name.
func (r *schemas) Map() map[string]*huma.Schema { return r.byName }

// RegisterTypeAlias is part of huma's registry; nothing here needs it.
func (r *schemas) RegisterTypeAlias(_, _ reflect.Type) {}

// MarshalJSON writes the schemas by name.
func (r *schemas) MarshalJSON() ([]byte, error) { return json.Marshal(r.byName) }
