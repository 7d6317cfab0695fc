-- +goose Up

-- An admin may let an editor's token do what spends, as an editor.
ALTER TABLE tokens ADD COLUMN may_spend BOOLEAN NOT NULL DEFAULT false;
