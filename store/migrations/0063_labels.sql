-- +goose Up

-- What people call audiences, enrichments, signal rules and channels. '' is the
-- name: a label that nobody wrote would be a guess, and wrong of names such as
-- vp-of-it; it also leaves alone who knows them by their names.
ALTER TABLE audiences ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE enrichments ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE signal_rules ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN label TEXT NOT NULL DEFAULT '';

UPDATE audiences SET label = 'All people' WHERE builtin AND name = 'all-people';
UPDATE audiences SET label = 'All companies' WHERE builtin AND name = 'all-companies';
