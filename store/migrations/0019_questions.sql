-- +goose Up

-- The same question is bought once, whichever record asks it: before a call is
-- made, the calls with the same inputs are looked up. A call that is in flight
-- or unknown holds its question, as its row here is committed before it leaves.
CREATE INDEX attempts_inputs ON attempts (inputs_hash);

-- Who got an answer that was bought for another record: an entry of the kind
-- reuse costs nothing and names the call; record_id and enrichment_id are those
-- that took it.
ALTER TABLE journal ADD COLUMN record_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN enrichment_id BIGINT NOT NULL DEFAULT 0;
