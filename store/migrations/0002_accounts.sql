-- +goose Up

-- People who sign in. Their email is who they are in the log of who did what.
CREATE TABLE users (
    id            BIGINT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE, -- in lower case
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    password      TEXT NOT NULL,        -- argon2id; '' until there is one
    joined        BOOLEAN NOT NULL,     -- has accepted the invitation
    disabled      BOOLEAN NOT NULL,
    created_at_us BIGINT NOT NULL
);

-- Signed-in browsers, known by the hash of what their cookie holds.
CREATE TABLE sessions (
    hash          TEXT PRIMARY KEY,
    user_id       BIGINT NOT NULL,      -- 0: whoever runs the server on this machine
    created_at_us BIGINT NOT NULL,
    seen_at_us    BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Links that let someone in once: invitations, new passwords, and the one that
-- the server prints.
CREATE TABLE sign_in_links (
    hash          TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,        -- invite, reset, local
    user_id       BIGINT NOT NULL,      -- 0 for local
    expires_at_us BIGINT NOT NULL
);
