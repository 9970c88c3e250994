//! The mail address a person logs in to Arlo with, in one canonical spelling.
//!
//! Two spellings of one mailbox must meet in the same enrolment, so an [`Account`] is always canonical: trimmed, NFC,
//! lower case, its domain in punycode, the `+label` removed and, for Gmail, the dots of the local part removed. Where a
//! provider gives one mailbox an address in several domains, one of them stands for all.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Longest address accepted, in bytes: RFC 5321 section 4.5.3.1.3 allows a path of 256 with its angle brackets.
pub const MAX_ADDRESS: usize = 254;
/// Longest local part accepted, in bytes: RFC 5321 section 4.5.3.1.1.
pub const MAX_LOCAL_PART: usize = 64;

/// Longest label of a domain name, in characters: RFC 1035 section 2.3.4 allows as many octets of its ASCII form.
const MAX_LABEL: usize = 63;

/// A canonical mail address. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    address: String,
    at: usize,
}

/// Why a text is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Nothing is left after trimming.
    #[error("the address is empty")]
    Empty,
    /// Longer than [`MAX_ADDRESS`], or its local part than [`MAX_LOCAL_PART`].
    #[error("the address is longer than {MAX_ADDRESS} bytes, or its part before the @ longer than {MAX_LOCAL_PART}")]
    TooLong,
    /// No `@`, or nothing before it.
    #[error("the address needs the form name@domain")]
    NoDomain,
    /// White space, control characters, quotes or other characters that no login address has.
    #[error("the address has a character that a mail address cannot have")]
    BadCharacter,
    /// The part after the last `@` is no domain name.
    #[error("the part of the address after the @ is not a domain name")]
    BadDomain,
}

impl Account {
    /// Reads an address as a person or a client writes it.
    ///
    /// # Errors
    /// An [`AccountError`] that names the fault without repeating the address.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let (local, domain) = split(text)?;
        let base = local.split('+').next().unwrap_or_default();
        let domain = one_for_all(&domain);
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

    /// The whole canonical address. To be shown only to the person it belongs to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.address.get(..self.at).unwrap_or_default()
    }

    /// The domain, in lower case and punycode.
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

/// An address normalised and in lower case, its domain in punycode, split at its last `@`.
pub(crate) fn split(text: &str) -> Result<(String, String), AccountError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AccountError::Empty);
    }
    // Checked before normalisation too: its cost must not grow with what a stranger sends.
    if text.len() > 4 * MAX_ADDRESS {
        return Err(AccountError::TooLong);
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text).to_lowercase();
    // Lower case can undo composition (İ becomes i and a dot above).
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&composed);
    let (local, domain) = composed.rsplit_once('@').ok_or(AccountError::NoDomain)?;
    let domain = canonical_domain(domain).ok_or(AccountError::BadDomain)?;
    Ok((local.to_owned(), domain))
}

/// Whether the two parts can be an address.
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

/// The domains in which a provider gives every mailbox an address: the first stands for all.
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

fn one_for_all(domain: &str) -> &str {
    let sisters = SISTERS.into_iter().find(|sisters| sisters.contains(&domain));
    sisters.and_then(|sisters| sisters.first().copied()).unwrap_or(domain)
}

/// The characters that would make an address ambiguous in a header, a URL or a command line.
fn is_forbidden(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '"' | '\\' | '(' | ')' | '<' | '>' | ',' | ';' | ':' | '[' | ']' | '@'
        )
}

/// A domain name in lower-case ASCII, without the root's dot; `None` for what is none.
#[must_use]
pub fn canonical_domain(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    // Before any work: Punycode takes time with the square of a label's length.
    let is_long = |label: &str| label.chars().count() > MAX_LABEL;
    if domain.len() > 4 * MAX_ADDRESS || domain.split(['.', '。', '．', '｡']).any(is_long) {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    (!ascii.is_empty()).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        Account::parse(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn spellings_of_one_mailbox_meet() {
        for (written, expected) in [
            ("casey@gmail.com", "casey@gmail.com"),
            ("  Ca.Sey+arlo@GoogleMail.com ", "casey@gmail.com"),
            ("casey+a+b@example.org", "casey@example.org"),
            ("first.last@example.org", "first.last@example.org"),
            ("casey@EXAMPLE.org.", "casey@example.org"),
            ("casey@bücher.example", "casey@xn--bcher-kva.example"),
            ("casey@xn--bcher-kva.example", "casey@xn--bcher-kva.example"),
            ("CASEY@BÜCHER.example", "casey@xn--bcher-kva.example"),
            ("caf\u{65}\u{301}@example.org", "café@example.org"),
            ("İx@example.org", "i\u{307}x@example.org"),
            ("casey@me.com", "casey@icloud.com"),
            ("casey+arlo@MAC.com", "casey@icloud.com"),
            ("first.last@icloud.com", "first.last@icloud.com"),
            ("casey@protonmail.com", "casey@proton.me"),
            ("casey@pm.me", "casey@proton.me"),
            ("casey@ya.ru", "casey@yandex.ru"),
            ("casey@yandex.com", "casey@yandex.ru"),
            // Domains that only look like one of them.
            ("casey@x.me.com", "casey@x.me.com"),
            ("casey@notme.com", "casey@notme.com"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        use AccountError::*;
        for (written, expected) in [
            ("", Empty),
            (" \t", Empty),
            ("casey", NoDomain),
            ("@example.org", NoDomain),
            ("+label@example.org", NoDomain),
            ("...@gmail.com", NoDomain),
            ("casey@", BadDomain),
            ("casey@exa mple.org", BadDomain),
            ("ca sey@example.org", BadCharacter),
            ("ca\u{0}sey@example.org", BadCharacter),
            ("a@b@example.org", BadCharacter),
            ("\"a b\"@example.org", BadCharacter),
        ] {
            assert_eq!(Account::parse(written), Err(expected), "{written:?}");
        }
        assert_eq!(Account::parse(&("a".repeat(65) + "@example.org")), Err(TooLong));
        assert_eq!(Account::parse(&("a".repeat(10_000) + "@example.org")), Err(TooLong));
    }

    #[test]
    fn debug_shows_no_address() {
        let shown = format!("{:?}", Account::parse("casey@example.org").unwrap());
        assert!(!shown.contains("casey") && !shown.contains("example"));
    }

    proptest! {
        #[test]
        fn canonical_is_a_fixed_point(text in "\\PC{0,20}(\\+\\PC{0,5})?@\\PC{1,12}(\\.(com|org|example))?") {
            if let Ok(account) = Account::parse(&text) {
                prop_assert_eq!(Account::parse(account.as_str()).map(|a| a.as_str().to_owned()), Ok(account.as_str().to_owned()));
                prop_assert!(account.domain().is_ascii());
                prop_assert!(!account.local_part().contains('+'));
            }
        }

        #[test]
        fn label_and_case_do_not_matter(local in "[a-z0-9._-]{1,20}", label in "[a-zA-Z0-9+]{0,8}", domain in "[a-z]{1,10}\\.(com|org)") {
            let plain = format!("{local}@{domain}");
            let labelled = format!(" {}+{label}@{}. ", local.to_uppercase(), domain.to_uppercase());
            prop_assert_eq!(Account::parse(&plain), Account::parse(&labelled));
        }
    }
}
