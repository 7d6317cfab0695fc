-- +goose Up

-- The rows of an import that did not become records of their own: the first row
-- on the record, and by which key they came there.
CREATE TABLE import_merges (
    import_id    BIGINT NOT NULL,
    line         BIGINT NOT NULL,
    with_line    BIGINT NOT NULL,       -- 0: it is the first row on the record, and made two records one
    record_id    BIGINT NOT NULL,
    other_id     BIGINT NOT NULL,       -- the record that was merged into it, else 0
    key          TEXT NOT NULL,
    names_differ BOOLEAN NOT NULL,
    PRIMARY KEY (import_id, line)
); -- clustered
CREATE INDEX import_merges_record ON import_merges (record_id);
