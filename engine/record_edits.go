package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/rights"
	"fettle/store"
)

// MaxEdits is the most cells of one EditRecords: one transaction's worth.
const MaxEdits = 5000

// Edit sets one value by hand; nil clears it.
type Edit struct {
	Record int64  `json:"record"`
	Field  string `json:"field"`
	Value  any    `json:"value"`
	Old    any    `json:"old,omitempty"` // what it held
}

// EditsInput is values to set by hand, all of them or none.
type EditsInput struct {
	Entity  fettle.Entity
	Edits   []Edit
	Checked bool  // leave alone what does not hold its Old any more, so that taking an edit back undoes nobody else's work
	Confirm bool  // go on where it spends quietly
	Preview bool  // only say what would change; nothing is written
	Within  Query // the list that one looks at: Audience, Where, Search; told is how many leave it

	alone bool // one of perhaps many: what was not confirmed counts as not asked about
}

// EditsView is what became of it.
type EditsView struct {
	Edits []Edit `json:"edits"` // what was changed, as it is held now and as it was
	Left  int    `json:"left"`  // cells that were left alone: changed by someone else meanwhile, or their record is gone

	Out int    `json:"out,omitempty"` // records of the list that was named as within, which are not in it any more
	Set string `json:"set,omitempty"` // the change set that they are, by which they are taken back: fettle undo take

	// Of a preview: what a person is asked about before many cells change.
	Change *EditsChange `json:"change,omitempty"`
}

// EditsChange counts what edits would change.
type EditsChange struct {
	Cells   int `json:"cells"`
	Records int `json:"records"`
	Cleared int `json:"cleared"` // cells that would hold nothing
	Bought  int `json:"bought"`  // cells whose value was bought
}

// EditRecords sets values by hand: what is pasted, filled down, or taken back.
// A value that its field cannot hold refuses the whole, by record and field.
// It asks before it would put much into live enrichments.
func (e *Engine) EditRecords(ctx context.Context, actor fettle.Actor, in EditsInput) (EditsView, error) {
	view := EditsView{Edits: []Edit{}}
	s, err := e.may(ctx, actor, "editRecords")
	if err != nil {
		return view, err
	}
	if _, err := fettle.ParseEntity(string(in.Entity)); err != nil {
		return view, err
	}
	if n := len(in.Edits); n == 0 || n > MaxEdits {
		return view, fettle.Errorf(fettle.Invalid, "%d cells at once", n).WithHint("Send 1 to %d at once, or import a file.", MaxEdits)
	}
	if in.Preview {
		return e.previewEdits(ctx, in)
	}
	answered := false
	if !unasked(s, in.Confirm) {
		if answered, err = e.askEdits(ctx, actor, s, in); err != nil {
			return view, err
		}
	}
	now := time.Now()
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		x, err := readEdits(ctx, tx, in)
		if err != nil {
			return err
		}
		view = x.view
		if len(x.writes) == 0 {
			return nil
		}
		from := store.Origin{Kind: store.OriginPerson, Name: actor.Name, Day: fettle.DayOf(now)}
		switch {
		case answered:
			from.Version = store.Answered
		case in.alone && (s == rights.Capped || !in.Confirm || !s.Spends()):
			from.Version = unaskedBy(s)
		default:
			from.Version = store.AskedEdit
		}
		origin, err := tx.OriginID(ctx, from)
		if err != nil {
			return err
		}
		shown, err := e.shown(ctx, tx, in, x.writes)
		if err != nil {
			return err
		}
		_, err = ingest.Values(ctx, tx, ingest.ValuesInput{
			Entity: in.Entity, Origin: origin, Hand: true, Actor: actor.Name, Now: now, Writes: x.writes,
		})
		if err != nil {
			return err
		}
		if view.Out, err = shown.left(ctx, tx); err != nil {
			return err
		}
		view.Set, err = keepEdit(ctx, tx, actor, in.Entity, view.Edits, now.UnixMicro())
		return err
	})
	if err == nil && len(view.Edits) > 0 {
		e.recordsChanged(ctx)
	}
	return view, err
}

// previewEdits counts what the edits would change, and writes nothing.
func (e *Engine) previewEdits(ctx context.Context, in EditsInput) (EditsView, error) {
	view := EditsView{Edits: []Edit{}}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		x, err := readEdits(ctx, tx, in)
		if err != nil {
			return err
		}
		c, err := x.change(ctx, tx)
		view.Left, view.Change = x.view.Left, &c
		return err
	})
	return view, err
}

// change counts what the edits would change.
func (x *edits) change(ctx context.Context, tx *store.Tx) (EditsChange, error) {
	c := EditsChange{Cells: len(x.writes)}
	var ids []int64
	for _, w := range x.writes {
		if w.Value == nil {
			c.Cleared++
		}
		ids = append(ids, w.Record) // the writes are in the order of their records
	}
	ids = slices.Compact(ids)
	c.Records = len(ids)
	cells, err := tx.Cells(ctx, ids)
	if err != nil {
		return c, err
	}
	for _, w := range x.writes {
		if cells[store.CellKey{Record: w.Record, Field: w.Field}].Paid() {
			c.Bought++
		}
	}
	return c, nil
}

// askEdits asks where the edits would spend quietly.
func (e *Engine) askEdits(ctx context.Context, actor fettle.Actor, s rights.Standing, in EditsInput) (answered bool, err error) {
	w, err := e.watchEntering(ctx, in.Entity)
	if err != nil || w == nil {
		return false, err
	}
	w.source = store.Origin{Kind: store.OriginPerson}.Label()
	w.from = store.Origin{Kind: store.OriginPerson, Name: actor.Name}
	var x edits
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		x, err = readEdits(ctx, tx, in)
		return err
	}); err != nil {
		return false, err
	}
	if err := w.batch(ctx, x.fields, x.wouldBe()); err != nil {
		return false, err
	}
	if in.alone { // beyond the guard what they open waits where it is followed
		return e.quietSpend(ctx, actor, s, w.entering, in.Confirm, "")
	}
	return e.quietRecords(ctx, actor, s, w.entering, in.Confirm, "")
}

// edits is what is to be written, compared with what is there.
type edits struct {
	fields  []string
	records map[int64]*store.Record
	writes  []ingest.Write // by record
	view    EditsView
}

func readEdits(ctx context.Context, tx *store.Tx, in EditsInput) (edits, error) {
	x := edits{records: map[int64]*store.Record{}, view: EditsView{Edits: []Edit{}}}
	ids := make([]int64, len(in.Edits))
	for i, d := range in.Edits {
		ids[i], x.fields = d.Record, append(x.fields, d.Field)
	}
	slices.Sort(x.fields)
	x.fields = slices.Compact(x.fields)
	fields, err := checkFields(ctx, tx, in.Entity, x.fields)
	if err != nil {
		return x, err
	}
	byKey := make(map[string]fettle.Field, len(fields))
	for _, f := range fields {
		byKey[f.Key] = f
	}
	survivors, err := tx.Aliases(ctx, ids)
	if err != nil {
		return x, err
	}
	for i, id := range ids {
		if into, merged := survivors[id]; merged {
			ids[i] = into
		}
	}
	unique := slices.Clone(ids)
	slices.Sort(unique)
	found, err := tx.Records(ctx, in.Entity, slices.Compact(unique), x.fields, nil)
	if err != nil {
		return x, err
	}
	for _, r := range found {
		x.records[r.ID] = r
	}
	for i, d := range in.Edits {
		d.Record = ids[i]
		if err := x.add(d, byKey[d.Field], in.Checked); err != nil {
			return x, err
		}
	}
	slices.SortStableFunc(x.writes, func(a, b ingest.Write) int { return cmp.Compare(a.Record, b.Record) })
	return x, nil
}

// add takes one edit, if it changes anything.
func (x *edits) add(d Edit, f fettle.Field, checked bool) error {
	r := x.records[d.Record]
	if r == nil {
		x.view.Left++
		return nil
	}
	v, valid, err := upsertValue(f, d.Value)
	if err != nil {
		return fettle.AsError(err).With("field", d.Field).With("record", d.Record)
	}
	if text, ok := v.(string); ok && f.Type.Choices() {
		v, _ = f.Choose(text)
	}
	held := r.Value(d.Field)
	if checked {
		old, _, err := identity.CleanValue(f.Type, d.Old)
		if err != nil || fettle.FormatValue(old) != fettle.FormatValue(held) {
			x.view.Left++
			return nil //nolint:nilerr // a value that the field cannot hold is not the one that it holds
		}
	}
	same := fettle.FormatValue(v) == fettle.FormatValue(held)
	if same && (v == nil || !r.Disputed(d.Field)) {
		return nil
	}
	x.view.Edits = append(x.view.Edits, Edit{Record: d.Record, Field: d.Field, Value: v, Old: held})
	x.writes = append(x.writes, ingest.Write{Record: d.Record, Field: d.Field, Value: v, Valid: valid, Policy: fettle.OverwriteAll, Clear: true, Decides: same})
	return nil
}

// wouldBe gives the records as they would be.
func (x *edits) wouldBe() []ingest.WouldBe {
	var out []ingest.WouldBe
	at := map[int64]int{}
	for _, w := range x.writes {
		i, ok := at[w.Record]
		if !ok {
			i = len(out)
			at[w.Record] = i
			would := ingest.WouldBe{ID: w.Record, Values: make([]any, len(x.fields))}
			for j, f := range x.fields {
				would.Values[j] = x.records[w.Record].Value(f)
			}
			out = append(out, would)
		}
		j, _ := slices.BinarySearch(x.fields, w.Field)
		out[i].Values[j] = w.Value
	}
	return out
}
