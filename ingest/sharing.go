package ingest

import (
	"cmp"
	"context"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// sharing is what a batch finds out about keys that several records share.
type sharing struct {
	keys   map[identity.Key]bool // those that are shared
	fresh  []identity.Key        // those that are shared from this batch on
	held   map[heldKey]bool      // whose these were
	of     [][]identity.Key      // of each row: its keys that are shared
	looked map[identity.Key]bool // of the kind shared: who holds them is known
	has    []heldKey             // records that have shared keys
	was    map[string][]int64    // what was shared before merges of this batch, and by whom
}

// split takes the shared keys of a row from those that find records. A row that
// has no other finds the rows of its source that have nothing but the same.
func (u *upserter) split(n int) {
	s := &u.sharing
	if len(s.keys) == 0 || !slices.ContainsFunc(u.keys[n], func(k identity.Key) bool { return s.keys[k] }) {
		return
	}
	live := make([]identity.Key, 0, len(u.keys[n]))
	for _, k := range u.keys[n] {
		if s.keys[k] {
			s.of[n] = append(s.of[n], k)
		} else {
			live = append(live, k)
		}
	}
	if len(live) == 0 {
		live = append(live, identity.Within(sourceOf(u.in.Source), s.of[n][0]))
	}
	u.keys[n] = live
}

// unknown reports whether it is not known yet who holds a row's key.
func (u *upserter) unknown(n int) bool {
	k := u.keys[n][0]
	return k.Kind == identity.SharedKey && u.at[k] == 0 && !u.sharing.looked[k]
}

// said gives all keys of a row: those that are shared find nobody, and still tell
// its record apart.
func (u *upserter) said(n int) []identity.Key {
	if len(u.sharing.of[n]) == 0 {
		return u.keys[n]
	}
	return slices.Concat(u.keys[n], u.sharing.of[n])
}

// lookShared finds the records of rows that have nothing but shared keys.
func (u *upserter) lookShared(ctx context.Context, rows []int) error {
	byText := map[string]identity.Key{}
	for _, n := range rows {
		if len(u.keys[n]) > 0 && u.unknown(n) {
			byText[keyText(u.entity, u.keys[n][0])] = u.keys[n][0]
		}
	}
	if len(byText) == 0 {
		return nil
	}
	texts := make([]string, 0, len(byText))
	for text, k := range byText {
		texts = append(texts, text)
		u.sharing.looked[k] = true
	}
	held, err := u.tx.MatchKeys(ctx, texts)
	for text, id := range held {
		u.at[byText[text]] = u.resolve(id)
	}
	return err
}

// share makes a key one that is shared from now on. Who held it has it still.
func (u *upserter) share(k identity.Key, holder *record) {
	s := &u.sharing
	if s.keys[k] {
		return
	}
	s.keys[k] = true
	s.fresh = append(s.fresh, k)
	delete(u.at, k)
	same := func(h heldKey) bool { return h.key == k }
	u.newKeys = slices.DeleteFunc(u.newKeys, same)
	u.newDomains = slices.DeleteFunc(u.newDomains, same)
	if holder != nil {
		u.nameUnder(k, holder)
		s.has = append(s.has, heldKey{k, holder})
		if s.held == nil {
			s.held = map[heldKey]bool{}
		}
		s.held[heldKey{k, holder}] = true
	}
}

// nameUnder lets a company whose domain is shared now be found by its name under
// it: those that were imported before names counted have no such key.
func (u *upserter) nameUnder(k identity.Key, holder *record) {
	named, ok := u.named(k, holder)
	if !ok || u.at[named] != 0 || u.sharing.keys[named] {
		return
	}
	u.at[named] = holder.ID
	u.newKeys = append(u.newKeys, heldKey{named, holder})
	holder.keys = append(holder.keys, named)
}

// named is the key of a record's present name under one of its domains.
func (u *upserter) named(k identity.Key, r *record) (identity.Key, bool) {
	i, ok := u.index["name"]
	if k.Kind != identity.DomainKey || !ok || i >= len(r.Values) {
		return identity.Key{}, false
	}
	name, _ := r.Values[i].(string)
	named, ok := identity.Named(k.Value, name)
	return shorten(named), ok
}

// present adds a company's present name to those by which it is known under its
// domains. Where it is known by none, what a person typed does not tell it apart.
func (u *upserter) present(r *record) {
	if u.entity != fettle.Companies {
		return
	}
	for _, k := range r.keys {
		named, ok := u.named(k, r)
		if !ok || slices.Contains(r.keys, named) {
			continue
		}
		known := slices.ContainsFunc(r.keys, func(o identity.Key) bool {
			domain, _ := domainOf(o)
			return o.Kind == identity.NameKey && domain == k.Value
		})
		if known || !u.handKnown[r.origins.of("name")] {
			r.keys = append(r.keys, named)
		}
	}
}

// conflict takes down that a row's key would have joined its record with another
// one that is somebody else.
func (u *upserter) conflict(r *record, c identity.Conflict) {
	other := u.recs[c.Record]
	u.share(c.Key, other)
	u.sharing.has = append(u.sharing.has, heldKey{c.Key, r})
	if other != nil {
		u.found = append(u.found, foundConflict{r, other, c.Key, string(c.Differs)})
	}
}

// keepShared writes down which keys are shared and by whom. A record that is new
// among those that share a key is a conflict with the oldest of them.
func (u *upserter) keepShared(ctx context.Context) error {
	s := &u.sharing
	if len(s.has) == 0 && len(u.joins) == 0 {
		return nil
	}
	texts := map[identity.Key]string{}
	seen := map[store.MatchKey]bool{}
	var all []store.MatchKey
	for _, h := range s.has {
		texts[h.key] = keyText(u.entity, h.key)
		m := store.MatchKey{Key: texts[h.key], Record: u.resolve(h.holder.ID)}
		if !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	all, err := u.afterMerges(ctx, all)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b store.MatchKey) int { // what is counted does not depend on the order of the rows
		switch {
		case a.Key != b.Key:
			return cmp.Compare(a.Key, b.Key)
		case older(a.Record, b.Record):
			return -1
		}
		return 1
	})
	there, err := u.tx.Sharing(ctx, all)
	if err != nil {
		return err
	}
	before, err := u.sharedBefore(ctx, all)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(texts))
	for _, text := range texts {
		names = append(names, text)
	}
	first, err := u.tx.FirstSharing(ctx, names)
	if err != nil {
		return err
	}
	u.completeFirst(names, first)
	u.listConflicts(slices.DeleteFunc(slices.Clone(all), func(m store.MatchKey) bool { return there[m] || before[m] }), first)
	added := slices.DeleteFunc(all, func(m store.MatchKey) bool { return there[m] })
	if u.in.DryRun != nil {
		u.in.DryRun.addSharing(added)
		return u.leaveRest(ctx)
	}
	fresh := make([]string, len(s.fresh))
	for i, k := range s.fresh {
		fresh[i] = keyText(u.entity, k)
	}
	if err := u.leaveRest(ctx); err != nil {
		return err
	}
	if err := u.tx.ShareKeys(ctx, fresh); err != nil {
		return err
	}
	if err := u.tx.AddSharing(ctx, added); err != nil {
		return err
	}
	if err := u.keepHosts(ctx, added); err != nil {
		return err
	}
	return u.leadAlone(ctx, fresh)
}

// leadAlone has keys that were shared in this call lead to who alone has them: rows
// that differ may have come to be one record. Of a file whose later rows may share a
// key too that waits for its end.
func (u *upserter) leadAlone(ctx context.Context, fresh []string) error {
	u.result.shares = len(fresh) > 0
	if !u.result.shares || u.in.part {
		return nil
	}
	alone, err := u.tx.LeadAlone(ctx, fresh)
	if err != nil {
		return err
	}
	unsorted, err := ledAlone(ctx, u.tx, alone)
	u.result.Unsorted = u.result.Unsorted || unsorted
	return err
}

// completeFirst completes who is the first to share keys: by what was shared until
// merges of this batch, and by earlier batches of a dry run.
func (u *upserter) completeFirst(keys []string, first map[string]int64) {
	for _, k := range keys {
		list := u.sharing.was[k]
		if u.in.DryRun != nil {
			list = slices.Concat(list, u.in.DryRun.sharers[k])
		}
		oldest := u.resolve(first[k])
		for _, id := range list {
			if id = u.resolve(id); oldest == 0 || older(id, oldest) {
				oldest = id
			}
		}
		first[k] = oldest
	}
}

// sharedBefore gives those of the keys that their records shared before this batch:
// a record that was made one with others shares what these did, whether or not that
// key is shared by others still. Of a dry run, what earlier batches would have
// written counts.
func (u *upserter) sharedBefore(ctx context.Context, keys []store.MatchKey) (map[store.MatchKey]bool, error) {
	out := map[store.MatchKey]bool{}
	for key, ids := range u.sharing.was {
		for _, id := range ids {
			out[store.MatchKey{Key: key, Record: u.resolve(id)}] = true
		}
	}
	if u.in.DryRun == nil {
		return out, nil
	}
	became := map[int64][]int64{}
	for id := range u.moved {
		into := u.resolve(id)
		became[into] = append(became[into], id)
	}
	ask := slices.Clone(keys)
	for _, k := range keys {
		for _, id := range became[k.Record] {
			ask = append(ask, store.MatchKey{Key: k.Key, Record: id})
		}
	}
	found, err := u.tx.Sharing(ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, k := range ask {
		if found[k] || slices.Contains(u.in.DryRun.sharers[k.Key], k.Record) {
			out[store.MatchKey{Key: k.Key, Record: u.resolve(k.Record)}] = true
		}
	}
	return out, nil
}

// listConflicts lists each record that shares a key since this batch once.
func (u *upserter) listConflicts(added []store.MatchKey, first map[string]int64) {
	reasons := map[store.MatchKey]foundConflict{}
	for _, c := range u.found {
		reasons[store.MatchKey{Key: keyText(u.entity, c.key), Record: u.resolve(c.holder.ID)}] = c
	}
	counted, pairs := map[int64]bool{}, map[[2]int64]bool{} // two records that share several keys are one conflict
	for _, m := range added {
		c := store.Conflict{Record: m.Record, Other: first[m.Key], Key: m.Key, Reason: string(identity.SharedKey)}
		if met, ok := reasons[m]; ok {
			c.Other, c.Reason = u.resolve(met.other.ID), met.reason
		}
		if first[m.Key] == 0 {
			first[m.Key] = m.Record
		}
		if c.Other == 0 || c.Other == c.Record {
			continue
		}
		two := [2]int64{min(c.Record, c.Other), max(c.Record, c.Other)}
		if !counted[m.Record] && !pairs[two] {
			u.result.Conflicts++
		}
		counted[m.Record], pairs[two] = true, true
		u.book.conflicts = append(u.book.conflicts, c)
		u.result.Clashes = append(u.result.Clashes, c)
	}
}

// leaveRest lets records that had nothing but a key that is shared now be found
// by the rows of their source that have nothing else.
func (u *upserter) leaveRest(ctx context.Context) error {
	s := &u.sharing
	held := map[int64]heldKey{}
	var ids, origins []int64
	for _, h := range s.has {
		// Of a dry run, those that earlier batches would have made have no id.
		if (h.holder.ID > 0 || u.dry) && !h.holder.created && slices.Contains(s.fresh, h.key) {
			held[h.holder.ID] = h
			ids, origins = append(ids, h.holder.ID), append(origins, h.holder.origins.base)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	keys, err := u.tx.KeysOf(ctx, ids)
	if err != nil {
		return err
	}
	names, err := u.tx.OriginNames(ctx, origins)
	if err != nil {
		return err
	}
	var rest []store.MatchKey
	for i, id := range ids {
		k := held[id].key
		if !u.onlyKey(held[id], keys[id]) {
			continue
		}
		source := names[origins[i]]
		if source == "" {
			source = u.in.Source
		}
		within := identity.Within(sourceOf(source), k)
		rest = append(rest, store.MatchKey{Key: keyText(u.entity, within), Record: id})
		if u.dry && u.at[within] == 0 {
			u.at[within] = id
		}
	}
	if u.dry {
		return nil
	}
	_, err = u.tx.AddMatchKeys(ctx, rest)
	return err
}

// onlyKey reports whether a record has one key and no other, aside from those that
// were shared before. Of a dry run, what earlier batches would have written counts.
func (u *upserter) onlyKey(h heldKey, written []string) bool {
	all := slices.Clone(written)
	if u.dry {
		for _, k := range h.holder.keys {
			all = append(all, keyText(u.entity, k))
		}
		all = slices.DeleteFunc(all, func(text string) bool {
			k, ok := parseKey(text)
			return ok && u.sharing.keys[k] && !u.sharing.held[heldKey{k, h.holder}]
		})
	}
	return slices.Equal(unique(all), []string{keyText(u.entity, h.key)})
}
