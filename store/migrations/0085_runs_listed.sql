-- +goose Up

-- Undo lists runs by when they last wrote, which is 0 for one that wrote nothing. What
-- was counted before times were kept is told with the start of its run.
UPDATE run_writes SET at_us = (SELECT r.started_at_us FROM runs r WHERE r.id = run_writes.run_id)
    WHERE at_us = 0 AND fills + overwrites + emptied > 0 AND EXISTS (SELECT 1 FROM runs r WHERE r.id = run_writes.run_id);
CREATE INDEX run_writes_at ON run_writes (at_us, run_id);
