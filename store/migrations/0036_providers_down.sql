-- +goose Up

-- The providers that a process does not call now, since they do not answer, as
-- a JSON object: until when, in microseconds.
ALTER TABLE workers ADD COLUMN down TEXT NOT NULL DEFAULT '';
