-- +goose Up

-- Where records go: a service that is not ours, an audience, and what of a record
-- becomes what there.
CREATE TABLE destinations (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    label         TEXT NOT NULL,        -- '': its name
    definition    TEXT NOT NULL,        -- JSON
    state         TEXT NOT NULL,        -- off, on
    reason        TEXT NOT NULL,        -- why it is off; '': nobody has turned it on yet
    key_sealed    BYTEA,
    base_url      TEXT NOT NULL,        -- '': the one of its definition
    fill_after    BIGINT NOT NULL,      -- of a look at all members that is under way: the last record of it; -1: none is
    worker_id     BIGINT NOT NULL,      -- who sends; void when that worker is gone
    not_before_us BIGINT NOT NULL,      -- the service asks for patience
    tried_us      BIGINT NOT NULL,      -- the last try
    sent_us       BIGINT NOT NULL,      -- the last record that was written
    written       BIGINT NOT NULL,      -- how many there were
    detail        TEXT NOT NULL,        -- what the last try that failed as a whole said; '': it went well
    made_by       TEXT NOT NULL,
    created_us    BIGINT NOT NULL,
    updated_us    BIGINT NOT NULL
);

-- A record on its way to a destination, and what became of it.
CREATE TABLE destination_rows (
    destination_id BIGINT NOT NULL,
    record_id      BIGINT NOT NULL,
    state          TEXT NOT NULL,       -- pending, sending, done, failed, unknown
    outcome        TEXT NOT NULL,       -- of the last time; '': none yet
    remote_id      TEXT NOT NULL,       -- its id there
    hash           TEXT NOT NULL,       -- of what was settled last; '': nothing was
    due_us         BIGINT NOT NULL,
    asks           BIGINT NOT NULL,     -- how often it was asked for: what is asked for meanwhile is sent after
    tries          BIGINT NOT NULL,
    first_us       BIGINT NOT NULL,     -- the first try; 0: none
    batch          BIGINT NOT NULL,     -- of sending: the request that it is part of
    sent           TEXT NOT NULL,       -- of sending: what is written, and what was there; JSON
    PRIMARY KEY (destination_id, record_id)
); -- clustered
CREATE INDEX destination_rows_due ON destination_rows (destination_id, due_us) WHERE state IN ('pending', 'sending');
CREATE INDEX destination_rows_remote ON destination_rows (destination_id, remote_id) WHERE remote_id <> '';
CREATE INDEX destination_rows_record ON destination_rows (record_id);

-- What was tried and what came of it, the newest of each destination.
CREATE TABLE destination_log (
    id             BIGINT PRIMARY KEY,
    destination_id BIGINT NOT NULL,
    record_id      BIGINT NOT NULL,
    at_us          BIGINT NOT NULL,
    outcome        TEXT NOT NULL,
    tries          BIGINT NOT NULL,
    status         BIGINT NOT NULL,     -- of HTTP; 0: no answer, or none was asked for
    remote_id      TEXT NOT NULL,
    message        TEXT NOT NULL,
    changes        TEXT NOT NULL,       -- JSON: property → what was there and what was written; '': nothing
    next_us        BIGINT NOT NULL      -- when it is tried again; 0: it is not
);
CREATE INDEX destination_log_destination ON destination_log (destination_id, id);
CREATE INDEX destination_log_record ON destination_log (record_id);
