package fettle

// ValuesView is which values records have in a field, the most frequent first.
type ValuesView struct {
	Entity  Entity       `json:"entity"`
	Field   string       `json:"field"`
	Items   []FieldValue `json:"items"`
	Blank   int64        `json:"blank" doc:"Records without a value, of those that were looked through."`
	Others  OtherValues  `json:"others"`
	Records int64        `json:"records" doc:"Records that were looked through."`
	Exact   bool         `json:"exact" doc:"All records were looked through. Otherwise these are some from everywhere among them, and each count is of those alone."`
}

// FieldValue is a value and how many records have it.
type FieldValue struct {
	Value any   `json:"value" doc:"As a record has it; of a multi_select one of its values."`
	Count int64 `json:"count"`
}

// OtherValues are the values that are not listed.
type OtherValues struct {
	Values  int64 `json:"values" doc:"How many different ones."`
	Records int64 `json:"records" doc:"How many records have them; one that has several is counted with each."`
}
