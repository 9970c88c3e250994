//! Whose mail it is: what the envelope and the authentication say about the way a mail came.
//!
//! A header can be written by anyone. What a stranger cannot write is the secret relay address, a signature of
//! arlo.com, and the name under which a provider sends for one of its own mailboxes. The rules here take a mail's word
//! for an account only beside one of these.
//!
//! Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 section 3.1 (alignment). Gmail's `+caf_=` envelope and
//! Microsoft's `+SRS=` one are not specified anywhere; they are as found in public mail headers.

use crate::account::{Account, canonical_domain};

/// Whose DKIM signature proves that Arlo wrote a mail.
pub const ARLO_DOMAIN: &str = "arlo.com";
/// Whose DKIM signature proves that Google wrote a forwarding confirmation.
pub const GOOGLE_DOMAIN: &str = "google.com";

/// What the mail's authentication came to. Domains are in lower case and punycode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// The signing domains (`d=`) of the DKIM signatures that verified.
    pub dkim: Vec<String>,
    /// The domain of the reverse-path for which SPF passed.
    pub spf: Option<String>,
}

impl Verdicts {
    /// Whether the domain itself signed the mail.
    #[must_use]
    pub fn signed_by(&self, domain: &str) -> bool {
        self.dkim.iter().any(|signer| signer == domain)
    }

    /// Whether the mail was sent on by the account's own provider, for that account and no other of its mailboxes.
    #[must_use]
    pub fn sent_for(&self, account: &Account, reverse_path: Option<&str>) -> bool {
        if self.dkim.iter().any(|signer| aligned(signer, account.domain())) {
            return true;
        }
        let Some(spf) = &self.spf else { return false };
        // SPF vouches for the provider alone. Where the provider's reverse-path says for which of its mailboxes it
        // sends, another customer of the same provider must not pass for this one.
        aligned(spf, account.domain())
            && match reverse_path.map(Forwarder::of) {
                // Without a reverse-path SPF judged the server's own name: nobody's mailbox.
                None => false,
                Some(Forwarder::Unnamed) => true,
                Some(Forwarder::Named(forwarder)) => forwarder == *account,
            }
    }
}

/// Relaxed alignment without a list of public suffixes: one domain is the other or lies below it. A registry such as
/// `co.uk` neither sends nor signs mail, so the shorter of the two is a mail domain by having passed.
fn aligned(authenticated: &str, domain: &str) -> bool {
    fn within(inner: &str, outer: &str) -> bool {
        inner
            .strip_suffix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
    authenticated.contains('.') && (within(authenticated, domain) || within(domain, authenticated))
}

/// For which mailbox a forwarder sends, by its reverse-path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forwarder {
    /// For this one.
    Named(Account),
    /// It does not say: an SRS address of a whole domain, a bounce address, nothing readable.
    Unnamed,
}

impl Forwarder {
    /// Reads a reverse-path (without its angle brackets).
    #[must_use]
    pub fn of(reverse_path: &str) -> Self {
        let Some((local, domain)) = reverse_path.rsplit_once('@') else {
            return Self::Unnamed;
        };
        let lower = local.to_ascii_lowercase();
        // The first `+caf_=` or `+srs=`: what follows can nest another one.
        let mailbox = match lower.find("+caf_=").or_else(|| lower.find("+srs=")) {
            Some(end) => lower.get(..end).unwrap_or_default(),
            None => lower.as_str(),
        };
        if mailbox.is_empty() || is_bounce_address(mailbox) {
            return Self::Unnamed;
        }
        Account::parse(&format!("{mailbox}@{domain}")).map_or(Self::Unnamed, Self::Named)
    }

    /// The account that Gmail says it forwards for, as one more header that names an account would.
    #[must_use]
    pub fn gmail_account(reverse_path: &str) -> Option<Account> {
        let (local, _) = reverse_path.rsplit_once('@')?;
        if !local.to_ascii_lowercase().contains("+caf_=") {
            return None;
        }
        match Self::of(reverse_path) {
            Self::Named(account) => Some(account),
            Self::Unnamed => None,
        }
    }
}

/// SRS of a whole domain (`SRS0=…`, `SRS1+…`) and the names that bounces come from.
fn is_bounce_address(local: &str) -> bool {
    ["srs0", "srs1"].iter().any(|prefix| {
        local
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(['=', '+', '-']))
    }) || ["bounce", "bounces", "mailer-daemon", "postmaster"].contains(&local)
        || ["bounce+", "bounces+", "bounce-", "bounces-", "bounce=", "bounces="]
            .iter()
            .any(|prefix| local.starts_with(prefix))
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

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Account {
        Account::parse(text).unwrap()
    }

    #[test]
    fn reverse_paths_of_known_forwarders() {
        for (path, expected) in [
            ("casey+caf_=secret=relay.example@gmail.com", Some("casey@gmail.com")),
            ("Ca.Sey+CAF_=secret=relay.example@gmail.com", Some("casey@gmail.com")),
            // A destination with a label nests: the first marker counts.
            (
                "casey+caf_=inbox+caf_=x=relay.example@gmail.com",
                Some("casey@gmail.com"),
            ),
            (
                "casey+SRS=aBcD=EF=arlo.com=do_not_reply@outlook.com",
                Some("casey@outlook.com"),
            ),
            ("casey@example.org", Some("casey@example.org")),
            ("bounces+SRS=aBcD=EF@tenant.onmicrosoft.com", None),
            ("SRS0=HHH=TT=arlo.com=do_not_reply@example.org", None),
            ("srs1=HHH=other==HHH=TT=arlo.com=x@example.org", None),
            ("bounce-123@example.org", None),
            ("MAILER-DAEMON@example.org", None),
            ("+caf_=x=y@gmail.com", None),
            ("", None),
            ("nonsense", None),
        ] {
            let expected = expected.map_or(Forwarder::Unnamed, |a| Forwarder::Named(account(a)));
            assert_eq!(Forwarder::of(path), expected, "{path}");
        }
        assert_eq!(Forwarder::gmail_account("casey@gmail.com"), None);
        assert_eq!(
            Forwarder::gmail_account("casey+caf_=a=b@gmail.com"),
            Some(account("casey@gmail.com"))
        );
    }

    #[test]
    fn a_provider_speaks_for_its_own_mailbox_alone() {
        let casey = account("casey@example.org");
        let spf = |domain: &str| Verdicts {
            spf: Some(domain.into()),
            ..Verdicts::default()
        };
        let dkim = |domain: &str| Verdicts {
            dkim: vec![domain.into()],
            ..Verdicts::default()
        };
        for (verdicts, path, expected) in [
            (spf("example.org"), Some("casey+caf_=s=relay.example@example.org"), true),
            (spf("example.org"), Some("casey@example.org"), true),
            (
                spf("mail.example.org"),
                Some("SRS0=a=b=arlo.com=x@mail.example.org"),
                true,
            ),
            (spf("example.org"), None, false),
            // Another customer of the same provider.
            (
                spf("example.org"),
                Some("mallory+caf_=s=relay.example@example.org"),
                false,
            ),
            (spf("example.org"), Some("mallory@example.org"), false),
            (spf("evil-example.org"), Some("casey@evil-example.org"), false),
            (spf("org"), Some("x@org"), false),
            (dkim("example.org"), Some("anything@else.example"), true),
            (dkim("mail.example.org"), None, true),
            (dkim("arlo.com"), None, false),
            (Verdicts::default(), Some("casey@example.org"), false),
        ] {
            assert_eq!(verdicts.sent_for(&casey, path), expected, "{verdicts:?} {path:?}");
        }
    }

    #[test]
    fn recipients_are_split_at_the_last_at_sign() {
        for (path, local_part, domain) in [
            ("AbC@Relay.Example.", "abc", Some("relay.example")),
            ("abc@bücher.example", "abc", Some("xn--bcher-kva.example")),
            ("a@b@relay.example", "a@b", Some("relay.example")),
            (
                "user%other.example@relay.example",
                "user%other.example",
                Some("relay.example"),
            ),
            ("abc@[IPv6:2001:DB8::1]", "abc", Some("[ipv6:2001:db8::1]")),
            ("Postmaster", "postmaster", None),
        ] {
            let recipient = Recipient::new(path);
            assert_eq!(
                (recipient.local_part(), recipient.domain()),
                (local_part, domain),
                "{path}"
            );
        }
    }
}
