//! Sends mail that is no Arlo code to the operator, through a smarthost (RFC 5321 client).
//!
//! The original is an attachment, unchanged. The relay's own mail has the null reverse-path, so that nothing bounces,
//! and is marked as sent by a machine (RFC 3834). If it comes back in spite of that, [`is_loop`] recognises it.

mod error;
mod smarthost;

use std::time::Duration;

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use relay::operator_mail::Addresses;
pub use relay::operator_mail::is_loop;
pub use relay::ports::ForwardReason;
use relay::{Domain, operator_mail};

pub use error::SendError;
use smarthost::Fault;
pub use smarthost::{Credentials, Smarthost};

use crate::error::StartError;

/// Time for one step of the SMTP dialogue.
const STEP: Duration = Duration::from_secs(30);
/// Time for the whole dialogue.
const WHOLE: Duration = Duration::from_secs(120);

/// Where the operator's mail goes, and the server that sends it.
#[derive(Clone)]
pub struct Settings {
    /// The operator's address.
    pub to: operator_mail::Address,
    /// The server that takes the mail.
    pub smarthost: Smarthost,
    /// The login there, if it needs one.
    pub credentials: Option<Credentials>,
}

relay::redacted_debug!(Settings, |settings| smarthost = settings.smarthost);

/// Sends mail to the operator, each over a connection of its own.
pub struct OperatorMail {
    addresses: Addresses,
    envelope: Envelope,
    smarthost: AsyncSmtpTransport<Tokio1Executor>,
}

impl OperatorMail {
    /// Checks the settings. It does not connect yet. The mail comes from the postmaster of `domain`.
    ///
    /// # Errors
    /// A [`StartError`] that names the setting.
    pub fn new(settings: Settings, domain: &Domain) -> Result<Self, StartError> {
        let addresses = Addresses::new(operator_mail::Address::postmaster(domain), settings.to, domain)
            .map_err(|error| StartError::setting(format!("the operator's address {error}")))?;
        let to: Address = addresses.to().as_str().parse().map_err(|_| Fault::Address)?;
        let smarthost = settings
            .smarthost
            .transport(settings.credentials.as_ref())?
            .hello_name(ClientId::Domain(addresses.from().domain().to_owned()))
            .timeout(Some(STEP))
            .build();
        Ok(Self {
            envelope: Envelope::new(None, vec![to]).map_err(|_| Fault::Address)?,
            addresses,
            smarthost,
        })
    }

    /// Forwards a mail as it came at `received`. A second call with the same arguments sends a mail with the same
    /// Message-ID, so a retry after a lost answer can be distinguished from a second mail.
    ///
    /// # Errors
    /// A [`SendError`]; if it [is not permanent](SendError::is_permanent) the same call may succeed later.
    pub async fn forward(&self, original: &[u8], reason: ForwardReason, received: Timestamp) -> Result<(), SendError> {
        let mail = operator_mail::build(&self.addresses, original, reason, received);
        let sending = Box::pin(self.smarthost.send_raw(&self.envelope, &mail));
        match tokio::time::timeout(WHOLE, sending).await {
            Ok(Ok(_accepted)) => Ok(()),
            Ok(Err(error)) => Err(SendError::from_smtp(error)),
            Err(_elapsed) => Err(SendError::timed_out()),
        }
    }
}

relay::redacted_debug!(OperatorMail);
