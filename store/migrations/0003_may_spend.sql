-- +goose Up

-- An admin may let an editor do what spends.
ALTER TABLE users ADD COLUMN may_spend BOOLEAN NOT NULL DEFAULT false;
