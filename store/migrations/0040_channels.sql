-- +goose Up

-- Channels by which people and programs are told what happens.
CREATE TABLE channels (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,          -- webhook, slack, email
    target        TEXT NOT NULL,          -- what may be shown: a host, the addresses of people
    sealed        BYTEA NOT NULL,         -- address, signing secret, mail server: JSON, encrypted
    events        TEXT NOT NULL,          -- JSON; []: the usual ones
    owner         TEXT NOT NULL,          -- only what belongs to this person; '': everything
    owner_field   TEXT NOT NULL,          -- of a record: who its owner is
    every_us      BIGINT NOT NULL,        -- how long events of a kind are gathered
    failing       BOOLEAN NOT NULL,       -- tried for three days, or gone
    detail        TEXT NOT NULL,          -- what the last try that failed said; '': it went well
    sent_at_us    BIGINT NOT NULL,        -- the last message that arrived; 0: none
    made_by       TEXT NOT NULL,
    created_at_us BIGINT NOT NULL
);

-- What happened, written in the transaction of what it tells; only what a
-- channel waits for.
CREATE TABLE events (
    id            BIGINT PRIMARY KEY,
    uid           TEXT NOT NULL UNIQUE,   -- the webhook-id
    at_us         BIGINT NOT NULL,
    type          TEXT NOT NULL,
    subject       TEXT NOT NULL,          -- what it is about: events of a type and a subject are gathered
    message       TEXT NOT NULL,
    data          TEXT NOT NULL           -- JSON
);
CREATE INDEX events_at ON events (at_us);

-- An event on its way to a channel. Deliveries with the same lead are one
-- message; the lead's row says how that fares.
CREATE TABLE deliveries (
    id         BIGINT PRIMARY KEY,
    channel_id BIGINT NOT NULL,
    event_id   BIGINT NOT NULL,
    lead_id    BIGINT NOT NULL,           -- 0: in no message yet
    state      TEXT NOT NULL,             -- pending, sent, failed, dropped
    due_us     BIGINT NOT NULL,
    worker_id  BIGINT NOT NULL,           -- who sends it; void when that worker is gone
    tries      BIGINT NOT NULL,
    first_us   BIGINT NOT NULL,           -- the first try; 0: none
    last_us    BIGINT NOT NULL,
    status     BIGINT NOT NULL,
    error      TEXT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (channel_id, due_us) WHERE state = 'pending';
CREATE INDEX deliveries_channel ON deliveries (channel_id, id);
CREATE INDEX deliveries_lead ON deliveries (lead_id);
CREATE INDEX deliveries_event ON deliveries (event_id);

-- Until when events of a kind wait for each other before they go to a channel.
CREATE TABLE gathers (
    channel_id BIGINT NOT NULL,
    subject    TEXT NOT NULL,             -- type and subject
    until_us   BIGINT NOT NULL,
    gathered   BOOLEAN NOT NULL,          -- something waits for then
    PRIMARY KEY (channel_id, subject)
); -- clustered
