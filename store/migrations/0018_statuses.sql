-- +goose Up

-- What providers said of values, such as whether an email takes mail. A record
-- has them beside its values, ",email:valid,", and a value that is imported or
-- typed takes its own away; a call has them by output, in the same form.
ALTER TABLE people ADD COLUMN statuses TEXT;
ALTER TABLE companies ADD COLUMN statuses TEXT;
ALTER TABLE attempts ADD COLUMN statuses TEXT;
