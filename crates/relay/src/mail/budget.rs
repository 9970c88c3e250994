//! The steps that reading one mail may take.
//!
//! A step is about one byte looked at once. Every pass over a mail pays for the bytes that it is about to look at, so
//! that the work is known however a mail is built. Each pass is linear by itself; the budget is the second lock, for
//! the shape of mail that nobody thought of.

use std::cell::Cell;

/// The budget of one mail, shared by the passes over it.
#[derive(Debug)]
pub(super) struct Steps {
    used: Cell<usize>,
    limit: usize,
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooComplex;

impl Steps {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            used: Cell::new(0),
            limit,
        }
    }

    /// Pays for work whose size is bounded. The next [`Self::check`] says whether there was enough.
    pub(super) fn spend(&self, steps: usize) {
        self.used.set(self.used.get().saturating_add(steps));
    }

    /// Whether the reader may go on. Every loop whose length the mail decides asks this.
    pub(super) fn check(&self) -> Result<(), TooComplex> {
        if self.used.get() > self.limit {
            return Err(TooComplex);
        }
        Ok(())
    }

    /// Pays, and asks.
    pub(super) fn pay(&self, steps: usize) -> Result<(), TooComplex> {
        self.spend(steps);
        self.check()
    }

    pub(super) fn used(&self) -> usize {
        self.used.get()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Notices, Senders, read_counted, read_within};
    use super::*;

    #[test]
    fn a_mail_is_read_to_its_last_step_or_not_at_all() {
        let senders = Senders::default();
        for mail in [
            "From: do_not_reply@arlo.com\r\n\r\nYour code is\r\n467266\r\n",
            "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\n<p>Your code is<h1>467266</h1>",
            "From: a@b.example\r\n\r\nFrom: do_not_reply@arlo.com\r\nDate: x\r\n\r\nYour code is\r\n467266\r\n",
            "From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\nFrom: do_not_reply@arlo.com\r\n\r\nYour code is 467266",
        ] {
            let (_, used) = read_counted(mail.as_bytes(), &senders);
            for limit in (0..used).chain([used]) {
                let read = read_within(mail.as_bytes(), &senders, Notices::Taken, &Steps::new(limit)).unwrap();
                match read.content {
                    Content::Code(code) => assert!(limit == used && code.expose() == "467266"),
                    content => assert!(limit < used && content == Content::TooComplex, "{limit} of {used}"),
                }
            }
        }
    }
}
