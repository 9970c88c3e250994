//! Why a mail to the operator was not sent. No text here repeats an address, and neither does a source: a server's
//! reply may quote one, so only the code of a reply is kept.

use std::fmt;

/// The operator's mail was not accepted.
pub struct SendError {
    kind: Kind,
    source: Option<lettre::transport::smtp::Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nobody answered in time.
    TimedOut,
    /// No server answered, or not over TLS, or not in SMTP.
    Connection,
    /// The server refused.
    Refused(u16),
}

impl SendError {
    pub(super) fn timed_out() -> Self {
        Kind::TimedOut.into()
    }

    pub(super) fn from_smtp(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Kind::Refused(code.into()).into(),
            None if error.is_timeout() => Kind::TimedOut.into(),
            // A malformed reply is quoted in its error.
            None if error.is_response() => Kind::Connection.into(),
            None => Self {
                kind: Kind::Connection,
                source: Some(error),
            },
        }
    }

    /// Whether the same mail will be refused again. A refused login (RFC 4954) is not about the mail: the operator can
    /// correct it, and the mail is sent then.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self.kind {
            Kind::TimedOut | Kind::Connection => false,
            Kind::Refused(code) => code >= 500 && !is_about_login(code),
        }
    }

    /// Whether the smarthost refused the login, or asks for one.
    #[must_use]
    pub fn is_login_refused(&self) -> bool {
        matches!(self.kind, Kind::Refused(code) if is_about_login(code))
    }

    /// The server's reply code, if it sent one.
    #[must_use]
    pub fn reply_code(&self) -> Option<u16> {
        match self.kind {
            Kind::Refused(code) => Some(code),
            _ => None,
        }
    }
}

fn is_about_login(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

impl From<Kind> for SendError {
    fn from(kind: Kind) -> Self {
        Self { kind, source: None }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::TimedOut => f.write_str("the operator's smarthost did not answer in time"),
            Kind::Connection => {
                f.write_str("the operator's smarthost could not be reached, or its answer was not SMTP")
            }
            Kind::Refused(code) if is_about_login(code) => {
                write!(
                    f,
                    "the operator's smarthost refused the login ({code}); check user and password"
                )
            }
            Kind::Refused(code) => write!(f, "the operator's smarthost refused the mail ({code})"),
        }
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
