-- +goose Up

-- Written in PostgreSQL's dialect; the store translates the types for SQLite.
-- Times are microseconds since 1970 UTC (…_us), money is micro-credits (…_uc).
-- Text is compared byte by byte on both databases. A table that ends with the
-- comment "clustered" is kept in the order of its key on SQLite (WITHOUT
-- ROWID): for small rows whose key is not one number. A paragraph that begins
-- with "+only postgres" or "+only sqlite" is for that database alone.

-- The checksums of the migrations as they were applied.
CREATE TABLE migration_sums (
    version BIGINT PRIMARY KEY,
    sum     TEXT NOT NULL
);

-- The fold of text that operators which ignore case use. SQLite has it in Go.
-- +only postgres
CREATE FUNCTION fettle_fold(x text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$SELECT translate(lower(x COLLATE "und-x-icu"), 'ς', 'σ')$$;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
); -- clustered

-- Ids and positions of logs. A block is taken with one UPDATE, whose row lock
-- is held until the commit: ids of the change log and the journal become
-- visible in their own order.
CREATE TABLE sequences (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
); -- clustered

CREATE TABLE fields (
    entity        TEXT NOT NULL,
    key           TEXT NOT NULL,
    label         TEXT NOT NULL,
    type          TEXT NOT NULL,
    builtin       BOOLEAN NOT NULL,
    key_field     BOOLEAN NOT NULL,
    description   TEXT NOT NULL,
    position      BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (entity, key)
); -- clustered

-- Records: real typed columns, one a field. origins says which origin each
-- value came from, as JSON {"": origin of most fields, "email": 17}; invalid
-- lists the fields whose value has a bad format, sorted, between commas:
-- ",email,phone,".
CREATE TABLE people (
    id             BIGINT PRIMARY KEY,
    created_at_us  BIGINT NOT NULL,
    updated_at_us  BIGINT NOT NULL,
    origins        TEXT NOT NULL,
    invalid        TEXT,
    suppressed     BOOLEAN NOT NULL,
    company_id     BIGINT,
    company_key    TEXT,               -- domain by which the company is found, else NULL
    external_id    TEXT,
    name           TEXT,
    first_name     TEXT,
    last_name      TEXT,
    email          TEXT,
    phone          TEXT,
    title          TEXT,
    location       TEXT,
    linkedin_url   TEXT,
    company_domain TEXT
);
CREATE INDEX people_company ON people (company_id) WHERE company_id IS NOT NULL;
CREATE INDEX people_without_company ON people (company_key) WHERE company_id IS NULL AND company_key IS NOT NULL;

CREATE TABLE companies (
    id             BIGINT PRIMARY KEY,
    created_at_us  BIGINT NOT NULL,
    updated_at_us  BIGINT NOT NULL,
    origins        TEXT NOT NULL,
    invalid        TEXT,
    suppressed     BOOLEAN NOT NULL,
    external_id    TEXT,
    name           TEXT,
    domain         TEXT,
    linkedin_url   TEXT,
    industry       TEXT,
    location       TEXT,
    employee_count DOUBLE PRECISION
);

-- Where values come from: one row for each source, version and UTC day.
CREATE TABLE origins (
    id      BIGINT PRIMARY KEY,
    kind    TEXT NOT NULL,             -- import, enrichment, api, person, undo
    name    TEXT NOT NULL,             -- the source's, enrichment's or person's name
    ref_id  BIGINT NOT NULL,           -- import or enrichment id, else 0
    version BIGINT NOT NULL,           -- of the enrichment, else 0
    day     TEXT NOT NULL,             -- 2006-01-02
    no_run  BOOLEAN NOT NULL,          -- live enrichments do not follow what it wrote
    UNIQUE (kind, name, ref_id, version, day, no_run)
);

-- Match keys outlive their record: the same person imported again is the same
-- record again. key is entity letter, kind letter, colon, normalised value.
CREATE TABLE match_keys (
    key       TEXT PRIMARY KEY,
    record_id BIGINT NOT NULL
); -- clustered
CREATE INDEX match_keys_record ON match_keys (record_id);

CREATE TABLE changes (
    id         BIGINT PRIMARY KEY,
    entity     TEXT NOT NULL,
    record_id  BIGINT NOT NULL,
    kind       TEXT NOT NULL,          -- create, update, delete, merge, unmerge
    origin_id  BIGINT NOT NULL,
    attempt_id BIGINT NOT NULL,        -- the call that bought it, else 0
    actor      TEXT NOT NULL,
    at_us      BIGINT NOT NULL,
    changes    TEXT                    -- {"field": [old, new, origin of old]}; NULL for create
);
CREATE INDEX changes_record ON changes (record_id);

CREATE TABLE imports (
    id            BIGINT PRIMARY KEY,
    entity        TEXT NOT NULL,
    source        TEXT NOT NULL,
    file_name     TEXT NOT NULL,
    mapping       TEXT NOT NULL,       -- JSON {"CSV column": "field"}
    state         TEXT NOT NULL,       -- running, done, failed, undoing, undone
    counts        TEXT NOT NULL,       -- JSON
    no_run        BOOLEAN NOT NULL,
    actor         TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    ended_at_us   BIGINT
);

-- The values of columns that were not mapped, so that mapping can change later.
CREATE TABLE import_rows (
    import_id BIGINT NOT NULL,
    line      BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    raw       TEXT NOT NULL,           -- JSON {"column": "text"}
    PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_record ON import_rows (record_id);

CREATE TABLE import_rejects (
    import_id BIGINT NOT NULL,
    line      BIGINT NOT NULL,
    field     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    raw       TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);

CREATE TABLE conflicts (
    id        BIGINT PRIMARY KEY,
    entity    TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    other_id  BIGINT NOT NULL,
    key       TEXT NOT NULL,
    origin_id BIGINT NOT NULL,
    at_us     BIGINT NOT NULL
);

CREATE TABLE aliases (
    record_id BIGINT PRIMARY KEY,      -- the id that was merged away
    entity    TEXT NOT NULL,
    into_id   BIGINT NOT NULL,
    merge_id  BIGINT NOT NULL
);
CREATE INDEX aliases_into ON aliases (into_id);

CREATE TABLE merges (
    id           BIGINT PRIMARY KEY,
    entity       TEXT NOT NULL,
    survivor_id  BIGINT NOT NULL,
    loser_id     BIGINT NOT NULL,
    snapshot     TEXT NOT NULL,        -- JSON of both records, keys and cells as they were
    actor        TEXT NOT NULL,
    at_us        BIGINT NOT NULL,
    undone_at_us BIGINT
);

-- Merges that wait until the calls in flight of both records have landed.
CREATE TABLE pending_merges (
    survivor_id BIGINT NOT NULL,
    loser_id    BIGINT NOT NULL,
    entity      TEXT NOT NULL,
    origin_id   BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (survivor_id, loser_id)
); -- clustered

-- Records that must not be enriched. It outlives them: whoever comes back with
-- the same id is still suppressed.
CREATE TABLE suppressions (
    record_id BIGINT PRIMARY KEY,
    actor     TEXT NOT NULL,
    at_us     BIGINT NOT NULL
);

CREATE TABLE audiences (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    entity        TEXT NOT NULL,
    where_cel     TEXT NOT NULL,
    builtin       BOOLEAN NOT NULL,
    description   TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL
);

CREATE TABLE enrichments (
    id            BIGINT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    entity        TEXT NOT NULL,
    state         TEXT NOT NULL,
    pause_reason  TEXT NOT NULL,
    pause_detail  TEXT NOT NULL,
    pause_until_us BIGINT NOT NULL,    -- the next period's start, when the pause ends by itself; else 0
    version       BIGINT NOT NULL,     -- newest definition
    logic_version BIGINT NOT NULL,     -- newest version that changed what is asked
    definition    TEXT NOT NULL,       -- JSON of the newest version
    run_id        BIGINT NOT NULL,     -- the run begun last, 0 before the first
    pilot_run_id  BIGINT NOT NULL,     -- the pilot under way, else 0
    plan_state    TEXT NOT NULL,       -- planned, planning (rows are being opened), edited (to be planned anew)
    plan_cursor   BIGINT NOT NULL,     -- record id up to which the plan is made
    plan_cause    TEXT NOT NULL,
    follow_cursor BIGINT NOT NULL,     -- change log id up to which it has followed
    control_seq   BIGINT NOT NULL,     -- the control number of its last stop
    failures      BIGINT NOT NULL,     -- failed calls in a row
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL
);

CREATE TABLE enrichment_versions (
    enrichment_id BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    definition    TEXT NOT NULL,
    logic         BOOLEAN NOT NULL,    -- changed what is asked
    actor         TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (enrichment_id, version)
);

CREATE TABLE runs (
    id            BIGINT PRIMARY KEY,
    enrichment_id BIGINT NOT NULL,
    kind          TEXT NOT NULL,       -- start, point, rerun, retry, pilot
    audience      TEXT NOT NULL,
    estimate      TEXT NOT NULL,       -- JSON, kept beside the actual
    actor         TEXT NOT NULL,       -- who began it: the person of personal limits
    started_at_us BIGINT NOT NULL,
    ended_at_us   BIGINT
);
CREATE INDEX runs_enrichment ON runs (enrichment_id);

CREATE TABLE enrichment_rows (
    enrichment_id BIGINT NOT NULL,
    record_id     BIGINT NOT NULL,
    run_id        BIGINT NOT NULL,
    state         TEXT NOT NULL,
    outcome       TEXT NOT NULL,       -- '' until done
    cause         TEXT NOT NULL,
    detail        TEXT NOT NULL,       -- why it waits, was skipped or failed
    paid          BOOLEAN NOT NULL,    -- charged in this pass
    dirty         BOOLEAN NOT NULL,    -- its record changed while it ran: look again
    tries         BIGINT NOT NULL,
    wake_at_us    BIGINT NOT NULL,     -- waiting: look again then; 0: when something ends
    updated_at_us BIGINT NOT NULL,
    PRIMARY KEY (enrichment_id, record_id)
); -- clustered
CREATE INDEX enrichment_rows_pending ON enrichment_rows (enrichment_id, record_id) WHERE state = 'pending';
CREATE INDEX enrichment_rows_waiting ON enrichment_rows (enrichment_id, wake_at_us) WHERE state = 'waiting';
CREATE INDEX enrichment_rows_record ON enrichment_rows (record_id);

-- How many rows an enrichment has in each state and outcome: kept by the same
-- transactions that change rows, checked by the audit.
CREATE TABLE row_counts (
    enrichment_id BIGINT NOT NULL,
    state         TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    paid          BOOLEAN NOT NULL,
    n             BIGINT NOT NULL,
    PRIMARY KEY (enrichment_id, state, outcome, paid)
); -- clustered

-- The unit that is paid for once. hold is the call that is buying it now, or
-- whose outcome is unknown; bought_… is the last purchase.
CREATE TABLE cells (
    record_id     BIGINT NOT NULL,
    field         TEXT NOT NULL,
    hold          TEXT NOT NULL,       -- '', running, unknown
    hold_id       BIGINT NOT NULL,     -- attempt that holds it, else 0
    enrichment_id BIGINT NOT NULL,     -- of the last purchase
    version       BIGINT NOT NULL,
    attempt_id    BIGINT NOT NULL,
    inputs_hash   TEXT NOT NULL,
    bought_at_us  BIGINT NOT NULL,     -- 0: never bought
    PRIMARY KEY (record_id, field)
); -- clustered

-- What an enrichment last bought or reused a cell with, where it differs from
-- the purchase in cells: the inputs by which rerun_on: inputs judges.
CREATE TABLE cell_inputs (
    enrichment_id BIGINT NOT NULL,
    record_id     BIGINT NOT NULL,
    inputs_hash   TEXT NOT NULL,
    PRIMARY KEY (enrichment_id, record_id)
); -- clustered

-- One row a call: written and committed before the call leaves.
CREATE TABLE attempts (
    id             BIGINT PRIMARY KEY,
    enrichment_id  BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    run_id         BIGINT NOT NULL,
    record_id      BIGINT NOT NULL,
    step           BIGINT NOT NULL,
    try            BIGINT NOT NULL,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    operation      TEXT NOT NULL,      -- the step's fingerprint
    cause          TEXT NOT NULL,
    fields         TEXT NOT NULL,      -- the cells that it holds, between commas
    actor          TEXT NOT NULL,      -- who began the run
    state          TEXT NOT NULL,      -- reserved, accepted, settled, released, unknown
    outcome        TEXT NOT NULL,
    worker_id      BIGINT NOT NULL,
    resend         BOOLEAN NOT NULL,   -- may be sent again under its key
    job_id         TEXT NOT NULL,
    held_uc        BIGINT NOT NULL,    -- reserved on enrichment and workspace: this and the later steps
    step_uc        BIGINT NOT NULL,    -- the highest price of this call
    charged_uc     BIGINT NOT NULL,
    overrun_uc     BIGINT NOT NULL,    -- billed above the highest price
    units          BIGINT NOT NULL,    -- billed, in millionths of the provider's unit
    unit_uc        BIGINT NOT NULL,    -- price of one unit then
    spends_record  BOOLEAN NOT NULL,   -- counts against limits in records
    inputs_hash    TEXT NOT NULL,
    inputs         TEXT,               -- JSON; kept where the call may be sent again
    outputs        TEXT,               -- JSON; the whole paid answer
    message        TEXT NOT NULL,
    reserved_at_us BIGINT NOT NULL,
    done_at_us     BIGINT NOT NULL     -- 0 while open
);
CREATE INDEX attempts_record ON attempts (record_id);
CREATE INDEX attempts_open ON attempts (worker_id) WHERE state IN ('reserved', 'accepted');
CREATE INDEX attempts_unknown ON attempts (enrichment_id) WHERE state = 'unknown';

-- Append-only. Each entry is what it does to the balances of its attempt's
-- enrichment and workspace; their sum is the balance.
CREATE TABLE journal (
    id          BIGINT PRIMARY KEY,
    at_us       BIGINT NOT NULL,
    kind        TEXT NOT NULL,         -- reserve, settle, release, unknown, resolve, late, grant
    attempt_id  BIGINT NOT NULL,       -- 0 for a grant
    reserved_uc BIGINT NOT NULL,
    settled_uc  BIGINT NOT NULL,
    unknown_uc  BIGINT NOT NULL,
    overrun_uc  BIGINT NOT NULL,
    granted_uc  BIGINT NOT NULL,
    actor       TEXT NOT NULL
);

CREATE TABLE limits (
    scope      TEXT NOT NULL,          -- workspace, enrichment, provider, person
    scope_key  TEXT NOT NULL,          -- enrichment id, provider or person; '' for the workspace
    per        TEXT NOT NULL,
    credits_uc BIGINT,                 -- NULL: none
    records    BIGINT,                 -- NULL: none
    none       BOOLEAN NOT NULL,       -- said to have no limit
    actor      TEXT NOT NULL,
    set_at_us  BIGINT NOT NULL,
    PRIMARY KEY (scope, scope_key, per)
); -- clustered

-- Projections of the journal, one row a scope and period, always kept whether
-- or not a limit is set. period_start is microseconds, or the run's id.
CREATE TABLE balances (
    scope            TEXT NOT NULL,
    scope_key        TEXT NOT NULL,
    per              TEXT NOT NULL,
    period_start     BIGINT NOT NULL,
    reserved_uc      BIGINT NOT NULL,
    settled_uc       BIGINT NOT NULL,
    unknown_uc       BIGINT NOT NULL,
    overrun_uc       BIGINT NOT NULL,
    reserved_records BIGINT NOT NULL,
    settled_records  BIGINT NOT NULL,
    unknown_records  BIGINT NOT NULL,
    PRIMARY KEY (scope, scope_key, per, period_start),
    CHECK (reserved_uc >= 0 AND unknown_uc >= 0 AND settled_uc >= 0 AND overrun_uc >= 0),
    CHECK (reserved_records >= 0 AND unknown_records >= 0 AND settled_records >= 0)
); -- clustered

CREATE TABLE notifications (
    id            BIGINT PRIMARY KEY,
    at_us         BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    enrichment_id BIGINT NOT NULL,     -- 0 for the workspace
    message       TEXT NOT NULL,
    read          BOOLEAN NOT NULL,
    once          TEXT NOT NULL UNIQUE -- what makes it the same notification
);

-- One row a process that may make calls. Its lease is renewed while it lives.
CREATE TABLE workers (
    id             BIGINT PRIMARY KEY,
    host           TEXT NOT NULL,
    pid            BIGINT NOT NULL,
    state          TEXT NOT NULL,      -- live, gone
    acked_seq      BIGINT NOT NULL,    -- the newest stop that it has confirmed
    started_at_us  BIGINT NOT NULL,
    lease_until_us BIGINT NOT NULL
);

CREATE TABLE connections (
    provider      TEXT PRIMARY KEY,
    key_sealed    BYTEA,
    base_url      TEXT NOT NULL,
    unit_uc       BIGINT,              -- what one unit costs; NULL: not stated
    updated_at_us BIGINT NOT NULL
); -- clustered

CREATE TABLE definitions (
    provider      TEXT PRIMARY KEY,
    yaml          TEXT NOT NULL,
    updated_at_us BIGINT NOT NULL
);

CREATE TABLE model_prices (
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    price          TEXT NOT NULL,      -- JSON
    PRIMARY KEY (provider, model, effective_from)
); -- clustered

CREATE TABLE tokens (
    id              BIGINT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    role            TEXT NOT NULL,
    hash            TEXT NOT NULL UNIQUE,
    created_at_us   BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    key        TEXT PRIMARY KEY,
    request    TEXT NOT NULL,          -- hash of method, path, body
    status     BIGINT NOT NULL,        -- 0 while under way
    response   TEXT NOT NULL,
    at_us      BIGINT NOT NULL
);

-- Stored daily counts: the Data Hub's trend.
CREATE TABLE hub_days (
    scope   TEXT NOT NULL,             -- people, companies or an audience's id
    day     TEXT NOT NULL,
    field   TEXT NOT NULL,
    filled  BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (scope, field, day)
); -- clustered

-- Who did what.
CREATE TABLE actions (
    id     BIGINT PRIMARY KEY,
    at_us  BIGINT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
);
