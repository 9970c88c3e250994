//! The tables, and the migrations of an older database.
//!
//! `PRAGMA user_version` counts the migrations that were applied to a database. A released migration is never changed;
//! a change of the tables is a new entry at the end.

/// Marks the file as ours (`PRAGMA application_id`): "ARL1".
pub(super) const APPLICATION_ID: i32 = 0x4152_4c31;

/// Marked the file before the first release, when an enrolment was keyed by its account: "ARLY".
pub(super) const UNRELEASED_ID: i32 = 0x4152_4c59;

/// Marks a backup, from which no relay serves: "ARLB".
pub(super) const BACKUP_ID: i32 = 0x4152_4c42;

/// Times are microseconds since 1970 UTC.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- The keys are those of the deployment with which the account, the token and the address were made. The addresses
    -- are versions.
    CREATE TABLE enrolments (
        id BLOB PRIMARY KEY,
        label TEXT,
        account BLOB NOT NULL,
        account_key BLOB NOT NULL,
        token BLOB NOT NULL,
        token_key BLOB NOT NULL,
        address INTEGER NOT NULL,
        address_key BLOB NOT NULL,
        former_address INTEGER,
        former_until INTEGER,
        sender TEXT,
        own_address_only INTEGER NOT NULL CHECK (own_address_only IN (0, 1)),
        created_at INTEGER NOT NULL,
        rotated_at INTEGER,
        suspended_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX enrolments_by_account ON enrolments (account);

    -- What an enrolment did before costs its next login nothing: its pending requests are found without the ended ones.
    CREATE TABLE requests (
        id BLOB PRIMARY KEY,
        enrolment BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        staged_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        code TEXT,
        fault TEXT,
        ended INTEGER AS (code IS NOT NULL OR fault IS NOT NULL) VIRTUAL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX requests_by_enrolment ON requests (enrolment, ended, expires_at);
    CREATE INDEX requests_by_expiry ON requests (expires_at);

    -- With the request that the mail ended, which may be gone.
    CREATE TABLE seen (
        enrolment BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        mail BLOB NOT NULL,
        seen_until INTEGER NOT NULL,
        request BLOB NOT NULL,
        staged_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (enrolment, mail)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_expiry ON seen (seen_until);

    CREATE TABLE tallies (
        enrolment BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        event TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (enrolment, event)
    ) STRICT, WITHOUT ROWID;

    -- The last of what happened, numbered for each enrolment.
    CREATE TABLE events (
        enrolment BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        network TEXT,
        PRIMARY KEY (enrolment, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX wrong_tokens ON events (enrolment, at) WHERE kind = 'wrong-token';

    CREATE TABLE confirmations (
        enrolment BLOB PRIMARY KEY REFERENCES enrolments ON DELETE CASCADE,
        provider TEXT NOT NULL,
        code TEXT,
        link TEXT,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- The newest mails that were no code: the links as they were found, one a line.
    CREATE TABLE other_mail (
        id INTEGER PRIMARY KEY,
        enrolment BLOB NOT NULL REFERENCES enrolments ON DELETE CASCADE,
        sender TEXT NOT NULL,
        subject TEXT NOT NULL,
        links TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX other_mail_by_enrolment ON other_mail (enrolment);
    CREATE INDEX other_mail_by_time ON other_mail (at);

    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        about TEXT NOT NULL,
        raw BLOB NOT NULL,
        queued_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outbox_by_time ON outbox (next_at);
    CREATE TABLE outbox_totals (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        mails INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        dropped INTEGER NOT NULL DEFAULT 0,
        dropped_at INTEGER
    ) STRICT;
    INSERT INTO outbox_totals (only_row, mails, bytes) VALUES (1, 0, 0);
    CREATE TRIGGER outbox_takes AFTER INSERT ON outbox BEGIN
        UPDATE outbox_totals SET mails = mails + 1, bytes = bytes + length(NEW.raw);
    END;
    CREATE TRIGGER outbox_gives AFTER DELETE ON outbox BEGIN
        UPDATE outbox_totals SET mails = mails - 1, bytes = bytes - length(OLD.raw);
    END;
",
    "
    -- Of an enrolment that its account made itself: 1, and when it is removed unless a mail reaches it before.
    ALTER TABLE enrolments ADD COLUMN joined INTEGER NOT NULL DEFAULT 0 CHECK (joined IN (0, 1));
    ALTER TABLE enrolments ADD COLUMN unused_until INTEGER;
    CREATE INDEX enrolments_at_shared_address ON enrolments (account) WHERE own_address_only = 0;
    CREATE INDEX enrolments_by_disuse ON enrolments (unused_until) WHERE unused_until IS NOT NULL;

    CREATE TABLE join_totals (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        enrolments INTEGER NOT NULL
    ) STRICT;
    INSERT INTO join_totals (only_row, enrolments) VALUES (1, 0);
    CREATE TRIGGER enrolments_join AFTER INSERT ON enrolments WHEN NEW.joined = 1 BEGIN
        UPDATE join_totals SET enrolments = enrolments + 1;
    END;
    CREATE TRIGGER enrolments_leave AFTER DELETE ON enrolments WHEN OLD.joined = 1 BEGIN
        UPDATE join_totals SET enrolments = enrolments - 1;
    END;

    -- How many joined on a day, counted since 1970: of one network, and of all under the empty name.
    CREATE TABLE joins (
        day INTEGER NOT NULL,
        network TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, network)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE invitations (
        id BLOB PRIMARY KEY,
        uses INTEGER NOT NULL,
        used INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invitations_by_expiry ON invitations (expires_at);
",
    "
    -- With how many enrolments each key of the deployment is in use: every start asks for it, however many there are.
    CREATE TABLE key_uses (
        key BLOB PRIMARY KEY,
        enrolments INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO key_uses SELECT key, count(*) FROM (
        SELECT id, account_key AS key FROM enrolments UNION SELECT id, token_key FROM enrolments
        UNION SELECT id, address_key FROM enrolments
    ) GROUP BY key;
    CREATE TRIGGER enrolments_take_keys AFTER INSERT ON enrolments BEGIN
        INSERT INTO key_uses SELECT key, 1 FROM (
            SELECT NEW.account_key AS key UNION SELECT NEW.token_key UNION SELECT NEW.address_key
        ) WHERE true ON CONFLICT DO UPDATE SET enrolments = enrolments + 1;
    END;
    CREATE TRIGGER enrolments_change_keys AFTER UPDATE OF account_key, token_key, address_key ON enrolments BEGIN
        UPDATE key_uses SET enrolments = enrolments - 1
            WHERE key IN (OLD.account_key, OLD.token_key, OLD.address_key);
        INSERT INTO key_uses SELECT key, 1 FROM (
            SELECT NEW.account_key AS key UNION SELECT NEW.token_key UNION SELECT NEW.address_key
        ) WHERE true ON CONFLICT DO UPDATE SET enrolments = enrolments + 1;
        DELETE FROM key_uses WHERE enrolments = 0;
    END;
    CREATE TRIGGER enrolments_give_keys AFTER DELETE ON enrolments BEGIN
        UPDATE key_uses SET enrolments = enrolments - 1
            WHERE key IN (OLD.account_key, OLD.token_key, OLD.address_key);
        DELETE FROM key_uses WHERE enrolments = 0;
    END;
",
    "
    CREATE INDEX confirmations_by_time ON confirmations (at);
",
    "
    ALTER TABLE enrolments ADD COLUMN require_dkim INTEGER NOT NULL DEFAULT 0 CHECK (require_dkim IN (0, 1));
",
    "
    -- The ids of enrolments that have gone, as long as the form that made one could make it again.
    CREATE TABLE left_enrolments (
        id BLOB PRIMARY KEY,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX left_enrolments_by_time ON left_enrolments (until);
",
];
