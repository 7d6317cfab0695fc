// Package ingest is the one door through which every write to a record goes:
// imports, API calls, what enrichments bought, edits by hand, merges, undo.
//
// It matches rows to records by their normalised keys, creates, updates and
// merges records, applies the write policy, keeps the old value of everything
// that it changes in the change log, and maintains what hangs on a record:
// match keys, the origin of each value, marks of invalid formats, and the
// company of a person.
//
// Every function works inside a transaction of the caller's, for many records
// with a few statements, and decides in memory.
package ingest
