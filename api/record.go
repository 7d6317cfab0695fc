package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/internal/text"
	"fettle/past"
)

// maxUpsert is the most records of one named upsert.
const maxUpsert = 1000

// RecordsQuery asks for records.
type RecordsQuery struct {
	Entity   fettle.Entity `query:"entity" doc:"All records of it; or name an audience."`
	Audience string        `query:"audience"`
	Where    string        `query:"where" doc:"CEL over a record; narrows further."`
	Fields   string        `query:"fields" doc:"Field keys between commas; all without it."`
	Search   string        `query:"search" doc:"Text to find in names, emails and domains."`
	WrittenQuery
	Sort    string `query:"sort" doc:"A field's key."`
	Desc    bool   `query:"desc"`
	After   string `query:"after" doc:"The next of the page before."`
	Offset  int64  `query:"offset" minimum:"0" doc:"Records to pass over behind after."`
	Cells   bool   `query:"cells" doc:"Say how the cells stand that enrichments fill."`
	Signals bool   `query:"signals" doc:"Give each record's newest signal that stands, samples too."`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

// WrittenQuery is when and from where records came.
type WrittenQuery struct {
	UpdatedSince string `query:"updated_since" doc:"Only records that were written then or later: 30d, a date or a time."`
	Source       string `query:"source" doc:"Only records that have an id in this list: the source of an import, of what was sent, or of a source's address."`
}

func (q RecordsQuery) query() engine.Query {
	return engine.Query{
		UpdatedSince: q.UpdatedSince, Source: q.Source, Entity: q.Entity, Audience: q.Audience, Where: q.Where, Fields: splitList(q.Fields), Search: q.Search,
		Sort: q.Sort, Desc: q.Desc, After: q.After, Offset: q.Offset, Cells: q.Cells, Signals: q.Signals, Limit: q.Limit,
	}
}

// splitList reads a list between commas.
func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

type fieldBody struct {
	Entity      fettle.Entity    `json:"entity"`
	Field       string           `json:"field" doc:"Its key: a column of the entity."`
	Label       string           `json:"label,omitempty"`
	Type        fettle.FieldType `json:"type,omitempty" doc:"text unless said."`
	Key         bool             `json:"key,omitempty" doc:"Shown first in the Data Hub."`
	Description string           `json:"description,omitempty"`
	Options     []string         `json:"options,omitempty" doc:"The values that a select or multi_select knows, in their order."`
	Currency    string           `json:"currency,omitempty" doc:"The ISO code of a field of type currency."`
}

func (b fieldBody) field() fettle.Field {
	f := fettle.Field{Entity: b.Entity, Key: b.Field, Label: b.Label, Type: b.Type, KeyField: b.Key, Description: b.Description, Options: b.Options, Currency: b.Currency}
	if f.Type == "" {
		f.Type = fettle.Text
	}
	return f
}

// FieldPath names a field.
type FieldPath struct {
	Entity fettle.Entity `path:"entity"`
	Field  string        `path:"field"`
}

func (s *server) recordRoutes() {
	handle(s, route{http.MethodGet, "/fields", "listFields", "List fields", "fields"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity fettle.Entity `query:"entity" doc:"Both without it."`
		},
		) (list[fettle.Field], error) {
			return listOf(s.fields(ctx, a, in.Entity))
		})
	handle(s, route{http.MethodPost, "/fields", "addField", "Add a field", "fields"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body fieldBody }) (fettle.Field, error) {
			return s.engine.AddField(ctx, a, in.Body.field())
		})
	handle(s, route{http.MethodPut, "/fields/{entity}/{field}", "updateField", "Change a field's label, description or place", "fields"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			FieldPath
			Body struct {
				Label       string           `json:"label"`
				Type        fettle.FieldType `json:"type,omitempty"`
				Key         bool             `json:"key,omitempty"`
				Description string           `json:"description,omitempty"`
				Options     []string         `json:"options,omitempty" doc:"As they are without it; an empty list takes them away."`
				Currency    string           `json:"currency,omitempty" doc:"As it is without it."`
			}
		},
		) (fettle.Field, error) {
			b := in.Body
			return s.engine.UpdateField(ctx, a, fettle.Field{Entity: in.Entity, Key: in.Field, Label: b.Label, Type: b.Type, KeyField: b.Key, Description: b.Description, Options: b.Options, Currency: b.Currency})
		})
	act(s, route{http.MethodDelete, "/fields/{entity}/{field}", "deleteField", "Delete a field that nothing uses", "fields"},
		func(ctx context.Context, a fettle.Actor, in *FieldPath) error {
			return s.engine.DeleteField(ctx, a, in.Entity, in.Field)
		})
	s.valueRoutes()
	s.recordListRoutes()
	s.recordWriteRoutes()
}

func (s *server) fields(ctx context.Context, a fettle.Actor, entity fettle.Entity) ([]fettle.Field, error) {
	if entity != "" {
		return s.engine.Fields(ctx, a, entity)
	}
	var all []fettle.Field
	for _, e := range fettle.Entities() {
		fields, err := s.engine.Fields(ctx, a, e)
		if err != nil {
			return nil, err
		}
		all = append(all, fields...)
	}
	return all, nil
}

func (s *server) recordListRoutes() {
	handle(s, route{http.MethodGet, "/records", "listRecords", "List records of an entity or an audience", "records"},
		func(ctx context.Context, a fettle.Actor, in *RecordsQuery) (engine.RecordPage, error) {
			return s.engine.Records(ctx, a, in.query())
		})
	handle(s, route{http.MethodGet, "/records/count", "countRecords", "Count the records that a query has", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity   fettle.Entity `query:"entity" doc:"All records of it; or name an audience."`
			Audience string        `query:"audience"`
			Where    string        `query:"where" doc:"CEL over a record; narrows further."`
			Search   string        `query:"search" doc:"Text to find in names, emails and domains."`
			WrittenQuery
		},
		) (count, error) {
			n, err := s.engine.CountRecords(ctx, a, engine.Query{Entity: in.Entity, Audience: in.Audience, Where: in.Where, Search: in.Search, UpdatedSince: in.UpdatedSince, Source: in.Source})
			return count{n}, err
		})
	handle(s, route{http.MethodGet, "/records/{id}", "getRecord", "One record: where its values come from, what they cost, its history", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			AsOf string `query:"as_of" doc:"As it was at the end of a day in UTC (2026-02-28), or at a time; now without it."`
		},
		) (engine.RecordDetail, error) {
			if in.AsOf == "" {
				return s.engine.Record(ctx, a, in.ID)
			}
			at, err := past.Parse(in.AsOf, time.Now())
			if err != nil {
				return engine.RecordDetail{}, err
			}
			return s.engine.RecordAsOf(ctx, a, in.ID, at)
		})
	s.aboutRoutes()
	handle(s, route{http.MethodGet, "/records/{id}/calls", "listCalls", "The calls that were made for a record, newest first: what was answered, and what it cost", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Field string `query:"field" doc:"Only the calls for it."`
		},
		) (list[engine.CallDetail], error) {
			return listOf(s.engine.Calls(ctx, a, in.ID, in.Field))
		})
	handle(s, route{http.MethodGet, "/changes", "listChanges", "Follow the change log in its order: each change once", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			After  string        `query:"after" doc:"The next of the page before; now: only what comes from here on; the beginning without it."`
			Entity fettle.Entity `query:"entity" doc:"Both without it."`
			Limit  int           `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		},
		) (fettle.ChangePage, error) {
			return s.engine.Changes(ctx, a, engine.ChangesQuery{After: in.After, Entity: in.Entity, Limit: in.Limit})
		})
	handle(s, route{http.MethodGet, "/hub", "getHub", "The Data Hub of an entity or an audience", "hub"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity   fettle.Entity `query:"entity"`
			Audience string        `query:"audience"`
			AsOf     string        `query:"as_of" doc:"How well the fields were filled at the end of a day in UTC (2026-02-28), or at a time, beside now; as all of it is now without it."`
		},
		) (fettle.HubView, error) {
			if in.AsOf != "" {
				at, err := past.Parse(in.AsOf, time.Now())
				if err != nil {
					return fettle.HubView{}, err
				}
				return s.engine.HubAsOf(ctx, a, in.Entity, in.Audience, at)
			}
			return s.engine.Hub(ctx, a, in.Entity, in.Audience)
		})
}

type upsertInput struct {
	Body struct {
		Source        string           `json:"source,omitempty" doc:"Keeps the external ids of unrelated senders apart."`
		Records       []map[string]any `json:"records" minItems:"1" maxItems:"1000" doc:"Field key → value. A value that its field cannot hold is left out and named; the rest of its record is written. A record with text that cannot be stored (a NUL character, what is not UTF-8) is invalid, and the others are written."`
		Strict        bool             `json:"strict,omitempty" doc:"A value that its field cannot hold keeps its record out."`
		CreateValues  bool             `json:"create_values,omitempty" doc:"Selects learn the values that they do not know; else those are stored, marked and named."`
		IgnoreUnknown bool             `json:"ignore_unknown,omitempty" doc:"Go on without the keys that are no field, and name them; else such a key refuses the request."`
		ByHand        bool             `json:"by_hand,omitempty" doc:"A person typed the values. They fill blanks of a record that is there already, are guarded as values set by hand, and a value of a wrong format keeps its record out."`
		NoRun         bool             `json:"no_run,omitempty" doc:"Live enrichments do not follow what is written."`
		Confirm       bool             `json:"confirm,omitempty"`
	}
}

// unstorable says of records why they cannot be stored.
func unstorable(apart []text.Unstorable) map[int]fettle.InvalidValue {
	out := make(map[int]fettle.InvalidValue, len(apart))
	for _, u := range apart {
		at := ""
		if u.Place != u.Field {
			at = " at " + u.Place
		}
		out[u.Index] = fettle.InvalidValue{Field: u.Field, Value: u.Value, Reason: "it holds " + u.What + at + ", which cannot be stored"}
	}
	return out
}

type editsInput struct {
	Body struct {
		Entity  fettle.Entity `json:"entity"`
		Edits   []engine.Edit `json:"edits" minItems:"1" maxItems:"5000" doc:"A null value clears."`
		Checked bool          `json:"checked,omitempty" doc:"Leave alone what does not hold its old value any more."`
		Confirm bool          `json:"confirm,omitempty"`
		Preview bool          `json:"preview,omitempty" doc:"Only count what would change; nothing is written."`
		Within  *editsWithin  `json:"within,omitempty" doc:"The list that one looks at: out says how many of its records are not in it any more."`
	}
}

// editsWithin is a list of records.
type editsWithin struct {
	Audience string `json:"audience,omitempty"`
	Where    string `json:"where,omitempty" doc:"CEL over a record."`
	Search   string `json:"search,omitempty"`
}

func (w *editsWithin) query() (q engine.Query) {
	if w != nil {
		q.Audience, q.Where, q.Search = w.Audience, w.Where, w.Search
	}
	return q
}

func (s *server) recordWriteRoutes() {
	for _, entity := range fettle.Entities() {
		handle(s, route{http.MethodPost, "/" + string(entity), "upsert" + strings.ToUpper(string(entity)[:1]) + string(entity)[1:], "Create or update up to 1,000 " + string(entity) + " by the identity rules, and say what became of each", "records"},
			func(ctx context.Context, a fettle.Actor, in *upsertInput) (fettle.UpsertView, error) {
				b := in.Body
				if len(b.Records) > maxUpsert {
					return fettle.UpsertView{}, fettle.Errorf(fettle.Invalid, "%d records in one request", len(b.Records)).WithHint("Send at most %d at once, or import a file.", maxUpsert)
				}
				return s.engine.UpsertRecords(ctx, a, engine.UpsertInput{
					Entity: entity, Source: b.Source, Rows: b.Records, Unstorable: unstorable(requestOf(ctx).apart),
					Strict: b.Strict, CreateValues: b.CreateValues, IgnoreUnknown: b.IgnoreUnknown, ByHand: b.ByHand, NoRun: b.NoRun, Confirm: b.Confirm,
				})
			}, textApart("records"))
	}
	act(s, route{http.MethodPatch, "/records/{id}", "editRecord", "Set a value by hand; null clears it", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body struct {
				Field   string `json:"field"`
				Value   any    `json:"value"`
				Confirm bool   `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments."`
			}
		},
		) error {
			return s.engine.EditRecord(ctx, a, in.ID, in.Body.Field, in.Body.Value, in.Body.Confirm)
		})
	handle(s, route{http.MethodPost, "/records/edit", "editRecords", "Set values by hand, all or none: what is pasted, filled down or taken back", "records"},
		func(ctx context.Context, a fettle.Actor, in *editsInput) (engine.EditsView, error) {
			b := in.Body
			return s.engine.EditRecords(ctx, a, engine.EditsInput{Entity: b.Entity, Edits: b.Edits, Checked: b.Checked, Confirm: b.Confirm, Preview: b.Preview, Within: b.Within.query()})
		})
	s.chosenRoutes()
}
