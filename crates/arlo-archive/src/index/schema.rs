//! The tables, and the migrations of an older database.
//!
//! `PRAGMA user_version` counts the migrations that were applied to a database. A released migration is never changed;
//! a change of the tables is a new entry at the end.

/// Marks the file as ours (`PRAGMA application_id`): "ARLA".
pub(super) const APPLICATION_ID: i32 = 0x4152_4c41;

/// `recordings.state`: it has to be fetched. With a name: its file is complete, and is being moved to that name.
pub(super) const WAITING: i64 = 0;
/// `recordings.state`: it is on disk.
pub(super) const KEPT: i64 = 1;
/// `recordings.state`: a rule removes it, and its file may be there still.
pub(super) const REMOVING: i64 = 2;
/// `recordings.state`: it was on disk. The row says that it is not fetched again.
pub(super) const REMOVED: i64 = 3;
/// `recordings.state`: the library stopped listing it. If it is listed again, it waits again.
pub(super) const GONE: i64 = 4;

/// Times are milliseconds since 1970 UTC, but `modified` is in seconds. The numbers of the states are those above.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- part: the partial file, below the root. total: its length as the server said it. synced: how much of it is surely
    -- on disk. doubted: the length of an earlier content that seemed incomplete. name: the file, below the root.
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        created INTEGER NOT NULL,
        kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
        state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL DEFAULT 0,
        misses INTEGER NOT NULL DEFAULT 0,
        part TEXT,
        total INTEGER,
        validator TEXT,
        synced INTEGER NOT NULL DEFAULT 0,
        doubted INTEGER,
        name TEXT,
        bytes INTEGER NOT NULL DEFAULT 0,
        modified INTEGER,
        UNIQUE (device, created, kind)
    ) STRICT;
    CREATE INDEX waiting ON recordings (created, id) WHERE state = 0;
    CREATE INDEX waiting_by_time ON recordings (next_at) WHERE state = 0;
    CREATE INDEX kept ON recordings (created, id) WHERE state = 1;
    CREATE INDEX removing ON recordings (id) WHERE state = 2;
    CREATE INDEX former ON recordings (created) WHERE state IN (3, 4);
    -- Two names that differ in case are one file on many file systems.
    CREATE UNIQUE INDEX names ON recordings (name COLLATE NOCASE) WHERE name IS NOT NULL;

    CREATE TABLE totals (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        kept INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        gone INTEGER NOT NULL
    ) STRICT;
    INSERT INTO totals VALUES (1, 0, 0, 0, 0);
    CREATE TRIGGER counts_new AFTER INSERT ON recordings BEGIN
        UPDATE totals SET waiting = waiting + (NEW.state = 0);
    END;
    CREATE TRIGGER counts_end AFTER DELETE ON recordings BEGIN
        UPDATE totals SET gone = gone - (OLD.state = 4);
    END;
    CREATE TRIGGER counts_change AFTER UPDATE OF state ON recordings BEGIN
        UPDATE totals SET
            kept = kept + (NEW.state = 1) - (OLD.state = 1),
            bytes = bytes + NEW.bytes * (NEW.state = 1) - OLD.bytes * (OLD.state = 1),
            waiting = waiting + (NEW.state = 0) - (OLD.state = 0),
            gone = gone + (NEW.state = 4) - (OLD.state = 4);
    END;
"];
