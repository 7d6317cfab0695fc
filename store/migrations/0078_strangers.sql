-- +goose Up

-- Whom an answer says that it is about, where its provider's definition says where
-- that stands: what is taken from it for another record is compared with that one.
-- stranger: 1 where it is about somebody else than the record (its values are kept
-- with the call and written nowhere), 2 where a person said that it is not.
ALTER TABLE attempts ADD COLUMN about TEXT;
ALTER TABLE attempts ADD COLUMN stranger BIGINT NOT NULL DEFAULT 0;

-- Answers that are held back, since they are about somebody else than the record
-- that they were paid for, or would be taken for: what was known when it was asked,
-- what the answer says, and which parts differ.
CREATE TABLE strangers (
    attempt_id    BIGINT NOT NULL,
    record_id     BIGINT NOT NULL,
    enrichment_id BIGINT NOT NULL,
    state         TEXT NOT NULL, -- held, accepted, rejected
    why           TEXT NOT NULL,
    known         TEXT NOT NULL,
    answer        TEXT NOT NULL,
    parts         TEXT NOT NULL,
    request_id    TEXT NOT NULL, -- the provider's own, of its request
    held_at_us    BIGINT NOT NULL,
    decided_at_us BIGINT NOT NULL DEFAULT 0,
    decided_by    TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (attempt_id, record_id)
); -- clustered
CREATE INDEX strangers_state ON strangers (state, attempt_id);
CREATE INDEX strangers_enrichment ON strangers (enrichment_id, state);
CREATE INDEX strangers_record ON strangers (record_id);
