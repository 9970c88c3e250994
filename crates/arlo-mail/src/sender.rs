//! The author of a mail, and the list of authors that are Arlo.
//!
//! A sender's address is compared as a whole, its `+label` included. An account is not: services such as iCloud's Hide
//! My Email make an alias for each correspondent from one name and different labels, so only the whole address
//! identifies one author. Labels can differ in upper and lower case alone, so the part before the `@` is compared as it
//! is written. Only in Arlo's own address the case does not matter.

use std::fmt;

use crate::account::{self, Account, AccountError};

/// The address of an author as it is written, its label included, with the domain in lower case and Punycode. `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(String);

impl Sender {
    /// Reads an address.
    ///
    /// # Errors
    /// An [`AccountError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let (local, domain) = account::split(text)?;
        Self::from_parts(&local, &domain)
    }

    /// The sender of the two parts that [`account::split`] gives.
    fn from_parts(local: &str, domain: &str) -> Result<Self, AccountError> {
        account::check(local, domain)?;
        let address = [local, "@", domain].concat();
        Ok(Self(if address.eq_ignore_ascii_case(ARLO) {
            ARLO.to_owned()
        } else {
            address
        }))
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
        let (local, domain) = account::split(text)?;
        Ok(Self {
            sender: Sender::from_parts(&local, &domain)?,
            account: Account::from_parts(&local, &domain)?,
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
mod tests;
