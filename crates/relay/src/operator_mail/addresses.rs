//! From which address the operator is sent mail, and at which.

use arlo_mail::{Account, canonical_domain};

use crate::settings::{Domain, InvalidSetting};

/// A mail address that can be in a header as it is. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

crate::redacted_debug!(Address);

impl Address {
    /// Reads an address as a person writes it.
    ///
    /// # Errors
    /// [`InvalidSetting::Address`], also for an address that a header has to quote or encode.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let text = text.trim();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['<', '>', '"', ',', ';']);
        if !is_plain || Account::parse(text).is_err() {
            return Err(InvalidSetting::Address);
        }
        Ok(Self(text.to_owned()))
    }

    /// The postmaster of a domain: every domain that takes mail has one (RFC 5321 section 4.5.1).
    #[must_use]
    pub fn postmaster(domain: &Domain) -> Self {
        Self(format!("postmaster@{domain}"))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Both addresses of the operator's mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    from: Address,
    to: Address,
}

impl Addresses {
    /// Mail from the relay to the operator. The relay's domain is `domain`.
    ///
    /// # Errors
    /// [`InvalidSetting::OwnDomain`] where the operator's own address is one of the relay's.
    pub fn new(from: Address, to: Address, domain: &Domain) -> Result<Self, InvalidSetting> {
        if canonical_domain(to.domain()).as_deref() == Some(domain.as_str()) {
            return Err(InvalidSetting::OwnDomain);
        }
        Ok(Self { from, to })
    }

    /// The relay's own address.
    #[must_use]
    pub fn from(&self) -> &Address {
        &self.from
    }

    /// The operator's address.
    #[must_use]
    pub fn to(&self) -> &Address {
        &self.to
    }
}

#[cfg(test)]
mod tests;
