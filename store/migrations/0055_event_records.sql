-- +goose Up

-- The records of which an event tells: who is erased is erased from there.
CREATE TABLE event_records (
    event_id  BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (event_id, record_id)
); -- clustered
CREATE INDEX event_records_record ON event_records (record_id);

-- The addresses for which a mail server took a message that others wait for:
-- JSON; '': none. It does not go to them again.
ALTER TABLE deliveries ADD COLUMN took TEXT NOT NULL DEFAULT '';
