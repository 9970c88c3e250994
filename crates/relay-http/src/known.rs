//! Whether the token of a call is good. A listener that puts a [`Known`] into the request's extensions learns it before
//! the body has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the token of one call is good. Its clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<AtomicBool>);

impl Known {
    /// The token is good.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that was said.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
