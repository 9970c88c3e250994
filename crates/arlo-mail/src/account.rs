//! The mail address with which a person logs in to Arlo, in one canonical spelling.
//!
//! Two spellings of one mailbox must give equal accounts. So an [`Account`] is trimmed, in NFC and lower case, its
//! domain is in Punycode, its `+label` is removed, and for Gmail the dots of the local part are removed. Some providers
//! give a mailbox an address in several domains; one of these domains is used for all.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::domain::{MAX_ADDRESS, canonical_domain};

/// Longest local part, in bytes (RFC 5321 section 4.5.3.1.1).
pub const MAX_LOCAL_PART: usize = 64;

/// A canonical mail address. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    address: String,
    at: usize,
}

/// Why a text is no mail address. The message never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The text is empty or only white space.
    #[error("the address is empty")]
    Empty,
    /// The address is longer than [`MAX_ADDRESS`], or its local part is longer than [`MAX_LOCAL_PART`].
    #[error("the address is longer than {MAX_ADDRESS} bytes, or its part before the @ longer than {MAX_LOCAL_PART}")]
    TooLong,
    /// There is no `@`, or nothing before it.
    #[error("the address needs the form name@domain")]
    NoDomain,
    /// There is white space, a control character, a quote or another character that no login address has.
    #[error("the address has a character that a mail address cannot have")]
    BadCharacter,
    /// The part after the last `@` is no domain name.
    #[error("the part of the address after the @ is not a domain name")]
    BadDomain,
}

impl Account {
    /// Reads an address in any spelling.
    ///
    /// # Errors
    /// An [`AccountError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let (local, domain) = split(text)?;
        Self::from_parts(&local, &domain)
    }

    /// The account of the two parts that [`split`] gives.
    pub(crate) fn from_parts(local: &str, domain: &str) -> Result<Self, AccountError> {
        let local = lower(local);
        let base = local.split('+').next().unwrap_or_default();
        let domain = canonical_sister(domain);
        let local = if domain == "gmail.com" {
            base.replace('.', "")
        } else {
            base.to_owned()
        };
        check(&local, domain)?;
        let at = local.len();
        Ok(Self {
            address: local + "@" + domain,
            at,
        })
    }

    /// The whole canonical address. Show it only to the person whose address it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.address.get(..self.at).unwrap_or_default()
    }

    /// The domain, in lower case and Punycode.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.get(self.at + 1..).unwrap_or_default()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

/// Splits an address at its last `@` into the local part, in NFC, and the canonical domain.
pub(crate) fn split(text: &str) -> Result<(String, String), AccountError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AccountError::Empty);
    }
    // Checked before normalisation too, so that a long text from a stranger costs no time.
    if text.len() > 4 * MAX_ADDRESS {
        return Err(AccountError::TooLong);
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let (local, domain) = composed.rsplit_once('@').ok_or(AccountError::NoDomain)?;
    let domain = canonical_domain(&lower(domain)).ok_or(AccountError::BadDomain)?;
    Ok((local.to_owned(), domain))
}

/// A text in NFC in lower case. That can undo the composition: İ becomes an i and a combining dot.
fn lower(composed: &str) -> String {
    let lower = composed.to_lowercase();
    ComposingNormalizerBorrowed::new_nfc().normalize(&lower).into_owned()
}

/// Checks that the two parts can form an address.
pub(crate) fn check(local: &str, domain: &str) -> Result<(), AccountError> {
    if local.is_empty() {
        return Err(AccountError::NoDomain);
    }
    if local.chars().any(is_forbidden) {
        return Err(AccountError::BadCharacter);
    }
    if local.len() > MAX_LOCAL_PART || local.len() + 1 + domain.len() > MAX_ADDRESS {
        return Err(AccountError::TooLong);
    }
    Ok(())
}

/// Domains of one provider, in each of which a mailbox has the same address. The first one is the canonical domain.
const SISTERS: [&[&str]; 4] = [
    &["gmail.com", "googlemail.com"],
    &["icloud.com", "me.com", "mac.com"],
    &["proton.me", "protonmail.com", "pm.me", "protonmail.ch"],
    &[
        "yandex.ru",
        "yandex.com",
        "ya.ru",
        "yandex.by",
        "yandex.kz",
        "yandex.ua",
        "yandex.uz",
        "yandex.fr",
        "yandex.com.tr",
        "narod.ru",
    ],
];

fn canonical_sister(domain: &str) -> &str {
    let sisters = SISTERS.into_iter().find(|sisters| sisters.contains(&domain));
    sisters.and_then(|sisters| sisters.first().copied()).unwrap_or(domain)
}

/// Characters that would make an address ambiguous in a header, a URL or a command line.
fn is_forbidden(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '"' | '\\' | '(' | ')' | '<' | '>' | ',' | ';' | ':' | '[' | ']' | '@'
        )
}

#[cfg(test)]
mod tests;
