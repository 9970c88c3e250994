//! Enrolments: found, listed, changed, ended.

use relay::ports::{FindEnrolments, ManageEnrolments, PortError, Record, SeenMail};
use relay::{
    AccountHash, AccountHashes, AuditEvent, AuditKind, ClientNetwork, Enrolment, EnrolmentId, MadeBy, Pending,
    RequestId,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, params};

use super::rows::{self, columns, micros, select_records};
use super::{SqliteStore, events};

// No statement that every login runs has an ORDER BY: with one and a bound value beside it, SQLite prepares the
// statement anew each time.

pub(super) const FIND: &str = select_records!("WHERE id = ?1");

pub(super) const PENDING: &str = "SELECT id, staged_at, expires_at FROM requests WHERE enrolment = ?1 AND ended = 0";

pub(super) const ALL_SEEN: &str =
    "SELECT mail, seen_until, request, staged_at, expires_at FROM seen WHERE enrolment = ?1";

impl FindEnrolments for SqliteStore {
    async fn find(&self, id: &EnrolmentId) -> Result<Option<Record>, PortError> {
        let id = *id;
        self.read(move |db| find_whole(db, &id)).await
    }

    async fn find_enrolment(&self, id: &EnrolmentId) -> Result<Option<Enrolment>, PortError> {
        let id = *id;
        let found = self.read(move |db| find(db, &id)).await?;
        Ok(found.map(|record| record.enrolment))
    }

    async fn at_shared_address(&self, account: &AccountHashes) -> Result<Vec<Record>, PortError> {
        let account = *account;
        self.read(move |db| {
            let mut records = Vec::new();
            for hash in account.iter() {
                let found = records_of(
                    db,
                    select_records!("WHERE account = ?1 AND own_address_only = 0"),
                    [hash.as_bytes()],
                )?;
                records.extend(found);
            }
            records.sort_by_key(|record| (record.enrolment.created_at, record.enrolment.id));
            records.into_iter().map(|record| whole(db, record)).collect()
        })
        .await
    }
}

/// The enrolment of that id, without what waits for a mail or was ended by one.
pub(super) fn find(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Option<Record>> {
    db.prepare_cached(FIND)?
        .query_row([id.as_bytes()], rows::record)
        .optional()
}

pub(super) fn pending(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Vec<Pending>> {
    db.prepare_cached(PENDING)?
        .query_map([id.as_bytes()], |row| rows::pending(row, 0))?
        .collect()
}

/// The enrolment of that id with all that a call or a mail has to know of it.
pub(super) fn find_whole(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Option<Record>> {
    find(db, id)?.map(|record| whole(db, record)).transpose()
}

fn whole(db: &Connection, record: Record) -> rusqlite::Result<Record> {
    let id = record.enrolment.id;
    let seen: Vec<SeenMail> = db
        .prepare_cached(ALL_SEEN)?
        .query_map([id.as_bytes()], rows::seen)?
        .collect::<Result<_, _>>()?;
    Ok(Record {
        pending: pending(db, &id)?,
        seen,
        ..record
    })
}

fn records_of(db: &Connection, sql: &str, key: impl Params) -> rusqlite::Result<Vec<Record>> {
    db.prepare_cached(sql)?.query_map(key, rows::record)?.collect()
}

impl ManageEnrolments for SqliteStore {
    async fn add(&self, enrolment: &Enrolment) -> Result<(), PortError> {
        let enrolment = enrolment.clone();
        self.write(move |db| add(db, &enrolment, None)).await
    }

    async fn of_account(&self, account: &AccountHashes) -> Result<Vec<Enrolment>, PortError> {
        let account = *account;
        let records = self.read(move |db| {
            let of = |hash: AccountHash| records_of(db, select_records!("WHERE account = ?1"), [hash.as_bytes()]);
            account.iter().map(of).collect::<Result<Vec<_>, _>>()
        });
        let records = records.await?.into_iter().flatten();
        let mut enrolments: Vec<Enrolment> = records.map(|record| record.enrolment).collect();
        enrolments.sort_by_key(|enrolment| (enrolment.created_at, enrolment.id));
        Ok(enrolments)
    }

    async fn list(&self) -> Result<Vec<Enrolment>, PortError> {
        let records = self
            .read(|db| records_of(db, select_records!("ORDER BY created_at, id"), []))
            .await?;
        Ok(records.into_iter().map(|record| record.enrolment).collect())
    }

    async fn replace(&self, read: &Enrolment, new: &Enrolment, event: &AuditEvent) -> Result<bool, PortError> {
        const REPLACE: &str = concat!(
            "UPDATE enrolments SET (",
            columns!(),
            ") = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) WHERE id = ?1"
        );
        let (read, new, event) = (read.clone(), new.clone(), *event);
        let ends_all = new.token != read.token || new.suspended_at.is_some();
        let id = read.id;
        self.change(id, ends_all, move |db| {
            if find(db, &id)?.is_none_or(|found| found.enrolment != read) {
                return Ok(false);
            }
            if ends_all {
                db.prepare_cached("DELETE FROM requests WHERE enrolment = ?1")?
                    .execute([id.as_bytes()])?;
            }
            put(&mut db.prepare_cached(REPLACE)?, &new)?;
            events::note(db, &id, &event)
        })
        .await
    }

    async fn remove(&self, id: &EnrolmentId) -> Result<bool, PortError> {
        let id = *id;
        // All that belongs to the enrolment is deleted with it: ON DELETE CASCADE.
        self.change(id, true, move |db| {
            // One that cannot be read can be removed.
            let found = find(db, &id).ok().flatten();
            if let Some(until) = found.and_then(|record| record.enrolment.remembered_until()) {
                db.prepare_cached("REPLACE INTO left_enrolments (id, until) VALUES (?1, ?2)")?
                    .execute(params![id.as_bytes(), micros(until)])?;
            }
            let removed = db
                .prepare_cached("DELETE FROM enrolments WHERE id = ?1")?
                .execute([id.as_bytes()])?;
            Ok(removed > 0)
        })
        .await
    }
}

/// Writes the enrolment with a statement that has its id as `?1` and its other columns after that.
fn put(statement: &mut CachedStatement<'_>, e: &Enrolment) -> rusqlite::Result<usize> {
    let (former, until) = e.address.former.unzip();
    statement.execute(params![
        e.id.as_bytes(),
        e.label.as_ref().map(|label| label.as_str()),
        e.account.as_bytes(),
        e.made_with.account.as_bytes(),
        e.token.as_bytes(),
        e.made_with.token.as_bytes(),
        e.address.current,
        e.made_with.address.as_bytes(),
        former,
        until.map(micros),
        e.sender.as_ref().map(|sender| sender.as_str()),
        e.own_address_only,
        micros(e.created_at),
        e.rotated_at.map(micros),
        e.suspended_at.map(micros),
        e.made_by != MadeBy::Operator,
        e.made_by.unused_until().map(micros),
        e.require_dkim,
    ])
}

/// Adds the enrolment, with the event of its making.
pub(super) fn add(db: &Connection, enrolment: &Enrolment, network: Option<ClientNetwork>) -> rusqlite::Result<()> {
    const ADD: &str = concat!(
        "INSERT INTO enrolments (id, ",
        columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    put(&mut db.prepare_cached(ADD)?, enrolment)?;
    let enrolled = AuditEvent {
        at: enrolment.created_at,
        kind: AuditKind::Enrolled,
        network,
    };
    events::note(db, &enrolment.id, &enrolled).map(drop)
}

impl SqliteStore {
    /// Runs a change of an enrolment that says whether it changed anything. Where that ends the enrolment's requests,
    /// all who wait for them are woken.
    async fn change(
        &self,
        id: EnrolmentId,
        ends_all: bool,
        change: impl FnOnce(&Connection) -> rusqlite::Result<bool> + Send + 'static,
    ) -> Result<bool, PortError> {
        let change = move |db: &Connection| {
            let ended = if ends_all { requests(db, &id)? } else { Vec::new() };
            Ok(if change(db)? {
                (true, ended)
            } else {
                (false, Vec::new())
            })
        };
        let (changed, _) = self.write_requests(change, |(_, ended)| ended.clone()).await?;
        Ok(changed)
    }
}

fn requests(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Vec<RequestId>> {
    db.prepare_cached("SELECT id FROM requests WHERE enrolment = ?1")?
        .query_map([id.as_bytes()], |row| Ok(RequestId::from_bytes(row.get(0)?)))?
        .collect()
}
