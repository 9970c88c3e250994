//! What a login reports to its caller while it runs.

use std::fmt;

use crate::{Error, FactorKind, FactorMatch};

/// One step of a login. `Display` gives a line for a person. Neither `Display` nor `Debug` shows a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// Another login uses the session file. This one waits for its end and then uses its session.
    WaitingForOtherLogin,
    /// The session file cannot be locked. No other login may use it at the same time.
    SessionNotLocked(Error),
    /// The saved session is still valid. The login is finished.
    SessionReused,
    /// Arlo no longer accepts the saved session. A full login follows.
    SessionRejected,
    /// The session file cannot be used. A full login follows, and the file is kept beside the new one.
    SessionFileUnusable(Error),
    /// The password is sent to Arlo, once.
    Authenticating,
    /// Arlo trusts this browser: no code is needed.
    BrowserTrusted,
    /// Arlo asks for no second factor: it has switched it off, or the account has none.
    NoSecondFactor,
    /// A second factor was chosen.
    FactorChosen(FactorMatch),
    /// The code source is ready for the code.
    SourceReady,
    /// Arlo was asked for a code, and sends it.
    CodeRequested(FactorKind),
    /// The login waits for the code.
    WaitingForCode,
    /// The code came.
    CodeReceived,
    /// Arlo did not accept the code. The source is asked for another one.
    CodeRefused,
    /// Arlo asks in its app for an approval, and this login waits for the answer.
    WaitingForApproval,
    /// The login was approved in Arlo's app.
    Approved,
    /// The code is sent to Arlo.
    Finishing,
    /// Arlo trusts this browser from now on. Logins within about two weeks need no code.
    Paired,
    /// The login succeeded, but Arlo did not trust the browser. The next login needs a code again.
    PairingFailed(Error),
    /// The login succeeded, but the session could not be saved. The next login starts anew.
    SessionNotSaved(Error),
    /// The session is open.
    SessionOpened,
}

impl Step {
    /// Whether this is a failure that did not end the login.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.error().is_some()
    }

    /// The failure that did not end the login.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::SessionNotLocked(error)
            | Self::SessionFileUnusable(error)
            | Self::PairingFailed(error)
            | Self::SessionNotSaved(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WaitingForOtherLogin => "waiting for another login that uses the session file",
            Self::SessionReused => "the saved session is still good",
            Self::SessionRejected => "Arlo no longer takes the saved session",
            Self::SessionNotLocked(error) | Self::SessionFileUnusable(error) => return write!(f, "{error}"),
            Self::Authenticating => "logging in with the password",
            Self::BrowserTrusted => "Arlo trusts this browser: no code is needed",
            Self::NoSecondFactor => "Arlo asks for no code at present",
            Self::FactorChosen(FactorMatch::Named) => "the second factor is the one that was named",
            Self::FactorChosen(FactorMatch::Account) => "the second factor is the account's own address",
            Self::FactorChosen(FactorMatch::Primary) => "the second factor is the account's primary one",
            Self::FactorChosen(FactorMatch::First) => "the second factor is the first of the account's",
            Self::SourceReady => "the code source is ready",
            Self::CodeRequested(FactorKind::Email) => "Arlo sends a mail with the code",
            Self::CodeRequested(FactorKind::Sms) => "Arlo sends a text message with the code",
            Self::CodeRequested(FactorKind::Push) => "Arlo asks in its app",
            Self::WaitingForCode => "waiting for the code",
            Self::CodeReceived => "the code is here",
            Self::CodeRefused => "Arlo refused the code; looking for another",
            Self::WaitingForApproval => "approve the login in the Arlo app",
            Self::Approved => "the login is approved",
            Self::Finishing => "handing the code to Arlo",
            Self::Paired => "Arlo trusts this browser from now on",
            Self::PairingFailed(error) => return write!(f, "the next login needs a code again: {error}"),
            Self::SessionNotSaved(error) => return write!(f, "the next login starts anew: {error}"),
            Self::SessionOpened => "logged in",
        })
    }
}
