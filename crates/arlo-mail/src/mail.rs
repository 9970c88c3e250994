//! The result of reading a mail.

use std::fmt;

use jiff::Timestamp;

use crate::account::Account;
use crate::code::Code;
use crate::mail_id::MailId;
use crate::notice::Notice;
use crate::search::Found;

/// One mail that was read.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The identity of the mail; copies of it have the same.
    pub id: MailId,
    /// When the mail was written, as its sender says.
    pub date: Option<Timestamp>,
    /// The accounts that its To, Delivered-To and X-Forwarded-For fields name, in the order found, each once.
    pub named: Vec<Account>,
    /// The account that forwarded the mail by hand. Set if the mail is not from Arlo but carries a mail from Arlo,
    /// inline or attached.
    pub forwarded_by: Option<Account>,
    /// What the mail says.
    pub content: Content,
    /// The sender, the subject and the links of the mail. Set by [`read_for_owner`](crate::read_for_owner) only, and
    /// only if the content is [`Content::NoCode`] or [`Content::NotFromArlo`].
    pub notice: Option<Notice>,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A one-time code from Arlo.
    Code(Code),
    /// A mail from Arlo with two different numbers that could equally be the code. The reader does not guess.
    ConflictingCodes,
    /// A mail provider asks whether it may forward the mail of an account.
    ForwardingConfirmation(ForwardingConfirmation),
    /// A mail from Arlo without a code.
    NoCode,
    /// A mail that is not from a listed sender and is no forwarding confirmation.
    NotFromArlo,
    /// The reader gave up: the mail needed more steps than [`max_steps`](crate::limits::max_steps) allows, more than
    /// any real mail. Nothing is taken from it.
    TooComplex,
}

impl From<Found> for Content {
    fn from(found: Found) -> Self {
        match found {
            Found::One(code) => Self::Code(code),
            Found::Conflict => Self::ConflictingCodes,
            Found::Nothing => Self::NoCode,
        }
    }
}

/// A provider's question whether it may forward the mail of an account. `Debug` shows only the provider: the number
/// and the link are secrets like a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ForwardingConfirmation {
    /// The provider that asks.
    pub provider: Provider,
    /// The account that asked for the forwarding.
    pub account: Option<Account>,
    /// The number to type in. Only the older form of Gmail's mail has one.
    pub confirmation_code: Option<String>,
    /// The link that accepts the forwarding. It always leads to a host of the provider.
    pub link: Option<String>,
}

impl fmt::Debug for ForwardingConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardingConfirmation")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// A mail provider whose confirmation mail is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// Gmail and Google Workspace.
    Gmail,
}

impl Provider {
    /// The name for answers and stores.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gmail => "gmail",
        }
    }

    /// The provider of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::Gmail.name()).then_some(Self::Gmail)
    }
}

/// The bytes are no mail: they do not begin with a header field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail: it does not begin with a header field")]
pub struct NotAMail;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_reads_back() {
        assert_eq!(Provider::Gmail.name(), "gmail");
        assert_eq!(Provider::from_name("gmail"), Some(Provider::Gmail));
        assert_eq!(Provider::from_name("?"), None);
    }
}
