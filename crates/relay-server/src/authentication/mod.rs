//! Which domains answer for a mail: DKIM (RFC 6376, RFC 8301, RFC 8463) and SPF (RFC 7208), computed on the spot.
//!
//! The rules decide by these domains whose mail may give a code, so nothing here is lenient: a domain is named only when
//! its key or its policy was found in the DNS and holds for this mail as a whole. What the DNS cannot say for the moment
//! is a [`TemporaryFailure`], so that the sender is asked to come back and no code is lost to a slow name server.
//!
//! Bounds: [`MAX_MESSAGE`] bytes, [`DEADLINE`] for all look-ups of one mail, and those of `signatures`.

mod resolver;
mod sender;
mod signatures;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use mail_auth::common::cache::NoCache;
use mail_auth::{DnsError, Error, MX, MessageAuthenticator, RecordSet};
use tokio::time::{Instant, timeout};

pub use relay::origin::Verdicts;
pub use resolver::{NameServerError, NameServers};

/// Longest mail that is looked at, in bytes. A longer one has no verdicts.
pub const MAX_MESSAGE: usize = 10 * 1024 * 1024;

/// Time for all look-ups of one mail: an SMTP client waits minutes for the answer to DATA, a login does not.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The DNS gave no answer for what would decide: try the mail again later (SMTP 451).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail's signatures and sender could not be checked, since the DNS gave no answer; try again later")]
pub struct TemporaryFailure;

/// Computes [`Verdicts`]. Cheap to clone; clones share one resolver and its cache.
#[derive(Clone)]
pub struct Authenticator {
    dns: MessageAuthenticator,
    deadline: Duration,
}

impl Authenticator {
    /// An authenticator that asks these name servers.
    ///
    /// # Errors
    /// [`NameServerError`] when there is none to ask, or the resolver cannot be set up with them.
    pub fn new(servers: &NameServers) -> Result<Self, NameServerError> {
        Ok(Self {
            dns: resolver::build(servers)?,
            deadline: DEADLINE,
        })
    }

    /// Allows another time than [`DEADLINE`] for the look-ups of one mail.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The servers that take the domain's mail, by its MX records (RFC 5321 section 5.1), the preferred first; none where
    /// it has no record.
    ///
    /// # Errors
    /// [`TemporaryFailure`] when the DNS gave no answer.
    pub async fn mail_servers(&self, domain: &str) -> Result<Vec<String>, TemporaryFailure> {
        let nothing_cached = None::<&NoCache<Box<str>, RecordSet<MX>>>;
        let looked_up = timeout(self.deadline, self.dns.mx_lookup(domain, nothing_cached)).await;
        match looked_up.map_err(|_elapsed| TemporaryFailure)? {
            Ok(records) => {
                let servers = records.rrset.iter().flat_map(|record| record.exchanges.iter());
                Ok(servers.map(|server| server.trim_end_matches('.').to_owned()).collect())
            }
            Err(Error::Dns(DnsError::RecordNotFound(_))) => Ok(Vec::new()),
            Err(_) => Err(TemporaryFailure),
        }
    }

    /// Who answers for this mail: `client` delivered it, said `helo`, and named `reverse_path` in MAIL FROM (`None` or
    /// empty for `<>`); `raw` is the mail as it came, header and body.
    ///
    /// # Errors
    /// [`TemporaryFailure`] when the DNS gave no answer for the author's own signature, or for anything while no
    /// signature verified. Another's dead name server does not hold up a mail whose author is known.
    pub async fn verdicts(
        &self,
        client: IpAddr,
        helo: &str,
        reverse_path: Option<&str>,
        raw: &[u8],
    ) -> Result<Verdicts, TemporaryFailure> {
        let deadline = Instant::now() + self.deadline;
        let (signed, sender) = tokio::join!(
            Box::pin(signatures::check(&self.dns, raw, deadline)),
            Box::pin(sender::check(&self.dns, client, helo, reverse_path, deadline)),
        );
        let unknown = signed.unresolved || sender == sender::Sender::Unresolved;
        if signed.author_unresolved || (signed.domains.is_empty() && unknown) {
            return Err(TemporaryFailure);
        }
        Ok(Verdicts {
            dkim: signed.domains,
            spf: match sender {
                sender::Sender::Pass(domain) => Some(domain),
                sender::Sender::NoPass | sender::Sender::Unresolved => None,
            },
        })
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
