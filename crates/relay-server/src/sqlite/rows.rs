//! Converts rows to the types of the rules and back.

use arlo_mail::{Code, MailId, Sender};
use jiff::Timestamp;
use relay::ports::{Record, SeenMail};
use relay::{
    AccountHash, Addresses, Enrolment, EnrolmentId, Fault, KeyId, Label, LoginRequest, MadeBy, MadeWith, Pending,
    RequestId, RequestState, TokenHash,
};
use rusqlite::types::Type;
use rusqlite::{Error, Row};

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    moment(column, row.get(column)?)
}

fn optional_timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    micros.map(|micros| moment(column, micros)).transpose()
}

fn moment(column: usize, micros: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|error| unreadable(column, Type::Integer, error))
}

pub(super) fn unreadable(
    column: usize,
    kind: Type,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::FromSqlConversionFailure(column, kind, error.into())
}

/// The columns of an enrolment after its id, as [`enrolment`] reads them and as they are written.
macro_rules! columns {
    () => {
        "label, account, account_key, token, token_key, address, address_key, former_address, former_until, sender, \
         own_address_only, created_at, rotated_at, suspended_at, joined, unused_until, require_dkim"
    };
}

/// A query of enrolments with what [`record`] reads of them.
macro_rules! select_records {
    ($condition:literal) => {
        concat!(
            "SELECT id, ",
            $crate::sqlite::rows::columns!(),
            ", (SELECT max(at) FROM events WHERE enrolment = enrolments.id AND kind = 'wrong-token') FROM enrolments ",
            $condition
        )
    };
}

pub(super) use {columns, select_records};

pub(super) fn enrolment(row: &Row<'_>) -> rusqlite::Result<Enrolment> {
    let key = |column| row.get(column).map(KeyId::from_bytes);
    let label: Option<String> = row.get(1)?;
    let former: Option<u8> = row.get(8)?;
    let sender: Option<String> = row.get(10)?;
    let sender = sender.map(|text| Sender::parse(&text).map_err(|error| unreadable(10, Type::Text, error)));
    Ok(Enrolment {
        id: EnrolmentId::from_bytes(row.get(0)?),
        label: label.as_deref().and_then(Label::stored),
        account: AccountHash::from_bytes(row.get(2)?),
        made_with: MadeWith {
            account: key(3)?,
            token: key(5)?,
            address: key(7)?,
        },
        token: TokenHash::from_bytes(row.get(4)?),
        address: Addresses {
            current: row.get(6)?,
            former: former.zip(optional_timestamp(row, 9)?),
        },
        sender: sender.transpose()?,
        own_address_only: row.get(11)?,
        require_dkim: row.get(17)?,
        made_by: made_by(row, 15)?,
        created_at: timestamp(row, 12)?,
        rotated_at: optional_timestamp(row, 13)?,
        suspended_at: optional_timestamp(row, 14)?,
    })
}

/// An enrolment without what waits for a mail or was ended by one: those are rows of their own.
pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        enrolment: enrolment(row)?,
        pending: Vec::new(),
        seen: Vec::new(),
        wrong_token_at: optional_timestamp(row, 18)?,
    })
}

/// Reads `joined` and `unused_until`, which begin in this column.
fn made_by(row: &Row<'_>, column: usize) -> rusqlite::Result<MadeBy> {
    let joined: bool = row.get(column)?;
    let unused_until = optional_timestamp(row, column + 1)?;
    Ok(match joined {
        true => MadeBy::Account { unused_until },
        false => MadeBy::Operator,
    })
}

/// Reads a request's `id`, `staged_at` and `expires_at`, which begin in this column.
pub(super) fn pending(row: &Row<'_>, column: usize) -> rusqlite::Result<Pending> {
    Ok(Pending {
        id: RequestId::from_bytes(row.get(column)?),
        staged_at: timestamp(row, column + 1)?,
        expires_at: timestamp(row, column + 2)?,
    })
}

/// Reads `mail`, `seen_until` and the three columns of the request.
pub(super) fn seen(row: &Row<'_>) -> rusqlite::Result<SeenMail> {
    Ok(SeenMail {
        mail: MailId::from_bytes(row.get(0)?),
        until: timestamp(row, 1)?,
        request: pending(row, 2)?,
    })
}

/// The columns that [`login_request`] reads.
pub(super) const REQUEST: &str = "id, enrolment, staged_at, expires_at, code, fault";

pub(super) fn login_request(row: &Row<'_>) -> rusqlite::Result<LoginRequest> {
    let (code, fault): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let state = match (code, fault) {
        (None, None) => RequestState::Pending,
        (Some(code), _) => {
            RequestState::Complete(Code::parse(&code).ok_or_else(|| unreadable(4, Type::Text, "no code"))?)
        }
        (None, Some(name)) => {
            RequestState::Error(Fault::from_name(&name).ok_or_else(|| unreadable(5, Type::Text, "unknown fault"))?)
        }
    };
    Ok(LoginRequest {
        id: RequestId::from_bytes(row.get(0)?),
        enrolment: EnrolmentId::from_bytes(row.get(1)?),
        staged_at: timestamp(row, 2)?,
        expires_at: timestamp(row, 3)?,
        state,
    })
}
