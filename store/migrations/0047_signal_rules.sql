-- +goose Up

-- How often a source said otherwise than a record held, without anything having
-- changed: it repeated itself, or it was its first word on the field.
CREATE TABLE signal_disagreements (
    rule_id        BIGINT NOT NULL,
    field          TEXT NOT NULL,
    source         TEXT NOT NULL,
    times          BIGINT NOT NULL,
    last_us        BIGINT NOT NULL,
    last_record_id BIGINT NOT NULL,
    PRIMARY KEY (rule_id, field, source)
); -- clustered

-- Changes of records that a rule lets settle: what else changes until then
-- belongs to the same signal.
CREATE TABLE signal_settling (
    rule_id   BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    first_id  BIGINT NOT NULL,         -- entries of the change log
    last_id   BIGINT NOT NULL,
    due_us    BIGINT NOT NULL,
    PRIMARY KEY (rule_id, record_id)
); -- clustered
CREATE INDEX signal_settling_due ON signal_settling (due_us);

-- The addresses of rules to which others send what happened: who knows the token
-- may send.
CREATE TABLE signal_hooks (
    rule_id    BIGINT PRIMARY KEY,
    token_hash TEXT NOT NULL,
    actor      TEXT NOT NULL,
    created_us BIGINT NOT NULL
);

-- What was sent there, as it was sent.
CREATE TABLE signal_posts (
    id      BIGINT PRIMARY KEY,
    rule_id BIGINT NOT NULL,
    at_us   BIGINT NOT NULL,
    body    TEXT NOT NULL,
    answer  TEXT NOT NULL              -- JSON: what became of it
);
CREATE INDEX signal_posts_rule ON signal_posts (rule_id, id);

-- The records of which a body told something: who is erased is erased from there.
CREATE TABLE signal_post_records (
    post_id   BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (post_id, record_id)
); -- clustered
CREATE INDEX signal_post_records_record ON signal_post_records (record_id);
