//! What a port may fail with.

use std::error::Error as StdError;
use std::fmt;

/// A fault of something outside the rules. Its message names no secret; its source is for the log.
#[derive(Debug)]
pub struct PortError {
    what: &'static str,
    retryable: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl PortError {
    /// Something that may work again later.
    #[must_use]
    pub fn away(what: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            what,
            retryable: true,
            source: Some(source.into()),
        }
    }

    /// Others were quicker, again and again.
    #[must_use]
    pub fn contended(what: &'static str) -> Self {
        Self {
            what,
            retryable: true,
            source: None,
        }
    }

    /// Something that will not mend itself.
    #[must_use]
    pub fn broken(what: &'static str) -> Self {
        Self {
            what,
            retryable: false,
            source: None,
        }
    }

    /// Whether the same call may go through later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl StdError for PortError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
