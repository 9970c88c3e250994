//! Which domain the relay of a data directory serves.
//!
//! Every relay address that was handed out ends with the domain. With another one the relay refuses mail to all of them
//! for good, and a mailbox may give up its forwarding after one such refusal. So a domain that is left out is that of
//! the last start, and another one has to be meant.

use relay::Domain;

use super::{DataDir, unavailable};
use crate::error::StartError;

/// Whether no other machine knows the domain (RFC 6761 section 6.3).
#[must_use]
pub fn is_local(domain: &str) -> bool {
    domain == "localhost" || domain.ends_with(".localhost")
}

impl DataDir {
    /// The domain to serve: the chosen one, else the one that was served last. `former` is the one that the relay moves
    /// away from, if it does.
    ///
    /// # Errors
    /// Where there are enrolments with relay addresses of another domain, which is not `former`.
    pub(crate) async fn domain_to_serve(
        &self,
        chosen: Option<Domain>,
        former: Option<&Domain>,
    ) -> Result<Domain, StartError> {
        let away = |error| unavailable(&self.path, error);
        let served = self.addresses().await.map_err(away)?.map(|served| served.domain);
        let domain = chosen.or_else(|| served.clone()).unwrap_or_default();
        let Some(served) = served.filter(|served| *served != domain && !is_local(served.as_str())) else {
            return Ok(domain);
        };
        if self.store.needed_keys().await.map_err(away)?.is_empty() {
            return Ok(domain);
        }
        if former != Some(&served) {
            return Err(StartError::setting(format!(
                "the relay addresses of the enrolments in {} are at {served}, and mail to them would be refused for \
                 good with the domain {domain}: set the domain to {served}, or leave it out. To move the relay to \
                 {domain} nevertheless, set --former-domain {served} too, and have each member forward to the new \
                 address",
                self.path.display()
            )));
        }
        tracing::warn!(
            former = served.as_str(),
            domain = domain.as_str(),
            "the relay moves to another domain: mail to the relay addresses at the former one is refused from now on, \
             and each member has to forward to the new one, which arlo-relay enroll --list shows"
        );
        Ok(domain)
    }
}
