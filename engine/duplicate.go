package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// maxDuplicates is how many pairs one page of the review queue lists at most.
const maxDuplicates = 1000

// DuplicatesQuery asks for a page of the review queue.
type DuplicatesQuery struct {
	Entity fettle.Entity
	State  string // open, apart, later; "" is open
	Kind   string // conflict, likely, split; "" is all
	Record int64  // only pairs with it; 0 is all
	After  string // the next of the page before
	Limit  int
}

// Duplicates lists pairs of records that may be one: conflicts first, then what
// is most likely. next is "" where there are no more.
func (e *Engine) Duplicates(ctx context.Context, actor fettle.Actor, q DuplicatesQuery) (out []fettle.DuplicateView, next string, err error) {
	if err := actor.Require(fettle.Viewer, "see duplicates"); err != nil {
		return nil, "", err
	}
	in := store.DuplicatesInput{State: q.State, Kind: q.Kind, Record: q.Record, Limit: q.Limit}
	if in.Entity, err = fettle.ParseEntity(string(q.Entity)); err != nil {
		return nil, "", err
	}
	if in.State == "" {
		in.State = fettle.DuplicateOpen
	}
	if in.Limit <= 0 || in.Limit > maxDuplicates {
		in.Limit = maxDuplicates
	}
	if in.After, err = parseCursor(q.After); err != nil {
		return nil, "", err
	}
	out = []fettle.DuplicateView{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Duplicates(ctx, in)
		if err != nil {
			return err
		}
		seen := map[[2]int64]bool{}
		for _, r := range rows {
			if pair := store.Ordered(r.Now[0], r.Now[1]); seen[pair] {
				continue // two of the merged records had the same pair
			} else {
				seen[pair] = true
			}
			v, err := duplicateView(ctx, tx, r)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		if len(rows) == in.Limit {
			p := rows[len(rows)-1].Place
			next = fmt.Sprintf("%d-%d-%d", p.Rank, p.Pair[0], p.Pair[1])
		}
		return e.showCost(ctx, tx, in.Entity, out)
	})
	return out, next, err
}

// parseCursor reads the next of a page.
func parseCursor(s string) (c store.DuplicateCursor, err error) {
	if s == "" {
		return c, nil
	}
	parts := strings.Split(s, "-")
	var n [3]int64
	for i := range n {
		if len(parts) != len(n) {
			err = strconv.ErrSyntax
		} else if err == nil {
			n[i], err = strconv.ParseInt(parts[i], 10, 64)
		}
	}
	if err != nil {
		return c, fettle.Errorf(fettle.Invalid, "%.40q is no place in the list", s).WithHint("Give the next of the page before.")
	}
	return store.DuplicateCursor{Rank: n[0], Pair: [2]int64{n[1], n[2]}}, nil
}

// duplicateView is a pair as it is shown: its reasons are the conflicts between
// the two, then what makes them likely.
func duplicateView(ctx context.Context, tx *store.Tx, r store.DuplicateRow) (fettle.DuplicateView, error) {
	v := fettle.DuplicateView{
		RecordID: r.Now[0], OtherID: r.Now[1], Entity: r.Entity, Name: r.Names[0], Other: r.Names[1], Kind: r.Kind, Score: float64(r.Score) / 1000,
		State: r.State, Again: r.Again, DecidedBy: r.Actor, Merging: r.Merges, At: time.UnixMicro(r.FoundUS).UTC(), Reasons: []fettle.DuplicateReason{},
	}
	if r.Kind == fettle.DuplicateConflict {
		conflicts, err := tx.ConflictsOf(ctx, r.Pair)
		if err != nil {
			return v, err
		}
		for _, c := range conflicts {
			v.Reasons = append(v.Reasons, conflictReason(c))
			if v.Key == "" {
				v.Key, v.Reason = ingest.KeyName(c.Key), c.Reason
			}
		}
	}
	var signs []fettle.DuplicateReason
	if err := json.Unmarshal([]byte(r.Reasons), &signs); err != nil {
		return v, err
	}
	v.Reasons = append(v.Reasons, signs...)
	return v, nil
}

// conflictReason says in words what two records share and what keeps them apart.
func conflictReason(c store.Conflict) fettle.DuplicateReason {
	kind, value, _ := strings.Cut(ingest.KeyName(c.Key), ":")
	if c.Reason == ingest.ZeroPadded {
		text := "their ids are one number but for leading zeros: one is " + value
		return fettle.DuplicateReason{Sign: "same", What: kind, Text: text, Value: value}
	}
	why := map[string]string{
		"external": "their ids in one list differ", "domain": "their domains differ", "linkedin": "their LinkedIn addresses differ",
		"email": "their emails differ", "phone": "their phones differ", "shared": "several have it, so it tells nobody apart", "apart": "a person said that they are two",
	}[c.Reason]
	text := "both have the " + kind + " " + value
	if why != "" {
		text += "; " + why
	}
	return fettle.DuplicateReason{Sign: "same", What: kind, Text: text, Value: value}
}

// DuplicateCounts counts what there is to review of an entity.
func (e *Engine) DuplicateCounts(ctx context.Context, actor fettle.Actor, entity fettle.Entity) (fettle.DuplicateCounts, error) {
	var out fettle.DuplicateCounts
	if err := actor.Require(fettle.Viewer, "see duplicates"); err != nil {
		return out, err
	}
	entity, err := fettle.ParseEntity(string(entity))
	if err != nil {
		return out, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		out = fettle.DuplicateCounts{Entity: entity}
		for _, state := range []string{fettle.DuplicateOpen, fettle.DuplicateApart, fettle.DuplicateLater} {
			kinds, err := tx.DuplicateCounts(ctx, entity, state)
			if err != nil {
				return err
			}
			var sum int64
			for _, n := range kinds {
				sum += n
			}
			switch state {
			case fettle.DuplicateOpen:
				out.Open, out.Conflicts, out.Splits = sum, kinds[fettle.DuplicateConflict], kinds[fettle.DuplicateSplit]
				out.Likely = sum - out.Conflicts - out.Splits
			case fettle.DuplicateApart:
				out.Apart = sum
			case fettle.DuplicateLater:
				out.Later = sum
			}
		}
		all, err := readSearched(ctx, tx)
		if err != nil {
			return err
		}
		newest, err := tx.NewestChange(ctx)
		if s := all[entity]; s.EndedUS != 0 {
			at := time.UnixMicro(s.EndedUS).UTC()
			out.SearchedAt, out.Behind = &at, s.Change < newest
		} else {
			out.Behind = newest > 0
		}
		out.Searching = all[entity].BegunUS != 0 && time.Since(time.UnixMicro(all[entity].BegunUS)) < searchDead
		return err
	})
	return out, err
}

// two are two records of one entity, whichever of their ids they were named by.
type two struct {
	entity fettle.Entity
	ids    [2]int64
	recs   [2]*store.Record
	fields []fettle.Field
}

// findTwo finds the two records that are named.
func findTwo(ctx context.Context, tx *store.Tx, a, b int64) (t two, err error) {
	for i, id := range [2]int64{a, b} {
		if t.recs[i], t.fields, err = findRecord(ctx, tx, id); err != nil {
			return t, err
		}
		t.ids[i] = t.recs[i].ID
	}
	t.entity = t.recs[0].Entity()
	switch {
	case t.entity != t.recs[1].Entity():
		return t, fettle.Errorf(fettle.Invalid, "record %d is one of %s, record %d of %s", a, t.entity, b, t.recs[1].Entity()).WithHint("Name two people, or two companies.")
	case a == b:
		return t, fettle.Errorf(fettle.Invalid, "record %d is named twice", a).WithHint("Name two different records.")
	case t.ids[0] == t.ids[1]:
		return t, fettle.Errorf(fettle.Refused, "records %d and %d are one already: %d", a, b, t.ids[0]).
			WithHint("Take them apart in the list of merges (fettle duplicates unmerge %d).", max(a, b)).With("record", t.ids[0])
	}
	return t, nil
}

// basis is what a decision about two records goes by.
func (t *two) basis() string {
	first, second := 0, 1
	if t.ids[0] > t.ids[1] {
		first, second = 1, 0
	}
	return ingest.KeyData(t.entity, t.recs[first].Value) + "." + ingest.KeyData(t.entity, t.recs[second].Value)
}

// DecideDuplicate writes down that two records are kept apart, that this is to
// be decided later, or (open) that it is to be decided anew. What is kept apart
// no import makes one, and it comes up again only when what says who they are
// changes of one of the two.
func (e *Engine) DecideDuplicate(ctx context.Context, actor fettle.Actor, a, b int64, decision string) (fettle.DuplicateView, error) {
	var v fettle.DuplicateView
	if err := actor.Require(fettle.Editor, "decide about duplicates"); err != nil {
		return v, err
	}
	if decision != fettle.DuplicateApart && decision != fettle.DuplicateLater && decision != fettle.DuplicateOpen {
		return v, fettle.Errorf(fettle.Invalid, "%.40q is no decision", decision).WithHint("Say apart, later or open.")
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		t, err := findTwo(ctx, tx, a, b)
		if err != nil {
			return err
		}
		if err := decide(ctx, tx, actor, t, decision); err != nil {
			return err
		}
		v, err = viewOf(ctx, tx, t)
		return err
	})
	if err == nil {
		e.events.Publish("duplicates", "")
	}
	return v, err
}

// decide writes a decision about a pair down.
func decide(ctx context.Context, tx *store.Tx, actor fettle.Actor, t two, decision string) error {
	pair := store.Ordered(t.ids[0], t.ids[1])
	d := store.Duplicate{Pair: pair, Entity: t.entity, State: decision, Basis: t.basis(), Actor: actor.Name, DecidedUS: time.Now().UnixMicro()}
	if err := tx.DecideDuplicate(ctx, d); err != nil {
		return err
	}
	if err := tx.DropMergesBetween(ctx, pair[0], pair[1]); err != nil { // a merge that waits is not wanted any more
		return err
	}
	return tx.Act(ctx, actor, "duplicates."+decision, fmt.Sprintf("%d, %d", pair[0], pair[1]), string(t.entity))
}

// viewOf is a pair as the queue shows it, listed or not.
func viewOf(ctx context.Context, tx *store.Tx, t two) (fettle.DuplicateView, error) {
	pair := store.Ordered(t.ids[0], t.ids[1])
	r := store.DuplicateRow{Now: t.ids}
	d, found, err := tx.DuplicateOf(ctx, pair)
	if err != nil {
		return fettle.DuplicateView{}, err
	}
	if r.Duplicate = d; !found {
		r.Duplicate = store.Duplicate{Pair: pair, Entity: t.entity, Kind: fettle.DuplicateNamed, Reasons: "[]", State: fettle.DuplicateOpen, FoundUS: time.Now().UnixMicro()}
	}
	for i, rec := range t.recs {
		r.Names[i] = recordName(rec)
	}
	return duplicateView(ctx, tx, r)
}

// recordName is what a record is called; "" if it does not say.
func recordName(r *store.Record) string {
	if name, ok := r.Value("name").(string); ok {
		return name
	}
	if r.Entity() == fettle.Companies {
		return ""
	}
	first, _ := r.Value("first_name").(string)
	last, _ := r.Value("last_name").(string)
	return strings.TrimSpace(first + " " + last)
}
