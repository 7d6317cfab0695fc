-- +goose Up
-- When what an enrichment with a schedule may leave next, and the tick under way:
-- '' none, collecting (what is due is gathered), open (what is due leaves).
ALTER TABLE enrichments ADD COLUMN next_tick_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE enrichments ADD COLUMN tick_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE enrichments ADD COLUMN tick_state TEXT NOT NULL DEFAULT '';

-- The ticks there were. Of each enrichment the last hundred are kept.
CREATE TABLE ticks (
    enrichment_id BIGINT NOT NULL,
    at_us         BIGINT NOT NULL,     -- by the schedule; by the clock for one that a person asked for
    began_us      BIGINT NOT NULL,     -- 0 for one that was skipped
    ended_us      BIGINT NOT NULL,     -- 0 while it works
    state         TEXT NOT NULL,       -- working, done, limit, nothing, skipped, ended
    run_id        BIGINT NOT NULL,     -- 0 where nothing was due
    PRIMARY KEY (enrichment_id, at_us)
); -- clustered

-- Rows that a person asked for, which wait for no tick.
CREATE INDEX enrichment_rows_asked ON enrichment_rows (enrichment_id, record_id) WHERE state = 'pending' AND cause IN ('rerun', 'retry');
