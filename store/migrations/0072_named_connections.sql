-- +goose Up

-- A provider may have several connections, each under a name; the one from before
-- is its default. server: the host of which what is bought through the connection
-- is remembered apart; '': it is remembered of the provider.
CREATE TABLE connections_by_name (
    provider      TEXT NOT NULL,
    name          TEXT NOT NULL,
    key_sealed    BYTEA,
    base_url      TEXT NOT NULL,
    unit_uc       BIGINT,              -- what one unit costs; NULL: not stated
    server        TEXT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    PRIMARY KEY (provider, name)
); -- clustered
INSERT INTO connections_by_name (provider, name, key_sealed, base_url, unit_uc, server, updated_at_us)
    SELECT provider, 'default', key_sealed, base_url, unit_uc, '', updated_at_us FROM connections;
DROP TABLE connections;
ALTER TABLE connections_by_name RENAME TO connections;

-- Through which connection a call was made.
ALTER TABLE attempts ADD COLUMN connection TEXT NOT NULL DEFAULT 'default';

-- A connection may have a limit beside its provider's: the balances of provider
-- x count all its calls, those of x@default the calls through that connection.
INSERT INTO balances (scope, scope_key, per, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc, reserved_records, settled_records, unknown_records)
    SELECT scope, scope_key || '@default', per, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc, reserved_records, settled_records, unknown_records
    FROM balances WHERE scope = 'provider';
