package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// renamed is a record that a row found by nothing but its id, under a name that
// has no word in common with the one that it had. It is an update; and the record
// may be two, if the id was given to somebody else.
type renamed struct {
	record      *record
	id          identity.Key
	was, became string
}

// doubtName takes down that a row renames a record of before.
func (u *upserter) doubtName(n int, r *record, l *landing) {
	if !l.namesDiffer || !r.exists || u.in.sameList || u.keys[n][0].Kind != identity.ExternalKey || u.at[u.keys[n][0]] != r.ID || len(u.sharing.of[n]) > 0 {
		return
	}
	for _, k := range u.keys[n][1:] {
		if u.at[k] == r.ID {
			return // something else agrees
		}
	}
	if identity.NamesUnlike(identity.NameWords(u.entity, l.was, nil), identity.NameWords(u.entity, l.now, nil)) {
		u.renamed = append(u.renamed, renamed{r, u.keys[n][0], l.was, l.now})
	}
}

// keepRenamed puts renamed records into the review queue, as records that may be
// several. No pass of the search for duplicates takes them out: only a person.
func (u *upserter) keepRenamed(ctx context.Context) error {
	list := make([]store.Duplicate, 0, len(u.renamed))
	for _, d := range u.renamed {
		const shown = 80
		text, err := json.Marshal([]fettle.DuplicateReason{{
			Sign: "differs", What: "name", Value: keyName(d.id),
			Text: fmt.Sprintf("a row with its id named it %.*s; it was %.*s, and nothing else agreed", shown, d.became, shown, d.was),
		}})
		if err != nil {
			return err
		}
		list = append(list, store.Duplicate{Pair: [2]int64{u.resolve(d.record.ID), 0}, Entity: u.entity, Kind: fettle.DuplicateSplit, Reasons: string(text), FoundUS: u.now})
	}
	if len(list) == 0 {
		return nil
	}
	return u.tx.PutDuplicates(ctx, list, math.MaxInt64)
}
