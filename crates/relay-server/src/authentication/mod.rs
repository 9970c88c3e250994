//! Which of a mail's claims hold: DKIM (RFC 6376, RFC 8301, RFC 8463) and SPF (RFC 7208), computed here.
//!
//! The rules use the verdicts to decide whose mail may give a code, so nothing here is lenient: a verdict counts if it
//! was found in the DNS and holds for this mail as a whole. SPF is checked only if no signature verified.
//!
//! Bounds: [`DEADLINE`] for all look-ups of one mail, and four names. Names are looked up of Arlo's domain, of the
//! domain of the account that the mail names, and of the domains to which that one's policy refers. Who is enrolled
//! makes no difference.

mod names;
mod network;
mod resolver;
mod sender;
mod signatures;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mail_auth::MessageAuthenticator;
use relay::ports::{AuthenticateMail, PortError, RunWork};
use relay::{Claims, Verdicts};
use relay_http::{CheckSignatures, ClientWork, VerdictsFuture};
use tokio::time::Instant;

use self::names::Names;
use crate::error::StartError;
pub use network::{Network, NetworkError};
pub use resolver::NameServers;

/// Time for all look-ups of one mail: an SMTP client waits minutes for the answer to DATA, a login does not.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The DNS gave no answer to a question that decides: the mail has to come again later (SMTP 451).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail's signatures and sender could not be checked, since the DNS gave no answer; try again later")]
struct TemporaryFailure;

/// Computes [`Verdicts`]. Cheap to clone; clones share one resolver and its cache.
#[derive(Clone)]
pub struct Authenticator {
    dns: MessageAuthenticator,
    deadline: Duration,
    mail_servers: Arc<[Network]>,
}

impl Authenticator {
    /// An authenticator that asks these name servers.
    ///
    /// # Errors
    /// A [`StartError`] when there is none to ask, or the resolver cannot be set up with them.
    pub fn new(servers: &NameServers) -> Result<Self, StartError> {
        Ok(Self {
            dns: resolver::build(servers)?,
            deadline: DEADLINE,
            mail_servers: Network::LOOPBACK.into(),
        })
    }

    /// Sets the operator's own mail servers, in addition to this machine. Somebody else sent a mail that one of them
    /// passes on: SPF has no verdict about it.
    #[must_use]
    pub fn with_mail_servers(mut self, own: &[Network]) -> Self {
        self.mail_servers = Network::LOOPBACK.iter().chain(own).copied().collect();
        self
    }

    /// Sets another time limit than [`DEADLINE`] for the look-ups of one mail.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Which of the claims of this mail hold. `connection` is the one that it came by. `reverse_path` is the address of
    /// MAIL FROM (`None` or empty for `<>`). `raw` is the mail as it was received, header and body.
    ///
    /// # Errors
    /// That of `work`, and one that is temporary if a key of Arlo's could not be looked up for a mail that claims to be
    /// Arlo's. A name server of anybody else that does not answer delays no mail.
    pub async fn verdicts(
        &self,
        connection: Connection<'_>,
        claims: &Claims,
        reverse_path: Option<&str>,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Verdicts, PortError> {
        let deadline = Instant::now() + self.deadline;
        let names = Names::default();
        let signed = Box::pin(signatures::check(&self.dns, &names, claims, raw, work, deadline)).await?;
        let mut verdicts = Verdicts {
            verified: signed.verified,
            spf: false,
        };
        if !verdicts.verified.is_empty() {
            return Ok(verdicts);
        }
        let is_own = |client: &IpAddr| self.mail_servers.iter().any(|own| own.contains(*client));
        let client = connection.client.filter(|client| !is_own(client));
        if let (true, Some(client), Some(path)) = (claims.names_forwarder(), client, reverse_path) {
            verdicts.spf = sender::may_send(&self.dns, &names, client, connection.helo, path, deadline).await;
        }
        if signed.arlo_unresolved && claims.is_from_arlo() && !verdicts.spf {
            return Err(PortError::away("the name servers do not answer", TemporaryFailure));
        }
        Ok(verdicts)
    }
}

/// The connection by which a mail came. SPF judges it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection<'a> {
    /// The client's address. `None` if it is not known: SPF has no verdict then.
    pub client: Option<IpAddr>,
    /// The name by which the client introduced itself in EHLO or HELO.
    pub helo: &'a str,
}

/// Judges the mails that came by one connection.
#[derive(Debug)]
pub(crate) struct OneConnection<'a> {
    pub(crate) authenticator: &'a Authenticator,
    pub(crate) connection: Connection<'a>,
}

impl AuthenticateMail for OneConnection<'_> {
    async fn verdicts(
        &self,
        claims: &Claims,
        reverse_path: Option<&str>,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Verdicts, PortError> {
        self.authenticator
            .verdicts(self.connection, claims, reverse_path, raw, work)
            .await
    }
}

impl CheckSignatures for Authenticator {
    fn check<'a>(&'a self, claims: &'a Claims, raw: &'a Bytes, work: &'a ClientWork<'a>) -> VerdictsFuture<'a> {
        Box::pin(self.verdicts(Connection::default(), claims, None, raw, work))
    }
}

relay::redacted_debug!(Authenticator, |authenticator| deadline = authenticator.deadline);
