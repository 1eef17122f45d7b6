-- +goose Up

-- What tickets are searched for by, of any day. day is the service day without dashes, as the ID begins. A number is looked for on its day: an index of its
-- own would slow every ticket down.
ALTER TABLE tickets ADD COLUMN day TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN item TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN clerk TEXT NOT NULL DEFAULT '';
UPDATE tickets SET day = substr(id, 1, instr(id || '-', '-') - 1), number = ifnull(data ->> '$.number', ''),
    item = ifnull(data ->> '$.item', ''), clerk = ifnull(data ->> '$.clerk', '');
CREATE INDEX tickets_day ON tickets (day);
CREATE INDEX tickets_item ON tickets (item) WHERE item <> '';
CREATE INDEX tickets_clerk ON tickets (clerk) WHERE clerk <> '';

-- Service days: where their events lie, and the figures of those that are closed. All of it can be made again from the events.
CREATE TABLE days (
    first     INTEGER PRIMARY KEY, -- seq of the event that opened it
    last      INTEGER,             -- and of the one that closed it; null while it is open
    day       TEXT    NOT NULL,
    opened    INTEGER NOT NULL,    -- Unix milliseconds
    opened_by TEXT    NOT NULL,
    closed    INTEGER,
    closed_by TEXT    NOT NULL DEFAULT '',
    figures   TEXT                 -- null while it is open
) STRICT;
CREATE INDEX days_day ON days (day);

-- When windows were open or paused, and under whom.
CREATE TABLE spans (
    seq     INTEGER PRIMARY KEY, -- of the event that began it
    day     TEXT    NOT NULL,
    "window" TEXT   NOT NULL,
    clerk   TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    "from"  INTEGER NOT NULL,    -- Unix milliseconds
    "to"    INTEGER              -- null while it lasts
) STRICT;
CREATE INDEX spans_day ON spans (day);

-- The set-up in force on a day is found by this.
CREATE INDEX events_setup ON events (seq) WHERE kind = 'hall.configured';

-- The form in which days and spans were made from the events; 0: not yet.
CREATE TABLE projected (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    form INTEGER NOT NULL
) STRICT;
INSERT INTO projected (id, form) VALUES (1, 0);
