//! Which connections are open, whose they are, and which of them is closed when there is no place for a new one.
//!
//! - A client has a limit, its network has one, and all together have one. A client over its own limit is refused.
//! - When all places are taken, a connection that waits for its client is displaced. It is one of the oldest: the one
//!   whose network has the most connections, and never one whose network has fewer than the new client's. So nobody can
//!   keep others out by being first or by being many. A client that works with one connection is displaced last.
//! - A client that has named a secret, by SMTP a relay address and by HTTP a good token, is displaced after all others,
//!   and only while its network has more than [`SPARED`] connections. So the sender of a code keeps its connection, and
//!   a member with many keeps nobody out.
//! - Some places are reserved for networks that were useful before. The others have the rest together, and displace
//!   only each other: nobody who was useful loses a connection to somebody who was not.
//! - A displaced connection no longer counts, at once. Its task is notified, and ends at its next turn.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use client_limits::{Client, ClientLimits, ClientShare, ClientShares, Full};
use tokio::sync::{Notify, watch};

/// How many of the oldest are compared when one has to be displaced.
const COMPARED: usize = 64;
/// Of how many connections a network keeps those that have named a secret. A mail server opens a few for one
/// domain.
const SPARED: usize = 8;
/// How many networks are remembered as useful.
const USEFUL: usize = 4096;

/// What a connection does. The first kind is displaced first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Activity {
    /// It waits for its client, which has shown no reason to be here, or none any more.
    Idle,
    /// It waits for its client, which does what everybody may do.
    Open,
    /// It waits for its client, which has named a secret, or sends the message or the body after it.
    Secret,
    /// It works for its client. It is never displaced.
    Busy,
}

/// All connections of one listener.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The places that are not reserved, for all that were not useful before. `None` without a reserve.
    unknown: Option<ClientShares>,
    /// The number of connections from which on time limits are shorter.
    pressed_from: usize,
    shares: ClientShares,
    table: Mutex<Table>,
    pressed: watch::Sender<bool>,
    counts: Counts,
}

/// How many connections a listener has and had. Its clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    open: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    displaced: AtomicU64,
}

/// What the counts say now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Connections with a place.
    pub(crate) open: u64,
    /// Connections that ever had one.
    pub(crate) accepted: u64,
    /// Connections for which there was none.
    pub(crate) refused: u64,
    /// Connections that gave theirs to another.
    pub(crate) displaced: u64,
}

impl Counts {
    pub(crate) fn seen(&self) -> Seen {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Seen {
            open: read(&self.0.open),
            accepted: read(&self.0.accepted),
            refused: read(&self.0.refused),
            displaced: read(&self.0.displaced),
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    held: HashMap<u64, Held>,
    /// Those that can be displaced, by what they do and since when.
    waiting: BTreeMap<(Activity, u64), u64>,
    useful: Useful,
    /// The next number: of a connection, or of a point in time.
    next: u64,
}

#[derive(Debug)]
struct Held {
    client: Client,
    since: (Activity, u64),
    displaced: Arc<Notify>,
    share: PlaceShare,
}

/// What a place takes of the limits.
#[derive(Debug)]
struct PlaceShare {
    _of_all: ClientShare,
    /// Of the places that are not reserved; `None` where it may have a reserved one.
    unknown: Option<ClientShare>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    number: u64,
    client: Client,
    displaced: Arc<Notify>,
    pressed: watch::Receiver<bool>,
    connections: Connections,
}

impl Connections {
    /// A listener without connections. `reserve` of all places, half of them at most, are for clients that were useful
    /// before.
    pub(crate) fn new(limits: ClientLimits, reserve: usize, counts: Counts) -> Self {
        let unreserved = ClientLimits {
            all: limits.all - reserve.min(limits.all / 2),
            ..limits
        };
        Self(Arc::new(Inner {
            unknown: (reserve > 0).then(|| ClientShares::new(unreserved)),
            pressed_from: limits.all / 2,
            shares: ClientShares::new(limits),
            table: Mutex::default(),
            pressed: watch::Sender::new(false),
            counts,
        }))
    }

    /// A place for a client; `None` where there is none.
    pub(crate) fn take(&self, client: Client) -> Option<Place> {
        let place = self.find_place(client);
        let Counters {
            open,
            accepted,
            refused,
            ..
        } = &*self.0.counts.0;
        if place.is_some() {
            open.fetch_add(1, Ordering::Relaxed);
            accepted.fetch_add(1, Ordering::Relaxed);
        } else {
            refused.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    fn find_place(&self, client: Client) -> Option<Place> {
        self.with(|table| {
            let is_unknown = self.0.unknown.is_some() && !table.useful.contains(client);
            let mut share = self.free_place(client, is_unknown);
            if share.as_ref().is_err_and(|full| *full == Full::OfAll)
                && table.displace(&self.0.shares, client, is_unknown)
            {
                self.0.counts.0.displaced.fetch_add(1, Ordering::Relaxed);
                share = self.free_place(client, is_unknown);
            }
            let share = share.ok()?;
            let (number, since) = (table.number(), (Activity::Idle, table.number()));
            let displaced = Arc::new(Notify::new());
            let held = Held {
                client,
                since,
                displaced: Arc::clone(&displaced),
                share,
            };
            table.held.insert(number, held);
            table.waiting.insert(since, number);
            Some(Place {
                number,
                client,
                displaced,
                pressed: self.0.pressed.subscribe(),
                connections: self.clone(),
            })
        })
    }

    fn free_place(&self, client: Client, is_unknown: bool) -> Result<PlaceShare, Full> {
        let of_all = self.0.shares.take(client, 1)?;
        let unreserved = self.0.unknown.as_ref().filter(|_| is_unknown);
        let unknown = unreserved.map(|unreserved| unreserved.take(client, 1)).transpose()?;
        Ok(PlaceShare {
            _of_all: of_all,
            unknown,
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Table) -> T) -> T {
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut table);
        let pressed = self.0.shares.used() > self.0.pressed_from;
        self.0
            .pressed
            .send_if_modified(|was| std::mem::replace(was, pressed) != pressed);
        done
    }
}

impl Table {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Whether one was displaced for the new client. An unknown client displaces an unknown one: that always gives it
    /// its place, be it that the unreserved places are taken, or all.
    fn displace(&mut self, shares: &ClientShares, new_client: Client, is_unknown: bool) -> bool {
        let mut best: Option<(usize, u64)> = None;
        let mut least = None;
        let waiting = self.waiting.iter();
        let waiting = waiting.filter_map(|(&(activity, _), &number)| Some((activity, number, self.held.get(&number)?)));
        let may_go = waiting.filter(|(activity, _, held)| {
            (!is_unknown || held.share.unknown.is_some())
                && (*activity < Activity::Secret || shares.used_by_network(held.client) > SPARED)
        });
        for (activity, number, held) in may_go.take(COMPARED) {
            if *least.get_or_insert(activity) != activity {
                break;
            }
            let holds = shares.used_by_network(held.client);
            if best.is_none_or(|(most, _)| holds > most) {
                best = Some((holds, number));
            }
        }
        let Some((_, number)) = best.filter(|&(holds, _)| holds >= shares.used_by_network(new_client)) else {
            return false;
        };
        if let Some(held) = self.remove(number) {
            held.displaced.notify_one();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Held> {
        let held = self.held.remove(&number)?;
        self.waiting.remove(&held.since);
        Some(held)
    }

    fn set(&mut self, number: u64, activity: Activity) {
        let at = self.number();
        let Some(held) = self.held.get_mut(&number) else { return };
        if held.since.0 != activity {
            self.waiting.remove(&held.since);
            held.since = (activity, at);
            if activity != Activity::Busy {
                self.waiting.insert(held.since, number);
            }
        }
    }
}

impl Place {
    /// What the connection does from now on.
    pub(crate) fn set(&self, activity: Activity) {
        self.connections.with(|table| table.set(self.number, activity));
    }

    /// Whether it waits for a client that has named no secret.
    pub(crate) fn is_waiting(&self) -> bool {
        let held = |table: &mut Table| table.held.get(&self.number).map(|held| held.since.0);
        self.connections
            .with(held)
            .is_none_or(|activity| activity < Activity::Secret)
    }

    /// Ends when the connection has been displaced by another.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }

    /// Whether more than half of all places are taken, and changes of it.
    pub(crate) fn pressed(&self) -> watch::Receiver<bool> {
        self.pressed.clone()
    }

    /// The client was useful: from now on its network may have reserved places, this one among them.
    pub(crate) fn was_useful(&self) {
        self.connections.with(|table| {
            table.useful.insert(self.client);
            let network = self.client.wide();
            for held in table.held.values_mut().filter(|held| held.client.wide() == network) {
                held.share.unknown = None;
            }
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.with(|table| drop(table.remove(self.number)));
        self.connections.0.counts.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The networks that were useful last.
#[derive(Debug, Default)]
struct Useful {
    networks: HashMap<IpAddr, u64>,
    by_age: BTreeMap<u64, IpAddr>,
    next: u64,
}

impl Useful {
    fn contains(&self, client: Client) -> bool {
        client.wide().is_none_or(|network| self.networks.contains_key(&network))
    }

    fn insert(&mut self, client: Client) {
        let Some(network) = client.wide() else { return };
        self.next += 1;
        self.by_age.insert(self.next, network);
        if let Some(before) = self.networks.insert(network, self.next) {
            self.by_age.remove(&before);
        }
        if self.networks.len() > USEFUL
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.networks.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
