//! Why a call of the relay is not done: it is refused, or a port fails.

use std::error::Error as StdError;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// A fault of something outside the rules. Its message names no secret; its source is for the log.
#[derive(Debug)]
pub struct PortError {
    what: &'static str,
    retryable: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl PortError {
    /// Something that may work again later.
    #[must_use]
    pub fn away(what: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            what,
            retryable: true,
            source: Some(source.into()),
        }
    }

    /// Others were quicker, again and again.
    #[must_use]
    pub fn contended(what: &'static str) -> Self {
        Self {
            what,
            retryable: true,
            source: None,
        }
    }

    /// Something that will not mend itself.
    #[must_use]
    pub fn broken(what: &'static str) -> Self {
        Self {
            what,
            retryable: false,
            source: None,
        }
    }

    /// Whether the same call may go through later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl StdError for PortError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Why a call was not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such enrolment, its token is another, it is another account's, or it is suspended. Which of these is
    /// not said.
    Denied,
    /// Too many logins of the enrolment wait already.
    Crowded {
        /// How long it is until the first of them expires.
        retry_after: SignedDuration,
    },
    /// There is no such request, or it has expired.
    Gone,
    /// There is no such enrolment.
    NotEnrolled,
    /// The relay address before the present one still takes mail, and only one is kept.
    AddressOverlaps {
        /// Until when.
        until: Timestamp,
    },
    /// The enrolment has had all the relay addresses that it may have.
    NoMoreAddresses,
    /// Another change of the enrolment was quicker.
    Changed,
    /// Nobody may enrol himself.
    Closed,
    /// Who enrols himself has to be invited.
    NotInvited,
    /// The invitation is none of this deployment, used up, over or withdrawn.
    InvitationOver,
    /// The form was made too long ago, or not by this deployment.
    TicketOver,
    /// The form was sent before, and what it made has changed or gone since.
    TicketUsed,
    /// There is no such invitation.
    NoInvitation,
    /// As many have enrolled themselves as may.
    NoRoom,
    /// Too many have enrolled themselves today, in all or from one network.
    TooManyJoin {
        /// How long it is until the next day.
        retry_after: SignedDuration,
    },
    /// A port failed.
    Port(PortError),
}

impl From<PortError> for Refusal {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("this token does not give access to this account"),
            Self::Crowded { .. } => f.write_str("too many logins of this enrolment are waiting for a code"),
            Self::Gone => f.write_str("there is no such login request, or it has expired"),
            Self::NotEnrolled => f.write_str("there is no such enrolment"),
            Self::AddressOverlaps { until } => write!(
                f,
                "the relay address before this one takes mail until {until}: replace this one after that, or without \
                 an overlap (--overlap 0), which ends both now"
            ),
            Self::NoMoreAddresses => f.write_str(
                "this enrolment has had all the relay addresses that there are for it: enrol the account anew, and \
                 revoke this enrolment",
            ),
            Self::Changed => f.write_str("the enrolment was changed at this moment: try again"),
            Self::Closed => f.write_str("only the operator of this relay enrols"),
            Self::NotInvited => f.write_str("an invitation of the operator is needed"),
            Self::InvitationOver => f.write_str("this invitation is not good, or not any more"),
            Self::TicketOver => f.write_str("this form is too old"),
            Self::TicketUsed => f.write_str("this form was sent before"),
            Self::NoInvitation => f.write_str("there is no such invitation"),
            Self::NoRoom => f.write_str("there is no room for another enrolment"),
            Self::TooManyJoin { .. } => f.write_str("too many have enrolled today"),
            Self::Port(error) => error.fmt(f),
        }
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Port(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
