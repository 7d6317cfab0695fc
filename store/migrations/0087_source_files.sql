-- +goose Up

-- How the files fare that sources read. What was imported last is named, so that the
-- same content is imported once, and other columns are seen.
CREATE TABLE source_files (
    source_id  BIGINT PRIMARY KEY,
    next_us    BIGINT NOT NULL,        -- when it is read next; 0: when somebody says so
    worker_id  BIGINT NOT NULL,        -- the process that reads it; 0: none does
    key_sealed BYTEA,                  -- its secret
    etag       TEXT NOT NULL,          -- what the server called the last content; '': nothing
    modified   TEXT NOT NULL,          -- likewise, as a time
    digest     TEXT NOT NULL,          -- of what was imported last, and of how; '': nothing was
    columns    TEXT NOT NULL,          -- JSON: its headings
    import_id  BIGINT NOT NULL,        -- what it became
    read_rows  BIGINT NOT NULL,
    outcome    TEXT NOT NULL           -- imported, unchanged, failed; '': it was not read yet
);
