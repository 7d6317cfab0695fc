-- +goose Up

-- Counts of rows are of the rows: what older programs let drift is put right.
DELETE FROM row_counts;

INSERT INTO row_counts (enrichment_id, state, outcome, paid, n)
SELECT enrichment_id, state, outcome, paid, COUNT(*) FROM enrichment_rows GROUP BY enrichment_id, state, outcome, paid;
