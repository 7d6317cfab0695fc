-- +goose Up

-- Match keys that several records have, which are not one: such a key leads to
-- no record (record_id 0 in match_keys), and these are the records that have it.
CREATE TABLE shared_keys (
    key       TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (key, record_id)
); -- clustered
CREATE INDEX shared_keys_record ON shared_keys (record_id);

-- Why the two records of a conflict are kept apart: the kind of key that differs,
-- or shared where the key was shared before. Each pair and key is listed once.
ALTER TABLE conflicts ADD COLUMN reason TEXT NOT NULL DEFAULT '';
DELETE FROM conflicts WHERE id NOT IN (SELECT MIN(id) FROM conflicts GROUP BY record_id, other_id, key);
CREATE UNIQUE INDEX conflicts_once ON conflicts (record_id, other_id, key);
