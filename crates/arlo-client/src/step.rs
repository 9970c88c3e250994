//! What a login tells its caller while it runs.

use std::fmt;

use crate::{Error, FactorMatch};

/// One step of a login. `Display` gives a line for a person; neither it nor `Debug` holds a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// The session of the file is still good: nothing more is to be done.
    SessionReused,
    /// The session of the file is not taken any more: a full login follows.
    SessionRejected,
    /// The session file cannot be used: a full login follows, and the file is kept beside the new one.
    SessionFileUnusable(Error),
    /// The password goes to Arlo, once.
    Authenticating,
    /// Arlo knows this browser: no code is needed.
    BrowserTrusted,
    /// An e-mail factor was chosen.
    FactorChosen(FactorMatch),
    /// The code source is ready for the mail.
    SourceReady,
    /// Arlo was asked for a code and sends its mail.
    CodeRequested,
    /// The login waits for the code.
    WaitingForCode,
    /// The code came.
    CodeReceived,
    /// Arlo did not take the code; the source is asked for another one.
    CodeRefused,
    /// The code goes to Arlo.
    Finishing,
    /// Arlo trusts this browser from now on: logins to come need no code for some two weeks.
    Paired,
    /// The login is good, but Arlo did not trust the browser: the next login needs a code again.
    PairingFailed(Error),
    /// The login is good, but could not be kept: the next one starts anew.
    SessionNotSaved(Error),
    /// The session is open.
    SessionOpened,
}

impl Step {
    /// Whether something went wrong that did not end the login.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.error().is_some()
    }

    /// What went wrong without ending the login.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::SessionFileUnusable(error) | Self::PairingFailed(error) | Self::SessionNotSaved(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SessionReused => "the saved session is still good",
            Self::SessionRejected => "Arlo no longer takes the saved session",
            Self::SessionFileUnusable(error) => return write!(f, "{error}"),
            Self::Authenticating => "logging in with the password",
            Self::BrowserTrusted => "Arlo trusts this browser: no code is needed",
            Self::FactorChosen(FactorMatch::Named) => "the code goes to the address that was named",
            Self::FactorChosen(FactorMatch::Account) => "the code goes to the account's own address",
            Self::FactorChosen(FactorMatch::Primary) => "the code goes to the account's primary address",
            Self::FactorChosen(FactorMatch::First) => "the code goes to the account's first address",
            Self::SourceReady => "the code source is ready",
            Self::CodeRequested => "Arlo sends a mail with the code",
            Self::WaitingForCode => "waiting for the code",
            Self::CodeReceived => "the code is here",
            Self::CodeRefused => "Arlo refused the code; looking for another",
            Self::Finishing => "handing the code to Arlo",
            Self::Paired => "Arlo trusts this browser from now on",
            Self::PairingFailed(error) => return write!(f, "the next login needs a code again: {error}"),
            Self::SessionNotSaved(error) => return write!(f, "the next login starts anew: {error}"),
            Self::SessionOpened => "logged in",
        })
    }
}
