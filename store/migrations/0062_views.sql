-- +goose Up

-- How people have laid out the grid of an entity or an audience, under a name.
CREATE TABLE views (
    id            BIGINT PRIMARY KEY,
    entity        TEXT   NOT NULL,
    audience      TEXT   NOT NULL, -- '': all records of the entity
    owner         TEXT   NOT NULL, -- who alone has it; '': everybody
    name          TEXT   NOT NULL,
    look          TEXT   NOT NULL, -- JSON: what narrows and sorts it, and its columns
    made_by       TEXT   NOT NULL,
    updated_at_us BIGINT NOT NULL,
    UNIQUE (entity, audience, owner, name)
);
