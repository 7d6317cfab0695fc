-- +goose Up

-- What calls came to, added up by operation, enrichment and step: what the next
-- ones are expected to cost goes by it. operation is the step's fingerprint, so
-- another model, option or prompt is another line. Written with each settling.
CREATE TABLE call_stats (
    operation     TEXT NOT NULL,
    enrichment_id BIGINT NOT NULL,
    step          BIGINT NOT NULL,
    provider      TEXT NOT NULL,
    model         TEXT NOT NULL,
    calls         BIGINT NOT NULL,     -- whose outcome is known
    found         BIGINT NOT NULL,     -- of them
    hit_quoted_uc BIGINT NOT NULL,     -- what those that found something were expected to cost
    hit_uc        BIGINT NOT NULL,     -- and did cost
    miss_quoted_uc BIGINT NOT NULL,    -- the highest price of those that did not
    miss_uc       BIGINT NOT NULL,     -- and what they cost
    metered       BIGINT NOT NULL,     -- calls whose tokens were counted
    asked_tokens  BIGINT NOT NULL,     -- their prompts, as measured before the call
    input_tokens  BIGINT NOT NULL,     -- as the vendor counted them
    output_tokens BIGINT NOT NULL,
    PRIMARY KEY (operation, enrichment_id, step)
); -- clustered

-- What was asked before: expected at what it cost, tokens not counted.
INSERT INTO call_stats (operation, enrichment_id, step, provider, model, calls, found, hit_quoted_uc, hit_uc, miss_quoted_uc, miss_uc,
    metered, asked_tokens, input_tokens, output_tokens)
SELECT operation, enrichment_id, step, MAX(provider), MAX(model), COUNT(*), SUM(CASE WHEN outcome = 'found' THEN 1 ELSE 0 END),
    SUM(CASE WHEN outcome = 'found' THEN charged_uc ELSE 0 END), SUM(CASE WHEN outcome = 'found' THEN charged_uc ELSE 0 END),
    SUM(CASE WHEN outcome = 'found' THEN 0 ELSE charged_uc END), SUM(CASE WHEN outcome = 'found' THEN 0 ELSE charged_uc END), 0, 0, 0, 0
FROM attempts WHERE state = 'settled' AND outcome IN ('found', 'not_found', 'failed', 'bad_input')
GROUP BY operation, enrichment_id, step;
