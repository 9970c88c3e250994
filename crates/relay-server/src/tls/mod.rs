//! The certificate that HTTPS and STARTTLS (RFC 3207) show, and how it changes while the relay serves.
//!
//! - Both listeners show the same certificate: rustls with ring, TLS 1.2 and 1.3.
//! - A handshake takes the certificate that is the present one when it begins. A connection keeps what it began with.
//! - A certificate becomes the present one only together with a key that belongs to it. Until there is a better one the
//!   present one stays, even when it has expired.
//! - No key is in a log, an error or a `Debug`.

pub mod acme;
mod files;
mod identity;
mod shown;
mod source;
mod validity;
mod watch;

pub use files::Certificate;
pub use identity::Identity;
pub(crate) use identity::was_for_proof;
pub use shown::{Shown, shown_by_smtp};
pub use source::Source;
pub(crate) use source::Upkeep;
pub use validity::Validity;
pub use watch::Reload;
