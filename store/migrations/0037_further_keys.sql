-- +goose Up

-- Keys that a source gave to records beside their values: the second address of
-- a cell that holds two. Who says so is kept, so that an undo takes away what
-- nobody else said. record_id is the record of then, also after a merge.
CREATE TABLE further_keys (
    key       TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    origin_id BIGINT NOT NULL,
    PRIMARY KEY (key, record_id, origin_id)
); -- clustered
CREATE INDEX further_keys_record ON further_keys (record_id);
CREATE INDEX further_keys_origin ON further_keys (origin_id);

-- Several values of one cell may be set aside.
CREATE TABLE import_aside_of_cells (
    import_id   BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,       -- the beginning of a long one
    reason      TEXT NOT NULL,
    record_id   BIGINT NOT NULL,
    PRIMARY KEY (import_id, line, column_name, value)
); -- clustered
INSERT INTO import_aside_of_cells (import_id, line, column_name, field, value, reason, record_id)
SELECT import_id, line, column_name, field, value, reason, record_id FROM import_aside;
DROP TABLE import_aside;
ALTER TABLE import_aside_of_cells RENAME TO import_aside;
CREATE INDEX import_aside_record ON import_aside (record_id);
