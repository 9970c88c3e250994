//! The items that this process read last.
//!
//! A mail is looked up, read, and then changes the item that was found. The change begins with what was found, so that
//! the item is not read twice. Nothing relies on it: a change is made only if the item is still the same.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use relay::EnrolmentId;

use super::item::Item;

/// More are not looked up for one mail, as a rule.
const MOST: usize = 8;

#[derive(Clone, Default)]
pub(super) struct Recent(Arc<Mutex<Vec<(EnrolmentId, Item)>>>);

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

impl Recent {
    pub(super) fn keep(&self, id: EnrolmentId, item: &Item) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != id);
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push((id, item.clone()));
    }

    /// The item as it was read last, which is then forgotten.
    pub(super) fn take(&self, id: &EnrolmentId) -> Option<Item> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| other == id)?;
        Some(kept.swap_remove(place).1)
    }
}
