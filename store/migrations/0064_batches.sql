-- +goose Up
-- Calls that left in one request, since their operation takes several records at
-- once. batch_id is the first of them, whose key was the request's. A call that
-- left alone is not here. What is done with a call is its own; that they were
-- together says what to send again, and what a request that was refused held.
CREATE TABLE batch_calls (
    attempt_id BIGINT NOT NULL PRIMARY KEY,
    batch_id   BIGINT NOT NULL
);
CREATE INDEX batch_calls_batch ON batch_calls (batch_id);
