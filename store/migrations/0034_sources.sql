-- +goose Up

-- What filters ask of a record beside its fields: the origin of a value, and when
-- the record was made and changed. SQLite has both in Go.
-- +only postgres
CREATE FUNCTION fettle_origin(origins text, field text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$SELECT CAST(COALESCE(CAST(origins AS json) ->> field, CAST(origins AS json) ->> '') AS bigint)$$;

-- +only postgres
CREATE FUNCTION fettle_time(us bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$SELECT TIMESTAMPTZ '1970-01-01 00:00:00+00' + us * INTERVAL '1 microsecond'$$;
