//! Taking in a mail: who may give a code to which login request.
//!
//! A mail gives a code when Arlo wrote it and it came the account's way, by the first of these that holds:
//! 1. it was delivered to the enrolment's own secret relay address, handed in with its access token, or found in the
//!    account's own mailbox;
//! 2. at the shared address: Arlo signed it, and the one To that it signed names the account;
//! 3. at the shared address: the account's own mailbox is proven to have sent it on.
//!
//! What the account itself forwarded by hand counts by way 1 or 3. Any other mail ends nothing. Where it came to an
//! enrolment's own address, it is counted in its status. Way 1 needs no look-up in DNS: it is the fast one. Ways 2 and
//! 3 are judged in `claims`, before anything is looked up in the store. An enrolment may ask for Arlo's signature by
//! every way; then way 1 looks up Arlo's key, for a mail with a code alone.
//!
//! Layout: `delivery` says whose an address is; `own` takes in by way 1, `mailbox` out of a mailbox, `shared` by ways 2
//! and 3; `signed` keeps out what an enrolment wants signed; `outcome` does what an admitted mail says; `operator`
//! sends the operator the rest; `reading` reads.

mod delivery;
mod mailbox;
mod operator;
mod outcome;
mod own;
mod reading;
mod receipt;
mod shared;
mod signed;

pub use delivery::{Acceptance, Addressee, Delivery};
pub use mailbox::{MailboxReceipt, Wanted};
pub use outcome::UNDATED_SEEN_FOR;
pub use receipt::Receipt;
pub use shared::MAX_SHARED;

#[cfg(test)]
mod tests;
