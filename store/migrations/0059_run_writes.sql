-- +goose Up

-- What the values that a run wrote did to what records held. Runs of before have
-- no row: theirs were not counted.
CREATE TABLE run_writes (
    run_id     BIGINT PRIMARY KEY,
    fills      BIGINT NOT NULL,          -- a blank got a value
    overwrites BIGINT NOT NULL,          -- a value got another one
    emptied    BIGINT NOT NULL           -- a value got blank: none, since an empty answer writes nothing
);
