-- +goose Up

-- Values that an import set aside: their field cannot hold them, and their rows
-- were imported without.
CREATE TABLE import_aside (
    import_id   BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,       -- the beginning of a long one
    reason      TEXT NOT NULL,
    record_id   BIGINT NOT NULL,
    PRIMARY KEY (import_id, line, column_name)
); -- clustered
CREATE INDEX import_aside_record ON import_aside (record_id);

-- Of columns that were mapped later: the import whose rows they are.
ALTER TABLE imports ADD COLUMN of_id BIGINT NOT NULL DEFAULT 0;
