-- +goose Up
-- Which run of an enrichment a value came from: what a run wrote can be taken
-- back as one. 0 for other origins, and for what runs wrote before.
CREATE TABLE origins_of_runs (
    id      BIGINT PRIMARY KEY,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    ref_id  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    day     TEXT NOT NULL,
    no_run  BOOLEAN NOT NULL,
    run_id  BIGINT NOT NULL,
    UNIQUE (kind, name, ref_id, version, day, no_run, run_id)
);
INSERT INTO origins_of_runs (id, kind, name, ref_id, version, day, no_run, run_id)
SELECT id, kind, name, ref_id, version, day, no_run, 0 FROM origins;
DROP TABLE origins;
ALTER TABLE origins_of_runs RENAME TO origins;

-- A cell whose value was taken back: the undo that did it, 0 for none. It is
-- bought for nobody until a person reruns it.
ALTER TABLE cells ADD COLUMN taken_back BIGINT NOT NULL DEFAULT 0;

-- What was changed as one, where no other table says so: edits, deletions, and
-- undos. Imports, runs and merges have tables of their own. The entries of the
-- change log are those with an id from first_change to below end_change; where
-- origin_ref is set, only those whose origin has it as its reference.
CREATE TABLE change_sets (
    id           BIGINT PRIMARY KEY,
    kind         TEXT NOT NULL,        -- edit, delete, undo
    of_set       TEXT NOT NULL,        -- of an undo: what it took back, such as run-12
    root         TEXT NOT NULL,        -- of an undo of an undo: what the first one took back
    entity       TEXT NOT NULL,        -- '' for several
    name         TEXT NOT NULL,        -- what of: a field, an audience
    actor        TEXT NOT NULL,
    at_us        BIGINT NOT NULL,
    ended_us     BIGINT NOT NULL,      -- 0: under way, or broken off
    first_change BIGINT NOT NULL,
    end_change   BIGINT NOT NULL,      -- 0: not known yet
    origin_ref   BIGINT NOT NULL,      -- 0: all entries between
    cells        BIGINT NOT NULL,      -- how many values
    records      BIGINT NOT NULL,      -- and records
    cursor       BIGINT NOT NULL,      -- of an undo: the entry below which it goes on; 0: at the newest
    result       TEXT NOT NULL,        -- of an undo: JSON of what it came to
    undone_by    BIGINT NOT NULL       -- the undo that took it back, 0 for none
);
CREATE INDEX change_sets_of ON change_sets (of_set) WHERE of_set <> '';
CREATE INDEX change_sets_root ON change_sets (root) WHERE root <> '';
