-- +goose Up

-- What an event records, and who did it. Events of before are of form 1: their hash covers what it covered. From form-2-from on the
-- hash covers form, clock and actor, too; see docs/log-format.md.
ALTER TABLE events ADD COLUMN form INTEGER NOT NULL DEFAULT 1;
ALTER TABLE events ADD COLUMN clock TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN "by" TEXT NOT NULL DEFAULT '' CHECK ("by" = '' OR json_valid("by"));

-- A checkpoint is believed only if its content has the hash it was written with, and its form is today's.
ALTER TABLE checkpoints ADD COLUMN form INTEGER NOT NULL DEFAULT 1;
ALTER TABLE checkpoints ADD COLUMN sum BLOB NOT NULL DEFAULT x'';

-- What the folder is. user_version says the format once more, where it can be read without opening the database.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta (key, value) VALUES
    ('format', '2'),
    ('hall', lower(hex(randomblob(16)))),
    ('form-2-from', (SELECT CAST(ifnull(max(seq), 0) + 1 AS TEXT) FROM events));
PRAGMA application_id = 1751215212; -- "hall"
PRAGMA user_version = 2;
