// Package identity decides when two records are the same person or company. It
// normalises what people type into match keys, cleans values for storage, and
// decides what an incoming row updates, creates or merges. It is pure: no I/O,
// no clock, no state. The value that is stored stays as it was written; the key
// is only for matching.
package identity
