//! What can become of one mail to an enrolment.

/// What became of one mail to an enrolment. It is counted in the enrolment's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailEvent {
    /// Its code ended a login request.
    CodeDelivered,
    /// It had a code, and no login request was waiting.
    NothingWaiting,
    /// A copy of a mail that was taken before.
    Duplicate,
    /// It had two different plausible codes.
    ConflictingCodes,
    /// A provider asked to confirm the forwarding.
    ForwardingConfirmation,
    /// From Arlo, and no code in it.
    NoCode,
    /// Not from Arlo.
    NotFromArlo,
    /// Another person than the account forwarded it.
    ForwardedByAnother,
    /// It had a code, its enrolment asks for Arlo's signature, and none verified.
    NotSigned,
    /// Reading it would have taken more work than any real mail takes.
    TooComplex,
}

impl MailEvent {
    /// Every event, in the order in which a status shows them.
    pub const ALL: [Self; 10] = [
        Self::CodeDelivered,
        Self::NothingWaiting,
        Self::Duplicate,
        Self::ConflictingCodes,
        Self::ForwardingConfirmation,
        Self::NoCode,
        Self::NotFromArlo,
        Self::ForwardedByAnother,
        Self::NotSigned,
        Self::TooComplex,
    ];

    /// The name in a status, a log and a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeDelivered => "code-delivered",
            Self::NothingWaiting => "nothing-waiting",
            Self::Duplicate => "duplicate",
            Self::ConflictingCodes => "conflicting-codes",
            Self::ForwardingConfirmation => "forwarding-confirmation",
            Self::NoCode => "no-code",
            Self::NotFromArlo => "not-from-arlo",
            Self::ForwardedByAnother => "forwarded-by-another",
            Self::NotSigned => "not-signed",
            Self::TooComplex => "too-complex",
        }
    }

    /// The event of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

#[cfg(test)]
mod tests;
