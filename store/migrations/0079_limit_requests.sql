-- +goose Up

-- Requests for more: somebody asks that one limit be one amount. What an admin
-- decided is written once.
CREATE TABLE limit_requests (
    id            BIGINT PRIMARY KEY,
    enrichment_id BIGINT NOT NULL,
    asker         TEXT NOT NULL,
    by_token      BOOLEAN NOT NULL,
    scope         TEXT NOT NULL,      -- of the limit, as among the limits
    scope_key     TEXT NOT NULL,
    per           TEXT NOT NULL,
    credits_uc    BIGINT,             -- what it is to be: one of these two
    records       BIGINT,
    was_uc        BIGINT,             -- and what it was then
    was_records   BIGINT,
    reason        TEXT NOT NULL,
    rows_then     BIGINT NOT NULL,    -- what was left to buy then, and its price
    high_uc       BIGINT NOT NULL,
    expected_uc   BIGINT NOT NULL,
    version       BIGINT NOT NULL,    -- of the definition
    audience      TEXT NOT NULL,      -- the filters that it was priced for
    goes_on       BOOLEAN NOT NULL,   -- the asker might spend: the run goes on with the approval
    state         TEXT NOT NULL,      -- open, approved, refused, withdrawn
    asked_at_us   BIGINT NOT NULL,
    expires_at_us BIGINT NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_at_us BIGINT NOT NULL,
    note          TEXT NOT NULL
);
CREATE INDEX limit_requests_open ON limit_requests (id) WHERE state = 'open';
