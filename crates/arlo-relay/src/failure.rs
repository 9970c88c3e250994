//! Why the command ends with something else than 0.

use std::error::Error;
use std::fmt;

/// One sentence for the person at the terminal, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    exit: u8,
    is_told: bool,
}

impl Failure {
    /// The operation failed: exit 1.
    pub(crate) fn operation(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 1,
            is_told: false,
        }
    }

    /// The operation failed, and what it printed says so already: exit 1.
    pub(crate) fn told(message: impl fmt::Display) -> Self {
        Self {
            is_told: true,
            ..Self::operation(message)
        }
    }

    /// Whether the result was printed before.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// The command was called wrongly: exit 2, as clap does.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 2,
            is_told: false,
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
