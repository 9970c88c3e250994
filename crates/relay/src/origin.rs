//! Whose mail it is, by the envelope with which it came.
//!
//! Domains are compared whole. Nothing follows from a domain above or below another, nor from another mailbox of the
//! same provider. Gmail's `+caf_=` envelope is specified nowhere. This is its form in public mail headers.

use arlo_mail::{Account, canonical_domain};

/// Whose DKIM signature proves that Google wrote a forwarding confirmation.
pub(crate) const GOOGLE_DOMAIN: &str = "google.com";

/// The mailbox that sent a mail on, by its reverse-path (without its angle brackets): the reverse-path itself, or what
/// precedes the label in which Gmail (`+caf_=`) writes where it forwards. `SRS0=` and bounce addresses are mailboxes
/// like any other: nobody's.
pub(crate) fn forwarder(reverse_path: &str) -> Option<Account> {
    let (local, domain) = reverse_path.rsplit_once('@')?;
    // The first label: what follows it can nest another one.
    let mailbox = local.split_once('+').map_or(local, |(mailbox, _)| mailbox);
    if mailbox.is_empty() {
        return None;
    }
    Account::parse(&format!("{mailbox}@{domain}")).ok()
}

/// Whether this is exactly the account's domain, in one of the ways in which its provider writes it.
pub(crate) fn is_domain_of(domain: &str, account: &Account) -> bool {
    let canonical = Account::parse(&format!("x@{domain}"));
    canonical.is_ok_and(|any| any.domain() == account.domain())
}

/// A recipient of the envelope, split and made comparable. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    local_part: String,
    domain: Option<String>,
}

impl Recipient {
    /// Splits a forward-path (without angle brackets, quotes and source route) at its last `@`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        match path.rsplit_once('@') {
            Some((local_part, domain)) => Self {
                local_part: local_part.to_lowercase(),
                domain: Some(canonical_domain(domain).unwrap_or_else(|| domain.to_lowercase())),
            },
            None => Self {
                local_part: path.to_lowercase(),
                domain: None,
            },
        }
    }

    /// The part before the last `@`, in lower case. It may hold any character.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }

    /// The domain in lower case and punycode, or an address literal with its brackets; `None` for `postmaster` alone.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

crate::redacted_debug!(Recipient);

#[cfg(test)]
mod tests;
