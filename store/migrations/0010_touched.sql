-- +goose Up

-- How often something was written about the records of a stretch of 1,024 ids:
-- themselves, their rows, calls or cells. What is counted over all records is
-- counted anew only where this has moved. Stretch -1 is every record at once.
CREATE TABLE touched (
    stretch BIGINT PRIMARY KEY,
    times   BIGINT NOT NULL
);
