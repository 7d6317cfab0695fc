-- +goose Up
-- Records that are sent through the API are change sets too, some a minute for
-- each sender: the newest of a sender is found by this, and so is the newest of
-- each kind for the list.
CREATE INDEX change_sets_sent ON change_sets (actor, name, id) WHERE kind = 'upsert';
CREATE INDEX change_sets_kind ON change_sets (kind, at_us);
