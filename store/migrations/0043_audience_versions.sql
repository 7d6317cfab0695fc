-- +goose Up
-- The filters that audiences had, and since when. What an audience was before it
-- was changed last is not known of the time before this table.
CREATE TABLE audience_versions (
    audience_id BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    where_cel   TEXT NOT NULL,
    PRIMARY KEY (audience_id, at_us)
); -- clustered
INSERT INTO audience_versions (audience_id, at_us, where_cel) SELECT id, updated_at_us, where_cel FROM audiences;
