-- +goose Up

-- A merge that waits and could not be made, so that it holds up none of the others:
-- why, and when it is tried again.
ALTER TABLE pending_merges ADD COLUMN retry_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pending_merges ADD COLUMN failure TEXT NOT NULL DEFAULT '';
