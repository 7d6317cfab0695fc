-- +goose Up

-- Signals: what happened to records. A rule says what is looked for; a signal
-- is one change, however often and by whomever it was told; a witness is one
-- telling of it.
CREATE TABLE signal_rules (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    entity        TEXT NOT NULL,
    type          TEXT NOT NULL,
    detect        TEXT NOT NULL,       -- changes, posted, poll
    definition    TEXT NOT NULL,       -- JSON
    audience_id   BIGINT NOT NULL,     -- its companion audience, else 0
    enrichment_id BIGINT NOT NULL,     -- the enrichment that asks for a poll, else 0
    state         TEXT NOT NULL,       -- live, paused
    cursor        BIGINT NOT NULL,     -- the newest entry of the change log that it has read
    created_us    BIGINT NOT NULL,
    updated_us    BIGINT NOT NULL
);

CREATE TABLE signals (
    id           BIGINT PRIMARY KEY,
    entity       TEXT NOT NULL,
    record_id    BIGINT NOT NULL,      -- whose it is now; 0: of nobody, since it is part of another one or its record was deleted
    home_id      BIGINT NOT NULL,      -- the record of which it was first told: an unmerge gives it back
    into_id      BIGINT NOT NULL,      -- the equal signal that a merge of records made it part of, else 0
    type         TEXT NOT NULL,
    kind         TEXT NOT NULL,        -- '': not known
    at_us        BIGINT NOT NULL,      -- when it was first learned of
    since_us     BIGINT,               -- when it happened, as the evidence says
    from_values  TEXT NOT NULL,        -- JSON {"key": "text"}
    to_values    TEXT NOT NULL,
    details      TEXT NOT NULL,
    from_key     TEXT NOT NULL,        -- the same, folded: what makes two tellings one signal
    to_key       TEXT NOT NULL,
    rule_id      BIGINT NOT NULL,      -- the rule that raised it, else 0
    sample       BOOLEAN NOT NULL,     -- made up, to show something
    retracted_us BIGINT NOT NULL       -- when its last witness was taken back, else 0
);
CREATE INDEX signals_record ON signals (record_id, type, at_us);
CREATE INDEX signals_type ON signals (type, at_us);
CREATE INDEX signals_home ON signals (home_id);
CREATE INDEX signals_into ON signals (into_id) WHERE into_id <> 0;

CREATE TABLE signal_witnesses (
    id        BIGINT PRIMARY KEY,
    signal_id BIGINT NOT NULL,
    record_id BIGINT NOT NULL,         -- of which it was told, before merges
    source    TEXT NOT NULL,
    rule_id   BIGINT NOT NULL,         -- the rule that saw it, else 0
    sender_id TEXT NOT NULL,           -- the sender's own id of what it posted, else ''
    origin_id BIGINT NOT NULL,         -- of the write that told it, else 0
    change_id BIGINT NOT NULL,         -- the entry of the change log that told it, else 0
    at_us     BIGINT NOT NULL,
    since_us  BIGINT,
    evidence  TEXT NOT NULL,
    gone_us   BIGINT NOT NULL          -- when what told it was taken back, else 0
);
CREATE INDEX signal_witnesses_signal ON signal_witnesses (signal_id);
CREATE INDEX signal_witnesses_record ON signal_witnesses (record_id);
CREATE UNIQUE INDEX signal_witnesses_sender ON signal_witnesses (source, sender_id) WHERE sender_id <> '';

-- One of the texts by name that a signal holds. SQLite has it in Go.
-- +only postgres
CREATE FUNCTION fettle_detail(x text, key text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$SELECT CAST(x AS json) ->> key$$;
