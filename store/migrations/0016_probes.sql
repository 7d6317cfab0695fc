-- +goose Up

-- Written and deleted in one transaction, to see whether the database can be written.
CREATE TABLE probes (
    id   BIGINT PRIMARY KEY,
    body BYTEA  NOT NULL
);
