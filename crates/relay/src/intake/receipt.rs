//! What became of a mail, in one word.

use crate::identity::EnrolmentId;
use crate::mail_event::MailEvent;
use crate::poll_key::RequestId;

/// What became of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// What it did to an enrolment; `None` where it is no enrolment's mail.
    pub event: Option<MailEvent>,
    /// Whose it was, where that is known.
    pub enrolment: Option<EnrolmentId>,
    /// The login request that it ended.
    pub request: Option<RequestId>,
}

impl Receipt {
    /// No enrolment's mail.
    pub(super) const NOBODY: Self = Self {
        event: None,
        enrolment: None,
        request: None,
    };

    /// A mail of this enrolment that ended no request.
    pub(super) fn counted(event: MailEvent, enrolment: EnrolmentId) -> Self {
        Self {
            event: Some(event),
            enrolment: Some(enrolment),
            request: None,
        }
    }

    /// What became of the mail, in the word that a log and an answer have for it: the name of its event, or `handed-on`
    /// for a mail that is no enrolment's and goes to the operator, where there is one.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.event.map_or("handed-on", MailEvent::name)
    }
}

/// Logs what became of a mail of so many bytes. The line is the calling crate's; fields of its own may come first.
///
/// The fields are `outcome`, `enrolment` (its id), `request` and `bytes`.
#[macro_export]
macro_rules! log_receipt {
    ($receipt:expr, $bytes:expr, $message:literal $(, $field:ident = $value:expr)*) => {{
        let receipt: &$crate::Receipt = &$receipt;
        ::tracing::info!(
            $($field = $value,)*
            outcome = receipt.outcome(),
            enrolment = receipt.enrolment.map(::tracing::field::display),
            request = receipt.request.map(::tracing::field::display),
            bytes = $bytes,
            $message
        )
    }};
}
