//! The mail servers of a domain, by its MX records (RFC 5321 section 5.1).

use std::fmt;

use mail_auth::common::cache::NoCache;
use mail_auth::{DnsError, Error, MX, MessageAuthenticator, RecordSet};
use tokio::time::timeout;

use super::WITHIN;

/// Why the records are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookupError {
    /// This machine names no name server.
    NoServer,
    /// The name servers gave no answer.
    NoAnswer,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServer => "this machine has no name server: set one up in /etc/resolv.conf",
            Self::NoAnswer => "the name servers gave no answer",
        })
    }
}

/// The servers that take the domain's mail, the preferred first; none if it has no record.
pub(super) async fn servers(domain: &str) -> Result<Vec<String>, LookupError> {
    let resolver = MessageAuthenticator::new_system_conf().map_err(|_| LookupError::NoServer)?;
    let nothing_cached = None::<&NoCache<Box<str>, RecordSet<MX>>>;
    let answered = timeout(WITHIN, resolver.mx_lookup(domain, nothing_cached)).await;
    match answered.map_err(|_elapsed| LookupError::NoAnswer)? {
        Ok(records) => {
            let servers = records.rrset.iter().flat_map(|record| record.exchanges.iter());
            let names = servers.map(|server| server.trim_end_matches('.').to_owned());
            // An empty name says that the domain takes no mail (RFC 7505).
            Ok(names.filter(|name| !name.is_empty()).collect())
        }
        Err(Error::Dns(DnsError::RecordNotFound(_))) => Ok(Vec::new()),
        Err(_) => Err(LookupError::NoAnswer),
    }
}
