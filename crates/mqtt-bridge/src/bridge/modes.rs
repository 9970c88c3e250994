//! The modes that are shown, and when they are read again because of a schedule.
//!
//! Arlo tells that a schedule of a base is active, and neither which mode it has nor when it goes on to another one.
//! That is computed when the modes are read. So they are read after an event that names no mode, at the next change of
//! a schedule, and once an hour while one is active. Until then the mode before it is shown.

use std::collections::btree_map::Entry;
use std::time::Duration;

use arlo_cameras::{Id, Modes};

use super::{AGAIN_AFTER, Bridge, MODES_AFTER};

/// The longest time without a reading while a schedule is active.
const SCHEDULE_EVERY: Duration = Duration::from_secs(60 * 60);

impl Bridge {
    /// Takes over which mode is active at a base or location now.
    pub(super) fn mode_changed(&mut self, at: &Id) {
        if let (Some(modes), Some(active)) = (self.modes.get_mut(at), self.account.active_mode(at)) {
            modes.active = Some(active);
        }
    }

    /// Takes over the modes. A place that could not be read keeps those that it had, and is read again later. To read
    /// all of them takes a while: a mode that was chosen since is the active one.
    pub(super) fn learned(&mut self, modes: Vec<Modes>) {
        let newest = |mut modes: Modes| {
            if let Some(active) = self.account.active_mode(&modes.at) {
                (modes.active, modes.schedule) = (Some(active), None);
            }
            (modes.at.clone(), modes)
        };
        let modes = modes.into_iter().map(newest).collect();
        let before = std::mem::replace(&mut self.modes, modes);
        self.knows_modes = true;
        let locations = self.account.locations();
        let mut is_unread = locations.iter().any(|location| !self.modes.contains_key(&location.id));
        for (at, modes) in before {
            if !self.has(&at) {
                self.forget(&at);
            } else if let Entry::Vacant(place) = self.modes.entry(at) {
                is_unread = true;
                place.insert(modes);
            }
        }
        if is_unread {
            self.due.modes.after(AGAIN_AFTER);
        }
        let all: Vec<Id> = self.modes.keys().cloned().collect();
        for id in &all {
            self.publish(id);
        }
        if let Some(list) = self.published.take() {
            self.compare(&list);
        }
        self.publish_list();
        if let Some(wait) = self.schedules_change_after() {
            self.due.modes.after(wait);
        }
    }

    /// After how long the modes are read again because of a schedule; `None` if no schedule is active.
    fn schedules_change_after(&self) -> Option<Duration> {
        let now = self.account.now();
        let scheduled = self.modes.values().filter(|modes| modes.schedule.is_some());
        let waits = scheduled.map(|modes| {
            modes.changes_at.map_or(SCHEDULE_EVERY, |at| {
                let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
                left.saturating_add(MODES_AFTER).min(SCHEDULE_EVERY)
            })
        });
        waits.min()
    }
}

#[cfg(test)]
mod tests;
