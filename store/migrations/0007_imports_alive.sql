-- +goose Up

-- Until when an import that runs is believed to: it says so again with every
-- batch that it writes. One whose process died stays running beyond it.
ALTER TABLE imports ADD COLUMN alive_until_us BIGINT NOT NULL DEFAULT 0;
