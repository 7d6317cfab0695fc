-- +goose Up

-- Domains that several companies share since a moment ago: the people who were
-- found by one of them are sorted anew, in the order of their ids, a page at a
-- time. after_id is the last one who was.
CREATE TABLE sort_people (
    domain   TEXT PRIMARY KEY,
    after_id BIGINT NOT NULL
); -- clustered
