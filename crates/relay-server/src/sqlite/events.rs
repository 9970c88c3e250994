//! What happened to an enrolment: the last [`MAX_EVENTS`] of it.

use relay::{AuditEvent, AuditKind, ClientNetwork, EnrolmentId, MAX_EVENTS};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{micros, timestamp, unreadable};

// The number of the newest is asked for without a bound value: it is an ORDER BY to SQLite. RETURNING would make a
// table of its own for the one row, each time.
pub(super) const NEWEST: &str = "SELECT (SELECT max(number) FROM events WHERE enrolment = enrolments.id)
     FROM enrolments WHERE id = ?1";

pub(super) const NOTE: &str = "INSERT INTO events (enrolment, number, at, kind, network) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) const TRIM: &str = "DELETE FROM events WHERE enrolment = ?1 AND number <= ?2";

/// Adds an event to those of the enrolment; `false` if there is no such enrolment.
pub(super) fn note(db: &Connection, enrolment: &EnrolmentId, event: &AuditEvent) -> rusqlite::Result<bool> {
    let newest: Option<Option<i64>> = db
        .prepare_cached(NEWEST)?
        .query_row([enrolment.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(newest) = newest else {
        return Ok(false);
    };
    let number = newest.unwrap_or(0) + 1;
    let network = event.network.map(|network| network.to_string());
    db.prepare_cached(NOTE)?.execute(params![
        enrolment.as_bytes(),
        number,
        micros(event.at),
        event.kind.name(),
        network
    ])?;
    // One that is added is one at most that is dropped.
    let kept = i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX);
    db.prepare_cached(TRIM)?
        .execute(params![enrolment.as_bytes(), number - kept])?;
    Ok(true)
}

/// The enrolment's events, the newest first.
pub(super) fn read(db: &Connection, enrolment: &EnrolmentId) -> rusqlite::Result<Vec<AuditEvent>> {
    db.prepare_cached("SELECT at, kind, network FROM events WHERE enrolment = ?1 ORDER BY number DESC")?
        .query_map([enrolment.as_bytes()], event)?
        .filter_map(Result::transpose)
        .collect()
}

/// An event; `None` for a kind that a newer version wrote.
fn event(row: &Row<'_>) -> rusqlite::Result<Option<AuditEvent>> {
    let network: Option<String> = row.get(2)?;
    let network = network
        .map(|text| ClientNetwork::parse(&text).ok_or_else(|| unreadable(2, Type::Text, "no network")))
        .transpose()?;
    let at = timestamp(row, 0)?;
    let kind = AuditKind::from_name(&row.get::<_, String>(1)?);
    Ok(kind.map(|kind| AuditEvent { at, kind, network }))
}
