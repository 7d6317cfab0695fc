package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fettle"
)

// Fields lists the fields of an entity, or of both for "".
func (c *Client) Fields(ctx context.Context, entity fettle.Entity) ([]fettle.Field, error) {
	p, err := get[Page[fettle.Field]](ctx, c, "/fields", values("entity", string(entity)))
	return p.Items, err
}

// FieldInput is a field to add, or what to change of one.
type FieldInput struct {
	Entity      fettle.Entity    `json:"entity,omitempty"`
	Field       string           `json:"field,omitempty"`
	Label       string           `json:"label,omitempty"`
	Type        fettle.FieldType `json:"type,omitempty"`
	Description string           `json:"description,omitempty"`
	Key         bool             `json:"key,omitempty"`
	Options     []string         `json:"options,omitempty"`
	Currency    string           `json:"currency,omitempty"`
}

// UpdateField changes a field; options and currency that are not given stay.
func (c *Client) UpdateField(ctx context.Context, entity fettle.Entity, key string, in FieldInput) (fettle.Field, error) {
	in.Entity, in.Field = "", ""
	var out fettle.Field
	err := c.do(ctx, request{method: http.MethodPut, path: "/fields/" + url.PathEscape(string(entity)) + "/" + url.PathEscape(key), body: in}, &out)
	return out, err
}

// AddField adds a field.
func (c *Client) AddField(ctx context.Context, in FieldInput) (fettle.Field, error) {
	return post[fettle.Field](ctx, c, "/fields", in)
}

// DeleteField deletes a field that nothing uses.
func (c *Client) DeleteField(ctx context.Context, entity fettle.Entity, key string) error {
	return c.remove(ctx, "/fields/"+url.PathEscape(string(entity))+"/"+url.PathEscape(key))
}

// Query asks for records: of an entity, or of an audience.
type Query struct {
	Entity   fettle.Entity
	Audience string
	Where    string
	Fields   []string
	Search   string
	Sort     string
	Desc     bool
	After    string
	Limit    int

	UpdatedSince string // 30d, a date or a time
	Source       string // the list in which they have an id
}

// Record is one record of a list.
type Record struct {
	ID         int64          `json:"id"`
	Values     map[string]any `json:"values"`
	Invalid    []string       `json:"invalid,omitempty"` // fields whose value has a bad format
	Suppressed bool           `json:"suppressed,omitempty"`
}

// RecordPage is a page of records.
type RecordPage struct {
	Fields []fettle.Field `json:"fields"`
	Items  []Record       `json:"items"`
	Next   string         `json:"next,omitempty"`
}

// Records lists records.
func (c *Client) Records(ctx context.Context, q Query) (RecordPage, error) {
	return get[RecordPage](ctx, c, "/records", values("updated_since", q.UpdatedSince, "source", q.Source, "entity", string(q.Entity), "audience", q.Audience, "where", q.Where,
		"fields", strings.Join(q.Fields, ","), "search", q.Search, "sort", q.Sort, "desc", flag(q.Desc), "after", q.After, "limit", number(int64(q.Limit))))
}

// Record gives one record with the provenance of its values and its history.
func (c *Client) Record(ctx context.Context, id int64) (json.RawMessage, error) {
	return get[json.RawMessage](ctx, c, "/records/"+strconv.FormatInt(id, 10), nil)
}

// RecordAsOf gives one record as it was at a date or time.
func (c *Client) RecordAsOf(ctx context.Context, id int64, asOf string) (json.RawMessage, error) {
	return get[json.RawMessage](ctx, c, "/records/"+strconv.FormatInt(id, 10), values("as_of", asOf))
}

// Call is one call that was made for a record.
type Call struct {
	Attempt    int64           `json:"attempt"`
	At         time.Time       `json:"at"`
	EndedAt    *time.Time      `json:"ended_at,omitempty"`
	Enrichment string          `json:"enrichment"`
	Version    int64           `json:"version"`
	Step       int             `json:"step"`
	Try        int             `json:"try"`
	Provider   string          `json:"provider"`
	Model      string          `json:"model,omitempty"`
	Cause      fettle.Cause    `json:"cause"`
	Fields     []string        `json:"fields"`
	Actor      string          `json:"actor"`
	State      string          `json:"state"`
	Outcome    string          `json:"outcome"`
	Held       fettle.Credits  `json:"held_credits"`
	Charged    fettle.Credits  `json:"charged_credits"`
	Message    string          `json:"message,omitempty"`
	Hint       string          `json:"hint,omitempty"`
	Outputs    map[string]any  `json:"outputs,omitempty"`
	Answer     *ProviderAnswer `json:"answer,omitempty"`
}

// ProviderAnswer is what a provider answered where it gave nothing.
type ProviderAnswer struct {
	Status    int    `json:"status,omitempty"`
	Body      string `json:"body"`
	Bytes     int64  `json:"bytes"`
	Truncated bool   `json:"truncated"`
}

// Calls lists the calls that were made for a record, newest first: for one
// field, or for all.
func (c *Client) Calls(ctx context.Context, id int64, field string) ([]Call, error) {
	p, err := get[Page[Call]](ctx, c, "/records/"+strconv.FormatInt(id, 10)+"/calls", values("field", field))
	return p.Items, err
}

// Selection names records: by id, all of an audience or entity, or what narrows them.
type Selection struct {
	IDs      []int64       `json:"ids,omitzero"`
	Audience string        `json:"audience,omitempty"`
	Entity   fettle.Entity `json:"entity,omitempty"`
	Where    string        `json:"where,omitempty"`   // CEL
	Search   string        `json:"search,omitempty"`  // text in names, emails and domains
	Except   []int64       `json:"except,omitzero"`   // not these, of all that the others say
	Erase    bool          `json:"erase,omitempty"`   // delete: the history and the match keys too
	Off      bool          `json:"off,omitempty"`     // suppress: enrich again
	Confirm  bool          `json:"confirm,omitempty"` // go ahead although it needs a confirmation
}

// FieldChange is a field of many records to set.
type FieldChange struct {
	Selection

	Field   string `json:"field"`
	Value   any    `json:"value"`             // nil clears
	How     string `json:"how,omitempty"`     // set, add or remove; "": set
	Preview bool   `json:"preview,omitempty"` // only count what would change
}

// FieldChanged is what became of a FieldChange.
type FieldChanged struct {
	Change struct {
		Cells   int `json:"cells"`
		Records int `json:"records"`
		Cleared int `json:"cleared"`
		Bought  int `json:"bought"` // values that were bought, of those that changed
	} `json:"change"`
	Set string `json:"set"` // the change set that it is
}

// SetField sets one field of many records by hand, all or none.
func (c *Client) SetField(ctx context.Context, f FieldChange) (FieldChanged, error) {
	return post[FieldChanged](ctx, c, "/records/set", f)
}

// Choice is what a choice of records comes to.
type Choice struct {
	Records    int64 `json:"records"`
	Bought     int64 `json:"bought"`     // values in them that were bought
	Suppressed int64 `json:"suppressed"` // records that are kept from being enriched
}

// CountChosen says what a choice of records comes to.
func (c *Client) CountChosen(ctx context.Context, s Selection) (Choice, error) {
	return post[Choice](ctx, c, "/records/chosen", s)
}

// Count is how many records something was done to.
type Count struct {
	Count int64  `json:"count"`
	Set   string `json:"set,omitempty"` // the change set that it is
}

// DeleteRecords deletes records.
func (c *Client) DeleteRecords(ctx context.Context, s Selection) (Count, error) {
	return post[Count](ctx, c, "/records/delete", s)
}

// SuppressRecords keeps records from being enriched, or lets them again.
func (c *Client) SuppressRecords(ctx context.Context, s Selection) (Count, error) {
	return post[Count](ctx, c, "/records/suppress", s)
}

// Import says what to import and how.
type Import struct {
	Entity       fettle.Entity
	File         string            // its name, for people
	Source       string            // names the list of the file's ids; "": it is named after their column
	SameList     bool              // the file is of the list whose name it has, although its ids or keys meet others
	Map          map[string]string // CSV column → field
	PhoneKey     bool              // match by phone too
	Region       string            // the country of phones without a country code
	SkipLines    int               // lines above the headings; 0: found by themselves
	Encoding     string            // of a text; "": found by itself
	Delimiter    string            // of a text, such as ; or tab; "": found by itself
	Sheet        string            // of a workbook: a worksheet's name or number; "": the first that holds a table
	Strict       bool              // a value that its field cannot hold rejects its row
	CreateFields bool
	CreateValues bool // selects learn the values that they do not know
	DryRun       bool
	NoRun        bool // live enrichments do not follow what is imported
	Confirm      bool
}

// Import sends a CSV file and gives what came of it.
func (c *Client) Import(ctx context.Context, in Import, file io.Reader) (fettle.ImportView, error) {
	q := values("entity", string(in.Entity), "file", in.File, "source", in.Source, "same_list", flag(in.SameList), "create_fields", flag(in.CreateFields), "create_values", flag(in.CreateValues),
		"phone_key", flag(in.PhoneKey), "region", in.Region, "encoding", in.Encoding, "delimiter", in.Delimiter, "sheet", in.Sheet, "strict", flag(in.Strict),
		"dry_run", flag(in.DryRun), "no_run", flag(in.NoRun), "confirm", flag(in.Confirm))
	if in.SkipLines != 0 {
		q.Set("skip_lines", strconv.Itoa(in.SkipLines))
	}
	for column, field := range in.Map {
		q.Add("map", column+"="+field)
	}
	var out fettle.ImportView
	err := c.do(ctx, request{method: http.MethodPost, path: "/imports", query: q, stream: file}, &out)
	return out, err
}

// Imports lists the imports, newest first.
func (c *Client) Imports(ctx context.Context) ([]fettle.ImportView, error) {
	p, err := get[Page[fettle.ImportView]](ctx, c, "/imports", nil)
	return p.Items, err
}

// Conflicts lists pairs of records that share a key and are kept apart, newest
// first, from below the id before; 0 is all.
func (c *Client) Conflicts(ctx context.Context, entity fettle.Entity, before int64) ([]fettle.ConflictView, error) {
	q := url.Values{"entity": {string(entity)}}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	p, err := get[Page[fettle.ConflictView]](ctx, c, "/conflicts", q)
	return p.Items, err
}

// ImportByID gives one import with what became of its rows and columns; 0 is the
// newest that was not taken back.
func (c *Client) ImportByID(ctx context.Context, id int64) (fettle.ImportView, error) {
	return get[fettle.ImportView](ctx, c, "/imports/"+strconv.FormatInt(id, 10), nil)
}

// MapImport says which columns of a past import get a field.
type MapImport struct {
	Map     map[string]string `json:"map"`
	DryRun  bool              `json:"dry_run,omitempty"`
	NoRun   bool              `json:"no_run,omitempty"`
	Strict  bool              `json:"strict,omitempty"`
	Confirm bool              `json:"confirm,omitempty"`
}

// MapImport gives columns that an import left out a field.
func (c *Client) MapImport(ctx context.Context, id int64, in MapImport) (fettle.ImportView, error) {
	return post[fettle.ImportView](ctx, c, "/imports/"+strconv.FormatInt(id, 10)+"/map", in)
}

// PreviewUndo says what taking an import back would do.
func (c *Client) PreviewUndo(ctx context.Context, id int64) (fettle.ImportView, error) {
	return post[fettle.ImportView](ctx, c, "/imports/"+strconv.FormatInt(id, 10)+"/undo", map[string]bool{"dry_run": true})
}

// UndoImport takes an import back.
func (c *Client) UndoImport(ctx context.Context, id int64, confirm bool) (fettle.ImportView, error) {
	return post[fettle.ImportView](ctx, c, "/imports/"+strconv.FormatInt(id, 10)+"/undo", Confirm{Confirm: confirm})
}

// Confirm is the body of a request that may need a confirmation.
type Confirm struct {
	Confirm bool `json:"confirm,omitempty"`
}

// Upsert is a named upsert of up to a thousand records.
type Upsert struct {
	Source        string `json:"source,omitempty"`
	Records       []any  `json:"records"`                  // each a map of field key → value, or the JSON of one
	Strict        bool   `json:"strict,omitempty"`         // a value that its field cannot hold keeps its record out
	CreateValues  bool   `json:"create_values,omitempty"`  // selects learn the values that they do not know
	IgnoreUnknown bool   `json:"ignore_unknown,omitempty"` // go on without keys that are no field
	ByHand        bool   `json:"by_hand,omitempty"`        // a person typed the values: they fill blanks only
	NoRun         bool   `json:"no_run,omitempty"`
	Confirm       bool   `json:"confirm,omitempty"`
}

// Upsert creates and updates records by the identity rules of imports. key
// makes it safe to send again; "" for none.
func (c *Client) Upsert(ctx context.Context, entity fettle.Entity, in Upsert, key string) (fettle.UpsertView, error) {
	var out fettle.UpsertView
	err := c.do(ctx, request{method: http.MethodPost, path: "/" + string(entity), body: in, key: key}, &out)
	return out, err
}

// ExportOptions says how a table is written: Raw keeps cells that a spreadsheet
// would take for formulas as they are, Excel begins with a byte order mark.
type ExportOptions struct{ Raw, Excel bool }

// Export writes the records of an audience as CSV.
func (c *Client) Export(ctx context.Context, audience string, fields []string, how ExportOptions, w io.Writer) error {
	return c.download(ctx, "/export", values("audience", audience, "fields", strings.Join(fields, ","), "raw", flag(how.Raw), "excel", flag(how.Excel)), w)
}

// Hub gives the Data Hub of an entity or an audience.
func (c *Client) Hub(ctx context.Context, entity fettle.Entity, audience string) (fettle.HubView, error) {
	return get[fettle.HubView](ctx, c, "/hub", values("entity", string(entity), "audience", audience))
}

// HubAsOf gives how well its fields were filled at a date or a time.
func (c *Client) HubAsOf(ctx context.Context, entity fettle.Entity, audience, asOf string) (fettle.HubView, error) {
	return get[fettle.HubView](ctx, c, "/hub", values("entity", string(entity), "audience", audience, "as_of", asOf))
}
