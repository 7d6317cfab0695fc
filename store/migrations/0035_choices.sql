-- +goose Up

-- The values that a field of type select or multi_select knows, in their order,
-- as a JSON list; and the currency of a field of type currency.
ALTER TABLE fields ADD COLUMN options TEXT NOT NULL DEFAULT '';
ALTER TABLE fields ADD COLUMN currency TEXT NOT NULL DEFAULT '';
