package main

// benchCmd measures the product on its own path, beside a bound of the same
// run. Numbers are for reading, never for tests.
type benchCmd struct {
	Run    benchRunCmd    `cmd:"" help:"A bulk run: claim, reserve, call, settle, all durable."`
	Import benchImportCmd `cmd:"" help:"Import a CSV of 30 columns, beside bare INSERTs of the same rows."`
	Hub    benchHubCmd    `cmd:"" help:"The Data Hub and audience counts of a large workspace."`
	Limit  benchLimitCmd  `cmd:"" help:"A burst of processes against a small limit: exactly as many paid calls."`
}
