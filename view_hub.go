package fettle

import (
	"time"
)

// HubView is the Data Hub of an entity or an audience.
type HubView struct {
	Entity   Entity     `json:"entity"`
	Audience string     `json:"audience,omitempty"`
	Records  int64      `json:"records"`
	Fields   []HubField `json:"fields"`
	AsOf     time.Time  `json:"as_of"`
	Then     *HubThen   `json:"then,omitempty"` // of a hub of the past
}

// HubThen says of a Data Hub of the past what is to be known of it. Of its fields
// only how well they were filled is told.
type HubThen struct {
	RecordsNow   int64     `json:"records_now"`      // how many there are now
	Erased       int64     `json:"erased,omitempty"` // records that were erased since: not included
	HistorySince time.Time `json:"history_since"`    // from when on the past is known
}

// HubNow is how well a field is filled now.
type HubNow struct {
	Filled int64   `json:"filled"`
	Rate   float64 `json:"rate"`
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
	Disputed      int64            `json:"disputed"` // filled values about which sources disagree, and no person has chosen since
	MedianAgeDays float64          `json:"median_age_days"`
	CostCredits   Credits          `json:"cost_credits"`
	CostPerFilled Credits          `json:"cost_per_filled_credits"`
	FillRest      []HubFillRest    `json:"fill_rest"`
	Trend         []HubDay         `json:"trend"`
	Now           *HubNow          `json:"now,omitempty"` // in a hub of the past
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
	TakenBack  int64 `json:"taken_back"` // an undo took the value back: bought for nobody until a person reruns it
}

// HubFillRest is what it would cost to fill the rest with an enrichment.
type HubFillRest struct {
	Enrichment               string  `json:"enrichment"`
	Rows                     int64   `json:"rows"`             // to buy
	ExpectedCredits          Credits `json:"expected_credits"` // within its limits and the balance, as an estimate says
	HighCredits              Credits `json:"high_credits"`
	UnlimitedExpectedCredits Credits `json:"unlimited_expected_credits"` // of all of them
	AgeSeconds               int64   `json:"age_seconds,omitempty"`      // how old the price is: one that takes long is kept for at most a minute while records change
	Sampled                  int64   `json:"sampled_rows,omitempty"`     // so many blanks were judged, and the others taken to be like them
}

// HubDay is one stored day of a field's trend.
type HubDay struct {
	Day     string `json:"day"`
	Filled  int64  `json:"filled"`
	Records int64  `json:"records"`
}
