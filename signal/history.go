package signal

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// set is the entries of one import, run or edit about one record: together they
// are one change, from what the record held before to what it held after them.
type set struct {
	ids    []int64 // of the entries that write a watched field, oldest first
	from   store.Origin
	actor  string
	atUS   int64             // of the last
	deltas map[string]*delta // of the fields that were looked at
	state  map[string]any    // what the record held after the last
	undone bool              // taken back since
	unsure bool              // its source has not spoken before, as far as the log was read
}

// last is the last of its entries; 0 where none writes a watched field.
func (s *set) last() int64 {
	if len(s.ids) == 0 {
		return 0
	}
	return s.ids[len(s.ids)-1]
}

// delta is what a set made of one field.
type delta struct {
	before, after any
	change        bool // something has changed
	disagrees     bool // the source says otherwise than the record held, and nothing has changed
}

// taking is an undo: the entry that takes back, and the set that it takes back.
type taking struct {
	entry int64
	atUS  int64
	of    *set
	root  *set // what the first of the chain took back: of itself, unless that is an undo
	again bool // an even number of undos: what the root said is said again
}

// history is a record's change log, read from its beginning.
type history struct {
	fields map[string]fettle.Field // those that are looked at
	watch  map[string]bool         // those of them whose change is asked for
	first  bool                    // a source's first word on a field that another filled counts
	left   bool                    // a value that becomes blank is a change

	sets  []*set // in the order of their first entries
	taken []taking

	oldest int64 // the first entry that was read, where the log was read from there on only

	byName map[string]*set
	said   map[string]map[string][]word // source → field → what it said, oldest first
	wrote  map[string][]*wrote          // field → who wrote it, oldest first
	state  map[string]any
}

// word is one thing that a source said.
type word struct {
	of    *set
	value any
}

// wrote is one entry's word on a field.
type wrote struct {
	of  *set
	raw string
}

// replay reads the log of a record. own are its entries, oldest first; others
// are those of records that became part of it; now is what it holds.
func (h *history) replay(own, others []store.ChangeEvent, now map[string]any) error {
	born, err := h.backwards(own, now)
	if err != nil {
		return err
	}
	h.byName, h.said, h.wrote = map[string]*set{}, map[string]map[string][]word{}, map[string][]*wrote{}
	mine := make(map[int64]bool, len(own))
	for _, c := range own {
		mine[c.ID] = true
	}
	all := append(slices.Clone(own), others...)
	slices.SortFunc(all, func(a, b store.ChangeEvent) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range all {
		switch {
		case c.Kind == store.ChangeCreate && mine[c.ID]:
			h.state = maps.Clone(born[c.ID])
			h.begin(c)
		case c.Kind == store.ChangeUpdate:
			if err := h.update(c, mine[c.ID]); err != nil {
				return err
			}
		case mine[c.ID]: // a merge, its undo, a deletion: nobody's word
			changes, err := h.changes(c)
			if err != nil {
				return err
			}
			for f, ch := range changes {
				h.state[f] = ch.after
			}
		}
	}
	return nil
}

// whole reports whether what was read of the log is enough to judge a set. Of most
// records a source's last word is among the newest entries.
func (h *history) whole(s *set) bool {
	return h.oldest == 0 || !s.unsure && len(s.ids) > 0 && s.ids[0] > h.oldest
}

// backwards finds what the record held when it was made, by the entry that made
// it, and sets state to what it held before the first entry that is known.
func (h *history) backwards(own []store.ChangeEvent, now map[string]any) (map[int64]map[string]any, error) {
	born := map[int64]map[string]any{}
	state := map[string]any{}
	for f := range h.fields {
		state[f] = now[f]
	}
	for _, c := range slices.Backward(own) {
		if c.Kind == store.ChangeCreate {
			born[c.ID] = maps.Clone(state)
			clear(state)
			continue
		}
		changes, err := h.changes(c)
		if err != nil {
			return nil, err
		}
		for f, ch := range changes {
			state[f] = ch.before
		}
	}
	h.state = state
	return born, nil
}

type change struct {
	before, after any
	was, is       string // as the log writes them
}

// changes reads those of an entry's changes that are looked at.
func (h *history) changes(c store.ChangeEvent) (map[string]change, error) {
	if c.Changes == "" || c.Signal() != 0 {
		return nil, nil //nolint:nilnil // none
	}
	named := false
	for f := range h.fields {
		named = named || c.Names(f)
	}
	if !named {
		return nil, nil //nolint:nilnil // none
	}
	all, err := past.Changes(c.Changes)
	if err != nil {
		return nil, fettle.Errorf(fettle.Internal, "entry %d of the change log cannot be read: %w", c.ID, err)
	}
	out := map[string]change{}
	for key, f := range h.fields {
		if ch, ok := all[key]; ok {
			out[key] = change{goValue(f.Type, ch.Old), goValue(f.Type, ch.New), string(ch.Old), string(ch.New)}
		}
	}
	return out, nil
}

// goValue is a value of the log in its Go form; nil where its field is of
// another type now.
func goValue(t fettle.FieldType, raw json.RawMessage) any {
	v, err := past.Value(t, raw)
	if err != nil {
		return nil
	}
	return v
}

// setOf gives the set that an entry belongs to.
func (h *history) setOf(c store.ChangeEvent) *set {
	name := c.From.Kind + " " + strconv.FormatInt(c.From.RefID, 10) + " " + strconv.FormatInt(c.From.RunID, 10)
	if (c.From.Kind != store.OriginImport || c.From.RefID == 0) && (c.From.Kind != store.OriginEnrichment || c.From.RunID == 0) { // those of an import or run are one, however far apart
		name += " " + strconv.FormatInt(c.Origin, 10) + " " + strconv.FormatInt(c.AtUS, 10)
	}
	s := h.byName[name]
	if s == nil {
		s = &set{from: c.From, actor: c.Actor, deltas: map[string]*delta{}}
		h.byName[name] = s
		h.sets = append(h.sets, s)
	}
	s.atUS = c.AtUS
	return s
}

// begin notes what a source said when the record was made by it.
func (h *history) begin(c store.ChangeEvent) {
	s := h.setOf(c)
	for f, v := range h.state {
		if v != nil {
			h.speak(s, f, v)
		}
	}
	s.state = maps.Clone(h.state)
}

func (h *history) speak(s *set, field string, v any) {
	who := speaker(s.from)
	if h.said[who] == nil {
		h.said[who] = map[string][]word{}
	}
	h.said[who][field] = append(h.said[who][field], word{s, v})
}

// speaker is who says something: a list or sender, whichever way it came, or an
// enrichment.
func speaker(o store.Origin) string {
	switch o.Kind {
	case store.OriginEnrichment:
		return "enrichment " + strconv.FormatInt(o.RefID, 10)
	case store.OriginPerson:
		return "person " + o.Name
	}
	return "list " + o.Name
}

// Speaker is who says what comes from an origin; "" where it says nothing of its
// own, but works it out or takes it back.
func Speaker(o store.Origin) string {
	if !speaks(o) {
		return ""
	}
	return speaker(o)
}

// speaks reports whether an origin says what is, rather than working it out or
// taking back.
func speaks(o store.Origin) bool {
	switch o.Kind {
	case store.OriginImport, store.OriginAPI, store.OriginEnrichment, store.OriginPerson:
		return true
	}
	return false
}

func (h *history) update(c store.ChangeEvent, mine bool) error {
	changes, err := h.changes(c)
	if err != nil || len(changes) == 0 {
		return err
	}
	s := h.setOf(c)
	for _, f := range slices.Sorted(maps.Keys(changes)) {
		ch := changes[f]
		if h.watch[f] && s.last() != c.ID {
			s.ids = append(s.ids, c.ID)
		}
		switch {
		case c.From.Kind == store.OriginUndo:
			h.takeBack(c, f, ch, s)
		case speaks(c.From):
			if mine {
				h.judge(s, f, ch)
			}
			h.speak(s, f, ch.after)
		}
		h.wrote[f] = append(h.wrote[f], &wrote{s, ch.is})
		if mine {
			h.state[f] = ch.after
		}
	}
	if mine {
		s.state = maps.Clone(h.state)
	}
	return nil
}

// judge decides whether a source's word changes something. It is called before
// the word is noted.
func (h *history) judge(s *set, field string, ch change) {
	d := s.deltas[field]
	if d == nil {
		d = &delta{before: ch.before}
		s.deltas[field] = d
	}
	d.after, d.change, d.disagrees = ch.after, false, false
	f := h.fields[field]
	was, is := Fold(f, d.before), Fold(f, d.after)
	switch {
	case was == is, was == "": // the same, or the first value
		return
	case is == "" && !h.left:
		return
	case s.from.Kind == store.OriginPerson:
		d.change = true
		return
	}
	last, spoke := h.lastWord(s, field)
	switch {
	case !spoke:
		d.change, s.unsure = h.first, true
	default:
		d.change = Fold(f, last) != is
	}
	d.disagrees = !d.change
}

// lastWord is what the source of a set said last of a field before it.
func (h *history) lastWord(s *set, field string) (any, bool) {
	for _, w := range slices.Backward(h.said[speaker(s.from)][field]) {
		if w.of != s {
			return w.value, true
		}
	}
	return nil, false
}

// takeBack finds what an undo takes back: the newest word that is what the undo
// finds. Where that is an undo, what it took back is said again, or not any more.
func (h *history) takeBack(c store.ChangeEvent, field string, ch change, by *set) {
	i := len(h.wrote[field]) - 1
	for i >= 0 && (h.wrote[field][i].raw != ch.was || h.wrote[field][i].of == by) {
		i--
	}
	if i < 0 {
		return
	}
	of := h.wrote[field][i].of
	if of.from.Kind != store.OriginUndo {
		h.take(taking{entry: c.ID, atUS: c.AtUS, of: of, root: of}, field)
		return
	}
	for _, t := range slices.Clone(h.taken) {
		if slices.Contains(of.ids, t.entry) {
			h.take(taking{entry: c.ID, atUS: c.AtUS, of: of, root: t.root, again: !t.again}, field)
		}
	}
}

// take notes an undo. What it takes back counts as never said; what an undone undo
// took back is said again.
func (h *history) take(t taking, field string) {
	h.taken = append(h.taken, t)
	who := speaker(t.root.from)
	h.said[who][field] = slices.DeleteFunc(h.said[who][field], func(w word) bool { return w.of == t.root })
	if !t.again {
		t.root.undone = t.root.undone || h.watch[field]
		return
	}
	t.root.undone = false
	if d := t.root.deltas[field]; d != nil {
		h.speak(t.root, field, d.after)
	}
}

// joined is what several sets made of a record together, as one.
func joined(sets []*set, fields map[string]fettle.Field) *set {
	last := sets[len(sets)-1]
	out := &set{from: last.from, actor: last.actor, atUS: last.atUS, state: last.state, deltas: map[string]*delta{}}
	for _, s := range sets {
		out.ids = append(out.ids, s.ids...)
		for f, d := range s.deltas {
			if !d.change {
				continue
			}
			if out.deltas[f] == nil {
				out.deltas[f] = &delta{before: d.before, change: true}
			}
			out.deltas[f].after = d.after
		}
	}
	for f, d := range out.deltas {
		d.change = Fold(fields[f], d.before) != Fold(fields[f], d.after)
	}
	return out
}
