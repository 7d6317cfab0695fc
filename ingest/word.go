package ingest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/past"
	"fettle/signal"
	"fettle/store"
)

// saying is one thing that was said of a field of a record, and what it held then.
type saying struct {
	column int
	value  any
	origin int64
	held   any
	heldBy int64
	again  bool // nothing is said: what was said is looked at again
	others bool // of a merge: the other record holds it
}

// hear notes what a write says of a field, whether or not the record takes it. A
// field is looked at only where somebody may disagree: what new records hold, and
// what a source repeats, costs nothing.
func (b *batch) hear(r *record, w write) {
	field := b.fields[w.column].Key
	if b.dry || field == "external_id" { // each list has ids of its own
		return
	}
	held := r.Values[w.column]
	if held == nil && !b.unsays {
		return
	}
	by := r.origins.of(field)
	quiet := r.created && !r.back // nobody has said anything of it before
	if by == w.origin && (quiet || equal(held, w.value)) && !b.unsays && !r.disputed(field) {
		return
	}
	if equal(held, w.value) && !b.unsays && !r.disputed(field) && !r.heard(w.column) {
		return
	}
	r.says = append(r.says, saying{column: w.column, value: w.value, origin: w.origin, held: held, heldBy: by})
}

// hearOther notes what the other record of a merge holds in a field.
func (b *batch) hearOther(r *record, column int, other *record) {
	field := b.fields[column].Key
	if b.dry || field == "external_id" || other.Values[column] == nil || r.Values[column] == nil || equal(r.Values[column], other.Values[column]) {
		return
	}
	r.says = append(r.says, saying{
		column: column, value: other.Values[column], origin: other.origins.of(field), held: r.Values[column], heldBy: r.origins.of(field), others: true,
	})
}

func (r *record) heard(column int) bool {
	return slices.ContainsFunc(r.says, func(s saying) bool { return s.column == column })
}

func (r *record) disputed(field string) bool { return isInvalid(r.Disputed, field) }

// settleWords keeps what sources said that disagree, and marks the fields that are
// disputed.
func (b *batch) settleWords(ctx context.Context) error {
	if b.dry {
		return nil
	}
	ids, err := b.disagreeing(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	c := council{b: b, was: map[store.CellKey]wordsOf{}, now: map[store.CellKey]wordsOf{}, other: map[int64]int64{}}
	if err := c.read(ctx, ids); err != nil {
		return err
	}
	var marks []store.Disputed
	for _, id := range ids {
		r := b.recs[id]
		for _, s := range r.says {
			if err := c.take(r, s); err != nil {
				return err
			}
		}
		if list := c.mark(r); list != r.Disputed {
			r.Disputed = list
			marks = append(marks, store.Disputed{Record: id, Fields: list})
		}
		r.says, r.back = nil, false
	}
	if err := c.write(ctx); err != nil {
		return err
	}
	return b.tx.PutDisputed(ctx, b.entity, marks)
}

// disagreeing gives the records of which something was said that another source
// may say otherwise, in order. It forgets what the others' sources said.
func (b *batch) disagreeing(ctx context.Context) ([]int64, error) {
	var origins []int64
	for _, r := range b.recs {
		for _, s := range r.says {
			origins = append(origins, s.origin, s.heldBy)
		}
	}
	if err := b.learnSpeakers(ctx, origins); err != nil {
		return nil, err
	}
	parted := map[int64]bool{}
	for _, p := range b.absorbs {
		parted[p.survivor] = true
	}
	var ids []int64
	for id, r := range b.recs {
		r.says = b.disputable(r)
		if len(r.says) > 0 || r.back || parted[id] || b.parts != 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// disputable leaves out what is said of fields on which nobody disagrees, nor did.
// Who changes the word that stands may part again from those who came to agree.
func (b *batch) disputable(r *record) []saying {
	if len(r.says) == 0 || b.unsays {
		return r.says
	}
	open := map[int]bool{}
	for _, s := range r.says {
		f := b.fields[s.column]
		by, held := b.speakers[s.origin], b.speakers[s.heldBy]
		differs := s.value != nil && by != "" && held != "" && (by != held || !s.others) && signal.Fold(f, s.value) != signal.Fold(f, s.held)
		open[s.column] = open[s.column] || s.again || differs || r.disputed(f.Key)
	}
	return slices.DeleteFunc(r.says, func(s saying) bool { return !open[s.column] })
}

// learnSpeakers finds out who says what comes from origins.
func (b *batch) learnSpeakers(ctx context.Context, origins []int64) error {
	if b.speakers == nil {
		b.speakers = map[int64]string{}
	}
	slices.Sort(origins)
	origins = slices.DeleteFunc(slices.Compact(origins), func(id int64) bool {
		_, known := b.speakers[id]
		return known || id <= 0
	})
	if len(origins) == 0 {
		return nil
	}
	found, err := b.tx.OriginsByID(ctx, origins)
	for id, o := range found {
		b.speakers[id] = signal.Speaker(o)
	}
	return err
}

// wordsOf is what each source said last of one field of a record.
type wordsOf map[string]store.Word

// council is what sources said of some records, while it is decided what of it is
// disputed.
type council struct {
	b        *batch
	was, now map[store.CellKey]wordsOf
	other    map[int64]int64 // of merges: the record that became part of this one
}

func (c *council) read(ctx context.Context, ids []int64) error {
	to := make(map[int64]int64, len(c.b.absorbs))
	all := slices.Clone(ids)
	for _, p := range c.b.absorbs {
		to[p.loser], c.other[p.survivor] = p.survivor, p.loser
		all = append(all, p.loser)
	}
	c.b.absorbs = nil
	found, err := c.b.tx.Words(ctx, all)
	if err != nil {
		return err
	}
	var origins []int64
	for _, w := range found {
		if _, lost := to[w.Record]; !lost {
			put(c.was, w)
			if c.b.parts == 0 || w.From != c.b.parts {
				put(c.now, w)
			}
		}
		origins = append(origins, w.Origin)
	}
	for _, w := range found {
		into, lost := to[w.Record]
		if _, has := c.now[store.CellKey{Record: into, Field: w.Field}][w.Speaker]; lost && !has {
			w.Record, w.From = into, w.Record
			w.Settled = w.Settled || c.b.settles
			put(c.now, w)
		}
	}
	// Who holds what, for the fields of which something is known.
	for _, w := range found {
		if r := c.b.recs[cmp.Or(to[w.Record], w.Record)]; r != nil {
			origins = append(origins, r.origins.of(w.Field))
		}
	}
	for _, id := range ids {
		r := c.b.recs[id]
		for _, s := range r.says {
			origins = append(origins, r.origins.of(c.b.fields[s.column].Key))
		}
	}
	return c.b.learnSpeakers(ctx, origins)
}

// put keeps a word by its cell and speaker.
func put(of map[store.CellKey]wordsOf, w store.Word) {
	k := store.CellKey{Record: w.Record, Field: w.Field}
	if of[k] == nil {
		of[k] = wordsOf{}
	}
	of[k][w.Speaker] = w
}

// take takes down one thing that was said.
func (c *council) take(r *record, s saying) error {
	b, f := c.b, c.b.fields[s.column]
	by, held := b.speakers[s.origin], b.speakers[s.heldBy]
	switch {
	case s.again:
		return nil
	case b.unsays:
		return c.unsay(r, f, s)
	case by == held && len(c.now[store.CellKey{Record: r.ID, Field: f.Key}]) == 0:
		return nil // nobody else has spoken
	}
	if held != "" && s.held != nil {
		if err := c.say(r, f, held, s.held, s.heldBy, 0); err != nil {
			return err
		}
	}
	if by != "" && s.value != nil {
		from := int64(0)
		if s.others {
			from = c.other[r.ID]
		}
		if err := c.say(r, f, by, s.value, s.origin, from); err != nil {
			return err
		}
	}
	chosen := person(by) && !s.others && b.speakers[r.origins.of(f.Key)] == by // not what was typed of a record that had a value
	if chosen || b.settles {
		c.settle(r.ID, f.Key, true)
	}
	return nil
}

func person(speaker string) bool { return strings.HasPrefix(speaker, "person ") }

// say takes down a source's word, if it is another one than its last. Only a new
// word can dispute what a person chose.
func (c *council) say(r *record, f fettle.Field, speaker string, value any, origin, from int64) error {
	if w, ok := c.now[store.CellKey{Record: r.ID, Field: f.Key}][speaker]; ok {
		last, err := past.Value(f.Type, []byte(w.Value))
		if err == nil && signal.Fold(f, last) == signal.Fold(f, value) {
			return nil
		}
	}
	put(c.now, store.Word{
		Record: r.ID, Field: f.Key, Speaker: speaker, Entity: c.b.entity, Value: string(appendValue(nil, value)), Origin: origin, From: from,
	})
	return nil
}

// unsay takes a word back that was written: what its source said before it is not
// known any more. What a person chose is not chosen any more.
func (c *council) unsay(r *record, f fettle.Field, s saying) error {
	by := c.b.speakers[s.heldBy]
	if by == "" {
		return nil
	}
	words := c.now[store.CellKey{Record: r.ID, Field: f.Key}]
	if w, ok := words[by]; ok {
		last, err := past.Value(f.Type, []byte(w.Value))
		if err != nil || signal.Fold(f, last) == signal.Fold(f, s.held) {
			delete(words, by)
		}
	}
	if person(by) && !person(c.b.speakers[s.origin]) {
		c.settle(r.ID, f.Key, false)
	}
	return nil
}

func (c *council) settle(record int64, field string, settled bool) {
	words := c.now[store.CellKey{Record: record, Field: field}]
	for speaker, w := range words {
		w.Settled = settled
		words[speaker] = w
	}
}

// mark gives the list of a record's fields that are disputed: where a source's
// last word is another one than what the record holds, and a person has not chosen
// since. Fields that the batch did not read stay as they are, but for what is gone.
func (c *council) mark(r *record) string {
	list := r.Disputed
	for i, f := range c.b.fields {
		words, open := c.now[store.CellKey{Record: r.ID, Field: f.Key}], false
		held := c.b.speakers[r.origins.of(f.Key)]
		for speaker, w := range words {
			if r.Values[i] == nil || held == "" || held == speaker || w.Settled {
				continue
			}
			v, err := past.Value(f.Type, []byte(w.Value))
			open = open || err == nil && v != nil && signal.Fold(f, v) != signal.Fold(f, r.Values[i])
		}
		if len(words) > 0 || isInvalid(list, f.Key) {
			list = markInvalid(list, f.Key, open)
		}
	}
	return list
}

// write writes what changed.
func (c *council) write(ctx context.Context) error {
	var changed, gone []store.Word
	for k, words := range c.now {
		for speaker, w := range words {
			if was, ok := c.was[k][speaker]; !ok || was != w {
				changed = append(changed, w)
			}
		}
	}
	for k, words := range c.was {
		for speaker, w := range words {
			if _, ok := c.now[k][speaker]; !ok {
				gone = append(gone, w)
			}
		}
	}
	byKey := func(a, b store.Word) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Speaker, b.Speaker))
	}
	slices.SortFunc(changed, byKey)
	slices.SortFunc(gone, byKey)
	if err := c.b.tx.RemoveWords(ctx, gone); err != nil {
		return err
	}
	return c.b.tx.PutWords(ctx, changed)
}

// unsayPiece is how many words one piece of an undo takes back.
const unsayPiece = 1000

// lastWords ends a piece with what no entry tells of: what was said in vain.
func (t *taker) lastWords(ctx context.Context) (TakeBackResult, error) {
	more, err := t.unsay(ctx)
	if more {
		t.res.Done, t.res.Cursor = false, max(t.in.Set.From, 1)
	}
	return t.res, err
}

// unsay takes back what an import or a run said and records did not take. It
// reports whether more is left.
func (t *taker) unsay(ctx context.Context) (more bool, err error) {
	if t.in.DryRun || t.in.Again || len(t.in.Set.Origins) == 0 {
		return false, nil
	}
	of, err := t.tx.OriginsByID(ctx, slices.Sorted(maps.Keys(t.in.Set.Origins)))
	if err != nil {
		return false, err
	}
	maps.DeleteFunc(of, func(_ int64, o store.Origin) bool { return o.Kind != store.OriginImport && o.RunID == 0 })
	return forgetWords(ctx, t.tx, slices.Sorted(maps.Keys(of)), batchOf{t.in.Origin, t.in.Actor, t.in.Now})
}

// dropWords takes back what an import said, and what its columns did that were
// mapped later.
func (u *undoer) dropWords(ctx context.Context) (done bool, err error) {
	more, err := forgetWords(ctx, u.tx, slices.Sorted(maps.Keys(u.all)), batchOf{u.in.Origin, u.in.Actor, u.in.Now})
	return !more, err
}

// batchOf is who writes a batch, and when.
type batchOf struct {
	origin int64
	actor  string
	now    time.Time
}

// forgetWords removes words of some origins, and marks anew what they were about.
// It reports whether more are left.
func forgetWords(ctx context.Context, tx *store.Tx, origins []int64, by batchOf) (more bool, err error) {
	words, err := tx.WordsOfOrigins(ctx, origins, unsayPiece)
	if err != nil || len(words) == 0 {
		return false, err
	}
	if err := tx.RemoveWords(ctx, words); err != nil {
		return false, err
	}
	for _, entity := range fettle.Entities() {
		about := slices.DeleteFunc(slices.Clone(words), func(w store.Word) bool { return w.Entity != entity })
		if err := markAnew(ctx, tx, entity, about, by); err != nil {
			return false, err
		}
	}
	return len(words) == unsayPiece, nil
}

// markAnew marks which of the fields that words were about are disputed without
// them.
func markAnew(ctx context.Context, tx *store.Tx, entity fettle.Entity, words []store.Word, by batchOf) error {
	if len(words) == 0 {
		return nil
	}
	all, err := tx.Fields(ctx, entity)
	if err != nil {
		return err
	}
	known := fieldKeys(all)
	var fields []string
	var ids []int64
	for _, w := range words {
		ids = append(ids, w.Record)
		if slices.Contains(known, w.Field) && !slices.Contains(fields, w.Field) {
			fields = append(fields, w.Field)
		}
	}
	b, err := newBatch(ctx, tx, entity, by.origin, by.actor, by.now, fields)
	if err != nil {
		return err
	}
	if err := b.load(ctx, ids); err != nil {
		return err
	}
	for _, w := range words {
		if r := b.recs[w.Record]; r != nil && slices.Contains(fields, w.Field) {
			r.says = append(r.says, saying{column: b.index[w.Field], again: true})
		}
	}
	return b.settleWords(ctx)
}
