package ingest

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// MergeInput names two records that a person says are one.
type MergeInput struct {
	Entity   fettle.Entity
	Survivor int64
	Loser    int64
	Take     []string // the fields in which the loser's value wins
	Origin   int64
	Actor    string
	Now      time.Time
}

// Merge makes two records one, whatever their keys say: the survivor's values
// win but for Take, its blanks are filled from the loser, and the loser's id and
// all its keys lead to the survivor from now on. Rows that come by a key of the
// loser's that the survivor has otherwise fill blanks only. It gives the merge's
// id, by which it can be undone; 0 if it is put off: see DueMerges.
func Merge(ctx context.Context, tx *store.Tx, in MergeInput) (int64, error) {
	if in.Survivor == in.Loser {
		return 0, fettle.Errorf(fettle.Invalid, "record %d cannot be merged into itself", in.Survivor).WithHint("Name two different records.")
	}
	for _, key := range in.Take {
		if _, err := tx.Field(ctx, in.Entity, key); err != nil {
			return 0, err
		}
	}
	m := merger{
		tx: tx, entity: in.Entity, origin: in.Origin, actor: in.Actor, now: in.Now.UnixMicro(), book: &logbook{},
		person: true, take: in.Take,
	}
	found, err := tx.LockRecords(ctx, in.Entity, []int64{in.Survivor, in.Loser}, nil)
	if err != nil {
		return 0, err
	}
	for _, id := range []int64{in.Survivor, in.Loser} {
		if !slices.ContainsFunc(found, func(r store.IngestRecord) bool { return r.ID == id }) {
			return 0, missing(in.Entity, id)
		}
	}
	p := pair{in.Survivor, in.Loser}
	if _, err := m.merge(ctx, []pair{p}); err != nil {
		return 0, err
	}
	return m.ids[p], m.book.write(ctx, tx, in.Entity, m.origin, m.now)
}

// choose gives the survivor the loser's values in the fields in which a person
// chose them.
func (m *merger) choose(b *batch, p pair, s *snapshot) {
	survivor, loser := b.recs[p.survivor], b.recs[p.loser]
	if loser == nil {
		return
	}
	for i, f := range b.fields {
		if !slices.Contains(m.take, f.Key) || loser.Values[i] == nil || survivor.Values[i] == nil || equal(survivor.Values[i], loser.Values[i]) {
			continue
		}
		b.set(survivor, write{
			column: i, value: loser.Values[i], valid: !isInvalid(loser.Invalid, f.Key), status: store.StatusIn(loser.Statuses, f.Key),
			policy: fettle.OverwriteAll, origin: loser.origins.of(f.Key),
		})
		s.Taken = append(s.Taken, f.Key)
	}
}

// others gives the keys of each loser that say something else than the
// survivor's: rows that come by them fill blanks only, where a person merged.
func (m *merger) others(pairs []pair, keys map[int64][]string) map[int64][]string {
	out := map[int64][]string{}
	if !m.person {
		return out
	}
	for _, p := range pairs {
		for _, text := range keys[p.loser] {
			k, ok := parseKey(text)
			if ok && slices.ContainsFunc(keys[p.survivor], func(own string) bool {
				o, ok := parseKey(own)
				return ok && identity.Comparable(o, k)
			}) {
				out[p.loser] = append(out[p.loser], text)
			}
		}
	}
	return out
}

// findOthers finds the keys by which rows fill blanks only, in whichever form
// they are held.
func (u *upserter) findOthers(ctx context.Context, byFormer map[string]identity.Key, held map[string]int64) error {
	found, err := u.tx.OtherKeys(ctx, slices.Collect(maps.Keys(held)))
	if err != nil || len(found) == 0 {
		return err
	}
	u.otherKeys = found
	for text, k := range byFormer {
		if now := keyText(u.entity, k); found[text] && held[now] == 0 {
			found[now] = true
		}
	}
	return nil
}

// fillsBlanks reports whether a row comes by a key that is only another's, whom
// a person made one with the record.
func (u *upserter) fillsBlanks(n int) bool {
	return len(u.otherKeys) > 0 && len(u.keys[n]) > 0 && u.otherKeys[keyText(u.entity, u.keys[n][0])]
}

// fold writes a row into a record that is there.
func (u *upserter) fold(r *record, n int) {
	row, policy, blanks := &u.in.Rows[n], u.in.Policy, u.in.Blank
	if u.fillsBlanks(n) {
		policy, blanks = fettle.FillBlanks, false
	}
	for i, v := range row.Values {
		if v == nil && !blanks {
			continue
		}
		if keepsOld(u.fields[u.columnOf[i]], r.Values[u.columnOf[i]], v, policy) && !isInvalid(r.Invalid, u.in.Fields[i]) {
			u.keptID(n, r, u.in.Fields[i])
			continue
		}
		valid := row.Invalid == nil || !row.Invalid[i]
		if !u.set(r, write{column: u.columnOf[i], value: v, valid: valid, policy: policy, blanks: blanks}) {
			u.kept(n, i, r)
		}
	}
}

// kept notes that a record keeps its value of a field although a row that was sent
// says another one.
func (u *upserter) kept(n, i int, r *record) {
	c := u.columnOf[i]
	if u.in.ImportID == 0 && u.in.DryRun == nil && !saysSame(u.fields[c], r.Values[c], u.in.Rows[n].Values[i]) {
		u.result.Kept[n] = append(u.result.Kept[n], u.in.Fields[i])
	}
}

// filled gives the fields that were sent and that a record holds now.
func (u *upserter) filled(r *record) (out []string) {
	if u.in.ImportID != 0 || u.in.DryRun != nil || r.created {
		return nil
	}
	for _, p := range r.pending {
		if !equal(p.old, r.Values[p.column]) {
			out = append(out, u.fields[p.column].Key)
		}
	}
	return out
}
