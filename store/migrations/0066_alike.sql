-- +goose Up

-- inputs_hash of the inputs without regard to case and white space: an answer to
-- the same question in another writing counts, that to another question does not.
-- '' is not known: calls from before.
ALTER TABLE attempts ADD COLUMN inputs_folded TEXT NOT NULL DEFAULT '';

-- The first entry of the change log of the transaction in which the key was given,
-- so that the undo of what was sent takes it away. 0: it was given by what has an
-- origin of its own, by more than one transaction, or before this was kept.
ALTER TABLE further_keys ADD COLUMN change_id BIGINT NOT NULL DEFAULT 0;

-- Conflicts of keys that a record has no more are looked for from both sides.
CREATE INDEX conflicts_other ON conflicts (other_id);
