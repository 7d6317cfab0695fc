package identity

import (
	"slices"
	"strings"
)

// Candidate is an existing record that a key of an incoming row points at, with
// all its keys. A record that was merged into it counts with its keys here.
type Candidate struct {
	Record int64
	Keys   map[KeyKind][]string
}

// Conflict is a key of an incoming row that belongs to another record, which is
// kept apart because a stronger key of the two differs.
type Conflict struct {
	Key     Key     `json:"key"`     // the row's key
	Record  int64   `json:"record"`  // whose key it is
	Differs KeyKind `json:"differs"` // the stronger kind that differs; "" if the record's keys are not known
}

// Decision is what becomes of an incoming row.
type Decision struct {
	Record    int64      // the record that it updates; 0: it creates one
	Merge     []int64    // other records to merge into Record, in the order of the keys that found them
	Conflicts []Conflict // keys that must not be taken away from other records
}

// Decide matches one incoming row. Keys are the row's, strongest first; at says
// which record holds a key now; candidates holds the keys of those records.
//
// The first key that finds a record decides, unless a stronger key than it that
// keeps records apart (an id, a company's name under a domain, a domain, a LinkedIn address) is present on both
// sides with nothing in common: then the row is somebody else, and it is a
// conflict. If no key finds one, the row creates a record.
// A weaker key that finds another record merges it into the first, unless a
// stronger kind of key is present on both sides with nothing in common: then it
// is a conflict. The side that is merged into consists of the record, the row
// and what has been merged so far. Keys that cannot be compared (external ids of
// different sources, a LinkedIn address and a LinkedIn number) do not differ.
// Records missing from candidates are never merged.
//
// It keeps no reference to its arguments and allocates only for merges and
// conflicts.
func Decide(keys []Key, at map[Key]int64, candidates map[int64]Candidate) Decision {
	var d Decision
	for _, key := range keys {
		record := at[key]
		switch {
		case record == 0 || record == d.Record || slices.Contains(d.Merge, record):
		case d.Record == 0:
			d.find(key, record, keys, candidates)
		case slices.ContainsFunc(d.Conflicts, func(c Conflict) bool { return c.Record == record }):
			// Kept apart already for a stronger reason; this key stays theirs too.
			d.Conflicts = append(d.Conflicts, Conflict{Key: key, Record: record, Differs: conflictOf(d.Conflicts, record)})
		default:
			d.join(key, record, keys, candidates)
		}
	}
	return d
}

func conflictOf(conflicts []Conflict, record int64) KeyKind {
	i := slices.IndexFunc(conflicts, func(c Conflict) bool { return c.Record == record })
	return conflicts[i].Differs
}

// find takes the record that the first key found, unless a stronger key of the row
// and the record differs: then the row is somebody else.
func (d *Decision) find(key Key, record int64, keys []Key, candidates map[int64]Candidate) {
	if other, known := candidates[record]; known {
		if kind, differs := d.differs(min(key.Kind.strength(), EmailKey.strength()), other, keys, candidates); differs {
			d.Conflicts = append(d.Conflicts, Conflict{Key: key, Record: record, Differs: kind})
			return
		}
	}
	d.Record = record
}

// join merges the record that key found, or reports why not.
func (d *Decision) join(key Key, record int64, keys []Key, candidates map[int64]Candidate) {
	other, known := candidates[record]
	_, selfKnown := candidates[d.Record]
	if !known || !selfKnown {
		d.Conflicts = append(d.Conflicts, Conflict{Key: key, Record: record})
		return
	}
	kind, differs := d.differs(key.Kind.strength(), other, keys, candidates)
	if !differs && key.Kind == DomainKey && d.otherNames(other, keys, candidates) {
		kind, differs = NameKey, true
	}
	if differs {
		d.Conflicts = append(d.Conflicts, Conflict{Key: key, Record: record, Differs: kind})
		return
	}
	d.Merge = append(d.Merge, record)
}

// otherNames reports whether the other record and our side both have names, under
// whatever domains, and none in common: a domain does not make two companies one
// that are called differently.
func (d *Decision) otherNames(other Candidate, keys []Key, candidates map[int64]Candidate) bool {
	theirs := map[string]bool{}
	for _, value := range other.Keys[NameKey] {
		_, name, _ := strings.Cut(value, " ")
		theirs[name] = true
	}
	ours, common := false, false
	see := func(value string) {
		_, name, _ := strings.Cut(value, " ")
		ours, common = true, common || theirs[name]
	}
	for _, key := range keys {
		if key.Kind == NameKey {
			see(key.Value)
		}
	}
	for _, id := range append([]int64{d.Record}, d.Merge...) {
		for _, value := range candidates[id].Keys[NameKey] {
			see(value)
		}
	}
	return len(theirs) > 0 && ours && !common
}

// differs finds the strongest kind above the limit of which the other record
// and our side both have comparable values, and none in common.
func (d *Decision) differs(limit int, other Candidate, keys []Key, candidates map[int64]Candidate) (KeyKind, bool) {
	for _, kind := range []KeyKind{ExternalKey, NameKey, DomainKey, LinkedInKey, EmailKey, PhoneKey} {
		if kind.strength() >= limit {
			return "", false
		}
		theirs := other.Keys[kind]
		for _, value := range theirs {
			if comparable, common := d.compare(kind, class(kind, value), theirs, keys, candidates); comparable && !common {
				return kind, true
			}
		}
	}
	return "", false
}

// compare looks at our side's values of a kind and group: whether there are
// any, and whether one is among theirs.
func (d *Decision) compare(kind KeyKind, group string, theirs []string, keys []Key, candidates map[int64]Candidate) (present, common bool) {
	see := func(value string) {
		if class(kind, value) == group {
			present = true
			common = common || slices.Contains(theirs, value)
		}
	}
	for _, key := range keys {
		if key.Kind == kind {
			see(key.Value)
		}
	}
	for _, value := range candidates[d.Record].Keys[kind] {
		see(value)
	}
	for _, merged := range d.Merge {
		for _, value := range candidates[merged].Keys[kind] {
			see(value)
		}
	}
	return present, common
}
