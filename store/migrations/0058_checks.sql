-- +goose Up

-- An answer that was understood and verifies nothing: a profile without roles, or
-- of somebody else. It gives no value, and is asked again sooner than one that
-- found nothing.
ALTER TABLE attempts ADD COLUMN unsure BOOLEAN NOT NULL DEFAULT FALSE;
-- When a vendor billed a contact last, where it bills one once in a period: what
-- is asked about the contact later in the period is free. contact is a hash of
-- the inputs that identify it and of the account that was billed.
CREATE TABLE billed_contacts (
    provider     TEXT NOT NULL,
    contact      TEXT NOT NULL,
    billed_at_us BIGINT NOT NULL,        -- when the call was reserved, before it left
    attempt_id   BIGINT NOT NULL,
    PRIMARY KEY (provider, contact)
);
