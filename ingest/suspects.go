package ingest

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
)

// suspects are the keys that rows of a file share although they are of different
// records: their ids differ, or their domains or LinkedIn addresses. A file is
// looked through for them before its first row is written, so that no row is
// joined by a key that a later row shows to join nobody. The keys are known by
// hashes of 64 bits.
type suspects struct {
	seed   maphash.Seed
	shared map[uint64]bool

	owners     map[uint64]owner
	part, of   uint64 // which part of the keys is looked at now
	overflowed bool

	united map[uint64]uint64 // of what rows say several of: what leads to another that stands for it
	news   bool              // something was united in this look
}

// owner is whose a key is, as far as rows have shown; 0 is not known.
type owner struct {
	id   uint64 // the source's own id
	name uint64 // a company's name under its domain
	mid  uint64 // the domain or LinkedIn address, where that is stronger than the key
	many bool   // one id has several of these
}

// maxOwners is how many keys a look through a file remembers at once, about
// 64 MB; a file with more is read again for each such part of its keys.
const maxOwners = 1 << 20

// maxUnited is how many of the keys that rows say several of are remembered.
const maxUnited = 1 << 20

func newSuspects() *suspects {
	return &suspects{seed: maphash.MakeSeed(), shared: map[uint64]bool{}, owners: map[uint64]owner{}, of: 1}
}

func (s *suspects) hash(k identity.Key) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	_, _ = h.WriteString(string(k.Kind))
	_ = h.WriteByte(0)
	_, _ = h.WriteString(k.Value)
	return max(1, h.Sum64())
}

func (s *suspects) has(k identity.Key) bool { return len(s.shared) > 0 && s.shared[s.hash(k)] }

// see takes a row's keys, strongest first, into account. Several of one kind are of
// one record: see unite.
func (s *suspects) see(keys []identity.Key) {
	var now owner
	var domain, linkedIn uint64
	for i, k := range keys {
		hash := s.hash(k)
		of := now
		switch k.Kind {
		case identity.ExternalKey:
			now.id = hash
		case identity.NameKey:
			of, now.name = owner{id: now.id}, s.one(hash)
		case identity.DomainKey:
			of = owner{id: now.id, name: s.nameUnder(keys[:i], k.Value)}
			domain = cmp.Or(domain, s.one(hash))
		case identity.LinkedInKey:
			of.mid = domain
			linkedIn = cmp.Or(linkedIn, s.one(hash))
		case identity.EmailKey, identity.PhoneKey, identity.RowKey, identity.SharedKey:
			of.mid = cmp.Or(domain, linkedIn)
		}
		if i > 0 {
			s.own(hash, of)
		}
	}
}

// nameUnder is the name of a company under a domain; 0 for none.
func (s *suspects) nameUnder(keys []identity.Key, domain string) uint64 {
	for _, k := range keys {
		if under, _ := domainOf(k); k.Kind == identity.NameKey && under == domain {
			return s.one(s.hash(k))
		}
	}
	return 0
}

// unite takes down that what a row says several of (a name under several domains,
// several domains or LinkedIn addresses) is one record's: one of them stands for
// all. It reports whether that is news. Beyond maxUnited it takes down no more:
// then a key may count as shared that is not, which is listed.
func (s *suspects) unite(keys []identity.Key) (news bool) {
	for i := 1; i < len(keys); i++ {
		a, b := keys[i-1], keys[i]
		if a.Kind != b.Kind || a.Kind != identity.NameKey && a.Kind != identity.DomainKey && a.Kind != identity.LinkedInKey {
			continue
		}
		x, y := s.one(s.hash(a)), s.one(s.hash(b))
		if x == y || len(s.united) >= maxUnited {
			continue
		}
		if s.united == nil {
			s.united = map[uint64]uint64{}
		}
		s.united[max(x, y)], news = min(x, y), true
	}
	return news
}

// one gives the hash that stands for all that were united with one.
func (s *suspects) one(hash uint64) uint64 {
	for {
		to, ok := s.united[hash]
		if !ok {
			return hash
		}
		hash = to
	}
}

func (s *suspects) own(key uint64, now owner) {
	if key%s.of != s.part {
		return
	}
	was, ok := s.owners[key]
	switch {
	case !ok && len(s.owners) >= maxOwners:
		s.overflowed = true
		return
	case differ(was.id, now.id):
		s.shared[key] = true
	case was.id == now.id && was.id != 0:
		was.many = was.many || differ(was.mid, now.mid) || differ(was.name, now.name)
	case !was.many && (differ(was.mid, now.mid) || differ(was.name, now.name)):
		s.shared[key] = true
	}
	if was.id == 0 {
		was.id = now.id
	}
	if was.name == 0 {
		was.name = now.name
	}
	if was.mid == 0 {
		was.mid = now.mid
	}
	s.owners[key] = was
}

// differ reports whether two are known and are not the same.
func differ(a, b uint64) bool { return a != 0 && b != 0 && a != b }

// suspects looks through the rows of one call.
func (u *upserter) suspects() *suspects {
	s := newSuspects()
	for _, keys := range u.keys {
		s.unite(keys)
	}
	for _, keys := range u.keys {
		s.see(keys)
	}
	return s
}

// look looks through the file, part by part of its keys.
func (imp *importer) look(ctx context.Context) error {
	imp.shared = newSuspects()
	if imp.opts.Again == nil || len(imp.mapping.keys(imp.opts)) < 2 && !imp.namesUnderDomains() {
		return nil
	}
	for s := imp.shared; ; {
		s.overflowed, s.news = false, false
		for s.part = 0; s.part < s.of && !s.overflowed; s.part++ {
			clear(s.owners)
			if err := imp.lookOnce(ctx, s); err != nil {
				return err
			}
		}
		if s.news { // what was seen before is seen in another light
			clear(s.shared)
		}
		switch {
		case s.overflowed:
			s.of *= 4
		case !s.news:
			s.owners = nil
			return nil
		}
	}
}

// namesUnderDomains reports whether the file says of companies how they are called
// and which domain they have.
func (imp *importer) namesUnderDomains() bool {
	_, domain := imp.mapping.at["domain"]
	_, name := imp.mapping.at["name"]
	return domain && name && imp.opts.Entity == fettle.Companies
}

func (imp *importer) lookOnce(ctx context.Context, s *suspects) error {
	m := imp.mapping.only(identity.ReadFields(imp.opts.Entity, identity.Options{Phone: imp.opts.PhoneKey}))
	err := eachRow(imp.opts.Again, func(line csv.Row) bool {
		if row, reject := m.row(line); reject.Reason == "" {
			keys := imp.keysWith(&m, &row)
			s.news = s.unite(keys) || s.news
			s.see(keys)
		}
		return !s.overflowed && ctx.Err() == nil
	})
	return errors.Join(err, ctx.Err())
}

// only is the mapping of some fields and nothing else.
func (m *mapping) only(fields []string) mapping {
	out := mapping{columns: m.columns, at: map[string]int{}, phoneKey: m.phoneKey, boss: bossColumns{name: -1, id: -1}}
	for _, f := range fields {
		if i, ok := m.at[f]; ok {
			out.at[f] = len(out.mapped)
			out.mapped, out.habits = append(out.mapped, m.mapped[i]), append(out.habits, m.habits[i])
		}
	}
	return out
}
