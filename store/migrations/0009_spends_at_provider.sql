-- +goose Up

-- spends_record is said of the first call that a row makes, spends_at_provider
-- of the first that it makes of each provider: a row is counted once in limits
-- in records, and once at each provider that is called for it. Before, one mark
-- stood for both.
ALTER TABLE attempts ADD COLUMN spends_at_provider BOOLEAN NOT NULL DEFAULT false;
UPDATE attempts SET spends_at_provider = spends_record WHERE state IN ('reserved', 'accepted', 'unknown');
