-- +goose Up

-- The signals for which cells were bought, or filled free: a cell is bought
-- once for each. A merge copies what the loser has to the survivor.
CREATE TABLE cell_signals (
    record_id BIGINT NOT NULL,
    field     TEXT NOT NULL,
    signal_id BIGINT NOT NULL,
    at_us     BIGINT NOT NULL,         -- when the signal was learned of
    PRIMARY KEY (record_id, field, signal_id)
);
CREATE INDEX cell_signals_signal ON cell_signals (signal_id);

-- The calls that were made for a signal.
CREATE TABLE call_signals (
    attempt_id BIGINT PRIMARY KEY,
    signal_id  BIGINT NOT NULL
);
