-- +goose Up

-- When the next try of a key is taken; 0: at once.
ALTER TABLE sign_in_tries ADD COLUMN free_at_us BIGINT NOT NULL DEFAULT 0;
