//! The steps that reading one mail may take.
//!
//! A step is about one byte looked at once. Every pass over a mail pays for the bytes that it is about to look at, so
//! that the work is known however a mail is built. Each pass is linear by itself; the budget is the second lock, for
//! the shape of mail that nobody thought of.

use std::cell::Cell;

/// The budget of one mail, shared by the passes over it.
#[derive(Debug)]
pub(crate) struct Steps {
    used: Cell<usize>,
    limit: usize,
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooComplex;

impl Steps {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            used: Cell::new(0),
            limit,
        }
    }

    /// Pays for work whose size is bounded. The next [`Self::check`] says whether there was enough.
    pub(crate) fn spend(&self, steps: usize) {
        self.used.set(self.used.get().saturating_add(steps));
    }

    /// Whether the reader may go on. Every loop whose length the mail decides asks this.
    pub(crate) fn check(&self) -> Result<(), TooComplex> {
        if self.used.get() > self.limit {
            return Err(TooComplex);
        }
        Ok(())
    }

    /// Pays, and asks.
    pub(crate) fn pay(&self, steps: usize) -> Result<(), TooComplex> {
        self.spend(steps);
        self.check()
    }

    pub(crate) fn used(&self) -> usize {
        self.used.get()
    }
}
