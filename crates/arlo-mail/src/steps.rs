//! The steps that reading one mail takes.
//!
//! One step is about one byte looked at once. Every pass over a mail counts the bytes that it is about to look at, so
//! the work is known for any mail. Each pass takes linear time by itself; the limit is a second protection, against a
//! kind of mail that nobody thought of.

use std::cell::Cell;

/// The steps of one mail. All passes over the mail share them.
#[derive(Debug)]
pub(crate) struct Steps {
    used: Cell<usize>,
    limit: usize,
}

/// The mail needed more steps than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooComplex;

impl Steps {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            used: Cell::new(0),
            limit,
        }
    }

    /// Counts work of a bounded size. The next [`Self::check`] compares the count with the limit.
    pub(crate) fn count(&self, steps: usize) {
        self.used.set(self.used.get().saturating_add(steps));
    }

    /// Fails if the count is over the limit. Every loop whose length depends on the mail calls this.
    pub(crate) fn check(&self) -> Result<(), TooComplex> {
        if self.used.get() > self.limit {
            return Err(TooComplex);
        }
        Ok(())
    }

    /// Counts and checks.
    pub(crate) fn count_checked(&self, steps: usize) -> Result<(), TooComplex> {
        self.count(steps);
        self.check()
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn used(&self) -> usize {
        self.used.get()
    }
}
