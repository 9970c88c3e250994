//! Converts rows to the types of the rules and back.

use arlo_mail::{Code, Sender};
use jiff::Timestamp;
use relay::{AccountHash, Enrolment, Fault, LoginRequest, RelayLocalPart, RequestId, RequestState, TokenHash};
use rusqlite::types::Type;
use rusqlite::{Error, Row};

/// The columns that [`enrolment`] reads.
pub(super) const ENROLMENT: &str = "account, token, mailbox, sender, created_at, rotated_at, own_address_only";

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(row.get(column)?).map_err(|error| unreadable(column, Type::Integer, error))
}

pub(super) fn unreadable(
    column: usize,
    kind: Type,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::FromSqlConversionFailure(column, kind, error.into())
}

fn sender(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Sender>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| Sender::parse(&text))
        .transpose()
        .map_err(|error| unreadable(column, Type::Text, error))
}

pub(super) fn enrolment(row: &Row<'_>) -> rusqlite::Result<Enrolment> {
    let mailbox: String = row.get(2)?;
    let rotated_at: Option<i64> = row.get(5)?;
    Ok(Enrolment {
        account: AccountHash::from_bytes(row.get(0)?),
        token: TokenHash::from_bytes(row.get(1)?),
        local_part: RelayLocalPart::parse(&mailbox).ok_or_else(|| unreadable(2, Type::Text, "no relay address"))?,
        sender: sender(row, 3)?,
        own_address_only: row.get(6)?,
        created_at: timestamp(row, 4)?,
        rotated_at: rotated_at.map(|_| timestamp(row, 5)).transpose()?,
    })
}

/// The columns that [`login_request`] reads.
pub(super) const REQUEST: &str = "id, account, staged_at, expires_at, code, fault";

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
        account: AccountHash::from_bytes(row.get(1)?),
        staged_at: timestamp(row, 2)?,
        expires_at: timestamp(row, 3)?,
        state,
    })
}
