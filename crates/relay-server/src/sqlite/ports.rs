//! The ports of the rules on these tables.

use arlo_mail::{Link, Provider};
use jiff::Timestamp;
use relay::ports::{
    CancelRequests, EndOutcome, EndRequests, Ending, FindEnrolments, MAX_SEEN, ManageEnrolments, PortError,
    ReadRequests, ReadStatus, RecordMail, StageRequests, WatchRequests,
};
use relay::{
    AccountHash, Capacity, Confirmation, Enrolment, Kept, LoginRequest, MAX_OTHER_MAIL, MAX_PENDING, MailEvent,
    NewRequest, OtherMail, Pending, PollKey, RelayLocalPart, RequestId, StageOutcome, Status, Tally, TokenHash,
};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::SqliteStore;
use super::rows::{self, ENROLMENT, REQUEST, micros, timestamp};

/// How many requests of one account are kept. Beyond that, the oldest ended one is dropped: the past of an account does
/// not make its next login slower, and does not fill the disk.
const MAX_KEPT: usize = 64;

// No statement that every login runs has an ORDER BY: with one and a bound value beside it, SQLite prepares the
// statement anew each time.

pub(super) const ENROLLED: &str = "SELECT 1 FROM enrolments WHERE account = ?1 AND token = ?2";

pub(super) const PENDING: &str = "SELECT id, staged_at, expires_at FROM requests WHERE account = ?1 AND ended = 0";

/// The first of the ended requests to expire, if there are `?2` of them.
pub(super) const DROP_ENDED: &str = "DELETE FROM requests WHERE id = (
     SELECT id FROM (
         SELECT id, min(expires_at), count(*) AS many
         FROM (SELECT id, expires_at FROM requests WHERE account = ?1 AND ended = 1 LIMIT 64)
     ) WHERE many >= ?2)";

pub(super) const MAKE: &str = "REPLACE INTO requests (id, account, staged_at, expires_at) VALUES (?1, ?2, ?3, ?4)";

pub(super) const SEEN: &str = "SELECT 1 FROM seen WHERE account = ?1 AND mail = ?2 AND seen_until > ?3";

pub(super) const END: &str = "UPDATE requests SET code = ?1, fault = ?2
     WHERE id = ?3 AND account = ?4 AND staged_at = ?5 AND code IS NULL AND fault IS NULL";

pub(super) const REMEMBER: &str = "REPLACE INTO seen (account, mail, seen_until) VALUES (?1, ?2, ?3)";

/// The first of the remembered mails to expire, if there are more than `?2` of them.
pub(super) const FORGET: &str = "DELETE FROM seen WHERE account = ?1 AND mail = (
     SELECT mail FROM (
         SELECT mail, min(seen_until), count(*) AS many
         FROM (SELECT mail, seen_until FROM seen WHERE account = ?1 LIMIT 128)
     ) WHERE many > ?2)";

impl StageRequests for SqliteStore {
    async fn stage(&self, new: &NewRequest) -> Result<StageOutcome, PortError> {
        let new = new.clone();
        let id = new.poll_key.request_id();
        let staging = self
            .write(move |db| {
                let enrolled = db
                    .prepare_cached(ENROLLED)?
                    .exists(params![new.account.as_bytes(), new.token.as_bytes()])?;
                if !enrolled {
                    return Ok(StageOutcome::NotEnrolled);
                }
                let others = pending(db, &new.account)?;
                let others: Vec<Pending> = others.into_iter().filter(|other| other.id != id).collect();
                match Capacity::beside(&others, new.staged_at) {
                    Capacity::Free => {}
                    Capacity::InsteadOf(other) => {
                        db.prepare_cached("DELETE FROM requests WHERE id = ?1")?
                            .execute([other.as_bytes()])?;
                    }
                    Capacity::Full(until) => return Ok(StageOutcome::Full(until)),
                }
                // One that is made is one at most that ends.
                db.prepare_cached(DROP_ENDED)?
                    .execute(params![new.account.as_bytes(), MAX_KEPT - MAX_PENDING])?;
                db.prepare_cached(MAKE)?.execute(params![
                    id.as_bytes(),
                    new.account.as_bytes(),
                    micros(new.staged_at),
                    micros(new.expires_at)
                ])?;
                Ok(StageOutcome::Accepted)
            })
            .await?;
        self.inner.waiters.wake(&id);
        Ok(staging)
    }
}

impl ReadRequests for SqliteStore {
    async fn read(&self, key: &PollKey) -> Result<Option<LoginRequest>, PortError> {
        let id = key.request_id();
        self.read(move |db| {
            db.prepare_cached(&format!("SELECT {REQUEST} FROM requests WHERE id = ?1"))?
                .query_row([id.as_bytes()], rows::login_request)
                .optional()
        })
        .await
    }
}

impl CancelRequests for SqliteStore {
    async fn cancel(&self, key: &PollKey) -> Result<(), PortError> {
        let id = key.request_id();
        self.write(move |db| {
            db.prepare_cached("DELETE FROM requests WHERE id = ?1")?
                .execute([id.as_bytes()])
        })
        .await?;
        self.inner.waiters.wake(&id);
        Ok(())
    }
}

impl WatchRequests for SqliteStore {
    fn watch(&self, id: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        self.inner.waiters.wait(*id)
    }
}

impl EndRequests for SqliteStore {
    async fn pending(&self, account: &AccountHash) -> Result<Vec<Pending>, PortError> {
        let account = *account;
        self.read(move |db| pending(db, &account)).await
    }

    async fn end(&self, ending: &Ending) -> Result<EndOutcome, PortError> {
        let s = ending.clone();
        let outcome = self.write(move |db| end(db, &s)).await?;
        if let (EndOutcome::Done, Some(request)) = (outcome, ending.request) {
            self.inner.waiters.wake(&request.id);
        }
        Ok(outcome)
    }
}

fn pending(db: &Connection, account: &AccountHash) -> rusqlite::Result<Vec<Pending>> {
    db.prepare_cached(PENDING)?
        .query_map([account.as_bytes()], |row| {
            Ok(Pending {
                id: RequestId::from_bytes(row.get(0)?),
                staged_at: timestamp(row, 1)?,
                expires_at: timestamp(row, 2)?,
            })
        })?
        .collect()
}

fn end(db: &Connection, s: &Ending) -> rusqlite::Result<EndOutcome> {
    let seen = db
        .prepare_cached(SEEN)?
        .exists(params![s.account.as_bytes(), s.mail.as_bytes(), micros(s.now)])?;
    if seen {
        return Ok(EndOutcome::Duplicate);
    }
    if let Some(request) = s.request {
        let (code, fault) = match &s.outcome {
            Ok(code) => (Some(code.expose()), None),
            Err(fault) => (None, Some(fault.name())),
        };
        let ended = db.prepare_cached(END)?.execute(params![
            code,
            fault,
            request.id.as_bytes(),
            s.account.as_bytes(),
            micros(request.staged_at)
        ])?;
        if ended == 0 {
            return Ok(EndOutcome::NotPending);
        }
        db.prepare_cached(REMEMBER)?
            .execute(params![s.account.as_bytes(), s.mail.as_bytes(), micros(s.seen_until)])?;
        db.prepare_cached(FORGET)?
            .execute(params![s.account.as_bytes(), MAX_SEEN])?;
    }
    Ok(EndOutcome::Done)
}

impl SqliteStore {
    async fn find(&self, condition: &'static str, key: Vec<u8>) -> Result<Option<Enrolment>, PortError> {
        self.read(move |db| find(db, condition, [key])).await
    }
}

fn find(db: &Connection, condition: &str, key: impl Params) -> rusqlite::Result<Option<Enrolment>> {
    db.prepare_cached(&format!("SELECT {ENROLMENT} FROM enrolments WHERE {condition}"))?
        .query_row(key, rows::enrolment)
        .optional()
}

impl FindEnrolments for SqliteStore {
    async fn by_account(&self, account: &AccountHash) -> Result<Option<Enrolment>, PortError> {
        self.find("account = ?1", account.as_bytes().to_vec()).await
    }

    async fn by_token(&self, token: &TokenHash) -> Result<Option<Enrolment>, PortError> {
        self.find("token = ?1", token.as_bytes().to_vec()).await
    }

    async fn by_local_part(&self, local_part: &RelayLocalPart) -> Result<Option<Enrolment>, PortError> {
        let local_part = local_part.expose().to_owned();
        self.read(move |db| find(db, "mailbox = ?1", [local_part])).await
    }
}

impl ManageEnrolments for SqliteStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<bool, PortError> {
        let e = enrolment.clone();
        self.write(move |db| {
            let added = db.execute(
                &format!("INSERT INTO enrolments ({ENROLMENT}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (account) DO NOTHING"),
                params![
                    e.account.as_bytes(),
                    e.token.as_bytes(),
                    e.local_part.expose(),
                    e.sender.as_ref().map(|sender| sender.as_str()),
                    micros(e.created_at),
                    e.rotated_at.map(micros),
                    e.own_address_only,
                ],
            )?;
            Ok(added > 0)
        })
        .await
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        self.read(|db| {
            db.prepare(&format!(
                "SELECT {ENROLMENT} FROM enrolments ORDER BY created_at, account"
            ))?
            .query_map([], rows::enrolment)?
            .collect()
        })
        .await
    }

    async fn replace_token(&self, account: &AccountHash, token: &TokenHash, at: Timestamp) -> Result<bool, PortError> {
        let (account, token) = (*account, *token);
        self.end_all(account, move |db| {
            db.execute("DELETE FROM requests WHERE account = ?1", [account.as_bytes()])?;
            db.execute(
                "UPDATE enrolments SET token = ?2, rotated_at = ?3 WHERE account = ?1",
                params![account.as_bytes(), token.as_bytes(), micros(at)],
            )
        })
        .await
    }

    async fn remove(&self, account: &AccountHash) -> Result<bool, PortError> {
        let account = *account;
        // All that belongs to the enrolment is deleted with it: ON DELETE CASCADE.
        self.end_all(account, move |db| {
            db.execute("DELETE FROM enrolments WHERE account = ?1", [account.as_bytes()])
        })
        .await
    }
}

impl SqliteStore {
    /// Runs a change that ends all requests of the account, and wakes all who wait for them. Returns whether a row
    /// changed.
    async fn end_all(
        &self,
        account: AccountHash,
        change: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<bool, PortError> {
        let (ended, changed) = self
            .write(move |db| {
                let ended: Vec<RequestId> = db
                    .prepare_cached("SELECT id FROM requests WHERE account = ?1")?
                    .query_map([account.as_bytes()], |row| Ok(RequestId::from_bytes(row.get(0)?)))?
                    .collect::<Result<_, _>>()?;
                Ok((ended, change(db)?))
            })
            .await?;
        for id in &ended {
            self.inner.waiters.wake(id);
        }
        Ok(changed > 0)
    }
}

impl RecordMail for SqliteStore {
    async fn record(
        &self,
        account: &AccountHash,
        event: MailEvent,
        kept: Option<Kept<'_>>,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let account = *account;
        let (confirmation, other_mail) = match kept {
            Some(Kept::Confirmation(confirmation)) => (Some(confirmation.clone()), None),
            Some(Kept::OtherMail(mail)) => (None, Some(mail.clone())),
            None => (None, None),
        };
        self.write(move |db| {
            let counted = db
                .prepare_cached(
                    "INSERT INTO tallies (account, event, count, last_at)
                     SELECT account, ?2, 1, ?3 FROM enrolments WHERE account = ?1
                     ON CONFLICT DO UPDATE SET count = count + 1, last_at = excluded.last_at",
                )?
                .execute(params![account.as_bytes(), event.name(), micros(at)])?;
            if counted == 0 {
                return Ok(());
            }
            if let Some(confirmation) = confirmation {
                keep_confirmation(db, &account, &confirmation)?;
            }
            if let Some(mail) = other_mail {
                keep_other_mail(db, &account, &mail)?;
            }
            Ok(())
        })
        .await
    }
}

fn keep_confirmation(db: &Connection, account: &AccountHash, kept: &Confirmation) -> rusqlite::Result<usize> {
    db.prepare_cached("REPLACE INTO confirmations (account, provider, code, link, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            account.as_bytes(),
            kept.provider.name(),
            kept.code,
            kept.link,
            micros(kept.at)
        ])
}

fn keep_other_mail(db: &Connection, account: &AccountHash, kept: &OtherMail) -> rusqlite::Result<usize> {
    // No link contains a line end.
    let links: Vec<&str> = kept.links.iter().map(Link::url).collect();
    db.prepare_cached("INSERT INTO other_mail (account, sender, subject, links, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            account.as_bytes(),
            kept.sender,
            kept.subject,
            links.join("\n"),
            micros(kept.at)
        ])?;
    db.prepare_cached(
        "DELETE FROM other_mail WHERE account = ?1 AND id <=
         (SELECT id FROM other_mail WHERE account = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![account.as_bytes(), MAX_OTHER_MAIL])
}

impl ReadStatus for SqliteStore {
    async fn status(&self, account: &AccountHash) -> Result<Status, PortError> {
        let account = *account;
        self.read(move |db| {
            let mut mail: Vec<Tally> = db
                .prepare_cached("SELECT event, count, last_at FROM tallies WHERE account = ?1")?
                .query_map([account.as_bytes()], |row| {
                    let event = MailEvent::from_name(&row.get::<_, String>(0)?);
                    let (count, last_at) = (row.get(1)?, timestamp(row, 2)?);
                    Ok(event.map(|event| Tally { event, count, last_at }))
                })?
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?;
            mail.sort_by_key(|tally| tally.event);
            let confirmation = db
                .prepare_cached("SELECT provider, code, link, at FROM confirmations WHERE account = ?1")?
                .query_row([account.as_bytes()], |row| {
                    let provider = Provider::from_name(&row.get::<_, String>(0)?);
                    let (code, link, at) = (row.get(1)?, row.get(2)?, timestamp(row, 3)?);
                    Ok(provider.map(|provider| Confirmation {
                        provider,
                        code,
                        link,
                        at,
                    }))
                })
                .optional()?
                .flatten();
            let other_mail = db
                .prepare_cached(
                    "SELECT sender, subject, links, at FROM other_mail WHERE account = ?1 ORDER BY id DESC",
                )?
                .query_map([account.as_bytes()], |row| {
                    Ok(OtherMail {
                        sender: row.get(0)?,
                        subject: row.get(1)?,
                        links: row.get::<_, String>(2)?.lines().filter_map(Link::parse).collect(),
                        at: timestamp(row, 3)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(Status {
                mail,
                confirmation,
                other_mail,
            })
        })
        .await
    }
}
