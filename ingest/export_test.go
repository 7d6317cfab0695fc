package ingest

// Shares reports whether keys came to be shared, also for a moment.
func (r UpsertResult) Shares() bool { return r.shares }

// Part makes an input one of several of the same file.
func (in *UpsertInput) Part() { in.part = true }
