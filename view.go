package fettle

import (
	"strings"
	"time"
)

// What the product answers: the JSON of the API and of the CLI's --json.

// LimitView is a limit beside what it leaves.
type LimitView struct {
	None         bool       `json:"none,omitempty"`
	Credits      *Credits   `json:"credits"`
	Records      *int64     `json:"records,omitempty"`
	Per          Period     `json:"per"`
	UsedCredits  Credits    `json:"used_credits"` // settled, reserved, unknown and overrun
	UsedRecords  int64      `json:"used_records"`
	LeftCredits  *Credits   `json:"left_credits"`            // never below zero; nil: no limit
	LeftRecords  *int64     `json:"left_records,omitempty"`  // never below zero; nil: no limit in records
	Money        string     `json:"money,omitempty"`         // the limit in US dollars
	RowsAtHigh   *int64     `json:"rows_at_high,omitempty"`  // rows that it allows at the highest price
	RowsExpected *int64     `json:"rows_expected,omitempty"` // and at the expected one
	ResetsAt     *time.Time `json:"resets_at,omitempty"`
}

// RowCounts counts an enrichment's rows by state and outcome.
type RowCounts struct {
	Pending       int64 `json:"pending"`
	Waiting       int64 `json:"waiting"`
	Running       int64 `json:"running"`
	Found         int64 `json:"found"`
	NotFound      int64 `json:"not_found"`
	Reused        int64 `json:"reused"`
	KnownNotFound int64 `json:"known_not_found"`
	Filled        int64 `json:"filled"`
	Skipped       int64 `json:"skipped"`
	MissingInput  int64 `json:"missing_input"`
	Failed        int64 `json:"failed"`
	Unknown       int64 `json:"unknown"`
}

// EnrichmentView is an enrichment as it stands.
type EnrichmentView struct {
	ID              int64       `json:"id"`
	Name            string      `json:"name"`
	Entity          Entity      `json:"entity"`
	State           State       `json:"state"`
	PauseReason     PauseReason `json:"pause_reason"` // "" unless paused
	PauseDetail     string      `json:"pause_detail,omitempty"`
	Version         int64       `json:"version"`
	Audience        []string    `json:"audience"`
	Follow          bool        `json:"follow"`
	Followed        bool        `json:"followed"` // a process is there to follow it
	Planning        bool        `json:"planning"` // rows are still being opened
	Definition      Definition  `json:"definition"`
	Limit           *LimitView  `json:"limit"`
	Limits          []LimitView `json:"limits,omitempty"`
	SpentCredits    Credits     `json:"spent_credits"`
	ReservedCredits Credits     `json:"reserved_credits"`
	UnknownCredits  Credits     `json:"unknown_credits"`
	OverrunCredits  Credits     `json:"overrun_credits"`
	Piloting        bool        `json:"piloting,omitempty"`
	HeldRows        int64       `json:"held_rows,omitempty"`      // of the waiting: their cell is held by another call
	ApprovalRows    int64       `json:"approval_rows,omitempty"`  // of the waiting: somebody who may spend has to approve them
	OwnLimitRows    int64       `json:"own_limit_rows,omitempty"` // of the waiting: the own limit of who opened them leaves no room
	RemainingRows   int64       `json:"remaining_rows"`           // pending, waiting and running; where rows are yet to be opened, these too
	PaidRows        int64       `json:"paid_rows"`                // rows charged since the rows were last cleared
	SavedCredits    Credits     `json:"saved_credits"`            // reused rows at the expected price
	Rows            RowCounts   `json:"rows"`
	InFlight        int64       `json:"in_flight"`
	InFlightCredits Credits     `json:"in_flight_credits"` // their worst case
	StaleRows       int64       `json:"stale_rows"`        // bought by an older version
	RunID           int64       `json:"run_id,omitempty"`
	RunRows         int64       `json:"run_rows"`             // records bought since the run began
	RunSpentCredits Credits     `json:"run_spent_credits"`    // since the run began
	Estimate        *Estimate   `json:"estimate,omitempty"`   // made when the run began or was last resumed
	RoomAgain       bool        `json:"room_again,omitempty"` // paused for a limit, or for want of credits, that has room by now
	Message         string      `json:"message,omitempty"`    // what a person should know now
	WaitingFor      []Waiting   `json:"waiting_for"`          // why it does not move; empty where it does, or has nothing to do
}

// WaitAlone counts the waiting rows that their enrichment does not wait for.
func (v EnrichmentView) WaitAlone() int64 { return v.HeldRows + v.ApprovalRows + v.OwnLimitRows }

// StopView is the answer to a pause.
type StopView struct {
	Enrichment      EnrichmentView `json:"enrichment"`
	Confirmed       bool           `json:"confirmed"`     // every process has confirmed: no new call leaves
	NotConfirmed    []string       `json:"not_confirmed"` // silent processes, each with "up to N calls"
	InFlight        int64          `json:"in_flight"`
	InFlightCredits Credits        `json:"in_flight_credits"` // the most that they can still cost
}

// Estimate is what starting now would do and cost. Its row counts add up to
// AudienceRows.
type Estimate struct {
	ID               string   `json:"id"`
	Enrichment       string   `json:"enrichment"`
	AudienceRows     int64    `json:"audience_rows"`
	ToRun            int64    `json:"to_run"`
	Reused           int64    `json:"reused"`
	KnownNotFound    int64    `json:"known_not_found"`
	Filled           int64    `json:"filled"`
	Skipped          int64    `json:"skipped"`
	Suppressed       int64    `json:"suppressed"` // of the skipped: do not enrich
	MissingInput     int64    `json:"missing_input"`
	Waiting          int64    `json:"waiting"`
	LowCredits       Credits  `json:"low_credits"`
	ExpectedCredits  Credits  `json:"expected_credits"`
	HighCredits      Credits  `json:"high_credits"`
	PerRowCredits    Credits  `json:"per_row_credits"`          // the highest price of one row
	PerMonthCredits  Credits  `json:"per_month_credits"`        // what refreshing the rows costs a month; 0 where they are not refreshed
	LimitLeftCredits *Credits `json:"limit_left_credits"`       // of the tightest limit on enrichment, person or workspace; nil: none in credits
	LimitLeftRecords *int64   `json:"limit_left_records"`       // nil: none in records
	NoRoom           string   `json:"no_room,omitempty"`        // the limit that leaves no room for another row, if one does
	BeforeRows       int64    `json:"before_rows,omitempty"`    // counted in its run before it was agreed to
	BeforeCredits    Credits  `json:"before_credits,omitempty"` // and paid
	BalanceCredits   *Credits `json:"balance_credits"`          // nil: no credits were granted, only limits bind
	SavedCredits     Credits  `json:"saved_credits"`
	HighMoney        string   `json:"high_money"` // in US dollars
	RerunRows        int64    `json:"rerun_rows,omitempty"`
	SampleRun        []Sample `json:"sample_run"`    // three records to buy, by name
	SampleReused     []Sample `json:"sample_reused"` // and three that are reused
	Warnings         []string `json:"warnings"`
	AtUS             int64    `json:"-"`

	// UnlimitedCredits is the highest price of all rows, beyond limit and balance;
	// the three prices above are within both.
	UnlimitedCredits         Credits  `json:"unlimited_credits"`
	UnlimitedExpectedCredits Credits  `json:"unlimited_expected_credits"` // and the expected one
	EnoughCredits            *Credits `json:"enough_credits,omitempty"`   // a credit limit that all rows fit: what it has used, and their highest price
	Basis                    []string `json:"basis"`                      // what the expected price goes by, in words, one a step
	PilotAdvised             bool     `json:"pilot_advised"`              // what it goes by is too little: run on a few rows first
	PilotWhy                 string   `json:"pilot_why,omitempty"`
	SampledRows              int64    `json:"sampled_rows,omitempty"` // so many were judged, and the others taken to be like them; 0: all were
	NextRun                  bool     `json:"next_run,omitempty"`     // the limit of the run is used up: going on begins a run, and its limit, anew

	// VendorBalances are of the providers that tell what is left on the account there.
	VendorBalances []VendorBalance `json:"vendor_balances,omitempty"`
}

// VendorBalance is what is left on the account at a provider, beside what is
// expected to be used there; both in the provider's own unit.
type VendorBalance struct {
	Provider string   `json:"provider"`
	Title    string   `json:"title"`
	Left     *Credits `json:"left"`   // nil: not known
	Wanted   Credits  `json:"wanted"` // expected within the limits, rounded up to whole units
	Unit     string   `json:"unit"`
	Known    bool     `json:"known"` // false: it was asked and did not say
}

// LeftText is what is left, with its unit: "12 credits", "0.5 USD".
func (v VendorBalance) LeftText() string {
	unit := v.Unit
	if *v.Left != Credit && unit != "" && unit == strings.ToLower(unit) && !strings.HasSuffix(unit, "s") {
		unit += "s" // a word, no abbreviation such as USD
	}
	return v.Left.Text() + " " + unit
}

// Short reports whether less is left than is wanted.
func (v VendorBalance) Short() bool { return v.Known && v.Left != nil && *v.Left < v.Wanted }

// Sample is one record of an estimate.
type Sample struct {
	RecordID int64  `json:"record_id"`
	Name     string `json:"name"`
}

// RowView is one row of an enrichment.
type RowView struct {
	RecordID       int64          `json:"record_id"`
	Name           string         `json:"name"`
	State          RowState       `json:"state"`
	Outcome        Outcome        `json:"outcome,omitempty"`
	Cause          Cause          `json:"cause"`
	Detail         string         `json:"detail,omitempty"`
	WaitingFor     string         `json:"waiting_for,omitempty"` // held, approval or own_limit, of a waiting row
	OpenedBy       string         `json:"opened_by,omitempty"`   // whose own limits it counts in beside those of the run's person
	ChargedCredits Credits        `json:"charged_credits"`
	Values         map[string]any `json:"values"` // of the output fields
	At             time.Time      `json:"at"`
}

// ReasonView is what was said of rows, and of how many.
type ReasonView struct {
	Detail string `json:"detail"` // "" where nothing was said
	Rows   int64  `json:"rows"`
}

// VersionView is one version of an enrichment's definition.
type VersionView struct {
	Version    int64      `json:"version"`
	Logic      bool       `json:"logic"` // changed what is asked
	Actor      string     `json:"actor"`
	At         time.Time  `json:"at"`
	Definition Definition `json:"definition"`
}

// CreditsView is the workspace's money.
type CreditsView struct {
	GrantedCredits   Credits     `json:"granted_credits"`
	SettledCredits   Credits     `json:"settled_credits"`
	ReservedCredits  Credits     `json:"reserved_credits"`
	UnknownCredits   Credits     `json:"unknown_credits"`
	OverrunCredits   Credits     `json:"overrun_credits"`
	AvailableCredits *Credits    `json:"available_credits"` // nil: nothing was granted, only limits bind
	SavedCredits     Credits     `json:"saved_credits"`
	CreditUSD        string      `json:"credit_usd"` // what one credit is worth
	SpendingPaused   string      `json:"spending_paused,omitempty"`
	Limits           []LimitView `json:"limits,omitempty"`
}

// SpendView is the spend of one group: an enrichment, a provider, a day.
type SpendView struct {
	Key            string  `json:"key"`
	Deleted        bool    `json:"deleted,omitempty"` // an enrichment that is no more; one made again under its name is another
	SettledCredits Credits `json:"settled_credits"`
	Calls          int64   `json:"calls"`
	Found          int64   `json:"found"`
	CostPerFound   Credits `json:"cost_per_found_credits"`
}

// JournalEntry explains one charge.
type JournalEntry struct {
	ID            int64     `json:"id"`
	At            time.Time `json:"at"`
	Kind          string    `json:"kind"`
	Enrichment    string    `json:"enrichment"`
	Deleted       bool      `json:"deleted,omitempty"` // the enrichment is no more
	Version       int64     `json:"version"`
	RecordID      int64     `json:"record_id"`
	Record        string    `json:"record,omitempty"`
	FromRecordID  int64     `json:"from_record_id,omitempty"` // of a reuse: the record whose call it was
	Fields        []string  `json:"fields"`
	Provider      string    `json:"provider"`
	Model         string    `json:"model"`
	Cause         Cause     `json:"cause"`
	Attempt       int64     `json:"attempt"`
	Try           int64     `json:"try"`
	Units         Credits   `json:"units"` // in the provider's own unit
	AmountCredits Credits   `json:"amount_credits"`
	Actor         string    `json:"actor"`
}

// UnknownView is a call that may have been billed.
type UnknownView struct {
	ID          int64     `json:"id"`
	Enrichment  string    `json:"enrichment"`
	RecordID    int64     `json:"record_id"`
	Record      string    `json:"record"`
	Fields      []string  `json:"fields"`
	Provider    string    `json:"provider"`
	HeldCredits Credits   `json:"held_credits"`
	At          time.Time `json:"at"`
	Message     string    `json:"message"`
}

// Resolution is how a person ends an unknown.
type Resolution struct {
	Action  string   `json:"action"`            // retry, write_off, not_billed, found
	Value   *string  `json:"value,omitempty"`   // found: the value
	Credits *Credits `json:"credits,omitempty"` // found: what was billed
}

// NotificationView is one notification.
type NotificationView struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Enrichment string    `json:"enrichment,omitempty"`
	Message    string    `json:"message"`
	Read       bool      `json:"read"`
}

// AuditView is the result of an audit.
type AuditView struct {
	OK     bool         `json:"ok"`
	Checks []AuditCheck `json:"checks"`
}

// Add adds a check; one that failed makes the audit fail.
func (v *AuditView) Add(c AuditCheck) {
	v.Checks = append(v.Checks, c)
	v.OK = v.OK && c.OK
}

// AuditCheck is one thing that was recomputed and compared.
type AuditCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// HubView is the Data Hub of an entity or an audience.
type HubView struct {
	Entity   Entity     `json:"entity"`
	Audience string     `json:"audience,omitempty"`
	Records  int64      `json:"records"`
	Fields   []HubField `json:"fields"`
	AsOf     time.Time  `json:"as_of"`
}

// HubField is the health of one field.
type HubField struct {
	Field         string           `json:"field"`
	Label         string           `json:"label"`
	Type          FieldType        `json:"type"`
	Key           bool             `json:"key"`
	Filled        int64            `json:"filled"`
	Rate          float64          `json:"rate"` // 0 to 1
	Blank         HubBlank         `json:"blank"`
	Stale         int64            `json:"stale"`
	Sources       map[string]int64 `json:"sources"`
	Invalid       int64            `json:"invalid"`
	MedianAgeDays float64          `json:"median_age_days"`
	CostCredits   Credits          `json:"cost_credits"`
	CostPerFilled Credits          `json:"cost_per_filled_credits"`
	FillRest      []HubFillRest    `json:"fill_rest"`
	Trend         []HubDay         `json:"trend"`
}

// HubBlank splits the blanks of a field by cause. With Filled they add up to
// the records.
type HubBlank struct {
	NeverTried int64 `json:"never_tried"`
	Waiting    int64 `json:"waiting"`
	NotFound   int64 `json:"not_found"`
	Failed     int64 `json:"failed"`
	Unknown    int64 `json:"unknown"`
	Skipped    int64 `json:"skipped"`
	Cleared    int64 `json:"cleared"`
}

// HubFillRest is what it would cost to fill the rest with an enrichment.
type HubFillRest struct {
	Enrichment               string  `json:"enrichment"`
	Rows                     int64   `json:"rows"`             // to buy
	ExpectedCredits          Credits `json:"expected_credits"` // within its limits and the balance, as an estimate says
	HighCredits              Credits `json:"high_credits"`
	UnlimitedExpectedCredits Credits `json:"unlimited_expected_credits"` // of all of them
	Sampled                  int64   `json:"sampled_rows,omitempty"`     // so many blanks were judged, and the others taken to be like them
}

// HubDay is one stored day of a field's trend.
type HubDay struct {
	Day     string `json:"day"`
	Filled  int64  `json:"filled"`
	Records int64  `json:"records"`
}

// ImportView is an import and its result.
type ImportView struct {
	ID        int64             `json:"id"`
	Entity    Entity            `json:"entity"`
	Source    string            `json:"source"`
	File      string            `json:"file"`
	State     string            `json:"state"`          // running, interrupted, done, failed, undoing, undone
	Hint      string            `json:"hint,omitempty"` // what to do about it
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
	Rejects   []Reject          `json:"rejects"` // the first thousand
	Merges    []MergedRow       `json:"merges"`  // likewise
	At        time.Time         `json:"at"`

	Undo *UndoView `json:"undo,omitempty"` // only in the answer to an undo

	// Only in the answer to an import or a dry run:
	Keys         []string        `json:"keys,omitempty"`         // the mapped fields by which records are told apart
	Unidentified int64           `json:"unidentified,omitempty"` // rows without such a value: only the very same row is known again
	Invalid      []InvalidColumn `json:"invalid,omitempty"`      // columns with values of a bad format: imported, marked, no match keys
	Encoding     string          `json:"encoding,omitempty"`     // what the file was read as: utf-8, windows-1252, xlsx, …
	Sheet        string          `json:"sheet,omitempty"`        // of a workbook: the worksheet that was read
	Sheets       []string        `json:"sheets,omitempty"`       // of a workbook: all that can be chosen
	Notes        []FileNote      `json:"notes,omitempty"`        // what is to be known of how the file was read
	Placeholders []Placeholders  `json:"placeholders,omitempty"` // columns whose N/A, NULL, - and the like counted as blank
	SetAside     int64           `json:"set_aside,omitempty"`    // values that their field cannot hold; their rows were imported without them
	Aside        []Aside         `json:"aside,omitempty"`        // the first thousand of them

	// Only in the answer to a look:
	Columns     []string   `json:"columns,omitempty"`
	Rows        [][]string `json:"rows,omitempty"`         // the first, one cell for each column
	HeadingLine int        `json:"heading_line,omitempty"` // where the columns are named
}

// UndoView is what was taken back of an import.
type UndoView struct {
	Deleted  int64 `json:"deleted"`  // records that it had made
	Restored int64 `json:"restored"` // values that it had changed
	Unmerged int64 `json:"unmerged"` // merges that it had made
	Kept     int64 `json:"kept"`     // records, values and merges that stay: something else was bought, changed or made of them since
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
	Reason   string    `json:"reason"` // what differs: external, domain, linkedin, email; shared: the key was shared before
	Source   string    `json:"source"`
	At       time.Time `json:"at"`
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
	Example string    `json:"example"`
}

// FileNote is something to be known of how a file was read.
type FileNote struct {
	Kind   string `json:"kind"`           // encoding, encoding_doubtful, letters, mixed_encodings, sheets, formulas, title
	Line   int    `json:"line,omitempty"` // the first that it is about
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

// QuietSpend is what a change would put into a live enrichment.
type QuietSpend struct {
	Enrichment       string  `json:"enrichment"`
	Rows             int64   `json:"rows"`
	ToBuy            int64   `json:"to_buy"` // of them; the others are free
	ExpectedCredits  Credits `json:"expected_credits"`
	HighCredits      Credits `json:"high_credits"`      // within the limits and the balance
	UnlimitedCredits Credits `json:"unlimited_credits"` // of all rows
}

// PilotAllowance is what the pilots of one person who may not spend may buy a
// day (UTC).
type PilotAllowance struct {
	Rows    int64   `json:"rows"`
	Credits Credits `json:"credits"`
}

// PilotAllowanceView is the allowance, and what is left of it today for who asks.
type PilotAllowanceView struct {
	PilotAllowance

	Binds       bool    `json:"binds"` // who asks may not spend: it binds their pilots
	UsedRows    int64   `json:"used_rows"`
	UsedCredits Credits `json:"used_credits"`
	LeftRows    int64   `json:"left_rows"`
	LeftCredits Credits `json:"left_credits"`
}
