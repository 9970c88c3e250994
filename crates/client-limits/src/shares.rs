//! What is held at the moment: counted by client and in all, or by key and in all.
//!
//! A count returns to zero when its share is dropped, and an entry that is zero is removed.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Client;

/// How much may be held at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// By one IPv4 address or one IPv6 /64.
    pub narrow: usize,
    /// By one IPv4 /24 or one IPv6 /48.
    pub wide: usize,
    /// By all clients together.
    pub all: usize,
}

/// Why there is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The client or its network holds all that it may.
    OfClient,
    /// All clients together do.
    OfAll,
}

/// How much each key holds.
#[derive(Debug)]
struct Counts<K>(HashMap<K, usize>);

impl<K: Hash + Eq> Counts<K> {
    fn get(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or(0)
    }

    fn has_space(&self, key: &K, amount: usize, limit: usize) -> bool {
        amount <= limit.saturating_sub(self.get(key))
    }

    fn add(&mut self, key: K, amount: usize) {
        *self.0.entry(key).or_default() += amount;
    }

    fn subtract(&mut self, key: &K, amount: usize) {
        if let Some(count) = self.0.get_mut(key) {
            *count = count.saturating_sub(amount);
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What clients hold of one thing: connections, bytes, places in a queue.
#[derive(Debug, Clone)]
pub struct ClientShares {
    limits: ClientLimits,
    held: Arc<Mutex<HeldByClients>>,
}

#[derive(Debug, Default)]
struct HeldByClients {
    narrow: Counts<IpAddr>,
    wide: Counts<IpAddr>,
    all: usize,
}

impl ClientShares {
    /// Nothing is held yet.
    #[must_use]
    pub fn new(limits: ClientLimits) -> Self {
        let held = Arc::default();
        Self { limits, held }
    }

    /// Takes so much for a client. An amount of 0 is a share that can grow.
    ///
    /// # Errors
    /// [`Full`], where that is more than it, its network or all may hold.
    pub fn take(&self, client: Client, amount: usize) -> Result<ClientShare, Full> {
        let mut share = ClientShare {
            client,
            amount: 0,
            shares: self.clone(),
        };
        share.grow(amount)?;
        Ok(share)
    }

    /// What all clients hold together.
    #[must_use]
    pub fn used(&self) -> usize {
        self.with(|held| held.all)
    }

    /// What the client's /24 or /48 holds.
    #[must_use]
    pub fn used_by_network(&self, client: Client) -> usize {
        self.with(|held| client.wide().map_or(0, |wide| held.wide.get(&wide)))
    }

    /// How much more the client could take now.
    #[must_use]
    pub fn left(&self, client: Client) -> usize {
        let ClientLimits { narrow, wide, all } = self.limits;
        self.with(|held| {
            let own = client
                .narrow()
                .map_or(usize::MAX, |key| narrow.saturating_sub(held.narrow.get(&key)));
            let near = client
                .wide()
                .map_or(usize::MAX, |key| wide.saturating_sub(held.wide.get(&key)));
            own.min(near).min(all.saturating_sub(held.all))
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut HeldByClients) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What one client holds; given back when dropped.
#[derive(Debug)]
pub struct ClientShare {
    client: Client,
    amount: usize,
    shares: ClientShares,
}

impl ClientShare {
    /// Takes so much more.
    ///
    /// # Errors
    /// [`Full`], and nothing changed.
    pub fn grow(&mut self, more: usize) -> Result<(), Full> {
        let ClientLimits { narrow, wide, all } = self.shares.limits;
        let client = self.client;
        self.shares.with(|held| {
            let own = client
                .narrow()
                .is_none_or(|key| held.narrow.has_space(&key, more, narrow))
                && client.wide().is_none_or(|key| held.wide.has_space(&key, more, wide));
            if !own {
                return Err(Full::OfClient);
            }
            if more > all.saturating_sub(held.all) {
                return Err(Full::OfAll);
            }
            if more > 0 {
                held.all += more;
                if let Some(key) = client.narrow() {
                    held.narrow.add(key, more);
                }
                if let Some(key) = client.wide() {
                    held.wide.add(key, more);
                }
            }
            Ok(())
        })?;
        self.amount += more;
        Ok(())
    }

    /// What it holds.
    #[must_use]
    pub fn amount(&self) -> usize {
        self.amount
    }
}

impl Drop for ClientShare {
    fn drop(&mut self) {
        let (client, amount) = (self.client, self.amount);
        self.shares.with(|held| {
            held.all = held.all.saturating_sub(amount);
            if let Some(key) = client.narrow() {
                held.narrow.subtract(&key, amount);
            }
            if let Some(key) = client.wide() {
                held.wide.subtract(&key, amount);
            }
        });
    }
}

/// What is held by key: by enrolment, by login request.
#[derive(Debug)]
pub struct KeyShares<K> {
    each: usize,
    held: Arc<Mutex<Counts<K>>>,
}

impl<K: Hash + Eq + Clone> KeyShares<K> {
    /// Nothing is held yet; each key may hold so much.
    ///
    /// There is no limit for all keys: take a [`ClientShare`] or the like first, which has one.
    #[must_use]
    pub fn new(each: usize) -> Self {
        let held = Arc::default();
        Self { each, held }
    }

    /// Takes one for the key, unless it holds all that it may.
    #[must_use]
    pub fn take(&self, key: &K) -> Option<KeyShare<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.has_space(key, 1, self.each).then(|| {
            held.add(key.clone(), 1);
            KeyShare {
                key: key.clone(),
                held: Arc::clone(&self.held),
            }
        })
    }
}

/// One that a key holds; given back when dropped.
#[derive(Debug)]
pub struct KeyShare<K: Hash + Eq> {
    key: K,
    held: Arc<Mutex<Counts<K>>>,
}

impl<K: Hash + Eq> Drop for KeyShare<K> {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.subtract(&self.key, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: ClientLimits = ClientLimits {
        narrow: 4,
        wide: 6,
        all: 9,
    };

    fn client(text: &str) -> Client {
        Client::new(Some(text.parse().unwrap()))
    }

    fn is_empty(shares: &ClientShares) -> bool {
        shares.with(|held| held.narrow.0.is_empty() && held.wide.0.is_empty() && held.all == 0)
    }

    #[test]
    fn each_limit_counts_for_itself() {
        let shares = ClientShares::new(LIMITS);
        let [a, near, far] = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:1::1"].map(client);
        let first = shares.take(a, 4).unwrap();
        assert!(
            shares.take(a, 1).err() == Some(Full::OfClient),
            "a client has its limit"
        );
        assert_eq!((shares.left(a), shares.left(near), shares.left(far)), (0, 2, 4));
        let second = shares.take(near, 2).unwrap();
        assert!(
            shares.take(near, 1).err() == Some(Full::OfClient),
            "a network has its limit"
        );
        let third = shares.take(far, 3).unwrap();
        assert!(shares.take(far, 1).err() == Some(Full::OfAll), "all have their limit");
        assert!(
            shares.take(Client::default(), 1).err() == Some(Full::OfAll),
            "a local client counts in all"
        );
        assert_eq!((shares.used(), shares.used_by_network(a)), (9, 6));
        drop((first, second, third));
        let mut local = shares.take(Client::default(), 9).unwrap();
        assert!(local.grow(1) == Err(Full::OfAll) && local.amount() == 9);
        drop(local);
        assert!(is_empty(&shares));
    }

    #[test]
    fn keys_have_their_own_counts() {
        let shares = KeyShares::new(2);
        let held = [
            shares.take(&"a").unwrap(),
            shares.take(&"a").unwrap(),
            shares.take(&"b").unwrap(),
        ];
        assert!(shares.take(&"a").is_none());
        drop(held);
        assert!(shares.held.lock().unwrap().0.is_empty());
    }

    proptest! {
        #[test]
        fn no_limit_is_ever_passed_and_all_comes_back(
            steps in prop::collection::vec((0..4_u8, 0..4_u8, 0..6_usize, any::<bool>()), 0..60),
        ) {
            let shares = ClientShares::new(LIMITS);
            let mut held: Vec<ClientShare> = Vec::new();
            for (network, host, amount, gives_back) in steps {
                if gives_back {
                    held.pop();
                } else if let Some(last) = held.last_mut().filter(|_| host == 3) {
                    let _ = last.grow(amount);
                } else {
                    let address = [10, 0, network, host];
                    held.extend(shares.take(Client::new(Some(IpAddr::from(address))), amount));
                }
                let sum = |of: &dyn Fn(Client) -> bool| -> usize {
                    held.iter().filter(|share| of(share.client)).map(ClientShare::amount).sum()
                };
                prop_assert_eq!(shares.used(), sum(&|_| true));
                prop_assert!(shares.used() <= LIMITS.all);
                for share in &held {
                    prop_assert!(sum(&|client| client == share.client) <= LIMITS.narrow);
                    prop_assert!(sum(&|client| client.wide() == share.client.wide()) <= LIMITS.wide);
                }
            }
            drop(held);
            prop_assert!(is_empty(&shares));
        }
    }
}
