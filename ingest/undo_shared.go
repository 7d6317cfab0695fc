package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// unshare takes records out of those that share keys: the keys that they lose, or
// that they have no more since they are gone. Who is left alone with a key is found
// by it again, and people of a domain that is one company's again go to it.
func unshare(ctx context.Context, tx *store.Tx, keys []store.MatchKey) error {
	alone, err := tx.LeaveSharing(ctx, keys)
	if err == nil {
		_, err = ledAlone(ctx, tx, alone)
	}
	return err
}

// ledAlone has people sorted of domains that are one company's again.
func ledAlone(ctx context.Context, tx *store.Tx, alone []store.MatchKey) (unsorted bool, err error) {
	var domains []string
	for _, m := range alone {
		if k, ok := parseKey(m.Key); ok && k.Kind == identity.DomainKey && m.Key[0] == fettle.Companies[0] {
			domains = append(domains, k.Value)
		}
	}
	if len(domains) == 0 {
		return false, nil
	}
	slices.Sort(domains)
	return true, tx.SortPeople(ctx, slices.Compact(domains))
}

// leaveShared takes what an undo deleted out of those that share keys with records
// that stay, and gives what they share no more. What was bought for keeps all its keys: it is found by them.
func leaveShared(ctx context.Context, tx *store.Tx, gone []int64) (left []store.MatchKey, err error) {
	if len(gone) == 0 {
		return nil, nil
	}
	bought, err := boughtOf(ctx, tx, gone)
	if err != nil {
		return nil, err
	}
	left, err = tx.SharedWithOthers(ctx, slices.DeleteFunc(slices.Clone(gone), func(id int64) bool { return bought[id] > 0 }))
	if err != nil {
		return nil, err
	}
	return left, unshare(ctx, tx, left)
}

// dropConflicts forgets some of the conflicts that the import told of and that are
// none any more. Done says that there are no more.
func (u *undoer) dropConflicts(ctx context.Context) (done bool, err error) {
	n, err := u.tx.DropConflicts(ctx, slices.Collect(maps.Keys(u.own)), undoPiece)
	return n < undoPiece, err
}

// sortPeople gives some of the people of domains that one company has again to it.
// Done says that there are no more.
func (u *undoer) sortPeople(ctx context.Context) (done bool, err error) {
	more, err := LinkPeople(ctx, u.tx, nil, u.in.Origin, u.in.Actor, u.in.Now)
	return !more, err
}

// shareAgain has records that came back share those keys of theirs that lead to
// others now: they were taken out of those that share them when they went.
func (b *batch) shareAgain(ctx context.Context, back []*record) error {
	var texts []string
	of := map[*record][]string{}
	for _, r := range back {
		for _, k := range keysOf(b.entity, "", b.valueOf(r), identity.Options{}) {
			if k.Kind == identity.ExternalKey || k.Kind == identity.NameKey || k.Kind == identity.RowKey {
				continue
			}
			text := keyText(b.entity, k)
			of[r], texts = append(of[r], text), append(texts, text)
		}
	}
	held, err := b.tx.MatchKeys(ctx, unique(texts))
	if err != nil {
		return err
	}
	first, err := b.tx.FirstSharing(ctx, unique(texts))
	if err != nil {
		return err
	}
	var share []string
	var sharing []store.MatchKey
	for _, r := range back {
		for _, text := range of[r] {
			other, known := held[text]
			if !known || other == r.ID {
				continue
			}
			if other != store.NoRecord {
				share, sharing = append(share, text), append(sharing, store.MatchKey{Key: text, Record: other})
				held[text], first[text] = store.NoRecord, other
			}
			sharing = append(sharing, store.MatchKey{Key: text, Record: r.ID})
			if first[text] != 0 && first[text] != r.ID {
				b.book.conflicts = append(b.book.conflicts, store.Conflict{Record: r.ID, Other: first[text], Key: text, Reason: string(identity.SharedKey)})
			}
		}
	}
	if err := b.tx.ShareKeys(ctx, share); err != nil {
		return err
	}
	return b.tx.AddSharing(ctx, sharing)
}
