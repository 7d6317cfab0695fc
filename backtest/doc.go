// Package backtest says what an enrichment would have bought, had it been live
// over some days of the past. It replays the change log, record by record, with
// the same judge that claims use. It only reads.
package backtest
