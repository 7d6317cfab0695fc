-- +goose Up

-- What a provider answered where the answer gave no value: a refusal, an
-- error, nothing found. An answer that gave values is kept with its attempt.
-- body is valid text; what is beyond a bound is left out.
CREATE TABLE answers (
    attempt_id BIGINT PRIMARY KEY,
    status     BIGINT NOT NULL,        -- of HTTP; 0 without one
    body       TEXT NOT NULL,
    bytes      BIGINT NOT NULL         -- of the whole answer
);
