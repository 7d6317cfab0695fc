-- +goose Up

-- The names of enrichments that were deleted: their calls and charges stay, and
-- are read by them.
CREATE TABLE deleted_enrichments (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL,
    actor         TEXT NOT NULL,       -- who deleted it; '' where that is not known
    deleted_at_us BIGINT NOT NULL      -- 0 where that is not known
);

INSERT INTO deleted_enrichments (id, name, actor, deleted_at_us)
SELECT DISTINCT a.enrichment_id, 'deleted', '', 0 FROM attempts a
WHERE a.enrichment_id <> 0 AND NOT EXISTS (SELECT 1 FROM enrichments e WHERE e.id = a.enrichment_id);
