//! Reading a mail: what it is, whom it is for, and the code in it.

use jiff::Timestamp;

use crate::account::Account;
use crate::code::Code;

/// The canonical addresses whose mail is Arlo's. The default holds `do_not_reply@arlo.com` alone.
#[derive(Debug, Clone)]
pub struct Senders(Vec<Account>);

/// What tells two copies of one mail from two mails: a digest, the same for every copy that a forwarder may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MailId([u8; 32]);

/// What the relay makes of one raw mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What tells a second copy.
    pub id: MailId,
    /// When the sender says it was written.
    pub date: Option<Timestamp>,
    /// The accounts that its To, Delivered-To and X-Forwarded-For name, in the order found, each once.
    pub named: Vec<Account>,
    /// Who forwarded it by hand, where the mail is not Arlo's own but carries one of Arlo's, inline or attached.
    pub forwarded_by: Option<Account>,
    /// What it says.
    pub content: Content,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Arlo's one-time code.
    Code(Code),
    /// Arlo's mail with two different plausible codes: never a guess.
    ConflictingCodes,
    /// A provider asks whether the account's mail may be forwarded here.
    ForwardingConfirmation(ForwardingConfirmation),
    /// Arlo's mail without a code.
    NoCode,
    /// Not from an Arlo sender, and no confirmation.
    NotFromArlo,
}

/// A provider's question whether the account's mail may be forwarded here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardingConfirmation {
    /// Who asks.
    pub provider: Provider,
    /// The account that asked for the forwarding.
    pub account: Option<Account>,
    /// The number to type in, in the older form of Gmail's mail.
    pub confirmation_code: Option<String>,
    /// The page that accepts it, on the provider's own hosts only.
    pub link: Option<String>,
}

/// A mail provider whose confirmation mail is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// Gmail and Google Workspace.
    Gmail,
}

impl Provider {
    /// The name in an answer and in a store.
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

/// The bytes are no mail at all: no header field can be found at their top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail: it does not begin with a header field")]
pub struct NotAMail;

impl MailId {
    /// The bytes a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// Read back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}
impl Default for Senders {
    fn default() -> Self {
        Self(vec![])
    }
}
impl Senders {
    /// x
    #[must_use]
    pub fn with(mut self, a: Account) -> Self {
        self.0.push(a);
        self
    }
}
/// x
pub fn read(_raw: &[u8], _senders: &Senders) -> Result<Mail, NotAMail> {
    Err(NotAMail)
}
