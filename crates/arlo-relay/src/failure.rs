//! Why the command ends with something else than 0.

use std::error::Error;
use std::fmt;

/// One sentence for the person at the terminal, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    exit: u8,
}

impl Failure {
    /// The operation failed: exit 1.
    pub(crate) fn operation(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 1,
        }
    }

    /// The command was called wrongly: exit 2, as clap does.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            exit: 2,
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
