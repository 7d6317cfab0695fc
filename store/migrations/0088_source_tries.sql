-- +goose Up

-- A reading that failed is tried again before its next time: how often it failed since
-- the schedule said so; and which content was refused, so that it is not looked through
-- again before it has changed.
ALTER TABLE source_files ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source_files ADD COLUMN refused TEXT NOT NULL DEFAULT '';
ALTER TABLE source_files ADD COLUMN refused_etag TEXT NOT NULL DEFAULT '';
ALTER TABLE source_files ADD COLUMN refused_modified TEXT NOT NULL DEFAULT '';
