package ingest

import (
	"fettle"
	"fettle/identity"
)

// keepsOld reports whether a record keeps what it holds in a field although a row
// says something else: the row says the same in other words, a poorer address, or
// what its own list calls the record. What overwrites all is taken as it is, but for
// an id in its other form.
func keepsOld(f fettle.Field, old, now any, policy fettle.WritePolicy) bool {
	was, ok := old.(string)
	is, also := now.(string)
	if !ok || !also || was == "" || is == "" || was == is {
		return false
	}
	if f.Key == "external_id" && identity.RecordID(was) == identity.RecordID(is) {
		return true
	}
	if policy == fettle.OverwriteAll {
		return false
	}
	switch {
	case f.Key == "external_id":
		return true // that of the list that gave one first
	case f.Type == fettle.Email, f.Type == fettle.LinkedIn:
		return identity.SameAddress(f.Type, was, is) || f.Type == fettle.LinkedIn && identity.PoorerLinkedIn(is, was)
	}
	return false
}

// saysSame reports whether two values of a field are one, in whatever words.
func saysSame(f fettle.Field, held, said any) bool {
	if equal(held, said) {
		return true
	}
	a, ok := held.(string)
	b, also := said.(string)
	if !ok || !also {
		return false
	}
	return f.Key == "external_id" && identity.RecordID(a) == identity.RecordID(b) || identity.SameAddress(f.Type, a, b)
}
