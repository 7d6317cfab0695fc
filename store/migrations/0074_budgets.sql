-- +goose Up

-- A budget is a limit under a name that enrichments and people count in: whatever
-- is attached counts in one. The limit itself is among the limits, scope 'budget'.
CREATE TABLE budget_members (
    kind      TEXT NOT NULL,   -- enrichment, person
    member    TEXT NOT NULL,   -- an enrichment's id, a person's or a token's name
    budget    TEXT NOT NULL,
    actor     TEXT NOT NULL,
    set_at_us BIGINT NOT NULL,
    PRIMARY KEY (kind, member)
); -- clustered

-- The budgets that a call counts in, as it was when it was reserved: its
-- enrichment's, the person's of its run, and the opener's of its row; '' where
-- there is none, or where it is one of those before it.
ALTER TABLE attempts ADD COLUMN budget TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN person_budget TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN opener_budget TEXT NOT NULL DEFAULT '';
