package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// MaxChanges is the most changes of one page.
const MaxChanges = 1000

// changesKept says how long the change log is kept.
const changesKept = "for ever; of erased records only that they were deleted"

// changesNow is the cursor of who wants only what comes.
const changesNow = "now"

// ChangesQuery asks for a part of the change log.
type ChangesQuery struct {
	After  string // the Next of the part before; "": from the beginning; now: from here on
	Entity fettle.Entity
	Limit  int // 0: 100
}

// Changes follows the change log in its order. Each change is given once:
// entries become visible in the order of their ids, so that none that commits
// late is passed over.
func (e *Engine) Changes(ctx context.Context, actor fettle.Actor, q ChangesQuery) (fettle.ChangePage, error) {
	page := fettle.ChangePage{Items: []fettle.ChangeView{}, Next: q.After, Kept: changesKept}
	if err := actor.Require(fettle.Viewer, "see changes"); err != nil {
		return page, err
	}
	if q.Entity != "" {
		if _, err := fettle.ParseEntity(string(q.Entity)); err != nil {
			return page, err
		}
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, MaxChanges)
	err := e.db.View(ctx, func(tx *store.Tx) error {
		at, err := findChange(ctx, tx, q.After)
		if err != nil {
			return err
		}
		if q.After == changesNow {
			page.Next = at.text()
			return nil
		}
		from := at.id + 1
		if at.field != "" {
			from = at.id
		}
		events, err := tx.ChangesFrom(ctx, from, q.Entity, q.Limit+1)
		if err != nil {
			return err
		}
		f := feed{page: &page, at: at, limit: q.Limit}
		return f.read(ctx, tx, events)
	})
	return page, err
}

// changeCursor is a place in the change log: behind an entry, or behind one of
// its fields. The time tells an entry from another one that got its number after
// the workspace was restored to an earlier state.
type changeCursor struct {
	id    int64
	at    int64 // microseconds
	field string
}

func (c changeCursor) text() string {
	s := strconv.FormatInt(c.id, 10)
	if c.at != 0 {
		s += "-" + strconv.FormatInt(c.at, 36)
	}
	if c.field != "" {
		s += "-" + c.field
	}
	return s
}

// findChange reads a cursor and checks that it is of this log.
func findChange(ctx context.Context, tx *store.Tx, text string) (changeCursor, error) {
	var c changeCursor
	if text == "" {
		return c, nil
	}
	newest, err := tx.NewestChange(ctx)
	if err != nil {
		return c, err
	}
	if text == changesNow {
		c.id = newest
		c.at, err = tx.ChangeAt(ctx, newest)
		return c, err
	}
	parts := strings.SplitN(text, "-", 3)
	c.id, err = strconv.ParseInt(parts[0], 10, 64)
	if err == nil && len(parts) > 1 {
		c.at, err = strconv.ParseInt(parts[1], 36, 64)
	}
	if err != nil || c.id < 0 {
		return c, fettle.Errorf(fettle.Invalid, "%.40q is no place in the change log", text).WithHint("Send the next of the page before, now for what comes from here on, or nothing for the beginning.")
	}
	if len(parts) > 2 {
		c.field = parts[2]
	}
	there, err := tx.ChangeAt(ctx, c.id)
	if err != nil {
		return c, err
	}
	if c.id > newest || (there != 0 && c.at != 0 && there != c.at) {
		return c, fettle.Errorf(fettle.Refused, "%s is a place in another change log: this workspace was restored to an earlier state, or is not the one that was read", text).
			WithHint("Read the records anew, and go on from now.")
	}
	return c, nil
}

// feed turns entries of the log into changes of values.
type feed struct {
	page  *fettle.ChangePage
	at    changeCursor
	limit int

	begun  map[int64]map[string]json.RawMessage // what records held when they came to be, by entry
	causes map[int64]fettle.Cause               // of calls
}

func (f *feed) read(ctx context.Context, tx *store.Tx, events []store.ChangeEvent) error {
	if err := f.learn(ctx, tx, events); err != nil {
		return err
	}
	for _, c := range events {
		items, err := f.items(c)
		if err != nil {
			return err
		}
		for i, it := range items {
			if len(f.page.Items) == f.limit {
				f.page.More, f.page.Next = true, f.at.text()
				return nil
			}
			f.page.Items = append(f.page.Items, it)
			f.at = changeCursor{id: c.ID, at: c.AtUS}
			if i < len(items)-1 {
				f.at.field = it.Field
			}
		}
	}
	if len(f.page.Items) > 0 {
		f.page.Next = f.at.text()
	}
	return nil
}

// items gives the changes of an entry that are behind the cursor.
func (f *feed) items(c store.ChangeEvent) ([]fettle.ChangeView, error) {
	v := fettle.ChangeView{
		ID: c.ID, At: time.UnixMicro(c.AtUS).UTC(), Kind: c.Kind, Entity: c.Entity, RecordID: c.Record, Actor: c.Actor, AttemptID: c.Attempt,
		SourceKind: c.From.Kind, Cause: c.From.Kind,
	}
	if c.From.ID != 0 {
		v.Source = c.From.Label()
	}
	if c.From.Kind == store.OriginEnrichment {
		v.Cause = "reused"
		if cause := f.causes[c.Attempt]; cause != "" {
			v.Cause = string(cause)
		}
	}
	if v.SignalID = c.Signal(); v.SignalID != 0 {
		if f.at.id == c.ID {
			return nil, nil
		}
		return []fettle.ChangeView{v}, nil
	}
	changes := map[string][2]json.RawMessage{}
	for field, value := range f.begun[c.ID] {
		changes[field] = [2]json.RawMessage{nil, value}
	}
	if c.Changes != "" {
		var err error
		if changes, err = changesOf(c.Changes); err != nil {
			return nil, err
		}
	}
	if c.Kind == store.ChangeMerge {
		if into, ok := mergedInto(changes); ok {
			v.IntoID = into
			delete(changes, "id")
		}
	}
	fields := slices.Sorted(maps.Keys(changes))
	if len(fields) == 0 {
		if f.at.id == c.ID {
			return nil, nil
		}
		return []fettle.ChangeView{v}, nil
	}
	var out []fettle.ChangeView
	for _, field := range fields {
		if f.at.id == c.ID && field <= f.at.field {
			continue
		}
		it := v
		it.Field, it.Old, it.New = field, valueOrBlank(changes[field][0]), valueOrBlank(changes[field][1])
		out = append(out, it)
	}
	return out, nil
}

func valueOrBlank(raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return raw
}

// mergedInto says which record the record of an entry became part of.
func mergedInto(changes map[string][2]json.RawMessage) (int64, bool) {
	id, ok := changes["id"]
	if !ok {
		return 0, false
	}
	into, err := strconv.ParseFloat(string(id[1]), 64)
	return int64(into), err == nil
}

// learn reads what entries leave out: what a record held when it was made or
// came back from a merge, and why calls were made.
func (f *feed) learn(ctx context.Context, tx *store.Tx, events []store.ChangeEvent) error {
	born := map[fettle.Entity][]int64{}
	var attempts []int64
	for _, c := range events {
		if c.Changes == "" && (c.Kind == store.ChangeCreate || c.Kind == store.ChangeUnmerge) {
			born[c.Entity] = append(born[c.Entity], c.Record)
		}
		if c.Attempt != 0 {
			attempts = append(attempts, c.Attempt)
		}
	}
	slices.Sort(attempts)
	calls, err := tx.AttemptsByID(ctx, slices.Compact(attempts))
	if err != nil {
		return err
	}
	f.causes = make(map[int64]fettle.Cause, len(calls))
	for _, a := range calls {
		f.causes[a.ID] = a.Cause
	}
	f.begun = map[int64]map[string]json.RawMessage{}
	for entity, ids := range born {
		slices.Sort(ids)
		if err := f.learnBegun(ctx, tx, entity, slices.Compact(ids)); err != nil {
			return err
		}
	}
	return nil
}

// learnBegun works out what records held when they came to be: the log has what
// was changed since, and what was not changed is there still.
func (f *feed) learnBegun(ctx context.Context, tx *store.Tx, entity fettle.Entity, ids []int64) error {
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return err
	}
	keys := make([]string, len(fields))
	for i, x := range fields {
		keys[i] = x.Key
	}
	found, err := tx.Records(ctx, entity, ids, keys, nil)
	if err != nil {
		return err
	}
	held := map[int64]map[string]json.RawMessage{}
	for _, r := range found {
		held[r.ID] = map[string]json.RawMessage{}
		for _, x := range fields {
			v := r.Value(x.Key)
			if at, ok := v.(time.Time); ok {
				v = fettle.FormatTimestamp(at) // as the log writes it
			}
			if v == nil {
				continue
			}
			if held[r.ID][x.Key], err = json.Marshal(v); err != nil {
				return err
			}
		}
		if r.CompanyID != 0 {
			held[r.ID]["company_id"] = json.RawMessage(strconv.FormatInt(r.CompanyID, 10))
		}
	}
	log, err := tx.LogOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := f.backwards(log[id], held[id]); err != nil {
			return err
		}
	}
	return nil
}

// backwards walks a record's entries from the newest to the oldest, and keeps
// what it held after each that does not say.
func (f *feed) backwards(log []store.LoggedChange, held map[string]json.RawMessage) error {
	if held == nil {
		held = map[string]json.RawMessage{}
	}
	for i, c := range slices.Backward(log) {
		away := c.Kind == store.ChangeDelete || c.Kind == store.ChangeMerge
		if c.Changes == "" {
			back := i > 0 && log[i-1].Kind == store.ChangeMerge && strings.HasPrefix(log[i-1].Changes, `{"id":`)
			if c.Kind == store.ChangeCreate || (c.Kind == store.ChangeUnmerge && back) {
				f.begun[c.ID] = maps.Clone(held)
				clear(held)
			}
			continue
		}
		changes, err := changesOf(c.Changes)
		if err != nil {
			return err
		}
		if _, moved := changes["id"]; away && (moved || c.Kind == store.ChangeDelete) {
			clear(held)
			delete(changes, "id")
		}
		for field, ch := range changes {
			if valueOrBlank(ch[0]) == nil {
				delete(held, field)
			} else {
				held[field] = ch[0]
			}
		}
	}
	return nil
}
