//! The author of a mail, and the list of authors that are Arlo.
//!
//! A sender's address is compared as a whole, its `+label` included. An account is not: services such as iCloud's Hide
//! My Email make an alias for each correspondent from one name and different labels, so only the whole address
//! identifies one author. Upper and lower case do not matter.

use std::fmt;

use crate::account::{self, Account, AccountError};

/// The address of an author, in lower case, its label included. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(String);

impl Sender {
    /// Reads an address.
    ///
    /// # Errors
    /// An [`AccountError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let (local, domain) = account::split(text)?;
        account::check(&local, &domain)?;
        Ok(Self(local + "@" + &domain))
    }

    /// The whole address. Show it only to the person who added it.
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

/// The author of a mail, in both spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The whole address.
    pub sender: Sender,
    /// The mailbox, as an account.
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

    /// Whether this is the address from which Gmail asks whether it may forward mail.
    #[must_use]
    pub fn asks_to_forward(&self) -> bool {
        self.account.as_str() == GMAIL_FORWARDING
    }
}

/// The address from which Gmail asks whether it may forward mail.
const GMAIL_FORWARDING: &str = "forwarding-noreply@google.com";

/// The senders that count as Arlo. The default list holds `do_not_reply@arlo.com` alone.
#[derive(Debug, Clone)]
pub struct Senders(Vec<Sender>);

/// The domain whose DKIM signature proves that Arlo wrote a mail.
pub const ARLO_DOMAIN: &str = "arlo.com";

/// The address from which Arlo sends codes. No other mail from it is known.
const ARLO: &str = "do_not_reply@arlo.com";

impl Default for Senders {
    fn default() -> Self {
        Self(vec![Sender(ARLO.to_owned())])
    }
}

impl Senders {
    /// Adds a sender, for a service that rewrites the From field.
    #[must_use]
    pub fn with(mut self, sender: Sender) -> Self {
        if !self.contains(&sender) {
            self.0.push(sender);
        }
        self
    }

    /// Whether the list holds this sender.
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
