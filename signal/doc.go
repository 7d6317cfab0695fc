// Package signal knows what happened to records: it finds changes that rules ask
// for in the change log, takes what others tell, and decides which tellings are
// of one change.
package signal
