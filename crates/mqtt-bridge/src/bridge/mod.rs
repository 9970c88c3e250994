//! The bridge: what the account says goes to the broker, and what comes from there goes to the account.
//!
//! Invariants: it starts no stream, and a camera is woken only by a command that asks for a picture. Everything that it
//! keeps is bounded by the devices of the account. A state that a command was to change is published again when the
//! command has ended, whatever came of it, so that Home Assistant shows what is true.

mod due;
mod fetches;
mod library;
mod modes;
mod publish;
mod queue;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arlo_cameras::{Account, Event, Id, MediaUrl, Modes, Update};
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::due::Due;
use self::fetches::Fetches;
use self::queue::{Command, Queue};
use self::tasks::Done;
use crate::link::{Incoming, Link};
use crate::outbox::Outbox;
use crate::thing::{Place, Seen, Thing};
use crate::topics::Topics;
use crate::{Error, ErrorKind, Settings, ha};

/// How long the first messages wait for what hubs say of their cameras.
const SETTLE_WITHIN: Duration = Duration::from_secs(15);
/// How often it is looked whether devices came or went, and the time of the last event is published.
const TICK: Duration = Duration::from_secs(30);
/// How often the library is read without a reason, for the end of the day.
const LIBRARY_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long after a recording the library is read. Arlo has it there within some seconds.
const LIBRARY_AFTER: Duration = Duration::from_secs(5);
/// How long after a sign of other modes these are read.
const MODES_AFTER: Duration = Duration::from_secs(3);
/// How long after a failure they are read again.
const AGAIN_AFTER: Duration = Duration::from_secs(5 * 60);
/// The most commands that came and wait to be looked at.
const INCOMING: usize = 64;
/// The most bytes of all pictures that are kept for the next connection.
const MAX_PICTURES: usize = 32 * 1024 * 1024;

/// Bridges the account to the broker until `stop` is ready. Then the broker is told that the bridge is gone.
///
/// `ready` is called once, when the broker has been connected to and the devices were handed to it.
///
/// # Errors
/// A setting that cannot be used, a first connection that the broker refuses, or a lost session of Arlo. A broker that
/// is away is no error: it is connected to when it is there.
pub async fn run(
    account: Arc<Account>,
    settings: Settings,
    ready: impl FnOnce(usize),
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let settings = Arc::new(settings);
    let outbox = Arc::new(Outbox::default());
    let (incoming, mut commands) = mpsc::channel(INCOMING);
    let connected = watch::Sender::new(None);
    let (stopping, stop_link) = watch::channel(false);
    let mut connection = connected.subscribe();
    // Before the state is read: a change in between is not missed.
    let mut updates = account.updates();
    let link = Link {
        settings: Arc::clone(&settings),
        topics: topics(&settings),
        client: client(&account.user_id()),
        outbox: Arc::clone(&outbox),
        incoming,
        connected,
        stop: stop_link,
    };
    let mut linked = JoinSet::new();
    linked.spawn(link.run());
    let mut bridge = Bridge::new(account, settings, outbox);
    let main = async {
        // A hub tells of its cameras only when the stream is open; what they report later is announced then.
        bridge.account.settled(SETTLE_WITHIN).await;
        bridge.look_at_devices();
        bridge.due.modes.after(Duration::ZERO);
        bridge.due.library.after(Duration::ZERO);
        let mut ready = Some(ready);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                update = updates.next() => match update {
                    Some(update) => bridge.updated(&update)?,
                    None => return Err(Error::new(ErrorKind::Session, "the account is closed")),
                },
                changed = connection.changed() => {
                    if changed.is_err() {
                        // The link has ended, and says why.
                        std::future::pending::<()>().await;
                    }
                    if connection.borrow_and_update().is_some() {
                        bridge.publish_all();
                        if let Some(ready) = ready.take() {
                            ready(bridge.things.len());
                        }
                    }
                }
                Some(message) = commands.recv() => bridge.received(message),
                Some(done) = bridge.tasks.join_next() => bridge.ended(done),
                () = at(bridge.queue.wake_at()) => {}
                () = at(bridge.due.next()) => bridge.begin_what_is_due(),
                () = at(bridge.fetches.wake_at()) => bridge.fetch_next(),
                _ = tick.tick() => bridge.tick(),
            }
            bridge.run_commands();
        }
    };
    let failed = tokio::select! {
        failed = main => failed,
        Some(ended) = linked.join_next() => match ended {
            Ok(Err(error)) => return Err(error),
            _ => Err(Error::new(ErrorKind::Session, "the connection to the broker ended")),
        },
        () = stop => Ok(()),
    };
    stopping.send_replace(true);
    // It ends within seconds: what it waits for has limits.
    while linked.join_next().await.is_some() {}
    failed
}

fn topics(settings: &Settings) -> Topics {
    Topics::new(settings.discovery.clone(), settings.topics.clone())
}

/// The name of the connection: the same after each start, so that the broker ends the old one. It has the 23
/// characters that every broker must accept, and does not tell the account.
fn client(user: &str) -> String {
    let hash = Sha256::digest(format!("arlo-relay mqtt {user}"));
    let digits = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    format!("arlo-relay-{digits}")
}

/// Waits until then; for ever without a time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

struct Bridge {
    account: Arc<Account>,
    settings: Arc<Settings>,
    topics: Topics,
    client: String,
    outbox: Arc<Outbox>,
    things: BTreeMap<Id, Thing>,
    modes: BTreeMap<Id, Modes>,
    /// The newest picture of each camera, for the next connection.
    pictures: BTreeMap<Id, Bytes>,
    /// The states that this connection has had, by their topics.
    sent: BTreeMap<String, String>,
    /// The announcements that this connection has had.
    configs: BTreeMap<Id, String>,
    /// Whether the modes were read, so that it is known which locations there are.
    knows_modes: bool,
    /// The list of an earlier bridge, until the modes were read.
    published: Option<Bytes>,
    queue: Queue,
    tasks: JoinSet<Done>,
    fetches: Fetches<MediaUrl>,
    due: Due,
}

impl Bridge {
    fn new(account: Arc<Account>, settings: Arc<Settings>, outbox: Arc<Outbox>) -> Self {
        Self {
            topics: topics(&settings),
            client: client(&account.user_id()),
            account,
            settings,
            outbox,
            things: BTreeMap::new(),
            modes: BTreeMap::new(),
            pictures: BTreeMap::new(),
            sent: BTreeMap::new(),
            configs: BTreeMap::new(),
            knows_modes: false,
            published: None,
            queue: Queue::default(),
            tasks: JoinSet::new(),
            fetches: Fetches::default(),
            due: Due::default(),
        }
    }

    /// Takes over an update of the account.
    fn updated(&mut self, update: &Update) -> Result<(), Error> {
        let mut touched: BTreeSet<Id> = update.changes.iter().map(|change| change.device.clone()).collect();
        for event in &update.events {
            match event {
                Event::Motion { device, active: true } => self.again(device, "motion"),
                Event::Sound { device, active: true } => self.again(device, "sound"),
                Event::Ring { device } => {
                    let topic = self.topics.state(device.as_str(), "ring");
                    self.outbox.event(topic, json!({ "event_type": "ring" }).to_string());
                }
                Event::Picture { device, url } => {
                    if let Some(thing) = self.things.get_mut(device) {
                        thing.seen.picture = Some(update.at);
                    }
                    self.fetch(device, url.clone());
                }
                Event::Media(media) if media.complete => self.due.library.after(LIBRARY_AFTER),
                Event::Mode { at, mode: Some(_), .. } => {
                    self.mode_changed(at);
                    touched.insert(at.clone());
                }
                Event::Mode { mode: None, .. } | Event::ModesOutdated => self.due.modes.after(MODES_AFTER),
                Event::Connected { .. } => {
                    self.due.modes.after(MODES_AFTER);
                    self.due.library.after(LIBRARY_AFTER);
                    self.look_at_devices();
                }
                Event::Missed { .. } => self.look_at_devices(),
                Event::SessionLost { reason } => {
                    return Err(Error::new(ErrorKind::Session, format!("the session is lost: {reason}")));
                }
                _ => {}
            }
        }
        if update
            .changes
            .iter()
            .any(|change| change.attribute == "connectionState")
        {
            // What hangs off a base is as reachable as the base.
            let behind = self.things.values().filter(|thing| touched.contains(&thing.gateway));
            let behind: Vec<Id> = behind.map(|thing| thing.id.clone()).collect();
            touched.extend(behind);
        }
        for change in update.changes.iter().filter(|change| change.attribute == "activeMode") {
            self.mode_changed(&change.device);
        }
        for device in &touched {
            self.refresh(device);
        }
        self.publish_stream();
        for device in &touched {
            self.publish(device);
        }
        Ok(())
    }

    /// Publishes a state again although it is the same: Home Assistant ends it by itself.
    fn again(&mut self, device: &Id, key: &str) {
        self.sent.remove(&self.topics.state(device.as_str(), key));
        self.refresh(device);
        self.publish(device);
    }

    /// Takes over what the account has of a device.
    fn refresh(&mut self, device: &Id) {
        if let (Some(thing), Ok(now)) = (self.things.get_mut(device), self.account.device(device.as_str())) {
            *thing = Thing::new(&now, std::mem::take(&mut thing.seen));
        }
    }

    /// Takes over which devices there are, and all that they said.
    fn look_at_devices(&mut self) {
        let mut before = std::mem::take(&mut self.things);
        for device in self.account.devices() {
            let seen = before.remove(&device.id).map_or_else(Seen::default, |thing| thing.seen);
            self.things.insert(device.id.clone(), Thing::new(&device, seen));
        }
        for gone in before.keys() {
            if !self.has(gone) {
                tracing::info!(device = %gone, "a device is no longer in the account: it is removed from the broker");
                self.forget(gone);
            }
        }
        let all: Vec<Id> = self.things.keys().cloned().collect();
        for device in &all {
            self.publish(device);
        }
        self.publish_list();
    }

    /// Whether there is such a device, or location. The modes of a location may not have been read.
    fn has(&self, id: &Id) -> bool {
        let is_location = || self.account.locations().iter().any(|location| location.id == *id);
        self.things.contains_key(id) || self.modes.contains_key(id) || is_location()
    }

    /// Removes what an earlier bridge of this account has published and what is gone since.
    fn compare(&mut self, list: &[u8]) {
        let Ok(list) = serde_json::from_slice::<Value>(list) else {
            return;
        };
        if list.get("client").and_then(Value::as_str) != Some(&*self.client) {
            tracing::warn!("another account's bridge uses these topics: give each account a --topic-prefix of its own");
            return;
        }
        // Then Arlo's answer lacks them, or there is nothing to compare with.
        if self.things.is_empty() {
            return;
        }
        let listed = list.get("devices").and_then(Value::as_array).into_iter().flatten();
        let gone: Vec<Id> = listed
            .filter_map(Value::as_str)
            .filter_map(Id::parse)
            .filter(|id| !self.has(id))
            .collect();
        for id in &gone {
            tracing::info!(device = %id, "a device of an earlier start is gone: it is removed from the broker");
            self.forget(id);
        }
    }

    /// Looks at a message of the broker.
    fn received(&mut self, message: Incoming) {
        match message {
            Incoming::HomeAssistant => {
                // So that not all bridges of a house come at once.
                let random = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
                let wait = self.settings.birth_wait.mul_f64(random);
                self.due.everything.get_or_insert_with(|| Instant::now() + wait);
            }
            // Before the modes are read, locations seem to be gone.
            Incoming::Published(list) if !self.knows_modes => self.published = Some(list),
            Incoming::Published(list) => self.compare(&list),
            Incoming::Command { device, key, payload } => {
                let place = self.modes.get(&device).map(Place::new);
                let thing = self.things.get(&device);
                if thing.is_none() && place.is_none() {
                    tracing::warn!(%device, key, "a command for a device that the account does not have is ignored");
                    return;
                }
                match ha::command(thing, place.as_ref(), &key, &payload) {
                    Err(why) => {
                        tracing::warn!(%device, key, "a command is ignored: {why}");
                        self.show_again(&device, &key);
                    }
                    Ok(action) => {
                        tracing::info!(%device, key, "a command came from the broker");
                        let command = Command {
                            device: device.clone(),
                            key,
                            action,
                        };
                        if !self.queue.add(command) {
                            tracing::warn!(%device, "more commands come than the device can take: one is ignored");
                        }
                    }
                }
            }
        }
    }

    /// Publishes the states again that a command was to change.
    fn show_again(&mut self, device: &Id, key: &str) {
        // A mode is shown by two entities, a light by two topics.
        for key in [key, "mode", "alarm", key.strip_suffix("_brightness").unwrap_or(key)] {
            self.sent.remove(&self.topics.state(device.as_str(), key));
        }
        self.refresh(device);
        self.publish(device);
    }

    fn tick(&mut self) {
        let listed: BTreeSet<Id> = self.account.devices().into_iter().map(|device| device.id).collect();
        if !listed.iter().eq(self.things.keys()) {
            self.look_at_devices();
        }
        self.publish_stream();
        self.publish_last_event();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_the_same_name_after_each_start() {
        let name = client("ABC-123");
        assert_eq!((name.len(), name.as_str()), (23, client("ABC-123").as_str()));
        assert_ne!(name, client("ABC-124"));
        assert!(!name.contains("ABC"));
    }
}
