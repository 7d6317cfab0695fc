-- +goose Up

-- Who an account is at an OpenID Connect issuer, by the issuer's own name of the
-- person: emails change hands, this does not.
CREATE TABLE user_identities (
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    user_id      BIGINT NOT NULL,
    linked_at_us BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
); -- clustered
CREATE UNIQUE INDEX user_identities_user ON user_identities (user_id, issuer);

-- Tries to sign in that count, of a person or an address. The key is a hash:
-- people type passwords where emails belong.
CREATE TABLE sign_in_tries (
    key      TEXT PRIMARY KEY,
    tries    BIGINT NOT NULL,
    since_us BIGINT NOT NULL
); -- clustered
CREATE INDEX sign_in_tries_since ON sign_in_tries (since_us);
