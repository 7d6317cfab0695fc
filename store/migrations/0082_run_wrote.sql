-- +goose Up

-- When a run last wrote a value: what was bought after a resume is told with its
-- time, not with that of the start. 0: not since this is kept.
ALTER TABLE run_writes ADD COLUMN at_us BIGINT NOT NULL DEFAULT 0;
