-- +goose Up

-- What the processes hold of what each provider allows: a row is a process's
-- share, or what it has used, whichever is more. It counts until its lease has
-- run out and the calls made under it have left the provider's windows.
CREATE TABLE pace_shares (
    provider         TEXT NOT NULL,
    worker_id        BIGINT NOT NULL,
    wants            BOOLEAN NOT NULL,  -- has calls to make
    share            TEXT NOT NULL,     -- JSON {"bound": calls}
    lease_until_us   BIGINT NOT NULL,   -- by the database's clock
    blocked_until_us BIGINT NOT NULL,   -- the provider asked for no call before
    PRIMARY KEY (provider, worker_id)
); -- clustered
