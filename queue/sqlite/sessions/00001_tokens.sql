-- +goose Up

-- Who may do what. The token itself is never stored, only its SHA-256.
CREATE TABLE tokens (
    hash    BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    role    TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    created INTEGER NOT NULL -- Unix milliseconds
) STRICT;

-- Logins of people, by the session's key; data is opaque here.
CREATE TABLE sessions (
    key    TEXT    PRIMARY KEY,
    data   BLOB    NOT NULL,
    expiry INTEGER NOT NULL -- Unix milliseconds
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expiry);
