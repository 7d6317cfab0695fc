package fettle

// Play is a set of documents that do one job together, ready to be applied.
type Play struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	About     string `json:"about"`
	Documents string `json:"documents"` // YAML, as apply takes it
}
