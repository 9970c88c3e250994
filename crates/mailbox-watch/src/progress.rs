//! How far a mailbox was read, while the server does not send some of its mails. Without I/O.
//!
//! The position is the last UID before which nothing is left to do. If the server lists only some of the new mails, the
//! position stays before the missing one, and the mails after it that are done are remembered. If the missing mail
//! never comes, the position passes it.

use std::collections::BTreeSet;

use crate::arrival::Position;
use crate::backoff::REFUSED_TRIES;

/// The most mails that are remembered as done after one that the server does not send.
const MAX_DONE_AHEAD: usize = 2_000;

/// How far a mailbox was read.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    position: Option<Position>,
    /// Whether the server has listed only some of the mails after the position.
    has_gap: bool,
    /// The UIDs after the position that are done.
    done_ahead: BTreeSet<u32>,
    /// How often in a row the server refused to list all new mails.
    refused_lists: u8,
}

/// A refusal to list all new mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefusedList {
    /// How many such refusals came before this one.
    pub(crate) earlier: u8,
    /// Whether the position has passed the missing mails.
    pub(crate) is_given_up: bool,
}

impl Progress {
    /// The position; `None` before the mailbox was opened for the first time.
    pub(crate) fn position(&self) -> Option<Position> {
        self.position
    }

    /// The mailbox was opened, and reading continues at this position.
    pub(crate) fn open_at(&mut self, position: Position) {
        if self
            .position
            .is_some_and(|known| known.uid_validity != position.uid_validity)
        {
            self.done_ahead.clear();
            self.has_gap = false;
        }
        self.position = Some(position);
    }

    /// Whether this mail after the position is done.
    pub(crate) fn is_done(&self, uid: u32) -> bool {
        self.done_ahead.contains(&uid)
    }

    /// This mail is done, and all before it that the server has listed.
    pub(crate) fn done(&mut self, mail: Position) {
        let Some(position) = &mut self.position else { return };
        if position.uid_validity != mail.uid_validity {
            return;
        }
        if self.has_gap {
            self.done_ahead.insert(mail.uid);
        } else {
            position.uid = position.uid.max(mail.uid);
        }
    }

    /// The server has listed all new mails. `is_empty`: none of them is left to do.
    pub(crate) fn listed_all(&mut self, is_empty: bool) {
        (self.has_gap, self.refused_lists) = (false, 0);
        if is_empty {
            self.pass_done();
        }
    }

    /// The server has listed some new mails and refused the others. `is_empty`: none of the listed ones is left to do.
    pub(crate) fn listed_some(&mut self, is_empty: bool) -> RefusedList {
        self.has_gap = true;
        let earlier = self.refused_lists;
        self.refused_lists = earlier.saturating_add(1);
        // If the server lists nothing at all, a longer wait does no harm. If it lists all but one, that one never
        // comes.
        let is_missing = self.refused_lists >= REFUSED_TRIES && is_empty && !self.done_ahead.is_empty();
        let is_given_up = is_missing || self.done_ahead.len() > MAX_DONE_AHEAD;
        if is_given_up {
            (self.has_gap, self.refused_lists) = (false, 0);
            self.pass_done();
        }
        RefusedList { earlier, is_given_up }
    }

    /// Moves the position to the last mail that is done.
    fn pass_done(&mut self) {
        if let (Some(last), Some(position)) = (self.done_ahead.pop_last(), &mut self.position) {
            position.uid = position.uid.max(last);
            self.done_ahead.clear();
        }
    }
}

#[cfg(test)]
mod tests;
