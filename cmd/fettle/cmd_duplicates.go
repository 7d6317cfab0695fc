package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"fettle"
	"fettle/client"
)

type duplicatesCmd struct {
	List    duplicatesListCmd    `cmd:"" default:"withargs" help:"List pairs of records that may be one: conflicts first, then what is most likely."`
	Find    duplicatesFindCmd    `cmd:"" help:"Look for likely duplicates now. A server looks for them by itself, at most every ten minutes."`
	Show    duplicatesShowCmd    `cmd:"" help:"Two records side by side, with what speaks for and against their being one."`
	Merge   duplicatesMergeCmd   `cmd:"" help:"Make two records one: the first stays, its blanks are filled from the second."`
	Apart   duplicatesApartCmd   `cmd:"" help:"Keep two records apart: no import makes them one."`
	Later   duplicatesLaterCmd   `cmd:"" help:"Decide about two records later."`
	Reopen  duplicatesReopenCmd  `cmd:"" help:"Take back that two records are apart, or to be decided later."`
	Unmerge duplicatesUnmergeCmd `cmd:"" help:"Make two records of one again: each gets its own back."`
	Split   duplicatesSplitCmd   `cmd:"" help:"Make a record of its own of one of the ids of a record that has several of one list."`
	Merges  duplicatesMergesCmd  `cmd:"" help:"List merges: first those that wait, then the newest."`
}

type duplicatesListCmd struct {
	Entity string `default:"people" enum:"people,companies" help:"People or companies."`
	State  string `default:"open" enum:"open,apart,later" help:"open, apart or later."`
	Kind   string `default:"" enum:",conflict,likely,split,named" help:"Only conflict, likely, split or named."`
	Record int64  `placeholder:"ID" help:"Only pairs with this record."`
	Limit  int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *duplicatesListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	q := client.DuplicatesQuery{Entity: fettle.Entity(c.Entity), State: c.State, Kind: c.Kind, Record: c.Record}
	all, _, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.DuplicateView], error) {
		q.After, q.Limit = after, limit
		return api.Duplicates(ctx, q)
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return printList(s, all, nil)
	}
	counts, err := api.DuplicateCounts(ctx, q.Entity)
	if err != nil {
		return err
	}
	g := newGrid("#record", "name", "#other", "other name", "kind", "#score", "why")
	for _, v := range all {
		g.row(v.RecordID, v.Name, v.OtherID, v.Other, v.Kind, score(v.Score), why(v))
	}
	g.render(s.stdout, "nothing to review")
	_, err = fmt.Fprintf(s.stdout, "%s open (%s, %s likely, %s to split), %s later, %s kept apart\n", thousands(counts.Open),
		plural(counts.Conflicts, "conflict", "conflicts"), thousands(counts.Likely), thousands(counts.Splits), thousands(counts.Later), thousands(counts.Apart))
	if merges, failed := api.Merges(ctx, c.Record, maxPage); failed == nil {
		printWaiting(s.stdout, merges, c.Entity)
	} else {
		return failed
	}
	if err == nil && counts.Behind && !counts.Searching {
		_, err = fmt.Fprintf(s.stdout, "records have changed since likely ones were looked for: fettle duplicates find --entity %s\n", c.Entity)
	}
	return err
}

type duplicatesFindCmd struct {
	Entity string `default:"people" enum:"people,companies" help:"People or companies."`
}

func (c *duplicatesFindCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.FindDuplicates(ctx, fettle.Entity(c.Entity))
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s to review: %s, %s likely, %s to split (fettle duplicates list --entity %s)\n",
			thousands(v.Open), plural(v.Conflicts, "conflict", "conflicts"), thousands(v.Likely), thousands(v.Splits), c.Entity)
	})
}

// score writes how likely two records are one.
func score(x float64) string {
	if x == 0 {
		return ""
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// why says in one line what makes two records a pair.
func why(v fettle.DuplicateView) string {
	texts := make([]string, 0, len(v.Reasons)+1)
	if v.Merging {
		texts = append(texts, "merged when the calls in flight have landed")
	}
	if v.Again {
		texts = append(texts, "changed since it was decided")
	}
	for _, r := range v.Reasons {
		texts = append(texts, r.Text)
	}
	if len(v.Enriching) > 0 {
		texts = append(texts, newcomerText(v))
	}
	return strings.Join(texts, "; ")
}

// newcomerText says what the younger record of a conflict waits for, and its price.
func newcomerText(v fettle.DuplicateView) string {
	text := fmt.Sprintf("%d waits for this in %s", max(v.RecordID, v.OtherID), strings.Join(v.Enriching, ", "))
	if v.EnrichingCredits != nil {
		text += fmt.Sprintf(": enriching it costs up to %s", v.EnrichingCredits.Words())
	}
	return text
}

// pairArgs name two records.
type pairArgs struct {
	A int64 `arg:"" name:"a" help:"The number of a record."`
	B int64 `arg:"" name:"b" help:"The number of another."`
}

type duplicatesShowCmd struct {
	pairArgs `embed:""`
}

func (c *duplicatesShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	d, err := api.Duplicate(ctx, c.A, c.B)
	if err != nil {
		return err
	}
	return s.print(d, func(w io.Writer) {
		g := newGrid("field", fmt.Sprint(d.RecordID), fmt.Sprint(d.OtherID), "")
		for _, f := range d.Fields {
			mark := "differs"
			switch {
			case f.Same:
				mark = "same"
			case f.Value == nil || f.Other == nil:
				mark = ""
			}
			g.row(f.Label, fettle.FormatValue(f.Value), fettle.FormatValue(f.Other), mark)
		}
		g.render(w, "no values")
		for _, r := range d.Reasons {
			_, _ = fmt.Fprintf(w, "%s: %s\n", r.Sign, r.Text)
		}
		_, _ = fmt.Fprintf(w, "%d is better kept: %s\nmake them one: fettle duplicates merge %d %d\nkeep them apart: fettle duplicates apart %d %d\n",
			d.Survivor, d.Why, d.Survivor, d.RecordID+d.OtherID-d.Survivor, d.RecordID, d.OtherID)
	})
}

type duplicatesMergeCmd struct {
	Survivor int64    `arg:"" help:"The number of the record that stays."`
	Other    int64    `arg:"" help:"The number of the record that becomes part of it."`
	Take     []string `placeholder:"FIELD" help:"Fields in which the other one's value wins, between commas."`
}

func (c *duplicatesMergeCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.MergeRecords(ctx, c.Survivor, c.Other, c.Take)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		if v.Waiting {
			_, _ = fmt.Fprintf(w, "record %d becomes part of %d when the calls in flight have landed\ntake it back before: fettle duplicates apart %[1]d %[2]d\n", v.LoserID, v.SurvivorID)
			return
		}
		_, _ = fmt.Fprintf(w, "record %d is part of %d now; all that led to it leads there\ntake them apart: fettle duplicates unmerge --merge %d\n", v.LoserID, v.SurvivorID, v.ID)
	})
}

type duplicatesApartCmd struct {
	pairArgs `embed:""`
}

func (c *duplicatesApartCmd) Run(ctx context.Context, s *session) error {
	return c.decide(ctx, s, fettle.DuplicateApart, "records %d and %d are kept apart: no import makes them one\n")
}

type duplicatesLaterCmd struct {
	pairArgs `embed:""`
}

func (c *duplicatesLaterCmd) Run(ctx context.Context, s *session) error {
	return c.decide(ctx, s, fettle.DuplicateLater, "records %d and %d are to be decided later (fettle duplicates list --state later)\n")
}

type duplicatesReopenCmd struct {
	pairArgs `embed:""`
}

func (c *duplicatesReopenCmd) Run(ctx context.Context, s *session) error {
	return c.decide(ctx, s, fettle.DuplicateOpen, "records %d and %d are to be decided anew\n")
}

func (c *pairArgs) decide(ctx context.Context, s *session, decision, text string) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.DecideDuplicate(ctx, c.A, c.B, decision)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, text, v.RecordID, v.OtherID) })
}

type duplicatesUnmergeCmd struct {
	ID     int64 `arg:"" optional:"" help:"The number of the merge, or of the record that was merged away."`
	Merge  int64 `placeholder:"ID" help:"The number of a merge, where ID could be either."`
	Record int64 `placeholder:"ID" help:"The number of a record, where ID could be either."`
}

func (c *duplicatesUnmergeCmd) Run(ctx context.Context, s *session) error {
	named := 0
	for _, n := range []int64{c.ID, c.Merge, c.Record} {
		if n != 0 {
			named++
		}
	}
	if named != 1 {
		return fettle.Errorf(fettle.Invalid, "name one merge or record").WithHint("fettle duplicates unmerge ID; the merges are listed by: fettle duplicates merges.")
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.UnmergeRecords(ctx, client.Unmerge{ID: c.ID, MergeID: c.Merge, RecordID: c.Record})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "records %d and %d are two again, and are kept apart\n", v.SurvivorID, v.LoserID)
	})
}

type duplicatesMergesCmd struct {
	Record int64 `placeholder:"ID" help:"Only those of this record."`
	Limit  int   `default:"50" placeholder:"N" help:"How many."`
}

func (c *duplicatesMergesCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Merges(ctx, c.Record, c.Limit)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#merge", "#record", "#is part of", "by", "at", "state")
		for _, v := range all {
			g.row(v.ID, v.LoserID, v.SurvivorID, v.Actor, v.At, mergeState(v))
		}
		g.render(w, "no merges")
	})
}

// mergeState says what became of a merge, or why it waits.
func mergeState(v fettle.MergeView) string {
	switch {
	case v.Failure != "":
		return "waits; could not be made, and is tried again: " + v.Failure
	case v.Waiting:
		return "waits until calls in flight have landed"
	case v.UndoneAt != nil:
		return "undone " + cell(*v.UndoneAt)
	}
	return "made"
}

// printWaiting lists the merges of an entity that wait.
func printWaiting(w io.Writer, all []fettle.MergeView, entity string) {
	var waiting []fettle.MergeView
	for _, v := range all {
		if v.Waiting && string(v.Entity) == entity {
			waiting = append(waiting, v)
		}
	}
	if len(waiting) == 0 {
		return
	}
	const shown = 5
	_, _ = fmt.Fprintf(w, "%s of two records:\n", plural(int64(len(waiting)), "merge waits", "merges wait"))
	for _, v := range waiting[:min(shown, len(waiting))] {
		_, _ = fmt.Fprintf(w, "  %d into %d: %s\n", v.LoserID, v.SurvivorID, printable(mergeState(v)))
	}
	if more := len(waiting) - shown; more > 0 {
		_, _ = fmt.Fprintf(w, "  and %s more: fettle duplicates merges\n", thousands(int64(more)))
	}
}

type duplicatesSplitCmd struct {
	ID  int64  `arg:"" help:"The number of the record."`
	Key string `arg:"" help:"The id that becomes a record of its own, as the list shows it (external:crm:17), or 17."`
}

func (c *duplicatesSplitCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.SplitRecord(ctx, c.ID, c.Key)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "record %d was split off %d\ntake it back: fettle duplicates merge %d %d\n", v.OtherID, v.RecordID, v.RecordID, v.OtherID)
	})
}
