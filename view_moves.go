package fettle

import "time"

// AudienceMoves is who entered and who left an audience between two times.
type AudienceMoves struct {
	Audience     string         `json:"audience"`
	From         time.Time      `json:"from"`
	To           time.Time      `json:"to"`
	Filter       string         `json:"filter"` // today, or then: the one that it had at each moment
	Entered      []AudienceMove `json:"entered"`
	Left         []AudienceMove `json:"left"`
	Erased       int64          `json:"erased,omitempty"` // records that were erased since: not included
	HistorySince time.Time      `json:"history_since"`
	Next         string         `json:"next,omitempty"` // the cursor of the next page; absent on the last
}

// AudienceMove is a record that entered an audience or left it. Records are in the
// order of their ids; one that came and went is in both lists.
type AudienceMove struct {
	RecordID   int64     `json:"record_id"`
	Name       string    `json:"name,omitempty"`
	At         time.Time `json:"at"`
	Cause      string    `json:"cause"` // write, merge, delete, signal, filter, time passed
	Text       string    `json:"text"`  // the cause in words
	ChangeID   int64     `json:"change_id,omitempty"`
	Source     string    `json:"source,omitempty"` // who wrote: a file, a sender, an enrichment, "by hand"
	SourceKind string    `json:"source_kind,omitempty"`
	Actor      string    `json:"actor,omitempty"`
	Fields     []string  `json:"fields,omitempty"`     // those that were written and that the filter reads
	CompanyID  int64     `json:"company_id,omitempty"` // the company that was written about, where it was that
}
