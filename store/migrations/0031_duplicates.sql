-- +goose Up

-- A merge that waits for calls in flight: whether a person asked for it, and in
-- which fields (JSON) the other one's value wins.
ALTER TABLE pending_merges ADD COLUMN by_person BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE pending_merges ADD COLUMN take TEXT NOT NULL DEFAULT '[]';
ALTER TABLE merges ADD COLUMN by_person BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX merges_survivor ON merges (survivor_id);
CREATE INDEX merges_loser ON merges (loser_id);

-- Keys that lead to a record only because a person made another record, whose
-- keys they were, one with it: rows that come by them fill blanks.
CREATE TABLE other_keys (
    key      TEXT PRIMARY KEY,
    merge_id BIGINT NOT NULL
); -- clustered
CREATE INDEX other_keys_merge ON other_keys (merge_id);

-- Pairs of records that may be one, low_id < high_id, and what people decided
-- of them. high_id 0: the record itself may be several.
CREATE TABLE duplicates (
    low_id     BIGINT NOT NULL,
    high_id    BIGINT NOT NULL,
    entity     TEXT NOT NULL,
    kind       TEXT NOT NULL,          -- conflict, likely, split, named (by a person)
    rank       BIGINT NOT NULL,        -- the order of the queue: kind, then score
    score      BIGINT NOT NULL,        -- how likely they are one, in thousandths
    reasons    TEXT NOT NULL,          -- JSON
    state      TEXT NOT NULL,          -- open, apart, later
    decision   TEXT NOT NULL,          -- the last: '', apart, later
    basis      TEXT NOT NULL,          -- the key data of both when it was decided
    again      BOOLEAN NOT NULL,       -- it was decided before
    pass       BIGINT NOT NULL,        -- the pass of the search that saw it last
    actor      TEXT NOT NULL,
    found_us   BIGINT NOT NULL,
    decided_us BIGINT NOT NULL,        -- 0: never
    PRIMARY KEY (low_id, high_id)
); -- clustered
CREATE INDEX duplicates_queue ON duplicates (entity, state, rank, low_id, high_id);
CREATE INDEX duplicates_high ON duplicates (high_id);
CREATE INDEX duplicates_apart ON duplicates (low_id) WHERE decision = 'apart';

INSERT INTO duplicates (low_id, high_id, entity, kind, rank, score, reasons, state, decision, basis, again, pass, actor, found_us, decided_us)
SELECT CASE WHEN record_id < other_id THEN record_id ELSE other_id END, CASE WHEN record_id < other_id THEN other_id ELSE record_id END,
    MIN(entity), 'conflict', 1000, 0, '[]', 'open', '', '', FALSE, 0, '', MIN(at_us), 0
FROM conflicts WHERE record_id <> other_id
GROUP BY CASE WHEN record_id < other_id THEN record_id ELSE other_id END, CASE WHEN record_id < other_id THEN other_id ELSE record_id END;
