//! The rules of arlo-relay: enrolments, login requests, who may do what. `arlo_mail` reads the mails.
//!
//! No I/O, no clock and no randomness of its own: those are [`ports`]. Every call is one of [`Relay`].
//!
//! Layout:
//! - `settings`: what a deployment decides, in types that cannot hold a wrong value;
//! - `relay`: [`Relay`] and the calls of clients; `enroller`: [`Enroller`], the calls of the operator;
//! - `intake`: taking in a mail, and which one may give a code; `claims` and `origin` judge the way by which it came;
//! - `request`: the life of a login request, and which of them a mail ends;
//! - `enrolment`: an enrolment, and what it is stored as; `mail_event` and `status`: what its mail came to;
//! - `overview`: what the mail of all enrolments came to;
//! - `joining`, `invitation` and `join_ticket`: strangers who enrol themselves;
//! - `identity`: an enrolment's id, token and relay address; `poll_key`: who may read a request; `keys`: the
//!   deployment's key, and what is stored in place of an account; `audit`: what happened to an enrolment;
//! - [`operator_mail`]: the mail that the operator is sent;
//! - [`ports`]: what the rules need of a store and of the rest of the outside; `error` says why a call is not done;
//! - `system`: the time and the randomness, and those of the machine (feature `system`);
//! - `testing` (feature `testing`): stand-ins for the ports, and the suite that every store passes.

mod audit;
mod base32;
mod claims;
mod enroller;
mod enrolment;
mod error;
mod identity;
mod intake;
mod invitation;
mod join_ticket;
mod joining;
mod keys;
mod mail_event;
pub mod operator_mail;
mod origin;
mod overview;
mod poll_key;
pub mod ports;
mod public_id;
mod redacted;
mod relay;
mod request;
mod settings;
mod status;
mod stored_bytes;
mod system;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wipe;

pub use audit::{AuditEvent, AuditKind, ClientNetwork, MAX_EVENTS};
pub use claims::{Claim, Claims, Verdicts};
pub use enroller::{Enroller, NewEnrolment};
pub use enrolment::{Addresses, Credentials, Enrolment, Label, MadeBy, MadeWith};
pub use error::Refusal;
pub use identity::{AccessToken, AddressVersion, EnrolmentId, RelayLocalPart, TOKEN_PREFIX, TokenHash};
pub use intake::{Acceptance, Addressee, Delivery, MAX_SHARED, MailboxReceipt, Receipt, UNDATED_SEEN_FOR, Wanted};
pub use invitation::{Invitation, InvitationCode, InvitationId};
pub use join_ticket::JoinTicket;
pub use joining::{JoinLimits, Joining, Registration, Stranger, UNUSED_KEPT};
pub use keys::{AccountHash, AccountHashes, DeploymentKey, KeyId, Keys};
pub use mail_event::MailEvent;
pub use origin::Recipient;
pub use overview::Overview;
pub use poll_key::{PollKey, RequestId};
pub use relay::{Relay, Shown, Staged};
pub use request::{
    CLOCK_SKEW, Capacity, Fault, LoginRequest, MAX_PENDING, NewRequest, Pending, RequestState, StageOutcome,
};
pub use settings::{Deployment, Domain, InvalidSetting, Lifetime, LocalPart, Settings};
pub use status::{Confirmation, Kept, MAX_OTHER_MAIL, OTHER_MAIL_KEPT, OtherMail, Status, Tally};
#[cfg(feature = "system")]
pub use system::{SystemClock, SystemRandom};
