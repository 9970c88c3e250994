//! Why the command ends with another exit code than 0.

use std::error::Error;
use std::fmt;

/// One sentence for the person at the terminal, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    exit: u8,
    is_reported: bool,
}

/// The exit codes that a mail server understands (sysexits.h). It keeps the mail and tries again only for
/// [`Sysexit::TempFail`], and returns it to its sender for any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sysexit {
    Usage = 64,
    DataError = 65,
    TempFail = 75,
    NoPermission = 77,
    Config = 78,
}

impl Failure {
    /// The operation failed: exit 1.
    pub(crate) fn operation(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 1,
            is_reported: false,
        }
    }

    /// The operation failed, and its result has already been printed: exit 1.
    pub(crate) fn reported(message: impl fmt::Display) -> Self {
        Self {
            is_reported: true,
            ..Self::operation(message)
        }
    }

    /// Whether the result was printed before.
    pub(crate) fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// The command was called wrongly: exit 2, as clap does.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 2,
            is_reported: false,
        }
    }

    /// A mail was not delivered.
    pub(crate) fn delivery(sysexit: Sysexit, message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: sysexit as u8,
            is_reported: false,
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}
