//! Which pictures are fetched, how many at a time, and when one is tried again.
//!
//! Invariants: one of each camera waits at most, the newest, and one of each camera is fetched at a time, so that none
//! replaces a newer one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arlo_cameras::Id;
use tokio::time::Instant;

/// The most pictures that are fetched at the same time.
const MAX_FETCHING: usize = 2;
/// How long after each failure a picture is tried again.
const AGAIN_AFTER: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
];

/// A picture that is to be fetched, with its URL.
#[derive(Debug, PartialEq)]
pub(super) struct Picture<U> {
    pub(super) device: Id,
    pub(super) url: U,
    failures: usize,
}

/// The pictures that are to be fetched.
#[derive(Debug)]
pub(super) struct Fetches<U> {
    /// With the times from which on they may be fetched.
    waiting: BTreeMap<Id, (Instant, Picture<U>)>,
    running: BTreeSet<Id>,
}

impl<U> Default for Fetches<U> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            running: BTreeSet::new(),
        }
    }
}

impl<U> Fetches<U> {
    /// Adds a picture, in place of an older one of the camera that waits.
    pub(super) fn add(&mut self, device: &Id, url: U) {
        let picture = Picture {
            device: device.clone(),
            url,
            failures: 0,
        };
        self.waiting.insert(device.clone(), (Instant::now(), picture));
    }

    /// The next picture that may be fetched now. [`ended`](Self::ended) must follow it.
    pub(super) fn next(&mut self) -> Option<Picture<U>> {
        let now = Instant::now();
        let device = self.ready().find(|(_, at)| *at <= now)?.0.clone();
        let (_, picture) = self.waiting.remove(&device)?;
        self.running.insert(device);
        Some(picture)
    }

    /// When the next picture may be fetched.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.ready().map(|(_, at)| at).min()
    }

    /// Those for which only their time has to come.
    fn ready(&self) -> impl Iterator<Item = (&Id, Instant)> {
        let is_full = self.running.len() >= MAX_FETCHING;
        let waiting = self.waiting.iter().map(|(device, (at, _))| (device, *at));
        waiting.filter(move |(device, _)| !is_full && !self.running.contains(*device))
    }

    /// Notes that the camera's picture was fetched, or could not be.
    pub(super) fn ended(&mut self, device: &Id) {
        self.running.remove(device);
    }

    /// Adds a picture again that could not be fetched. Gives whether it is tried again: not if a newer one of the
    /// camera waits, and not without an end.
    pub(super) fn again(&mut self, mut picture: Picture<U>) -> bool {
        let wait = AGAIN_AFTER.get(picture.failures).copied();
        let Some(wait) = wait.filter(|_| !self.waiting.contains_key(&picture.device)) else {
            return false;
        };
        picture.failures += 1;
        let at = Instant::now() + wait;
        self.waiting.insert(picture.device.clone(), (at, picture));
        true
    }

    /// The camera is gone.
    pub(super) fn forget(&mut self, device: &Id) {
        self.waiting.remove(device);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thing::tests::id;

    #[tokio::test(start_paused = true)]
    async fn a_picture_that_cannot_be_fetched_is_tried_again_some_times() {
        let (mut fetches, start) = (Fetches::default(), Instant::now());
        fetches.add(&id("D1"), "first");
        let mut tried = Vec::new();
        while let Some(at) = fetches.wake_at() {
            tokio::time::sleep_until(at).await;
            let picture = fetches.next().unwrap();
            assert_eq!((picture.url, fetches.wake_at()), ("first", None));
            tried.push(start.elapsed().as_secs());
            fetches.ended(&picture.device);
            fetches.again(picture);
        }
        assert_eq!(tried, [0, 5, 65, 365]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_newer_picture_of_the_camera_takes_the_place_of_an_older_one() {
        let mut fetches = Fetches::default();
        fetches.add(&id("D1"), "first");
        let first = fetches.next().unwrap();
        fetches.add(&id("D1"), "second");
        assert_eq!(fetches.next(), None, "one of a camera at a time");
        fetches.ended(&first.device);
        assert!(!fetches.again(first));
        let second = fetches.next().unwrap();
        assert_eq!(second.url, "second");
        // Also while it waits to be tried again.
        fetches.ended(&second.device);
        assert!(fetches.again(second));
        fetches.add(&id("D1"), "third");
        assert_eq!(fetches.next().unwrap().url, "third");
        assert!(fetches.waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn few_are_fetched_at_a_time_and_one_of_each_camera_waits() {
        let mut fetches = Fetches::default();
        for number in 0..40 {
            fetches.add(&id(&format!("D{}", number % 4)), number);
        }
        assert_eq!(fetches.waiting.len(), 4);
        let running = std::iter::from_fn(|| fetches.next()).count();
        assert_eq!((running, fetches.wake_at()), (MAX_FETCHING, None));
        fetches.forget(&id("D3"));
        fetches.ended(&id("D0"));
        assert_eq!(fetches.next().unwrap().url, 38);
        fetches.ended(&id("D2"));
        assert_eq!(fetches.next(), None);
    }
}
