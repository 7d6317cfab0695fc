// Package jobs does background work that must outlive a request and a
// restart: the Data Hub's daily counts. It is
// River's queue in the workspace's own database; jobs are enqueued by the
// transaction that is the reason for them.
//
// Never a job per row: rows are claimed by the engine, and no promise about
// money depends on this package.
package jobs
