//! The life of a login request, and which request a mail ends.
//!
//! A request is made `pending` by prestage, ended once by a mail (`complete`) or a fault (`error`), and is gone at its
//! expiry. Expiry is a property of the request and the clock: every reader asks [`LoginRequest::is_expired`], and a
//! clean-up that comes late changes nothing.

use jiff::{SignedDuration, Timestamp};

use crate::account::AccountHash;
use crate::code::Code;
use crate::secret::{PollKey, RequestId, TokenHash};

/// How long a request lives when nobody says otherwise.
pub const DEFAULT_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// The longest life that can be set. What Arlo itself grants a code is not documented.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// The shortest life that can be set.
pub const MIN_LIFETIME: SignedDuration = SignedDuration::from_secs(10);
/// By how much the clock that dated a mail may be behind ours.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Requests one account may have pending at a time.
pub const MAX_PENDING: usize = 16;

/// A login request about to be made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Who logs in.
    pub account: AccountHash,
    /// What its client showed: the store makes the request only if the enrolment has this token.
    pub token: TokenHash,
    /// Who may read it. A request that the same key read before is replaced.
    pub poll_key: PollKey,
    /// When it was made.
    pub staged_at: Timestamp,
    /// When it is gone.
    pub expires_at: Timestamp,
}

/// What became of a [`NewRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staging {
    /// It is pending.
    Staged,
    /// The account is not enrolled, or not with this token. Which of the two is not told.
    Denied,
    /// [`MAX_PENDING`] requests of the account are pending; the first of them expires then.
    Crowded(Timestamp),
}

/// One login request as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// Its public name.
    pub id: RequestId,
    /// Who logs in.
    pub account: AccountHash,
    /// When it was made.
    pub staged_at: Timestamp,
    /// When it is gone.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: State,
}

impl LoginRequest {
    /// Whether it is gone for everyone who asks at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// How far a login request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
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

    /// What the waiting client is told.
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

/// Which request a mail ends: the oldest still pending that was made before the mail was written.
///
/// `written_at` is the mail's Date, give or take [`CLOCK_SKEW`]; a date after `now` counts as `now`, so that no
/// sender can reach for requests to come.
#[must_use]
pub fn choose(pending: &[Pending], written_at: Timestamp, now: Timestamp) -> Option<Pending> {
    let latest_start = written_at.min(now).saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    pending
        .iter()
        .filter(|request| request.expires_at > now && request.staged_at <= latest_start)
        .min_by_key(|request| (request.staged_at, request.id))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn pending(id: u8, staged: i64) -> Pending {
        Pending {
            id: RequestId::from_bytes([id; 16]),
            staged_at: at(staged),
            expires_at: at(staged + 300),
        }
    }

    #[test]
    fn the_oldest_pending_request_made_before_the_mail_is_ended() {
        let (a, b, c) = (pending(1, 0), pending(2, 10), pending(3, 100));
        for (requests, written, now, expected) in [
            (vec![], 5, 5, None),
            (vec![b, a], 12, 13, Some(a)),
            // A minute of skew, and not a second more.
            (vec![c], 40, 101, Some(c)),
            (vec![c], 39, 101, None),
            // A mail that was late for a request that is gone serves the next one only if it is young enough.
            (vec![a, c], 101, 300, Some(c)),
            (vec![a], 1, 300, None),
            // A date in the future is worth no more than now.
            (vec![c], 100_000, 39, None),
        ] {
            assert_eq!(
                choose(&requests, at(written), at(now)),
                expected,
                "written {written}, now {now}"
            );
        }
    }

    #[test]
    fn extreme_dates_are_no_fault() {
        assert_eq!(choose(&[pending(1, 0)], Timestamp::MAX, Timestamp::MAX), None);
        assert_eq!(choose(&[pending(1, 0)], Timestamp::MIN, at(1)), None);
    }

    #[test]
    fn faults_read_back() {
        assert_eq!(
            Fault::from_name(Fault::ConflictingCodes.name()),
            Some(Fault::ConflictingCodes)
        );
        assert_eq!(Fault::from_name("?"), None);
    }
}
