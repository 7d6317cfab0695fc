-- +goose Up

-- Who opened a row, where that was not its run: their own limits count and bind
-- beside those of the run's person. '' for the run. The same of a call.
ALTER TABLE enrichment_rows ADD COLUMN opened_by TEXT NOT NULL DEFAULT '';
CREATE INDEX enrichment_rows_opened ON enrichment_rows (enrichment_id, record_id) WHERE opened_by <> '';
ALTER TABLE attempts ADD COLUMN opener TEXT NOT NULL DEFAULT '';

-- What of an enrichment's audience was agreed to by people who may spend, as
-- JSON; '' where that is all of it.
ALTER TABLE enrichments ADD COLUMN agreed TEXT NOT NULL DEFAULT '';

-- A pilot of somebody who may not spend, and its calls: they count against the
-- pilot allowance.
ALTER TABLE runs ADD COLUMN allowance BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE attempts ADD COLUMN allowance BOOLEAN NOT NULL DEFAULT false;
