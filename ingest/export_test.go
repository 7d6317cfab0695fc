package ingest

// Shares reports whether keys came to be shared, also for a moment.
func (r UpsertResult) Shares() bool { return r.shares }
