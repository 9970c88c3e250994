//! The life of a login request, and which request a mail ends.
//!
//! A request is made `pending` by prestage, ended once by a mail (`complete`) or a fault (`error`), and is gone at its
//! expiry. Expiry is a property of the request and the clock: every reader asks [`LoginRequest::is_expired`], and a
//! clean-up that comes late changes nothing.

use std::cmp::Reverse;
use std::time::Duration;

pub use arlo_mail::CLOCK_SKEW;
use arlo_mail::Code;
use jiff::Timestamp;

use crate::audit::ClientNetwork;
use crate::identity::{EnrolmentId, TokenHash};
use crate::keys::AccountHashes;
use crate::poll_key::{PollKey, RequestId};

/// Arlo dates the mail of a login no later than this after the login was announced, as far as is known.
const DATED_WITHIN: Duration = Duration::from_secs(15);
/// Requests one enrolment may have pending at a time.
pub const MAX_PENDING: usize = 16;

/// A login request about to be made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Who logs in: the store makes the request only if the enrolment is this account's.
    pub account: AccountHashes,
    /// What its client showed: the store makes the request only if the enrolment has this token.
    pub token: TokenHash,
    /// Who may read it, and whose it is. A request that the same key read before is replaced.
    pub poll_key: PollKey,
    /// From where the client called.
    pub network: Option<ClientNetwork>,
    /// When it was made.
    pub staged_at: Timestamp,
    /// When it is gone.
    pub expires_at: Timestamp,
}

/// What became of a [`NewRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageOutcome {
    /// It is pending.
    Accepted,
    /// There is no such enrolment, it is another account's, its token is another, or it is suspended. Which of these is
    /// not said.
    NotEnrolled,
    /// [`MAX_PENDING`] requests of the enrolment are pending. The first of them expires at this time.
    Full(Timestamp),
}

/// One login request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// Its public name.
    pub id: RequestId,
    /// Whose it is.
    pub enrolment: EnrolmentId,
    /// When it was made.
    pub staged_at: Timestamp,
    /// When it is gone.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: RequestState,
}

impl LoginRequest {
    /// Whether it is gone at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// How far a login request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestState {
    /// No mail has ended it.
    Pending,
    /// A mail ended it with this code.
    Complete(Code),
    /// A fault ended it.
    Error(Fault),
}

/// Why a request ended without a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The mail held two different plausible codes.
    ConflictingCodes,
}

impl Fault {
    /// The name that a store keeps.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConflictingCodes => "conflicting-codes",
        }
    }

    /// The fault of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::ConflictingCodes.name()).then_some(Self::ConflictingCodes)
    }

    /// The text that the waiting client gets.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::ConflictingCodes => {
                "Arlo's mail holds two different numbers that could be the code, so none was taken. Start the login again."
            }
        }
    }
}

/// A pending request as the choice needs it. `id` and `staged_at` together name one life of a request: a replaced one
/// has the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its public name.
    pub id: RequestId,
    /// When it was made.
    pub staged_at: Timestamp,
    /// When it is gone.
    pub expires_at: Timestamp,
}

impl Pending {
    /// Which request a mail ends: of those that were pending when it was written, the one that was made nearest to
    /// then.
    ///
    /// A login that was given up has been waiting for longer than the one that the mail is for, so it does not take
    /// that one's code. `written_at` is the mail's Date, give or take [`CLOCK_SKEW`]; a date after `now` counts as
    /// `now`, so that no sender can reach for requests to come.
    ///
    /// A request that was made after `now` was made before the clock was set back, nobody knows when. It is not lost:
    /// it counts as 15 seconds away from the mail, so that a request made since gets its own. Where two are equally
    /// near, the one made before the mail is taken, then the younger one.
    #[must_use]
    pub fn choose(pending: &[Self], written_at: Timestamp, now: Timestamp) -> Option<Self> {
        let written_at = written_at.min(now);
        let latest_start = written_at.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
        let made_at = |request: &Self| request.staged_at.min(now);
        pending
            .iter()
            .filter(|request| request.expires_at > now && made_at(request) <= latest_start)
            .min_by_key(|request| {
                let after_mail = request.staged_at.duration_since(written_at);
                let distance = if request.staged_at > now {
                    DATED_WITHIN
                } else {
                    after_mail.unsigned_abs()
                };
                (
                    distance,
                    after_mail.is_positive(),
                    Reverse(request.staged_at),
                    request.id,
                )
            })
            .copied()
    }
}

/// Whether one more request of an account may be pending beside its others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// It may.
    Free,
    /// It may if this one is dropped.
    InsteadOf(RequestId),
    /// It may not before this time, at which the first of the others expires.
    Full(Timestamp),
}

impl Capacity {
    /// Whether a request that is made `now` may be pending beside the account's other pending ones.
    ///
    /// Requests that were made while the clock was ahead would stay pending for as long as it was ahead. They are
    /// dropped first.
    #[must_use]
    pub fn beside(others: &[Pending], now: Timestamp) -> Self {
        let live = || others.iter().filter(|request| request.expires_at > now);
        if live().count() < MAX_PENDING {
            return Self::Free;
        }
        let ahead = live().filter(|request| request.staged_at > now);
        match ahead.max_by_key(|request| (request.staged_at, request.id)) {
            Some(request) => Self::InsteadOf(request.id),
            None => Self::Full(live().map(|request| request.expires_at).min().unwrap_or(now)),
        }
    }
}

#[cfg(test)]
mod tests;
