-- +goose Up

-- chain says which enrichments a change came through before it opened the row,
-- and how often each: "12:2,15:1". Empty where the row was opened from outside.
-- unasked: nobody was asked about what opened the row.
ALTER TABLE enrichment_rows ADD COLUMN chain TEXT NOT NULL DEFAULT '';
ALTER TABLE enrichment_rows ADD COLUMN unasked BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE attempts ADD COLUMN unasked BOOLEAN NOT NULL DEFAULT FALSE;

-- What the guards of an enrichment go by, by UTC day: rows that began to be
-- bought, those of them that entered unasked, and those that were set aside.
CREATE TABLE guard_days (
    enrichment_id BIGINT NOT NULL,
    day           TEXT NOT NULL,
    row_count     BIGINT NOT NULL,
    entered       BIGINT NOT NULL,
    aside         BIGINT NOT NULL,
    PRIMARY KEY (enrichment_id, day)
); -- clustered

-- The last rows of an enrichment that ended, as JSON: their prices and outcomes.
CREATE TABLE guard_memories (
    enrichment_id BIGINT PRIMARY KEY,
    version       BIGINT NOT NULL,
    agreed_us     BIGINT NOT NULL,     -- when somebody last started or resumed it: rows opened before were agreed to
    memory        TEXT NOT NULL
);
