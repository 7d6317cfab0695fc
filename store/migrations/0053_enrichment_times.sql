-- +goose Up

-- When an enrichment was live, and the limit that it had: one row for each time
-- that it became otherwise. A backtest that replays what was reads it.
CREATE TABLE enrichment_times (
    enrichment_id BIGINT NOT NULL,
    at_us         BIGINT NOT NULL,
    live          BOOLEAN NOT NULL,
    limit_text    TEXT NOT NULL,      -- JSON; '' for none
    PRIMARY KEY (enrichment_id, at_us)
); -- clustered

INSERT INTO enrichment_times (enrichment_id, at_us, live, limit_text) SELECT id, updated_at_us, state = 'live', '' FROM enrichments;
