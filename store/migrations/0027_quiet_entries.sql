-- +goose Up

-- What people who may not spend freely have put into live enrichments unasked,
-- by the hour: the guard against quiet spending counts a day of it, so that many
-- small changes do not pass where one large one would not. Gone with the next
-- answer of somebody who may spend.
CREATE TABLE quiet_entries (
    enrichment_id BIGINT NOT NULL,
    actor         TEXT NOT NULL,
    hour_us       BIGINT NOT NULL,
    row_count     BIGINT NOT NULL,    -- to buy
    high_uc       BIGINT NOT NULL,    -- their highest price
    PRIMARY KEY (enrichment_id, actor, hour_us)
); -- clustered
