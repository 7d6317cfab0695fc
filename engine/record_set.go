package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/rights"
	"fettle/store"
)

// MaxSet is the most records whose field is set at once: one transaction's worth.
const MaxSet = 50_000

// How SetField changes a value.
const (
	SetValue    = "set"    // the field holds the value
	AddValue    = "add"    // a multi_select holds the value too
	RemoveValue = "remove" // a multi_select does not hold the value any more
)

// SetInput sets one field of many records, of all of them or of none.
type SetInput struct {
	Chosen
	Field   string
	Value   any    // nil clears
	How     string // set unless said
	Confirm bool   // go on where it spends quietly
	Preview bool   // only say what would change; nothing is written
}

// SetView is what became of it.
type SetView struct {
	Change EditsChange `json:"change"`
	Set    string      `json:"set,omitempty"` // the change set that it is
}

// SetField sets one field of the chosen records by hand, in one transaction. It asks
// before it would put much into live enrichments.
func (e *Engine) SetField(ctx context.Context, actor fettle.Actor, in SetInput) (SetView, error) {
	var view SetView
	s, err := e.may(ctx, actor, "setField")
	if err != nil {
		return view, err
	}
	ids, err := e.ChosenIDs(ctx, actor, in.Chosen)
	if err != nil {
		return view, err
	}
	if len(ids) > MaxSet {
		return view, fettle.Errorf(fettle.Invalid, "a field of %s at once", many(int64(len(ids)), "record", "records")).
			WithHint("Change at most %d at once: narrow the filter, or import a file.", MaxSet)
	}
	entity, ids, err := e.entityOf(ctx, ids)
	if err != nil {
		return view, err
	}
	if err := e.checkSet(ctx, entity, in); err != nil {
		return view, err
	}
	w := setting{e: e, in: in, entity: entity, ids: ids}
	if in.Preview {
		view.Change, err = w.preview(ctx)
		return view, err
	}
	from := store.Origin{Kind: store.OriginPerson, Name: actor.Name, Version: store.AskedEdit}
	if !unasked(s, in.Confirm) {
		answered, err := w.ask(ctx, actor, s)
		if err != nil {
			return view, err
		}
		if answered {
			from.Version = store.Answered
		}
	}
	view, err = w.write(ctx, actor, from)
	if err == nil && view.Set != "" {
		e.recordsChanged(ctx)
	}
	return view, err
}

// checkSet refuses what the field cannot be given.
func (e *Engine) checkSet(ctx context.Context, entity fettle.Entity, in SetInput) error {
	switch in.How {
	case "", SetValue, AddValue, RemoveValue:
	default:
		return fettle.Errorf(fettle.Invalid, "%.40q is no way to set a field", in.How).WithHint("There are set, add and remove.")
	}
	return e.db.View(ctx, func(tx *store.Tx) error {
		fields, err := checkFields(ctx, tx, entity, []string{in.Field})
		if err != nil || in.How == "" || in.How == SetValue {
			return err
		}
		if text, ok := in.Value.(string); fields[0].Type != fettle.MultiSelect || !ok || strings.TrimSpace(text) == "" {
			return fettle.Errorf(fettle.Invalid, "%s takes no single value more or less", in.Field).
				WithHint("Add and remove are for fields of type multi_select, and for a text.")
		}
		return nil
	})
}

// setting is one SetField under way.
type setting struct {
	e      *Engine
	in     SetInput
	entity fettle.Entity
	ids    []int64
}

// pieces reads the edits of some records at a time.
func (w *setting) pieces(ctx context.Context, tx *store.Tx, each func(edits) error) error {
	for piece := range slices.Chunk(w.ids, MaxEdits) {
		list, err := w.edits(ctx, tx, piece)
		if err != nil {
			return err
		}
		x, err := readEdits(ctx, tx, EditsInput{Entity: w.entity, Edits: list})
		if err != nil {
			return err
		}
		if err := each(x); err != nil {
			return err
		}
	}
	return nil
}

// edits is what the records are to hold: what they hold now with the value, or
// without it.
func (w *setting) edits(ctx context.Context, tx *store.Tx, ids []int64) ([]Edit, error) {
	list := make([]Edit, len(ids))
	if w.in.How == "" || w.in.How == SetValue {
		for i, id := range ids {
			list[i] = Edit{Record: id, Field: w.in.Field, Value: w.in.Value}
		}
		return list, nil
	}
	records, err := tx.Records(ctx, w.entity, ids, []string{w.in.Field}, nil)
	if err != nil {
		return nil, err
	}
	value := strings.TrimSpace(w.in.Value.(string)) // checked before
	list = list[:0]
	for _, r := range records {
		held, _ := r.Value(w.in.Field).(string)
		parts := slices.DeleteFunc(fettle.SplitChoices(held), func(p string) bool { return strings.EqualFold(p, value) })
		if w.in.How == AddValue {
			parts = append(parts, value)
		}
		list = append(list, Edit{Record: r.ID, Field: w.in.Field, Value: strings.Join(parts, fettle.ChoiceSeparator)})
	}
	return list, nil
}

func (w *setting) preview(ctx context.Context) (c EditsChange, err error) {
	err = w.e.db.View(ctx, func(tx *store.Tx) error {
		c = EditsChange{}
		return w.pieces(ctx, tx, func(x edits) error {
			one, err := x.change(ctx, tx)
			c.Cells, c.Records, c.Cleared, c.Bought = c.Cells+one.Cells, c.Records+one.Records, c.Cleared+one.Cleared, c.Bought+one.Bought
			return err
		})
	})
	return c, err
}

// ask asks where it would spend quietly.
func (w *setting) ask(ctx context.Context, actor fettle.Actor, s rights.Standing) (answered bool, err error) {
	watch, err := w.e.watchEntering(ctx, w.entity)
	if err != nil || watch == nil {
		return false, err
	}
	watch.source = store.Origin{Kind: store.OriginPerson}.Label()
	watch.from = store.Origin{Kind: store.OriginPerson, Name: actor.Name}
	var all []edits
	if err := w.e.db.View(ctx, func(tx *store.Tx) error {
		all = nil
		return w.pieces(ctx, tx, func(x edits) error {
			all = append(all, x)
			return nil
		})
	}); err != nil {
		return false, err
	}
	for _, x := range all {
		if err := watch.batch(ctx, x.fields, x.wouldBe()); err != nil {
			return false, err
		}
	}
	return w.e.quietRecords(ctx, actor, s, watch.entering, w.in.Confirm, "")
}

func (w *setting) write(ctx context.Context, actor fettle.Actor, from store.Origin) (SetView, error) {
	var view SetView
	now := time.Now()
	from.Day = fettle.DayOf(now)
	err := w.e.db.Update(ctx, func(tx *store.Tx) error {
		view = SetView{}
		origin, err := tx.OriginID(ctx, from)
		if err != nil {
			return err
		}
		var done []Edit
		err = w.pieces(ctx, tx, func(x edits) error {
			one, err := x.change(ctx, tx)
			if err != nil || len(x.writes) == 0 {
				return err
			}
			_, err = ingest.Values(ctx, tx, ingest.ValuesInput{Entity: w.entity, Origin: origin, Hand: true, Actor: actor.Name, Now: now, Writes: x.writes})
			done = append(done, x.view.Edits...)
			c := &view.Change
			c.Cells, c.Records, c.Cleared, c.Bought = c.Cells+one.Cells, c.Records+one.Records, c.Cleared+one.Cleared, c.Bought+one.Bought
			return err
		})
		if err != nil || len(done) == 0 {
			return err
		}
		view.Set, err = keepEdit(ctx, tx, actor, w.entity, done, now.UnixMicro())
		return err
	})
	return view, err
}
