//! Strangers who enrol themselves.
//!
//! Nobody proves that the account is his, and nobody needs to: a stranger gets a relay address of his own, and only
//! mail to that address is for him. What can be harmed is the relay itself. So there are limits, and an enrolment that
//! no mail reaches is removed.

use arlo_mail::Account;
use jiff::{SignedDuration, Timestamp};

use crate::audit::ClientNetwork;
use crate::enroller::NewEnrolment;
use crate::enrolment::{Credentials, Enrolment, Label, MadeBy};
use crate::error::Refusal;
use crate::invitation::{InvitationCode, InvitationId};
use crate::ports::{AdmitMembers, AdmitOutcome};
use crate::relay::Relay;
use crate::system::Random;

/// An enrolment that its account made itself is removed if no mail reaches it in this time.
pub const UNUSED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who may enrol himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// Nobody: the operator enrols.
    Closed,
    /// Whoever the operator has invited.
    #[default]
    Invite,
    /// Everyone who reaches the relay.
    Open,
}

impl Registration {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Invite, Self::Open];

    /// The name in a setting.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Invite => "invite",
            Self::Open => "open",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|registration| registration.name() == name)
    }
}

/// How many may enrol themselves. Days are those of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinLimits {
    /// Enrolments that accounts have made themselves, at once.
    pub in_all: u32,
    /// Enrolments that they make in a day.
    pub a_day: u32,
    /// Enrolments that clients of one network make in a day.
    pub of_network: u32,
}

/// A thousand in all, a hundred a day, ten of one network.
impl Default for JoinLimits {
    fn default() -> Self {
        Self {
            in_all: 1000,
            a_day: 100,
            of_network: 10,
        }
    }
}

/// A stranger who wants to join.
#[derive(Debug, Clone)]
pub struct Stranger<'a> {
    /// The account that he names.
    pub account: &'a Account,
    /// What he calls the enrolment.
    pub label: Option<Label>,
    /// The invitation that he shows. Where anybody may join, it is not looked at.
    pub invitation: Option<&'a InvitationCode>,
    /// From where he calls, where that is known.
    pub network: Option<ClientNetwork>,
}

/// An enrolment that is to be admitted.
#[derive(Debug, Clone, Copy)]
pub struct Joining<'a> {
    /// The enrolment. Its id is new.
    pub enrolment: &'a Enrolment,
    /// The invitation of which it is one use.
    pub invitation: Option<InvitationId>,
    /// From where its account calls, where that is known.
    pub network: Option<ClientNetwork>,
    /// How many there may be.
    pub limits: JoinLimits,
}

impl Joining<'_> {
    /// The day on which it counts, in days since 1970.
    #[must_use]
    pub fn day(&self) -> i64 {
        self.enrolment.created_at.as_second().div_euclid(DAY.as_secs())
    }

    /// When the next day begins.
    #[must_use]
    pub fn tomorrow(&self) -> Timestamp {
        Timestamp::from_second((self.day() + 1).saturating_mul(DAY.as_secs())).unwrap_or(Timestamp::MAX)
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl<S> Relay<S> {
    /// Who may enrol himself.
    #[must_use]
    pub fn registration(&self) -> Registration {
        self.registration
    }
}

impl<S: AdmitMembers> Relay<S> {
    /// Enrols a stranger. Whether his account has other enrolments makes no difference.
    ///
    /// # Errors
    /// [`Refusal::Closed`], [`Refusal::NotInvited`], [`Refusal::InvitationOver`], [`Refusal::NoRoom`],
    /// [`Refusal::TooManyJoin`], or a port's.
    pub async fn join(&self, stranger: Stranger<'_>) -> Result<Credentials, Refusal> {
        self.join_from(stranger, &*self.enroller().deployment.random).await
    }

    /// As [`Self::join`], with this randomness.
    pub(crate) async fn join_from(&self, stranger: Stranger<'_>, random: &dyn Random) -> Result<Credentials, Refusal> {
        let invitation = match (self.registration, stranger.invitation) {
            (Registration::Closed, _) => return Err(Refusal::Closed),
            (Registration::Invite, None) => return Err(Refusal::NotInvited),
            (Registration::Invite, Some(code)) => Some(code.proven(self.keys()).ok_or(Refusal::InvitationOver)?),
            (Registration::Open, _) => None,
        };
        let new = NewEnrolment {
            label: stranger.label,
            own_address_only: true,
            ..NewEnrolment::for_account(stranger.account)
        };
        // Whole seconds, which every store keeps.
        let unused_until = Timestamp::from_second(self.now().as_second().saturating_add(UNUSED_KEPT.as_secs()));
        let unused_until = unused_until.unwrap_or(Timestamp::MAX);
        let made_by = MadeBy::Account {
            unused_until: Some(unused_until),
        };
        let (enrolment, credentials) = self.enroller().make(new, made_by, random)?;
        let joining = Joining {
            enrolment: &enrolment,
            invitation,
            network: stranger.network,
            limits: self.join_limits,
        };
        match self.store().admit(&joining).await? {
            AdmitOutcome::Admitted => Ok(credentials),
            AdmitOutcome::InvitationOver => Err(Refusal::InvitationOver),
            AdmitOutcome::Left => Err(Refusal::TicketUsed),
            AdmitOutcome::Full => Err(Refusal::NoRoom),
            AdmitOutcome::TooMany => Err(Refusal::TooManyJoin {
                retry_after: joining.tomorrow().duration_since(enrolment.created_at),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
