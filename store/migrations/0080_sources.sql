-- +goose Up

-- Addresses to which others send records, each with a token of its own, and how a
-- body is read.
CREATE TABLE sources (
    id         BIGINT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    label      TEXT NOT NULL,          -- '': its name
    definition TEXT NOT NULL,          -- JSON
    token_hash TEXT NOT NULL,          -- '': it has none, and nobody may send
    last_us    BIGINT NOT NULL,        -- the last body; 0: none
    bodies     BIGINT NOT NULL,        -- how many there were
    records    BIGINT NOT NULL,        -- that were written
    detail     TEXT NOT NULL,          -- what was wrong with the last body; '': nothing
    created_us BIGINT NOT NULL
);

-- What was sent there, as it was sent, the newest of each.
CREATE TABLE source_posts (
    id        BIGINT PRIMARY KEY,
    source_id BIGINT NOT NULL,
    at_us     BIGINT NOT NULL,
    body      TEXT NOT NULL,
    answer    TEXT NOT NULL            -- JSON: what became of it
);
CREATE INDEX source_posts_source ON source_posts (source_id, id);

-- The records that a body wrote: who is erased is erased from there.
CREATE TABLE source_post_records (
    post_id   BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (post_id, record_id)
); -- clustered
CREATE INDEX source_post_records_record ON source_post_records (record_id);
