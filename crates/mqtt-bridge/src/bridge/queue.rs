//! The commands that wait, and when each may go.
//!
//! Whoever may publish to the broker can send any number of commands. A device gets one at a time, with a pause after
//! each; of one entity only the latest command waits, and of one device only so many. A few run at the same time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use arlo_cameras::Id;
use tokio::time::Instant;

use crate::ha::Action;

/// The pause between two commands of a device.
const APART: Duration = Duration::from_secs(1);
/// The most commands of a device that wait: each is of another entity.
const MAX_WAITING: usize = 8;
/// The most commands that run at the same time.
const MAX_RUNNING: usize = 8;

/// A command for a device.
#[derive(Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) device: Id,
    /// The entity.
    pub(crate) key: String,
    pub(crate) action: Action,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    devices: BTreeMap<Id, Waiting>,
    running: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    commands: VecDeque<(String, Action)>,
    is_running: bool,
    not_before: Option<Instant>,
}

impl Queue {
    /// Adds a command, in place of one of the same entity that waits. Gives whether there was room for it.
    pub(crate) fn add(&mut self, command: Command) -> bool {
        let waiting = self.devices.entry(command.device).or_default();
        if let Some(known) = waiting.commands.iter_mut().find(|(key, _)| *key == command.key) {
            known.1 = command.action;
            return true;
        }
        if waiting.commands.len() >= MAX_WAITING {
            return false;
        }
        waiting.commands.push_back((command.key, command.action));
        true
    }

    /// The next command that may go now. [`done`](Self::done) must follow it.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Command> {
        if self.running >= MAX_RUNNING {
            return None;
        }
        // Pauses that are over need not be remembered.
        self.devices.retain(|_, waiting| {
            !waiting.commands.is_empty() || waiting.is_running || waiting.not_before.is_some_and(|at| at > now)
        });
        let mut ready = self.devices.iter_mut().filter(|(_, waiting)| {
            !waiting.commands.is_empty() && !waiting.is_running && waiting.not_before.is_none_or(|at| at <= now)
        });
        let (device, waiting) = ready.next()?;
        let (key, action) = waiting.commands.pop_front()?;
        waiting.is_running = true;
        self.running += 1;
        let device = device.clone();
        Some(Command { device, key, action })
    }

    /// Notes that the device's command has ended.
    pub(crate) fn done(&mut self, device: &Id, now: Instant) {
        if let Some(waiting) = self.devices.get_mut(device) {
            waiting.is_running = false;
            waiting.not_before = now.checked_add(APART);
        }
        self.running = self.running.saturating_sub(1);
    }

    /// When the next command that waits for a pause alone may go.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        if self.running >= MAX_RUNNING {
            return None;
        }
        let waiting = self
            .devices
            .values()
            .filter(|waiting| !waiting.commands.is_empty() && !waiting.is_running);
        waiting.filter_map(|waiting| waiting.not_before).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thing::tests::id;

    fn command(device: &str, key: &str, value: i64) -> Command {
        let action = Action::Set {
            attribute: "brightness",
            value: value.into(),
        };
        Command {
            device: id(device),
            key: key.to_owned(),
            action,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_gets_one_command_at_a_time_with_a_pause_and_the_latest_of_an_entity() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for value in 0..5 {
            assert!(queue.add(command("D1", "brightness", value)));
        }
        assert!(queue.add(command("D1", "privacy", 9)));
        assert_eq!(queue.next(now), Some(command("D1", "brightness", 4)));
        assert_eq!(queue.next(now), None, "one is running");
        assert_eq!(queue.wake_at(), None);
        queue.done(&id("D1"), now);
        assert_eq!(queue.next(now), None, "the pause");
        assert_eq!(queue.wake_at(), Some(now + APART));
        assert_eq!(queue.next(now + APART), Some(command("D1", "privacy", 9)));
        queue.done(&id("D1"), now + APART);
        assert_eq!(queue.next(now + APART + APART), None);
        assert!(queue.devices.is_empty(), "nothing is remembered of it");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_and_what_runs_is_bounded() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let added = (0..20).filter(|number| queue.add(command("D1", &format!("key{number}"), 1)));
        assert_eq!(added.count(), MAX_WAITING);
        for number in 0..20 {
            assert!(queue.add(command(&format!("E{number}"), "brightness", 1)));
        }
        let running = std::iter::from_fn(|| queue.next(now)).count();
        assert_eq!(running, MAX_RUNNING);
        queue.done(&id("D1"), now);
        assert!(queue.next(now).is_some());
    }
}
