package fettle

import (
	"slices"
	"time"
)

// ImportView is an import and its result.
type ImportView struct {
	ID        int64             `json:"id"`
	Entity    Entity            `json:"entity"`
	Source    string            `json:"source"`                    // the list within which the file's ids are compared: csv:record-id if nobody named it
	IDColumn  string            `json:"id_column,omitempty"`       // the column whose values are the ids
	Employer  string            `json:"employer_column,omitempty"` // of people: the column without a field that names the company of each
	File      string            `json:"file"`
	State     string            `json:"state" enum:"running,interrupted,done,failed,undoing,undone"` // running, interrupted, done, failed, undoing, undone
	Hint      string            `json:"hint,omitempty"`                                              // what to do about it
	DryRun    bool              `json:"dry_run,omitempty"`
	Mapping   map[string]string `json:"mapping"`
	Unmapped  []string          `json:"unmapped"`
	Read      int64             `json:"read"`
	Created   int64             `json:"created"`
	Updated   int64             `json:"updated"`
	Merged    int64             `json:"merged"`           // rows on a record that an earlier row made or met, or that made records one: see merges
	Joined    int64             `json:"joined,omitempty"` // records of before that became one with others: the table has created less joined more
	Unchanged int64             `json:"unchanged"`
	Rejected  int64             `json:"rejected"`
	Conflicts int64             `json:"conflicts"`

	CompaniesCreated int64 `json:"companies_created,omitempty"` // companies that an import of people made, of their domains and ids

	Rejects []Reject    `json:"rejects"` // the first thousand
	Merges  []MergedRow `json:"merges"`  // likewise
	At      time.Time   `json:"at"`

	Undo *UndoView `json:"undo,omitempty"` // only in the answer to an undo

	Receipt []ReceiptField `json:"receipt"` // each field with a column beside what the table holds of it

	Of     int64             `json:"of,omitempty"`     // the import whose columns were mapped later by this one
	Mapped map[string]string `json:"mapped,omitempty"` // columns that were mapped later; not among those unmapped

	Keys         []string        `json:"keys,omitempty"`         // the mapped fields by which records are told apart
	Unidentified int64           `json:"unidentified,omitempty"` // rows without such a value: only the very same row is known again
	Invalid      []InvalidColumn `json:"invalid,omitempty"`      // columns with values of a bad format: imported, marked, no match keys
	Encoding     string          `json:"encoding,omitempty"`     // what the file was read as: utf-8, windows-1252, xlsx, …
	Delimiter    string          `json:"delimiter,omitempty"`    // of a text: what stands between its cells, such as ; or tab; only in an answer
	Sheet        string          `json:"sheet,omitempty"`        // of a workbook: the worksheet that was read
	Sheets       []string        `json:"sheets,omitempty"`       // of a workbook: all that can be chosen; only in an answer
	Notes        []FileNote      `json:"notes,omitempty"`        // what is to be known of how the file was read; only in an answer
	Placeholders []Placeholders  `json:"placeholders,omitempty"` // columns whose N/A, NULL, - and the like counted as blank
	SetAside     int64           `json:"set_aside,omitempty"`    // values that their field cannot hold; their rows were imported without them
	Aside        []Aside         `json:"aside,omitempty"`        // the first thousand of them

	NewFields []NewField `json:"new_fields,omitempty"` // that columns get; in the answer to a look: that those without a field could get

	// Only in the answer to a dry run:
	FieldChanges  []FieldChanges  `json:"field_changes,omitempty"`  // of records that are there: how many values of each field would change
	Changes       []WouldChange   `json:"changes,omitempty"`        // the first fifty of these records
	WouldConflict []WouldConflict `json:"would_conflict,omitempty"` // the first hundred pairs that would be kept apart and listed
	WouldRun      []QuietSpend    `json:"would_run,omitempty"`      // what live enrichments would do with it, and at most cost

	NewValues []NewValues `json:"new_values,omitempty"` // that a select did not know

	// Only in the answer to a look:
	Columns     []string   `json:"columns,omitempty"`
	Rows        [][]string `json:"rows,omitempty"`         // the first, one cell for each column
	HeadingLine int        `json:"heading_line,omitempty"` // where the columns are named
}

// MapLater takes columns that got a field later from those that have none.
func (v *ImportView) MapLater(mapping map[string]string) {
	for column, field := range mapping {
		if v.Mapped == nil {
			v.Mapped = map[string]string{}
		}
		v.Mapped[column] = field
		v.Unmapped = slices.DeleteFunc(v.Unmapped, func(c string) bool { return c == column })
	}
}

// FieldChanges counts the values of a field that an import would change.
type FieldChanges struct {
	Field    string `json:"field"`
	Filled   int64  `json:"filled"` // that are blank now
	Replaced int64  `json:"replaced"`
	Cleared  int64  `json:"cleared"`
}

// WouldChange is a record that an import would change.
type WouldChange struct {
	Line     int                `json:"line"` // the first row that does
	RecordID int64              `json:"record_id"`
	Name     string             `json:"name,omitempty"`
	Changes  []WouldChangeField `json:"changes"`
}

// WouldChangeField is a value as it is and as it would be; null is blank.
type WouldChangeField struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// WouldConflict is a pair of records that would share a key and stay apart. The
// id of one that would be made is negative.
type WouldConflict struct {
	RecordID int64  `json:"record_id"`
	OtherID  int64  `json:"other_id"`
	Name     string `json:"name,omitempty"`
	Other    string `json:"other,omitempty"` // its name
	Key      string `json:"key"`
	Reason   string `json:"reason"`
}

// ReceiptField compares one field with the column that it came from: File less
// what differs is Table.
type ReceiptField struct {
	Field   string           `json:"field"`
	Column  string           `json:"column"`
	File    int64            `json:"file"`  // cells of the column that hold something
	Table   int64            `json:"table"` // records that hold what the file says
	Differs []ReceiptDiffers `json:"differs"`
}

// ReceiptDiffers is why cells are not in the table.
type ReceiptDiffers struct {
	Reason string `json:"reason"`
	Rows   int64  `json:"rows"`
}

// NewField is a field that an import makes of a column, or could.
type NewField struct {
	Column string    `json:"column"`
	Field  string    `json:"field"`
	Label  string    `json:"label"`
	Type   FieldType `json:"type"` // guessed from what the column holds, unless the map gives one

	Currency string `json:"currency,omitempty"` // of a field of type currency
}

// UndoView is what was taken back of an import.
type UndoView struct {
	Deleted  int64 `json:"deleted"`  // records that it had made
	Restored int64 `json:"restored"` // values that it had changed
	Blanked  int64 `json:"blanked"`  // of these, the ones that are blank again
	Unmerged int64 `json:"unmerged"` // merges that it had made

	Companies int64 `json:"companies,omitempty"` // companies that it had made of people's domains and ids

	Reduced int64 `json:"reduced"` // records that it had made and for which something was bought: they leave the table and every audience, and come back with that when they are imported again
	Bought  int64 `json:"bought"`  // values of these, which stay bought
	Kept    int64 `json:"kept"`    // records, values and merges that stay: something else was changed or made of them since
	DryRun  bool  `json:"dry_run,omitempty"`

	ID   string      `json:"id,omitempty"`   // the undo, by which this is taken back again: fettle undo take
	Left []LeftValue `json:"left,omitempty"` // the first thousand of what stays
}

// String says what is, or would be, taken back.
func (u UndoView) String() string {
	many := func(n int64, one, more string) string {
		if n == 1 {
			return "1 " + one
		}
		return Thousands(n) + " " + more
	}
	text := many(u.Deleted, "record goes", "records go") + ", " + many(u.Restored, "value returns", "values return")
	if u.Companies > 0 {
		text += ", " + many(u.Companies, "company that it had made goes", "companies that it had made go")
	}
	if u.Reduced > 0 {
		text += ", " + many(u.Reduced, "record is", "records are") + " reduced to what was bought (" + many(u.Bought, "value", "values") + ")"
	}
	if u.Kept > 0 {
		text += ", " + many(u.Kept, "record or value stays", "records and values stay") + ", changed later"
	}
	return text
}

// ConflictView is two records that share a key and are not one.
type ConflictView struct {
	ID       int64     `json:"id"`
	Entity   Entity    `json:"entity"`
	RecordID int64     `json:"record_id"`
	OtherID  int64     `json:"other_id"`
	Name     string    `json:"name"`
	Other    string    `json:"other"`  // its name
	Key      string    `json:"key"`    // what both have, such as email:ann@acme.com
	Reason   string    `json:"reason"` // what differs: external, name, domain, linkedin, email; shared: the key was shared before; zero_padded: leading zeros of one number
	Source   string    `json:"source"`
	At       time.Time `json:"at"`

	EnrichingCredits *Credits `json:"enriching_credits,omitempty"` // what enriching the newcomer costs at most: the younger record waits in enriching until this is decided. Absent: it does not wait, or no price can be said now
	Enriching        []string `json:"enriching,omitempty"`         // the live enrichments that it waits in
}

// MergedRow is a row that did not become a record of its own.
type MergedRow struct {
	Line        int    `json:"line"`
	WithLine    int    `json:"with_line,omitempty"` // the first row of the import on the record; 0: this is the first
	RecordID    int64  `json:"record_id"`           // negative where a dry run would create it
	OtherID     int64  `json:"other_id,omitempty"`  // the record that it made one with record_id
	Key         string `json:"key,omitempty"`       // what led there, such as email:ann@acme.com; row: the very same row
	NamesDiffer bool   `json:"names_differ"`
}

// InvalidColumn counts the values of a column that are not of its field's format.
type InvalidColumn struct {
	Column  string    `json:"column"`
	Field   string    `json:"field"`
	Type    FieldType `json:"type"`
	Values  int64     `json:"values"` // that are not blank
	Invalid int64     `json:"invalid"`
	Example string    `json:"example"` // only in an answer
}

// FileNote is something to be known of how a file was read.
type FileNote struct {
	Kind   string `json:"kind" enum:"encoding,encoding_doubtful,letters,mixed_encodings,sheets,formulas,title,one_company"` // encoding, encoding_doubtful, letters, mixed_encodings, sheets, formulas, title, one_company
	Line   int    `json:"line,omitempty"`                                                                                   // the first that it is about
	Column string `json:"column,omitempty"`
	Count  int64  `json:"count"`
	Text   string `json:"text"`
}

// Placeholders counts the values of a column that only stand for a blank.
type Placeholders struct {
	Column string   `json:"column"`
	Field  string   `json:"field"`
	Values int64    `json:"values"`
	Words  []string `json:"words"` // the first few different ones
}

// Aside is a value that was not imported, of a row that was.
type Aside struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Field  string `json:"field"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Reject is one row that was not imported, and why.
type Reject struct {
	Line   int    `json:"line"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}
