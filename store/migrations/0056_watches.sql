-- +goose Up

-- The audiences of which a channel is told who enters. looked is the last record
-- of a look at everybody that is under way, 0 at its beginning.
CREATE TABLE watches (
    audience_id BIGINT PRIMARY KEY,
    state       TEXT   NOT NULL, -- baseline: a look that tells nobody; look; following; ending: its members go
    cursor      BIGINT NOT NULL, -- the newest entry of the change log that was read
    looked      BIGINT NOT NULL,
    looked_us   BIGINT NOT NULL  -- when everybody was looked at last
);

-- Their members, as far as is known.
CREATE TABLE watched_members (
    audience_id BIGINT NOT NULL,
    record_id   BIGINT NOT NULL,
    PRIMARY KEY (audience_id, record_id)
); -- clustered
