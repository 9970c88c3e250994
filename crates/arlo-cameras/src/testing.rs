//! For the fuzz targets of this repository. It is not a part of the API.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::duplicates::Duplicates;
use crate::state::State;
use crate::{Change, Device, Event, LiveStream, Mode, Recording, device, live, location, message, mode, stream};

/// A house that hears messages, without Arlo behind it.
#[derive(Debug)]
pub struct House {
    state: State,
    duplicates: Duplicates,
    now: Instant,
}

impl House {
    /// A house without devices.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            state: State::default(),
            duplicates: Duplicates::default(),
            now: Instant::now(),
        }
    }

    /// Takes over Arlo's list of devices.
    pub fn list(&mut self, answer: &Value) -> Vec<Change> {
        let Some(listed) = device::list(answer) else {
            return Vec::new();
        };
        let asked = self.state.moment();
        self.state.relist(listed, asked, self.now).changes
    }

    /// Takes over Arlo's list of locations.
    pub fn locate(&mut self, answer: &Value) {
        self.state.locations = location::list(answer);
    }

    /// Hears a message of the event stream. `None` if it came before.
    pub fn receive(&mut self, raw: Value) -> Option<(Vec<Event>, Vec<Change>)> {
        if self.duplicates.has(&raw, self.now) {
            return None;
        }
        let mut message = message::read(raw);
        let (changes, _) = self.state.apply(&mut message, self.now);
        Some((message.events, changes))
    }

    /// Lets time pass.
    pub fn later(&mut self, time: Duration) -> Vec<Change> {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
        let mut ended = self.state.end(self.now);
        let changes = ended
            .iter_mut()
            .flat_map(|message| self.state.apply(message, self.now).0);
        changes.collect()
    }

    /// The devices.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.state.devices.values()
    }
}

/// The entries of the library that can be read.
pub fn recordings(answer: &Value) -> impl Iterator<Item = Recording> {
    answer.as_array().into_iter().flatten().filter_map(Recording::read)
}

/// The stream in an answer.
#[must_use]
pub fn live(answer: &Value) -> Option<LiveStream> {
    live::read(answer)
}

/// The modes in an answer, what its schedule has at a time, and when that changes.
#[must_use]
pub fn modes(answer: &Value, now: Timestamp) -> (Vec<Mode>, Option<String>, Option<Timestamp>) {
    mode::read_any(answer, now)
}

/// The events in a stream of server-sent events that came in these pieces; `None` if one is too long.
#[must_use]
pub fn events(pieces: &[&[u8]]) -> Option<Vec<String>> {
    stream::sse_events(pieces)
}
