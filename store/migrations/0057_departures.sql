-- +goose Up

-- The signal of a person for which a signal of the company that was left was
-- raised: what becomes of the one becomes of the other.
ALTER TABLE signals ADD COLUMN cause_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX signals_cause ON signals (cause_id) WHERE cause_id <> 0;
