//! Who writes a mail: an address that is compared whole.
//!
//! An account is one mailbox whatever its `+label`; a sender is not. Masking services make an alias for each
//! correspondent out of one name by labels, so that only the whole address stands for one writer. Case does not matter.

use std::fmt;

use crate::account::{self, Account, AccountError};

/// An address that writes mail, in lower case, its label included. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(String);

impl Sender {
    /// Reads an address as a person writes it.
    ///
    /// # Errors
    /// An [`AccountError`] that names the fault without repeating the address.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let (local, domain) = account::split(text)?;
        account::check(&local, &domain)?;
        Ok(Self(local + "@" + &domain))
    }

    /// The whole address. To be shown only to the person who added it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender(…)")
    }
}

/// The one author of a mail: as a sender, and as the mailbox it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The address whole.
    pub sender: Sender,
    /// The mailbox.
    pub account: Account,
}

impl Author {
    /// Reads an address.
    ///
    /// # Errors
    /// As [`Account::parse`].
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        Ok(Self {
            sender: Sender::parse(text)?,
            account: Account::parse(text)?,
        })
    }
}

/// The senders whose mail is Arlo's. The default holds `do_not_reply@arlo.com` alone.
#[derive(Debug, Clone)]
pub struct Senders(Vec<Sender>);

/// Whose DKIM signature proves that Arlo wrote a mail.
pub const ARLO_DOMAIN: &str = "arlo.com";

/// Arlo's sender of codes, and of nothing else that is known.
const ARLO: &str = "do_not_reply@arlo.com";

impl Default for Senders {
    fn default() -> Self {
        Self(vec![Sender(ARLO.to_owned())])
    }
}

impl Senders {
    /// Adds a sender, as a service that rewrites senders needs it.
    #[must_use]
    pub fn with(mut self, sender: Sender) -> Self {
        if !self.contains(&sender) {
            self.0.push(sender);
        }
        self
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, sender: &Sender) -> bool {
        self.0.contains(sender)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_stands_for_one_writer() {
        let arlo = Sender::parse("Lark+do_not_reply.at.arlo.com+q7@Hide.example").unwrap();
        assert_eq!(arlo.as_str(), "lark+do_not_reply.at.arlo.com+q7@hide.example");
        let senders = Senders::default().with(arlo);
        for (address, expected) in [
            ("lark+do_not_reply.at.arlo.com+q7@hide.example", true),
            ("LARK+do_not_reply.at.arlo.com+q7@HIDE.example", true),
            ("lark+service.at.shop.example+z2@hide.example", false),
            ("lark@hide.example", false),
            ("lark+do_not_reply.at.arlo.com@hide.example", false),
            ("do_not_reply@arlo.com", true),
            ("do_not_reply+x@arlo.com", false),
        ] {
            assert_eq!(
                senders.contains(&Sender::parse(address).unwrap()),
                expected,
                "{address}"
            );
        }
    }

    #[test]
    fn a_dot_tells_two_senders_apart_where_it_does_not_tell_two_mailboxes() {
        let [a, b] = ["al.ias@gmail.com", "alias@gmail.com"].map(|text| Author::parse(text).unwrap());
        assert!(a.account == b.account && a.sender != b.sender);
    }
}
