//! What takes a while and runs beside the bridge: commands, readings of modes and library, and pictures.

use std::collections::BTreeMap;

use arlo_cameras::{Id, MediaUrl, Modes, Outcome};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::task::JoinError;
use tokio::time::Instant;

use super::fetches::Picture;
use super::library::{self, Summary};
use super::queue::Command;
use super::{Bridge, LIBRARY_EVERY, MAX_PICTURES};
use crate::ha::Action;
use crate::thing::Thing;

/// Longest picture that is published, in bytes.
const MAX_PICTURE: usize = 4 * 1024 * 1024;
/// How a JPEG begins.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// What a task has come to.
pub(super) enum Done {
    Command {
        device: Id,
        key: String,
        result: Result<Outcome, arlo_cameras::Error>,
    },
    Modes(Result<Vec<Modes>, arlo_cameras::Error>),
    Library(Result<Vec<library::Entry>, arlo_cameras::Error>),
    Picture {
        picture: Picture<MediaUrl>,
        result: Result<Vec<u8>, arlo_cameras::Error>,
    },
}

impl Bridge {
    /// Begins every command that may run now.
    pub(super) fn run_commands(&mut self) {
        while let Some(Command { device, key, action }) = self.queue.next(Instant::now()) {
            let account = std::sync::Arc::clone(&self.account);
            let modes = self.modes.get(&device).cloned();
            self.tasks.spawn(async move {
                let result = async {
                    match action {
                        Action::Set { attribute, value } => {
                            account.set(&account.device(device.as_str())?, attribute, &value).await
                        }
                        Action::Picture => {
                            // Its URL comes as an event too, as those of other clients do.
                            let taken = account.take_picture(&account.device(device.as_str())?).await;
                            taken.map(|_| Outcome::Confirmed)
                        }
                        Action::Restart => {
                            let restarted = account.restart(&account.device(device.as_str())?).await;
                            restarted.map(|()| Outcome::Confirmed)
                        }
                        Action::Mode(mode) => match modes {
                            Some(modes) => account.choose_mode(&modes, &mode).await,
                            None => Ok(Outcome::Unknown),
                        },
                    }
                };
                let result = Box::pin(result).await;
                Done::Command { device, key, result }
            });
        }
    }

    /// Begins what is due.
    pub(super) fn begin_what_is_due(&mut self) {
        if self.due.everything.take_if(|at| *at <= Instant::now()).is_some() {
            tracing::info!("Home Assistant is there: the devices are published again");
            self.publish_all();
        }
        if self.due.modes.begin() {
            let account = std::sync::Arc::clone(&self.account);
            self.tasks
                .spawn(async move { Done::Modes(Box::pin(account.modes()).await) });
        }
        if self.due.library.begin() {
            self.due.library.after(LIBRARY_EVERY);
            let account = std::sync::Arc::clone(&self.account);
            self.tasks.spawn(async move {
                let now = account.now();
                let from = now.checked_sub(library::READ_BACK).unwrap_or(Timestamp::UNIX_EPOCH);
                // The clocks of the cameras may be ahead.
                let to = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap_or(now);
                let listed = Box::pin(account.library(from, to)).await;
                Done::Library(listed.map(|all| all.into_iter().map(Into::into).collect()))
            });
        }
    }

    /// Takes over what a task has come to.
    pub(super) fn ended(&mut self, done: Result<Done, JoinError>) {
        let Ok(done) = done else {
            // A task is never aborted, and a panic is a fault of this program.
            tracing::error!("a task of the bridge failed");
            return;
        };
        match done {
            Done::Command { device, key, result } => {
                self.queue.done(&device, Instant::now());
                match result {
                    Ok(Outcome::Confirmed) => tracing::info!(%device, key, "the command is confirmed"),
                    Ok(Outcome::Unknown) => {
                        tracing::warn!(%device, key, "Arlo took the command, and nothing confirmed it in time");
                    }
                    Err(error) => tracing::warn!(%device, key, %error, "the command failed"),
                }
                self.show_again(&device, &key);
            }
            Done::Modes(Ok(modes)) => {
                self.due.modes.ended();
                self.learned(modes);
            }
            Done::Modes(Err(error)) => {
                tracing::warn!(%error, "the modes cannot be read");
                self.due.modes.failed(error.retry_after());
            }
            Done::Library(Ok(entries)) => {
                self.due.library.ended();
                self.summed(entries);
            }
            Done::Library(Err(error)) => {
                tracing::warn!(%error, "the library cannot be read");
                self.due.library.failed(error.retry_after());
            }
            Done::Picture { picture, result } => self.pictured(picture, result),
        }
    }

    /// Takes over what the library has.
    fn summed(&mut self, entries: Vec<library::Entry>) {
        let now = self.account.now();
        let things = &self.things;
        let mut summaries = library::summaries(entries, now, |device| time_zone(things, device));
        let cameras = self.things.values().filter(|thing| thing.has_camera);
        let cameras: Vec<Id> = cameras.map(|thing| thing.id.clone()).collect();
        for device in cameras {
            let Summary {
                last_recording,
                today,
                picture,
            } = summaries.remove(&device).unwrap_or_default();
            let Some(thing) = self.things.get_mut(&device) else {
                continue;
            };
            let is_new = thing.seen.last_recording != last_recording;
            // What is older than the time that was read stays as it was.
            thing.seen.last_recording = last_recording.or(thing.seen.last_recording);
            thing.seen.today = Some(today);
            let wants_picture = is_new || !self.pictures.contains_key(&device);
            // One that an event told of can be newer than all that the library had.
            let shown = thing.seen.picture;
            if let Some((_, url)) = picture.filter(|(made, _)| wants_picture && Some(*made) > shown) {
                self.fetch(&device, url);
            }
            self.publish(&device);
        }
    }

    /// Fetches a picture of a camera to publish it, in place of an older one that waits.
    pub(super) fn fetch(&mut self, device: &Id, url: MediaUrl) {
        if self.settings.pictures && self.things.get(device).is_some_and(|thing| thing.has_camera) {
            self.fetches.add(device, url);
            self.fetch_next();
        }
    }

    /// Begins to fetch every picture that may be fetched now.
    pub(super) fn fetch_next(&mut self) {
        while let Some(picture) = self.fetches.next() {
            let account = std::sync::Arc::clone(&self.account);
            self.tasks.spawn(async move {
                let result = Box::pin(account.fetch(&picture.url)).await;
                Done::Picture { picture, result }
            });
        }
    }

    fn pictured(&mut self, fetched: Picture<MediaUrl>, result: Result<Vec<u8>, arlo_cameras::Error>) {
        let device = fetched.device.clone();
        self.fetches.ended(&device);
        let result = result.inspect_err(|error| {
            // An expired URL stays expired.
            let again = error.is_retryable() && self.things.contains_key(&device) && self.fetches.again(fetched);
            tracing::warn!(%device, %error, again, "a picture cannot be fetched");
        });
        self.fetch_next();
        let Ok(picture) = result else { return };
        if !picture.starts_with(JPEG) || picture.len() > MAX_PICTURE {
            tracing::warn!(%device, bytes = picture.len(), "a picture is no JPEG of at most 4 MiB: it is left out");
            return;
        }
        if !self.things.contains_key(&device) {
            return;
        }
        let picture = Bytes::from(picture);
        self.outbox
            .state(self.topics.state(device.as_str(), "picture"), picture.clone());
        let others: usize = self
            .pictures
            .iter()
            .filter(|(of, _)| **of != device)
            .map(|(_, one)| one.len())
            .sum();
        if others.saturating_add(picture.len()) <= MAX_PICTURES {
            self.pictures.insert(device, picture);
        } else {
            self.pictures.remove(&device);
        }
    }
}

/// The time zone of a camera. Some have none of their own: then it is that of the gateway, or of this machine.
fn time_zone(things: &BTreeMap<Id, Thing>, camera: &Id) -> TimeZone {
    let camera = things.get(camera);
    let gateway = camera.and_then(|camera| things.get(&camera.gateway));
    let mut names = [camera, gateway]
        .into_iter()
        .flatten()
        .filter_map(|thing| thing.text("olsonTimeZone"));
    names
        .find_map(|name| TimeZone::get(name).ok())
        .unwrap_or_else(TimeZone::system)
}

#[cfg(test)]
mod tests {
    use arlo_cameras::Kind;
    use serde_json::{Value, json};

    use super::*;
    use crate::thing::tests::{id, thing};

    #[test]
    fn a_camera_without_a_time_zone_has_that_of_its_gateway_or_of_this_machine() {
        let zone = |camera: Value, gateway: Value| {
            let mut base = thing(Kind::Base, gateway);
            base.id = id("B1");
            let things = BTreeMap::from([(id("D1"), thing(Kind::Camera, camera)), (id("B1"), base)]);
            time_zone(&things, &id("D1"))
        };
        let named = |name: &str| json!({ "olsonTimeZone": name });
        let get = |name: &str| TimeZone::get(name).unwrap();
        let (here, there) = ("Europe/Berlin", "America/New_York");
        assert_eq!(zone(named(here), named(there)), get(here));
        assert_eq!(zone(json!({}), named(there)), get(there));
        assert_eq!(zone(named("Mars/Olympus"), named(there)), get(there));
        assert_eq!(zone(json!({}), json!({})), TimeZone::system());
        assert_eq!(time_zone(&BTreeMap::new(), &id("D1")), TimeZone::system());
    }
}
