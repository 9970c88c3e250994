//! What the tasks of an account share: the session, the state, and the channel on which updates go out.
//!
//! Every message passes through [`Hub::receive`], whatever stream it came on: equal ones are dropped, the state is
//! changed, and readers get one update. The channel is bounded; a reader that is too slow is told how much it missed.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::Instant;

use crate::device::Device;
use crate::duplicates::Duplicates;
use crate::keeper::SharedKeeper;
use crate::message::{self, Message};
use crate::state::{Moment, State};
use crate::update::Updates;
use crate::{Change, Event, Id, Options, Update};

/// How many updates a reader may be behind.
const BUFFER: usize = 512;

/// What is known of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Status {
    /// Whether the stream is open and its topics are subscribed.
    pub connected: bool,
    /// Whether Arlo refused every topic of the devices, so that nothing of them is heard.
    pub deaf: bool,
    /// When the last message came.
    pub last_message: Option<Timestamp>,
    /// How many messages were dropped because they had come before.
    pub duplicates: u64,
    /// How often the stream was opened.
    pub connections: u64,
}

pub(crate) struct Hub {
    pub(crate) keeper: SharedKeeper,
    pub(crate) options: Options,
    state: Mutex<State>,
    duplicates: Mutex<Duplicates>,
    updates: broadcast::Sender<Arc<Update>>,
    pub(crate) status: watch::Sender<Status>,
    /// The last connection on which the bases were asked whether they are there.
    pub(crate) registered: watch::Sender<u64>,
    /// An attribute may end by itself sooner than was known.
    pub(crate) endings: Notify,
    /// The modes must be read again.
    pub(crate) modes_outdated: Notify,
    /// The list of devices must be read again.
    pub(crate) list_outdated: Notify,
    /// Devices were added, which the stream may not hear yet.
    pub(crate) devices_added: Notify,
    /// The stream hears devices that were added, so that their bases are asked.
    pub(crate) devices_heard: Notify,
    /// Bases were asked on a new connection for the devices behind them.
    pub(crate) children_asked: Notify,
    /// The stream must be opened again.
    pub(crate) reconnect: Notify,
    /// One stream is started at a time: a second one is refused by the camera.
    pub(crate) starting: tokio::sync::Mutex<()>,
    /// Where the modes could not be read the last time.
    pub(crate) unread_modes: Mutex<HashSet<Id>>,
}

impl Hub {
    pub(crate) fn new(keeper: SharedKeeper, options: Options, state: State) -> Self {
        Self {
            keeper,
            options,
            state: Mutex::new(state),
            duplicates: Mutex::default(),
            updates: broadcast::Sender::new(BUFFER),
            status: watch::Sender::default(),
            registered: watch::Sender::default(),
            endings: Notify::new(),
            modes_outdated: Notify::new(),
            list_outdated: Notify::new(),
            devices_added: Notify::new(),
            devices_heard: Notify::new(),
            children_asked: Notify::new(),
            reconnect: Notify::new(),
            starting: tokio::sync::Mutex::default(),
            unread_modes: Mutex::default(),
        }
    }

    /// The current time of the login's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.keeper.session().now()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn updates(&self) -> Updates {
        Updates::new(self.updates.subscribe(), self.now())
    }

    /// Takes a message of the stream, as its bytes. What is no JSON is reported and changes nothing.
    pub(crate) fn receive(&self, bytes: &[u8]) {
        let now = self.now();
        self.status.send_modify(|status| status.last_message = Some(now));
        let Ok(raw) = serde_json::from_slice::<Value>(bytes) else {
            tracing::warn!(
                bytes = bytes.len(),
                "Arlo sent a message that is no JSON: it is left out"
            );
            return;
        };
        let is_known = self
            .duplicates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .has(&raw, Instant::now());
        if is_known {
            self.status.send_modify(|status| status.duplicates += 1);
            return;
        }
        self.publish(message::read(raw));
    }

    /// Applies a message to the state, and tells the readers.
    pub(crate) fn publish(&self, mut message: Message) {
        let (changes, is_unlisted) = self.change(|state, now| state.apply(&mut message, now));
        if is_unlisted {
            self.list_outdated.notify_one();
        }
        if message.events.contains(&Event::ModesOutdated) {
            self.modes_outdated.notify_one();
        }
        self.send(message.events, changes, message.transaction);
    }

    /// Tells the readers of an event that is not from the stream.
    pub(crate) fn announce(&self, event: Event) {
        self.send(vec![event], Vec::new(), None);
    }

    /// Takes over a list of devices that was asked for at a moment, and tells the readers what is different. Gives
    /// whether it can be the whole list.
    pub(crate) fn relist(&self, listed: BTreeMap<Id, Device>, asked: Moment) -> bool {
        let relisted = self.change(|state, now| state.relist(listed, asked, now));
        self.send(Vec::new(), relisted.changes, None);
        if relisted.has_new {
            self.devices_added.notify_one();
        }
        relisted.is_whole
    }

    /// Changes the state.
    fn change<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state();
        let before = state.next_ending();
        let changed = change(&mut state, Instant::now());
        if state.next_ending() != before {
            self.endings.notify_one();
        }
        changed
    }

    fn send(&self, events: Vec<Event>, changes: Vec<Change>, transaction: Option<String>) {
        if events.is_empty() && changes.is_empty() && transaction.is_none() {
            return;
        }
        let update = Update {
            at: self.now(),
            events,
            changes,
            transaction,
        };
        // Without a reader there is nobody to tell.
        let _ = self.updates.send(Arc::new(update));
    }
}

/// Ends attributes whose time is over, for as long as the account lives.
pub(crate) async fn end_attributes(hub: &Hub) {
    loop {
        let next = hub.state().next_ending();
        let changed = hub.endings.notified();
        match next {
            None => changed.await,
            Some(at) => {
                tokio::select! {
                    () = changed => continue,
                    () = tokio::time::sleep_until(at) => {}
                }
                let ended = hub.state().end(Instant::now());
                for message in ended {
                    hub.publish(message);
                }
            }
        }
    }
}
