// Package fettle holds the nouns of the product and their rules. It uses the
// standard library only and does no I/O, so that every other package can
// import it and none can be reached from it.
//
// The words are the ones of the product everywhere (code, API, CLI, UI, docs):
// a workspace is one database; an entity is people or companies; a record is
// one person or company; a field is a typed column of an entity; a value is
// what a record holds in a field; an audience is a named live filter; an
// enrichment is a bulk enrichment pointed at an audience; a step is one
// provider operation in it; a row is one record's place in one enrichment; a
// cell is (record, field), the unit that is paid for once; an outcome is how a
// row ended; a credit is the unit of spending, kept as integer micro-credits;
// a limit is a credit spend limit, a budget one under a name that enrichments
// and people count in; a run is the work begun by one start; a charge is a
// settled amount in the journal.
package fettle
