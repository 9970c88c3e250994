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

use crate::hash_key::AccountHash;
use crate::secret::{PollKey, RequestId, TokenHash};

/// Arlo dates the mail of a login no later than this after the login was announced, as far as is known.
const DATED_WITHIN: Duration = Duration::from_secs(15);
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
pub enum StageOutcome {
    /// It is pending.
    Accepted,
    /// The account is not enrolled, or not with this token. Which of the two is not said.
    NotEnrolled,
    /// [`MAX_PENDING`] requests of the account are pending. The first of them expires at this time.
    Full(Timestamp),
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
    pub state: RequestState,
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

impl Pending {
    /// Which request a mail ends: of those that were pending when it was written, the one that was made nearest to then.
    ///
    /// A login that was given up has been waiting for longer than the one that the mail is for, so it does not take that
    /// one's code. `written_at` is the mail's Date, give or take [`CLOCK_SKEW`]; a date after `now` counts as `now`, so
    /// that no sender can reach for requests to come.
    ///
    /// A request that was made after `now` was made before the clock was set back, nobody knows when. It is not lost: it
    /// counts as 15 seconds away from the mail, so that a request made since gets its own. Where two are equally near,
    /// the one made before the mail is taken, then the younger one.
    #[must_use]
    pub fn choose(pending: &[Self], written_at: Timestamp, now: Timestamp) -> Option<Self> {
        let written_at = written_at.min(now);
        let latest_start = written_at.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
        let made_at = |request: &Self| request.staged_at.min(now);
        pending
            .iter()
            .filter(|request| request.expires_at > now && made_at(request) <= latest_start)
            .min_by_key(|request| {
                let distance = if request.staged_at > now {
                    DATED_WITHIN
                } else {
                    request.staged_at.duration_since(written_at).unsigned_abs()
                };
                let is_after = request.staged_at > written_at;
                (distance, is_after, Reverse(request.staged_at), request.id)
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
    fn the_request_made_nearest_to_the_mail_is_ended() {
        let (a, b, c) = (pending(1, 0), pending(2, 10), pending(3, 100));
        for (requests, written, now, expected) in [
            (vec![], 5, 5, None),
            // A login that was given up, and the one that followed it.
            (vec![a, b], 12, 13, Some(b)),
            (vec![b, a], 12, 13, Some(b)),
            (vec![a, b], 200, 201, Some(b)),
            // Each of two at once, though the mails come in the other order or late.
            (vec![a, b], 11, 130, Some(b)),
            (vec![a, b], 1, 140, Some(a)),
            // One that was made a little after the Date, by a clock that is not Arlo's.
            (vec![a, b], 9, 11, Some(b)),
            // As near on either side: the mail comes after the request.
            (vec![a, b], 5, 11, Some(a)),
            // A minute of skew, and not a second more.
            (vec![c], 40, 101, Some(c)),
            (vec![c], 39, 101, None),
            // A mail that was late for a request that is gone serves the next one only if it is young enough.
            (vec![a, c], 101, 300, Some(c)),
            (vec![a], 1, 300, None),
            // A date in the future is worth no more than now.
            (vec![a, c], 100_000, 101, Some(c)),
        ] {
            assert_eq!(
                Pending::choose(&requests, at(written), at(now)),
                expected,
                "written {written}, now {now}"
            );
        }
    }

    #[test]
    fn requests_made_at_the_same_time_are_told_apart() {
        let twins = [pending(2, 10), pending(1, 10)];
        assert_eq!(Pending::choose(&twins, at(11), at(12)), Some(twins[1]));
        assert_eq!(Pending::choose(&[twins[1], twins[0]], at(11), at(12)), Some(twins[1]));
    }

    #[test]
    fn a_clock_that_is_set_back_loses_no_request() {
        let (before, after) = (pending(1, 120), pending(2, 1));
        // The mail is dated by a clock that was right all the time, or by none.
        for written in [1, 3, 125] {
            assert_eq!(
                Pending::choose(&[before], at(written), at(3)),
                Some(before),
                "{written}"
            );
        }
        // An old mail ends nothing all the same.
        assert_eq!(Pending::choose(&[before], at(-100), at(3)), None);
        assert_eq!(Pending::choose(&[before, after], at(1), at(3)), Some(after));
        // Once the clock has come that far, the request is like any other.
        assert_eq!(Pending::choose(&[before, after], at(122), at(123)), Some(before));
    }

    #[test]
    fn requests_of_a_clock_that_was_ahead_give_way() {
        let now: Vec<Pending> = (0..16).map(|id| pending(id, i64::from(id))).collect();
        assert_eq!(Capacity::beside(&now[..15], at(16)), Capacity::Free);
        assert_eq!(Capacity::beside(&now, at(16)), Capacity::Full(at(300)));
        // The first has expired.
        assert_eq!(Capacity::beside(&now, at(300)), Capacity::Free);
        let ahead: Vec<Pending> = (0..16).map(|id| pending(id, 3600 + i64::from(id))).collect();
        assert_eq!(Capacity::beside(&ahead, at(0)), Capacity::InsteadOf(ahead[15].id));
        let mixed: Vec<Pending> = ahead[..1].iter().chain(&now[..15]).copied().collect();
        assert_eq!(Capacity::beside(&mixed, at(16)), Capacity::InsteadOf(ahead[0].id));
    }

    #[test]
    fn extreme_dates_are_no_fault() {
        assert_eq!(Pending::choose(&[pending(1, 0)], Timestamp::MAX, Timestamp::MAX), None);
        assert_eq!(Pending::choose(&[pending(1, 0)], Timestamp::MIN, at(1)), None);
        let whole = Pending {
            staged_at: Timestamp::MIN,
            ..pending(1, 0)
        };
        assert_eq!(Pending::choose(&[whole], at(1), at(1)), Some(whole));
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
