package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// strangers looks at whom the ids of a file meet before its first row is written:
// ids of another list than the one of that name meet other people.
type strangers struct {
	imp     *importer
	mapping mapping // of what is compared
	named   bool    // the file has names
	said    bool    // somebody named the list
	common  map[string]bool

	met      int // rows whose id is known
	alone    int // of these: nothing else agrees, and the names are unlike
	nameless int // of these: nothing else agrees, and there are no names to compare
	others   int // rows whose other keys are known
	otherIDs int // of these: the records have other ids of the list
	example  stranger
	theirs   stranger
}

// stranger is a row that meets somebody else, as a refusal shows it.
type stranger struct {
	Line     int    `json:"line"`
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	RecordID int64  `json:"record_id"`
	Known    string `json:"known_name,omitempty"` // of the record
	KnownID  string `json:"known_id,omitempty"`   // of the record, in the same list
}

func (s stranger) text() string {
	switch {
	case s.KnownID != "":
		return fmt.Sprintf(", such as line %d: %s here, %s there", s.Line, s.ID, s.KnownID)
	case s.Name != "" && s.Known != "":
		return fmt.Sprintf(", such as line %d: %s is %s here and %s there", s.Line, s.ID, s.Name, s.Known)
	}
	return fmt.Sprintf(", such as line %d with the id %s", s.Line, s.ID)
}

// fewest is how many rows must look like another list's before it is asked.
const fewest = 2

// newcomer is a row that is compared.
type newcomer struct {
	line int
	row  Row
	keys []identity.Key
}

// ask refuses an import whose ids, or whose other keys, mostly meet somebody
// else, unless it was said that the list is the same. It is not asked where the
// list has no ids yet.
func (imp *importer) ask(ctx context.Context) (err error) {
	if _, ok := imp.mapping.at["external_id"]; !ok || imp.opts.SameList || imp.opts.Again == nil || !imp.former.any {
		return nil
	}
	s := &strangers{imp: imp, said: imp.opts.Source != ""}
	s.prepare()
	r, err := imp.opts.Again()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.Peek(firstRows) // as the import itself does
	var rows []newcomer
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		row, reject := s.mapping.row(line)
		if reject.Reason != "" {
			continue
		}
		if rows = append(rows, newcomer{line.Line, row, imp.keysWith(&s.mapping, &row)}); len(rows) < batchRows {
			continue
		}
		if err := s.look(ctx, rows); err != nil {
			return err
		}
		rows = rows[:0]
	}
	if err := s.look(ctx, rows); err != nil {
		return err
	}
	return s.verdict()
}

// prepare chooses what is compared: keys and names, and all values where there
// are no names.
func (s *strangers) prepare() {
	imp := s.imp
	s.named = slices.ContainsFunc(nameFields(), func(f string) bool { _, ok := imp.mapping.at[f]; return ok })
	s.mapping = imp.mapping
	if s.named {
		s.mapping = imp.mapping.only(slices.Concat(identity.KeyFields(imp.opts.Entity, identity.Options{Phone: imp.opts.PhoneKey}), nameFields()))
	}
	counts := map[string]int{}
	for _, cells := range imp.first {
		cell := func(field string) any {
			if i, ok := imp.mapping.at[field]; ok {
				return cells[imp.mapping.mapped[i].column]
			}
			return nil
		}
		words := identity.Words(nameOf(cell))
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			counts[w]++
		}
	}
	const enough, share = 20, 10 // of so many rows, one in ten
	s.common = map[string]bool{}
	for w, n := range counts {
		s.common[w] = len(imp.first) >= enough && n*share > len(imp.first)
	}
}

// nameFields are the fields that nameOf reads.
func nameFields() []string { return []string{"name", "first_name", "last_name"} }

// value is what a row says of a field.
func (s *strangers) value(n newcomer, field string) any {
	if i, ok := s.mapping.at[field]; ok {
		return n.row.Values[i]
	}
	return nil
}

// look compares some rows with the records that they meet.
func (s *strangers) look(ctx context.Context, rows []newcomer) error {
	if len(rows) == 0 {
		return nil
	}
	return s.imp.db.View(ctx, func(tx *store.Tx) error {
		f, err := s.find(ctx, tx, rows)
		if err != nil {
			return err
		}
		for _, n := range rows {
			if len(n.keys) > 0 && n.keys[0].Kind == identity.ExternalKey {
				s.compare(n, f)
			}
		}
		return nil
	})
}

// compare counts a row.
func (s *strangers) compare(n newcomer, f *found) {
	id := f.at[n.keys[0]]
	agrees := false
	for _, k := range n.keys[1:] {
		agrees = agrees || id != 0 && (f.at[k] == id || f.shares[heldBy{k, id}])
	}
	if other := f.otherOf(n, id); other != 0 || agrees {
		s.others++
		if ids := f.ids[other]; other != 0 && !agrees && len(ids) > 0 && !slices.Contains(ids, n.keys[0].Value) {
			if s.otherIDs++; s.otherIDs == 1 {
				_, theirs := identity.ExternalParts(ids[0])
				s.theirs = s.show(n, other, f, theirs)
			}
		}
	}
	there, known := f.records[id]
	if id == 0 || !agrees && !known {
		return // nobody, or somebody who is gone and for whom nothing was bought
	}
	s.met++
	if agrees {
		return
	}
	here := nameOf(func(field string) any { return s.value(n, field) })
	theirs := nameOf(there)
	switch {
	case here != "" && theirs != "":
		if !identity.NamesUnlike(identity.NameWords(s.imp.opts.Entity, here, s.common), identity.NameWords(s.imp.opts.Entity, theirs, s.common)) {
			return
		}
		s.alone++
	case s.said || s.alike(n, there):
		return
	default:
		s.nameless++
	}
	if s.alone+s.nameless == 1 {
		s.example = s.show(n, id, f, "")
	}
}

// alike reports whether at least half of what a row without a name says beside
// its id, and the record too, is the same.
func (s *strangers) alike(n newcomer, there func(string) any) bool {
	same, both := 0, 0
	for i, t := range s.mapping.mapped {
		was := there(t.field.Key)
		if t.field.Key == "external_id" || n.row.Values[i] == nil || was == nil {
			continue
		}
		both++
		if fettle.FormatValue(n.row.Values[i]) == fettle.FormatValue(was) {
			same++
		}
	}
	return both > 0 && 2*same >= both
}

func (s *strangers) show(n newcomer, record int64, f *found, otherID string) stranger {
	_, id := identity.ExternalParts(n.keys[0].Value)
	out := stranger{Line: n.line, ID: id, KnownID: otherID, RecordID: record, Name: nameOf(func(field string) any { return s.value(n, field) })}
	if there, ok := f.records[record]; ok {
		out.Known = nameOf(there)
	}
	return out
}

// verdict refuses what looks like another list.
func (s *strangers) verdict() error {
	list, column := s.imp.list, idColumn(s.imp.mapping.names())
	way := "name it (--source NAME): its ids are kept apart then, and records are still known by their other keys"
	if s.said {
		way = "give it another name (--source NAME)"
	}
	refuse := func(kind string, rows, of int, e stranger, what string) error {
		return fettle.Errorf(fettle.Refused, "nothing was imported: the ids in the column %q seem to be of another list than those of %s. Of %s %s%s", column, list, fettle.Count(int64(of), "row", "rows"), fmt.Sprintf(what, rows), e.text()).
			WithHint("If the file is of another list, %s. If it is the same list, say so (--same-list).", way).
			With("ask", "same_list").With("kind", kind).With("list", list).With("id_column", column).With("rows", rows).With("of", of).With("example", e)
	}
	if n := s.alone + s.nameless; n >= fewest && 2*n > s.met {
		return refuse("other_names", n, s.met, s.example, "whose id is known, %d have nothing but the id in common with the record")
	}
	if s.otherIDs >= fewest && 2*s.otherIDs > s.others {
		return refuse("other_ids", s.otherIDs, s.others, s.theirs, "that are known by another key, %d have another id there")
	}
	return nil
}
