//! The tables, and the migrations of an older database.
//!
//! `PRAGMA user_version` counts the migrations that were applied to a database. A released migration is never changed;
//! a change of the tables is a new entry at the end.

/// Marks the file as ours (`PRAGMA application_id`): "ARLY".
pub(super) const APPLICATION_ID: i32 = 0x4152_4c59;

/// Times are microseconds since 1970 UTC.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE enrolments (
        account BLOB PRIMARY KEY,
        token BLOB NOT NULL UNIQUE,
        mailbox TEXT NOT NULL UNIQUE,
        sender TEXT,
        created_at INTEGER NOT NULL,
        rotated_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE requests (
        id BLOB PRIMARY KEY,
        account BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        staged_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        code TEXT,
        fault TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX requests_by_account ON requests (account);
    CREATE INDEX requests_by_expiry ON requests (expires_at);

    CREATE TABLE seen (
        account BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        mail BLOB NOT NULL,
        seen_until INTEGER NOT NULL,
        PRIMARY KEY (account, mail)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_expiry ON seen (seen_until);

    CREATE TABLE tallies (
        account BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        event TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (account, event)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE confirmations (
        account BLOB PRIMARY KEY REFERENCES enrolments ON DELETE CASCADE,
        provider TEXT NOT NULL,
        code TEXT,
        link TEXT,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        about TEXT NOT NULL,
        raw BLOB NOT NULL,
        queued_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL
    ) STRICT;
",
    "
    -- What an account did before costs its next login nothing: its pending requests are found without the ended ones.
    ALTER TABLE requests ADD COLUMN ended INTEGER AS (code IS NOT NULL OR fault IS NOT NULL) VIRTUAL;
    DROP INDEX requests_by_account;
    CREATE INDEX requests_by_account ON requests (account, ended, expires_at);

    CREATE INDEX outbox_by_time ON outbox (next_at);
    CREATE TABLE outbox_totals (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        mails INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        dropped INTEGER NOT NULL DEFAULT 0,
        dropped_at INTEGER
    ) STRICT;
    INSERT INTO outbox_totals (only_row, mails, bytes) SELECT 1, count(*), coalesce(sum(length(raw)), 0) FROM outbox;
    CREATE TRIGGER outbox_takes AFTER INSERT ON outbox BEGIN
        UPDATE outbox_totals SET mails = mails + 1, bytes = bytes + length(NEW.raw);
    END;
    CREATE TRIGGER outbox_gives AFTER DELETE ON outbox BEGIN
        UPDATE outbox_totals SET mails = mails - 1, bytes = bytes - length(OLD.raw);
    END;
",
    "ALTER TABLE enrolments ADD COLUMN own_address_only INTEGER NOT NULL DEFAULT 0 CHECK (own_address_only IN (0, 1));",
    "
    -- The newest mails that were no code: the links as they were found, one a line.
    CREATE TABLE other_mail (
        id INTEGER PRIMARY KEY,
        account BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        sender TEXT NOT NULL,
        subject TEXT NOT NULL,
        links TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX other_mail_by_account ON other_mail (account);
    CREATE INDEX other_mail_by_time ON other_mail (at);
",
];
