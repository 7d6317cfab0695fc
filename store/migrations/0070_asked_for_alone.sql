-- +goose Up

-- Rows that a person has asked for by their records wait for no tick of a schedule
-- either. The condition is read word for word where rows are claimed.
DROP INDEX enrichment_rows_asked;
CREATE INDEX enrichment_rows_asked ON enrichment_rows (enrichment_id, record_id) WHERE state = 'pending' AND cause IN ('rerun', 'retry', 'pilot');
