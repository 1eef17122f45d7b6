-- +goose Up

-- What happened, in order. Each hash covers the one before it: nothing can be changed or left out unseen.
CREATE TABLE events (
    seq  INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL, -- hall time, Unix milliseconds
    kind TEXT    NOT NULL,
    data TEXT    NOT NULL CHECK (json_valid(data)),
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Every ticket as the last event left it. data is the whole ticket; the columns before it are what is searched for.
CREATE TABLE tickets (
    id      TEXT    PRIMARY KEY, -- begins with the service day
    queue   TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    "window" TEXT   NOT NULL,
    ordinal INTEGER NOT NULL,
    data    TEXT    NOT NULL
) STRICT;
CREATE INDEX tickets_waiting ON tickets (queue, ordinal) WHERE state = 'waiting';

-- Prints that are not ended: what must survive a crash.
CREATE TABLE outbox (
    n       INTEGER PRIMARY KEY, -- order of queueing
    id      TEXT    NOT NULL UNIQUE,
    ticket  TEXT    NOT NULL,
    printer TEXT    NOT NULL,
    copy    INTEGER NOT NULL,
    state   TEXT    NOT NULL
) STRICT;

-- Answers by idempotency key, kept for two days.
CREATE TABLE answers (
    n       INTEGER PRIMARY KEY, -- order of asking
    key     TEXT    NOT NULL UNIQUE,
    digest  BLOB    NOT NULL,
    at      INTEGER NOT NULL,
    answer  TEXT    NOT NULL,
    refusal TEXT    -- code and text; null if the hall said yes
) STRICT;

-- The whole hall after an event, so that loading need not start from the first one.
CREATE TABLE checkpoints (
    seq  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL, -- of that event
    data TEXT NOT NULL
) STRICT;

-- Written after a commit that failed: once this is in, that one is surely out.
CREATE TABLE marker (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO marker (id, count) VALUES (1, 0);
