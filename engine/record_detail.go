package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/past"
	"fettle/store"
)

// RecordDetail is one record with where its values come from and what happened
// to it.
type RecordDetail struct {
	ID         int64           `json:"id"`
	Entity     fettle.Entity   `json:"entity"`
	Name       string          `json:"name"`
	CompanyID  int64           `json:"company_id,omitempty"`
	Suppressed bool            `json:"suppressed"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Aliases    []int64         `json:"aliases"` // ids that were merged into it
	Values     []ValueDetail   `json:"values"`
	Unmapped   []UnmappedValue `json:"unmapped"` // of imports, in columns without a field
	History    []HistoryEntry  `json:"history"`  // newest first, the first thousand

	AsOf         *time.Time `json:"as_of,omitempty"`         // of a record of the past: when it was so
	HistorySince *time.Time `json:"history_since,omitempty"` // likewise: from when on the past is known
}

// ValueDetail is what a record holds in a field, and its provenance.
type ValueDetail struct {
	Field      string           `json:"field"`
	Label      string           `json:"label"`
	Type       fettle.FieldType `json:"type"`
	Value      any              `json:"value"` // nil: blank
	Invalid    bool             `json:"invalid,omitempty"`
	Status     fettle.Status    `json:"status,omitempty"`      // what its provider said of it, such as catch_all
	Source     string           `json:"source,omitempty"`      // a file's or API's source, an enrichment, "by hand"
	SourceKind string           `json:"source_kind,omitempty"` // import, enrichment, api, person, undo
	SourceDay  string           `json:"source_day,omitempty"`  // when it was written
	Actor      string           `json:"actor,omitempty"`       // who wrote it by hand
	Purchase   *PurchaseDetail  `json:"purchase,omitempty"`    // the last, if it was ever bought
	Due        *DueDetail       `json:"due,omitempty"`         // when it is asked for again by itself, if it is
	Hold       string           `json:"hold,omitempty"`        // running or unknown: a call holds the cell
	TakenBack  string           `json:"taken_back,omitempty"`  // the undo that took its bought value back: bought for nobody until a person reruns it
	Trouble    *CallTrouble     `json:"trouble,omitempty"`     // how the last call for it ended, where it gave nothing

	Disputed bool         `json:"disputed,omitempty"` // sources disagree about the value, and no person has chosen one since
	Words    []WordDetail `json:"words,omitempty"`    // where sources have said different things: what each said last
	Why      string       `json:"why,omitempty"`      // likewise: why the value stands
}

// PurchaseDetail is the last purchase of a cell.
type PurchaseDetail struct {
	Attempt    int64          `json:"attempt"`
	Enrichment string         `json:"enrichment"`
	Version    int64          `json:"version"`
	Provider   string         `json:"provider,omitempty"`
	Model      string         `json:"model,omitempty"`
	Simulated  bool           `json:"simulated,omitempty"`      // the simulated provider made the value up
	Charged    fettle.Credits `json:"charged_credits"`          // of the call, which may have given several values
	From       int64          `json:"from_record_id,omitempty"` // the record whose call it was, where that was another's: then it was free
	At         time.Time      `json:"at"`
}

// UnmappedValue is a value of an import's row in a column without a field.
type UnmappedValue struct {
	Column string `json:"column"`
	Value  string `json:"value"`
	Line   int64  `json:"line"`
}

// HistoryEntry is one entry of the change log. Changes has the old and the new
// value of each field that changed.
type HistoryEntry struct {
	ID         int64                         `json:"id"`
	At         time.Time                     `json:"at"`
	Kind       string                        `json:"kind" enum:"create,update,delete,merge,unmerge,signal,retract"` // create, update, delete, merge, unmerge, signal, retract
	Actor      string                        `json:"actor"`
	Source     string                        `json:"source,omitempty"`
	SourceKind string                        `json:"source_kind,omitempty"`
	Attempt    int64                         `json:"attempt,omitempty"`
	Changes    map[string][2]json.RawMessage `json:"changes,omitempty"`
	Signal     *fettle.Signal                `json:"signal,omitempty"` // of an entry that says that the record got one, or lost it
}

// maxHistory is how many entries a record's detail shows.
const maxHistory = 1000

// Record gives one record; the id of one that was merged away gives the record
// that it became part of.
func (e *Engine) Record(ctx context.Context, actor fettle.Actor, id int64) (RecordDetail, error) {
	var d RecordDetail
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return d, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		r, fields, err := findRecord(ctx, tx, id)
		if err != nil {
			return err
		}
		name, _ := r.Value("name").(string)
		d = RecordDetail{
			ID: r.ID, Entity: r.Entity(), Name: name, CompanyID: r.CompanyID, Suppressed: r.Suppressed,
			CreatedAt: time.UnixMicro(r.CreatedAtUS).UTC(), UpdatedAt: time.UnixMicro(r.UpdatedAtUS).UTC(), Aliases: []int64{}, Unmapped: []UnmappedValue{},
		}
		merged, err := tx.AliasesInto(ctx, []int64{r.ID})
		if err != nil {
			return err
		}
		d.Aliases = append(d.Aliases, merged[r.ID]...)
		if d.Values, err = valueDetails(ctx, tx, r, fields); err != nil {
			return err
		}
		if err := d.readWords(ctx, tx, r, fields); err != nil {
			return err
		}
		if err := e.readDue(ctx, tx, &d); err != nil {
			return err
		}
		if err := d.readTroubles(ctx, tx); err != nil {
			return err
		}
		if err := d.readUnmapped(ctx, tx); err != nil {
			return err
		}
		d.History, err = history(ctx, tx, r.ID)
		return err
	})
	return d, err
}

// findRecord finds a record of either entity, with all its fields. Of one that is
// gone it says how it went.
func findRecord(ctx context.Context, tx *store.Tx, id int64) (*store.Record, []fettle.Field, error) {
	into, err := survivor(ctx, tx, id)
	if err != nil {
		return nil, nil, err
	}
	for _, entity := range fettle.Entities() {
		fields, err := tx.Fields(ctx, entity)
		if err != nil {
			return nil, nil, err
		}
		keys := make([]string, len(fields))
		for i, f := range fields {
			keys[i] = f.Key
		}
		found, err := tx.Records(ctx, entity, []int64{into}, keys, nil)
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 1 {
			return found[0], fields, nil
		}
	}
	return nil, nil, noRecord(ctx, tx, id, into)
}

func valueDetails(ctx context.Context, tx *store.Tx, r *store.Record, fields []fettle.Field) ([]ValueDetail, error) {
	from, err := r.Origins()
	if err != nil {
		return nil, err
	}
	known, err := tx.OriginsByID(ctx, slices.Collect(maps.Values(from)))
	if err != nil {
		return nil, err
	}
	cells, err := tx.Cells(ctx, []int64{r.ID})
	if err != nil {
		return nil, err
	}
	bought, err := purchases(ctx, tx, cells)
	if err != nil {
		return nil, err
	}
	out := make([]ValueDetail, 0, len(fields))
	for _, f := range fields {
		d := ValueDetail{Field: f.Key, Label: f.Label, Type: f.Type, Value: r.Value(f.Key), Invalid: r.Invalid(f.Key)}
		if d.Value != nil {
			d.Status = store.StatusIn(r.StatusList, f.Key)
		}
		id, named := from[f.Key]
		if !named {
			id = from[""]
		}
		// A blank field whose origin is named was cleared by it.
		if o, ok := known[id]; ok && (d.Value != nil || named) {
			d.Source, d.SourceKind, d.SourceDay = o.Label(), o.Kind, string(o.Day)
			if o.Kind == store.OriginPerson {
				d.Actor = o.Name
			}
		}
		cell := cells[store.CellKey{Record: r.ID, Field: f.Key}]
		d.Hold, d.Purchase = cell.Hold, bought[f.Key]
		if cell.TakenBack != 0 {
			d.TakenBack = store.SetID(store.SetUndo, cell.TakenBack)
		}
		out = append(out, d)
	}
	return out, nil
}

// purchases reads the last purchase of each bought cell, by field.
func purchases(ctx context.Context, tx *store.Tx, cells map[store.CellKey]store.Cell) (map[string]*PurchaseDetail, error) {
	names, err := enrichmentNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, c := range cells {
		if c.Paid() {
			ids = append(ids, c.AttemptID)
		}
	}
	slices.Sort(ids)
	attempts, err := tx.AttemptsByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := map[string]*PurchaseDetail{}
	for _, c := range cells {
		if c.BoughtUS == 0 {
			continue
		}
		p := &PurchaseDetail{Attempt: c.AttemptID, Enrichment: names[c.EnrichmentID], Version: c.Version, At: time.UnixMicro(c.BoughtUS).UTC()}
		for _, a := range attempts {
			if a.ID == c.AttemptID {
				p.Provider, p.Model, p.Charged, p.Simulated = a.Provider, a.Model, a.Charged, connect.MakesUp(a.Provider)
				if a.RecordID != c.Record {
					p.Charged, p.From = 0, a.RecordID
				}
			}
		}
		out[c.Field] = p
	}
	return out, nil
}

func (d *RecordDetail) readUnmapped(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.ImportRowsOf(ctx, d.ID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, row := range rows {
		raw := map[string]string{}
		if err := json.Unmarshal([]byte(row.Raw), &raw); err != nil {
			return err
		}
		for _, column := range slices.Sorted(maps.Keys(raw)) {
			if !seen[column] {
				d.Unmapped = append(d.Unmapped, UnmappedValue{Column: column, Value: raw[column], Line: row.Line})
				seen[column] = true
			}
		}
	}
	return nil
}

func history(ctx context.Context, tx *store.Tx, id int64) ([]HistoryEntry, error) {
	events, err := tx.History(ctx, id, 0, maxHistory)
	if err != nil {
		return nil, err
	}
	told, err := signalsOf(ctx, tx, events)
	if err != nil {
		return nil, err
	}
	out := make([]HistoryEntry, 0, len(events))
	for _, c := range events {
		h := HistoryEntry{ID: c.ID, At: time.UnixMicro(c.AtUS).UTC(), Kind: c.Kind, Actor: c.Actor, Attempt: c.Attempt}
		if c.From.ID != 0 {
			h.Source, h.SourceKind = c.From.Label(), c.From.Kind
		}
		switch id := c.Signal(); {
		case id != 0:
			h.Signal = told[id]
		case c.Changes != "":
			if h.Changes, err = changesOf(c.Changes); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// signalsOf gives the signals that entries are about, as they are now.
func signalsOf(ctx context.Context, tx *store.Tx, events []store.ChangeEvent) (map[int64]*fettle.Signal, error) {
	var ids []int64
	for _, c := range events {
		if id := c.Signal(); id != 0 {
			ids = append(ids, id)
		}
	}
	out := make(map[int64]*fettle.Signal, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	slices.Sort(ids)
	found, err := tx.SignalsByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	rows := make([]store.SignalRow, len(found))
	for i, s := range found {
		rows[i].Signal = s
	}
	views, err := signalViews(ctx, tx, rows)
	for i := range views {
		out[views[i].ID] = &views[i]
	}
	return out, err
}

// changesOf reads the changes of an entry: of each field [old, new].
func changesOf(text string) (map[string][2]json.RawMessage, error) {
	all, err := past.Changes(text)
	out := make(map[string][2]json.RawMessage, len(all))
	for field, c := range all {
		out[field] = [2]json.RawMessage{c.Old, c.New}
	}
	return out, err
}
