package fettle

import "time"

// NoteEntry is what somebody wrote down about a record.
type NoteEntry struct {
	ID    int64     `json:"id"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
}

// AboutView is what a record has to do with: the page of a record shows it beside
// the values.
type AboutView struct {
	ID        int64           `json:"id"`
	Company   *RelatedRecord  `json:"company,omitempty"` // of a person
	People    *RelatedPeople  `json:"people,omitempty"`  // of a company
	Audiences []AboutAudience `json:"audiences"`         // that it is in, but for the built-in ones
	Cost      RecordCostView  `json:"cost"`
	Keys      []RecordKey     `json:"keys"` // what it is known again by
	Notes     []NoteEntry     `json:"notes"`
}

// RelatedRecord is a record that belongs to another.
type RelatedRecord struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Email string `json:"email,omitempty"`
}

// RelatedPeople are the first people of a company, by id.
type RelatedPeople struct {
	Total int64           `json:"total"`
	Items []RelatedRecord `json:"items"`
}

// AboutAudience is an audience that a record is in, and by which clauses.
type AboutAudience struct {
	Name  string   `json:"name"`
	Label string   `json:"label"`
	Why   []string `json:"why"` // the clauses of its filter that hold, where one of several is enough; else all of it
}

// RecordCostView is what a record has cost. The parts add up to the whole, which
// is what the journal says.
type RecordCostView struct {
	Credits      Credits       `json:"credits"`
	Calls        int64         `json:"calls"`
	ByEnrichment []CostOfPart  `json:"by_enrichment"`
	ByField      []CostOfField `json:"by_field"` // a call for several fields counts in even shares
}

// CostOfPart is what one enrichment spent on a record.
type CostOfPart struct {
	Enrichment string  `json:"enrichment"` // "" of one that was deleted
	Calls      int64   `json:"calls"`
	Credits    Credits `json:"credits"`
}

// CostOfField is what one field of a record cost; the field is "" for calls
// that were for none.
type CostOfField struct {
	Field   string  `json:"field"`
	Credits Credits `json:"credits"`
}

// RecordKey is one key by which a record is known again.
type RecordKey struct {
	Key    string `json:"key"`              // email:ann@acme.com
	Shared bool   `json:"shared,omitempty"` // other records have it too: it finds none of them
}
