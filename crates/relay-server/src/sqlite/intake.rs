//! What one mail does to an enrolment, in one step.

use arlo_mail::{Code, Link};
use jiff::Timestamp;
use relay::ports::{Ending, MAX_SEEN, MailTaken, PortError, SeenMail, TakeMail, TakeOutcome};
use relay::{AuditEvent, AuditKind, Confirmation, EnrolmentId, Fault, Kept, MAX_OTHER_MAIL, MailEvent, OtherMail};
use rusqlite::{Connection, params};

use super::rows::micros;
use super::{SqliteStore, events};

pub(super) const SEEN: &str = "SELECT 1 FROM seen WHERE enrolment = ?1 AND mail = ?2 AND seen_until > ?3";

pub(super) const END: &str = "UPDATE requests SET code = ?1, fault = ?2
     WHERE id = ?3 AND enrolment = ?4 AND staged_at = ?5 AND code IS NULL AND fault IS NULL";

pub(super) const REMEMBER: &str = "REPLACE INTO seen (enrolment, mail, seen_until, request, staged_at, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The first of the remembered mails to expire, if there are more than `?2` of them.
pub(super) const FORGET: &str = "DELETE FROM seen WHERE enrolment = ?1 AND mail = (
     SELECT mail FROM (
         SELECT mail, min(seen_until), count(*) AS many
         FROM (SELECT mail, seen_until FROM seen WHERE enrolment = ?1 LIMIT 128)
     ) WHERE many > ?2)";

pub(super) const COUNT: &str = "UPDATE tallies SET count = count + 1, last_at = ?3 WHERE enrolment = ?1 AND event = ?2";

/// What the writing thread is given of a [`MailTaken`].
struct Taken {
    enrolment: EnrolmentId,
    event: AuditEvent,
    confirmation: Option<Confirmation>,
    other_mail: Option<OtherMail>,
    ends: Option<Ending>,
}

impl From<&MailTaken<'_>> for Taken {
    fn from(taken: &MailTaken<'_>) -> Self {
        let (confirmation, other_mail) = match taken.kept {
            Some(Kept::Confirmation(confirmation)) => (Some(confirmation.clone()), None),
            Some(Kept::OtherMail(mail)) => (None, Some(mail.clone())),
            None => (None, None),
        };
        Self {
            enrolment: taken.enrolment,
            event: taken.event,
            confirmation,
            other_mail,
            ends: taken.ends.clone(),
        }
    }
}

impl TakeMail for SqliteStore {
    async fn take(&self, mail: &MailTaken<'_>) -> Result<TakeOutcome, PortError> {
        let taken = Taken::from(mail);
        let ended = mail.ends.as_ref().map(|ending| ending.request.id);
        let changed = move |outcome: &TakeOutcome| ended.filter(|_| *outcome == TakeOutcome::Done);
        self.write_requests(move |db| take(db, &taken), changed).await
    }

    async fn finish(
        &self,
        _: &EnrolmentId,
        _: &SeenMail,
        _: &Result<Code, Fault>,
        _: Timestamp,
    ) -> Result<(), PortError> {
        // Who polls reads what `take` changed, and that is done whole or not at all.
        Ok(())
    }
}

fn take(db: &Connection, taken: &Taken) -> rusqlite::Result<TakeOutcome> {
    let Taken { enrolment, event, .. } = taken;
    if let Some(ending) = &taken.ends
        && !end(db, enrolment, event, ending)?
    {
        let is_enrolled = db
            .prepare_cached("SELECT 1 FROM enrolments WHERE id = ?1")?
            .exists([enrolment.as_bytes()])?;
        return Ok(if is_enrolled {
            TakeOutcome::Outdated
        } else {
            TakeOutcome::NotEnrolled
        });
    }
    if !events::note(db, enrolment, event)? {
        return Ok(TakeOutcome::NotEnrolled);
    }
    if let AuditKind::Mail(event_of_mail) = event.kind {
        count(db, enrolment, event_of_mail, event)?;
    }
    if let Some(confirmation) = &taken.confirmation {
        keep_confirmation(db, enrolment, confirmation)?;
    }
    if let Some(mail) = &taken.other_mail {
        keep_other_mail(db, enrolment, mail)?;
    }
    Ok(TakeOutcome::Done)
}

/// Ends the request by the mail; `false`, and nothing changed, if the request does not wait any more or the mail has
/// ended one before.
fn end(db: &Connection, enrolment: &EnrolmentId, event: &AuditEvent, ending: &Ending) -> rusqlite::Result<bool> {
    let Ending {
        mail,
        seen_until,
        request,
        outcome,
    } = ending;
    let is_copy = db
        .prepare_cached(SEEN)?
        .exists(params![enrolment.as_bytes(), mail.as_bytes(), micros(event.at)])?;
    if is_copy {
        return Ok(false);
    }
    let (code, fault) = match outcome {
        Ok(code) => (Some(code.expose()), None),
        Err(fault) => (None, Some(fault.name())),
    };
    let ended = db.prepare_cached(END)?.execute(params![
        code,
        fault,
        request.id.as_bytes(),
        enrolment.as_bytes(),
        micros(request.staged_at)
    ])?;
    if ended == 0 {
        return Ok(false);
    }
    db.prepare_cached(REMEMBER)?.execute(params![
        enrolment.as_bytes(),
        mail.as_bytes(),
        micros(*seen_until),
        request.id.as_bytes(),
        micros(request.staged_at),
        micros(request.expires_at)
    ])?;
    db.prepare_cached(FORGET)?
        .execute(params![enrolment.as_bytes(), MAX_SEEN])?;
    Ok(true)
}

/// Counts the mail. With the first of its kind, the enrolment is used from now on.
fn count(db: &Connection, enrolment: &EnrolmentId, mail: MailEvent, event: &AuditEvent) -> rusqlite::Result<()> {
    let values = params![enrolment.as_bytes(), mail.name(), micros(event.at)];
    if db.prepare_cached(COUNT)?.execute(values)? == 0 {
        db.prepare_cached("INSERT INTO tallies (enrolment, event, count, last_at) VALUES (?1, ?2, 1, ?3)")?
            .execute(values)?;
        db.prepare_cached("UPDATE enrolments SET unused_until = NULL WHERE id = ?1 AND unused_until IS NOT NULL")?
            .execute([enrolment.as_bytes()])?;
    }
    Ok(())
}

fn keep_confirmation(db: &Connection, enrolment: &EnrolmentId, kept: &Confirmation) -> rusqlite::Result<usize> {
    db.prepare_cached("REPLACE INTO confirmations (enrolment, provider, code, link, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            enrolment.as_bytes(),
            kept.provider.name(),
            kept.code,
            kept.link,
            micros(kept.at)
        ])
}

fn keep_other_mail(db: &Connection, enrolment: &EnrolmentId, kept: &OtherMail) -> rusqlite::Result<usize> {
    // No link contains a line end.
    let links: Vec<&str> = kept.links.iter().map(Link::url).collect();
    db.prepare_cached("INSERT INTO other_mail (enrolment, sender, subject, links, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            enrolment.as_bytes(),
            kept.sender,
            kept.subject,
            links.join("\n"),
            micros(kept.at)
        ])?;
    db.prepare_cached(
        "DELETE FROM other_mail WHERE enrolment = ?1 AND id <=
         (SELECT id FROM other_mail WHERE enrolment = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![enrolment.as_bytes(), MAX_OTHER_MAIL])
}
