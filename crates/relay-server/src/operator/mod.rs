//! Mail that is no Arlo code goes on to the operator, through a smarthost (RFC 5321 client).
//!
//! The original goes untouched as an attachment. The relay's own mail has the null reverse-path, so that nothing
//! bounces back, and says that a machine sent it (RFC 3834); [`is_loop`] knows it again when it comes back all the
//! same.

mod error;
mod smarthost;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use relay::operator_mail;
use relay::operator_mail::Addresses;
pub use relay::operator_mail::is_loop;
pub use relay::ports::ForwardReason;

pub use error::{SendError, SettingsError};
pub use smarthost::{Credentials, Smarthost};

/// Time for one step of the SMTP dialogue.
const STEP: Duration = Duration::from_secs(30);
/// Time for the whole of it.
const WHOLE: Duration = Duration::from_secs(120);

/// Where the operator's mail goes, and through whom.
#[derive(Clone)]
pub struct Settings {
    /// The operator's address, and the relay's own.
    pub addresses: Addresses,
    /// Who takes the mail.
    pub smarthost: Smarthost,
    /// How to log in there, where that is asked.
    pub credentials: Option<Credentials>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("smarthost", &self.smarthost)
            .finish_non_exhaustive()
    }
}

/// Sends mail to the operator. Each mail takes a connection of its own.
pub struct OperatorMail {
    addresses: Addresses,
    envelope: Envelope,
    smarthost: AsyncSmtpTransport<Tokio1Executor>,
}

impl OperatorMail {
    /// Checks the settings; connects to nobody yet.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the setting.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let addresses = settings.addresses.clone();
        let to: Address = addresses.to().as_str().parse().map_err(|_| SettingsError::Address)?;
        let smarthost = settings
            .smarthost
            .transport(settings.credentials.as_ref())?
            .hello_name(ClientId::Domain(addresses.from().domain().to_owned()))
            .timeout(Some(STEP))
            .build();
        Ok(Self {
            envelope: Envelope::new(None, vec![to]).map_err(|_| SettingsError::Address)?,
            addresses,
            smarthost,
        })
    }

    /// Forwards a mail as it came at `received`. A second call with the same arguments sends a mail with the same
    /// Message-ID, so a retry after an answer that was lost can be told from a second mail.
    ///
    /// # Errors
    /// A [`SendError`]; where it [is not permanent](SendError::is_permanent) the same call may succeed later.
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

impl fmt::Debug for OperatorMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorMail").finish_non_exhaustive()
    }
}
