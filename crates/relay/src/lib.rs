//! The rules of arlo-relay: enrolments, login requests, who may do what. `arlo_mail` reads the mails.
//!
//! No I/O, no clock and no randomness of its own: those are [`ports`]. Every call is one of [`Relay`].
//!
//! Layout:
//! - `settings`: what a deployment decides, in types that cannot hold a wrong value;
//! - `relay`: [`Relay`] and the calls of clients; `enroller`: [`Enroller`], the calls of the operator;
//! - `intake`: taking in a mail, and which one may give a code; `claims` and `origin` judge the way by which it came;
//! - `request`: the life of a login request, and which of them a mail ends;
//! - `enrolment`: an enrolment, what it is stored as, and what its mail came to;
//! - `overview`: what the mail of all enrolments came to;
//! - `secret` and `hash_key`: what must not be shown, and what a store keeps in place of it;
//! - [`operator_mail`]: the mail that the operator is sent;
//! - [`ports`]: what the rules need of a store and of the rest of the outside; `error` says why a call is not done;
//! - `system`: the time and the randomness, and those of the machine (feature `system`);
//! - `testing` (feature `testing`): stand-ins for the ports, and the suite that every store passes.

mod claims;
mod enroller;
mod enrolment;
mod error;
mod hash_key;
mod intake;
pub mod operator_mail;
mod origin;
mod overview;
pub mod ports;
mod redacted;
mod relay;
mod request;
mod secret;
mod settings;
mod system;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wipe;

pub use claims::{Claim, Claims, Verdicts};
pub use enroller::Enroller;
pub use enrolment::{
    Confirmation, Credentials, Enrolment, Kept, MAX_OTHER_MAIL, MailEvent, OTHER_MAIL_KEPT, OtherMail, Status, Tally,
};
pub use error::Refusal;
pub use hash_key::{AccountHash, HashKey};
pub use intake::{Acceptance, Delivery, MAX_SHARED, MailboxReceipt, Receipt, Wanted};
pub use origin::Recipient;
pub use overview::Overview;
pub use relay::{Relay, Staged};
pub use request::{
    CLOCK_SKEW, Capacity, Fault, LoginRequest, MAX_PENDING, NewRequest, Pending, RequestState, StageOutcome,
};
pub use secret::{AccessToken, PollKey, RelayLocalPart, RequestId, TOKEN_PREFIX, TokenHash};
pub use settings::{Deployment, Domain, InvalidSetting, Lifetime, LocalPart, Settings};
#[cfg(feature = "system")]
pub use system::{SystemClock, SystemRandom};
