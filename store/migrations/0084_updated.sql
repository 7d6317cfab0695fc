-- +goose Up

-- Who follows what is there asks for what was written since the last time.
CREATE INDEX people_updated ON people (updated_at_us);
CREATE INDEX companies_updated ON companies (updated_at_us);
