-- +goose Up

-- An answer that was understood and verifies nothing: a profile without roles, or
-- of somebody else. It gives no value, and is asked again sooner than one that
-- found nothing.
ALTER TABLE attempts ADD COLUMN unsure BOOLEAN NOT NULL DEFAULT FALSE;
