-- +goose Up

-- Words: what each source said last of a field on which sources once said
-- different things. A field about which nobody disagreed has no line here, and
-- what a record holds is said by the origin of its value. settled: a person chose
-- a value since, so that the word disputes nothing until its source says another
-- one. from_id: the record that it was said of, where that became part of this
-- one (0: this one).
CREATE TABLE words (
    record_id BIGINT NOT NULL,
    field     TEXT NOT NULL,
    speaker   TEXT NOT NULL,      -- such as "list crm", "enrichment 12", "person ann"
    entity    TEXT NOT NULL,
    value     TEXT NOT NULL,      -- as the change log writes values
    origin_id BIGINT NOT NULL,
    settled   BOOLEAN NOT NULL,
    from_id   BIGINT NOT NULL,
    PRIMARY KEY (record_id, field, speaker)
);
CREATE INDEX words_by_origin ON words (origin_id);

-- The fields of a record that are disputed: ",email,title,"; NULL for none. No
-- field of a workspace can have this name.
ALTER TABLE people ADD COLUMN _disputed TEXT;
ALTER TABLE companies ADD COLUMN _disputed TEXT;

-- What people write down about a record.
CREATE TABLE notes (
    id        BIGINT PRIMARY KEY,
    record_id BIGINT NOT NULL,    -- as it was called then
    actor     TEXT NOT NULL,
    at_us     BIGINT NOT NULL,
    text      TEXT NOT NULL
);
CREATE INDEX notes_by_record ON notes (record_id, id);
