//! What an enrolment's mail came to, and what happened to it.

use arlo_mail::{Link, Provider};
use relay::ports::{PortError, ReadStatus};
use relay::{Confirmation, EnrolmentId, MailEvent, OtherMail, Status, Tally};
use rusqlite::{Connection, OptionalExtension, Row};

use super::rows::timestamp;
use super::{SqliteStore, events};

impl ReadStatus for SqliteStore {
    async fn status(&self, id: &EnrolmentId) -> Result<Status, PortError> {
        let id = *id;
        self.read(move |db| {
            Ok(Status {
                mail: tallies(db, &id)?,
                confirmation: confirmation(db, &id)?,
                other_mail: other_mail(db, &id)?,
                events: events::read(db, &id)?,
            })
        })
        .await
    }
}

fn tallies(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Vec<Tally>> {
    let tally = |row: &Row<'_>| {
        let event = MailEvent::from_name(&row.get::<_, String>(0)?);
        let (count, last_at) = (row.get(1)?, timestamp(row, 2)?);
        Ok(event.map(|event| Tally { event, count, last_at }))
    };
    let mut mail: Vec<Tally> = db
        .prepare_cached("SELECT event, count, last_at FROM tallies WHERE enrolment = ?1")?
        .query_map([id.as_bytes()], tally)?
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?;
    mail.sort_by_key(|tally| tally.event);
    Ok(mail)
}

fn confirmation(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Option<Confirmation>> {
    let confirmation = db
        .prepare_cached("SELECT provider, code, link, at FROM confirmations WHERE enrolment = ?1")?
        .query_row([id.as_bytes()], |row| {
            let provider = Provider::from_name(&row.get::<_, String>(0)?);
            let (code, link, at) = (row.get(1)?, row.get(2)?, timestamp(row, 3)?);
            Ok(provider.map(|provider| Confirmation {
                provider,
                code,
                link,
                at,
            }))
        })
        .optional()?;
    Ok(confirmation.flatten())
}

fn other_mail(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<Vec<OtherMail>> {
    db.prepare_cached("SELECT sender, subject, links, at FROM other_mail WHERE enrolment = ?1 ORDER BY id DESC")?
        .query_map([id.as_bytes()], |row| {
            Ok(OtherMail {
                sender: row.get(0)?,
                subject: row.get(1)?,
                links: row.get::<_, String>(2)?.lines().filter_map(Link::parse).collect(),
                at: timestamp(row, 3)?,
            })
        })?
        .collect()
}
