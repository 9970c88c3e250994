//! Arlo's error numbers (`meta.error`), classed as Arlo's own applications class them.

/// The service that sends codes is switched off, as it was for all accounts from 2026-10-06.
pub(crate) const NO_SECOND_FACTOR: i64 = 9306;

/// Arlo's "unknown error", which it gives in place of a code.
pub(crate) const NO_CODE: i64 = 1110;
/// The password has to be replaced.
pub(crate) const PASSWORD_EXPIRED: i64 = 9340;

/// Arlo does not trust this browser (yet): 9204 until 2025, 9261 since.
const NOT_TRUSTED: [i64; 2] = [9204, 9261];
/// Arlo no longer accepts the token. 2015 is the number of the API host, which sends it as a string or as a number.
const SESSION_REJECTED: [i64; 5] = [2015, 9002, 9022, 9025, 9328];
/// The login is not approved in Arlo's app yet.
const NOT_APPROVED: [i64; 3] = [9233, 9276, 9278];
/// A state of Arlo that passes: a failure inside Arlo, or a service that is switched off.
const TEMPORARY: [i64; 8] = [0, 9000, 9029, 9241, NO_SECOND_FACTOR, 9316, 9334, 9361];

/// Whether Arlo says that it does not trust this browser.
pub(crate) fn is_not_trusted(number: i64) -> bool {
    NOT_TRUSTED.contains(&number)
}

/// Whether Arlo refuses the token.
pub(crate) fn is_session_rejected(number: i64) -> bool {
    SESSION_REJECTED.contains(&number)
}

/// Whether the login still waits for its approval.
pub(crate) fn is_not_approved(number: i64) -> bool {
    NOT_APPROVED.contains(&number)
}

/// Whether Arlo is in a state that passes without a change by a person.
pub(crate) fn is_temporary(number: i64) -> bool {
    TEMPORARY.contains(&number)
}
