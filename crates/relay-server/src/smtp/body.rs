//! The message being read: its start is kept while there is memory, the rest is counted to its end.
//!
//! - Memory is reserved as the bytes arrive, not as they are announced: a client that declares much and sends nothing
//!   uses nothing.
//! - It is taken from the client's share of one budget. A message to a secret address has a small reserve in addition,
//!   so that a mail with a code is received however much memory others use.

use client_limits::{Client, ClientShare, ClientShares};

use super::Limits;
use super::reply::{self, Reply};

/// Bytes reserved at first.
const FIRST: usize = 16 << 10;

/// Bytes of messages that all connections may have in memory.
#[derive(Debug)]
pub(super) struct Memory {
    shared: ClientShares,
    reserved: ClientShares,
    /// Bytes of one message that the reserve takes.
    of_reserve: usize,
}

impl Memory {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            shared: ClientShares::new(limits.memory),
            reserved: ClientShares::new(limits.memory_reserved),
            of_reserve: limits.message_reserved,
        }
    }

    /// The most that a message of the client could use now.
    pub(super) fn left(&self, client: Client) -> usize {
        let reserve = self.reserved.left(client).min(self.of_reserve);
        self.shared.left(client).max(reserve)
    }
}

/// How large a message may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// The largest that is taken.
    pub(super) limit: usize,
    /// How much of it is kept.
    pub(super) kept: usize,
    /// Whether a recipient is a secret address.
    pub(super) is_secret: bool,
}

/// The shares of a message in memory; returned when dropped.
#[derive(Debug, Default)]
pub(super) struct Shares {
    shared: Option<ClientShare>,
    reserved: Option<ClientShare>,
}

/// A message under way.
pub(super) struct Body<'a> {
    memory: &'a Memory,
    client: Client,
    allowance: Allowance,
    shares: Shares,
    /// The trace lines and the content that is kept, or nothing once the message cannot be taken.
    raw: Vec<u8>,
    /// Bytes of content that the shares cover.
    paid: usize,
    /// Bytes of content so far, kept or not.
    received: usize,
    refusal: Option<Reply>,
}

impl<'a> Body<'a> {
    /// A message that begins with our own `trace` lines. Fails when there is no memory for the client.
    pub(super) fn new(trace: &str, allowance: Allowance, memory: &'a Memory, client: Client) -> Result<Self, Reply> {
        let mut body = Self {
            memory,
            client,
            allowance,
            shares: Shares::default(),
            raw: trace.as_bytes().to_vec(),
            paid: 0,
            received: 0,
            refusal: None,
        };
        body.pay(FIRST.min(allowance.kept))?;
        Ok(body)
    }

    /// Adds content.
    pub(super) fn push(&mut self, content: &[u8]) {
        let before = self.received;
        self.received = before.saturating_add(content.len());
        if self.refusal.is_some() {
            return;
        }
        let kept = self.received.min(self.allowance.kept);
        let result = if self.received > self.allowance.limit {
            Err(reply::MESSAGE_TOO_LARGE)
        } else {
            self.pay(kept)
        };
        match result {
            Ok(()) => {
                let more = kept.saturating_sub(before);
                self.raw.extend_from_slice(content.get(..more).unwrap_or(content));
            }
            Err(refusal) => {
                self.refusal = Some(refusal);
                self.raw = Vec::new();
                self.shares = Shares::default();
            }
        }
    }

    /// Makes the shares cover this many bytes of content, and some more if there is a choice.
    fn pay(&mut self, needed: usize) -> Result<(), Reply> {
        if needed <= self.paid {
            return Ok(());
        }
        let most = self.allowance.kept.max(needed);
        let wanted = self.paid.saturating_mul(2).clamp(needed, most);
        let paid = if self.grow(wanted) {
            wanted
        } else if self.grow(needed) {
            needed
        } else {
            return Err(reply::NO_MEMORY);
        };
        self.raw.reserve_exact(paid - self.paid);
        self.paid = paid;
        Ok(())
    }

    /// Reserves what is missing to this many bytes, if there is enough.
    fn grow(&mut self, paid: usize) -> bool {
        let more = paid.saturating_sub(self.paid);
        let from_reserve = self.allowance.is_secret && paid <= self.memory.of_reserve;
        take(&mut self.shares.shared, &self.memory.shared, self.client, more)
            || from_reserve && take(&mut self.shares.reserved, &self.memory.reserved, self.client, more)
    }

    /// Bytes of content so far.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// The message as far as it is kept, or why it is not taken. Keep the shares for as long as it is in memory.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Shares), Reply> {
        match self.refusal {
            Some(refusal) => Err(refusal),
            None => Ok((self.raw, self.shares)),
        }
    }
}

fn take(share: &mut Option<ClientShare>, of: &ClientShares, client: Client, more: usize) -> bool {
    match share {
        Some(share) => share.grow(more).is_ok(),
        None => of.take(client, more).map(|taken| *share = Some(taken)).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use client_limits::ClientLimits;

    use super::*;

    fn memory(all: usize) -> Memory {
        let limits = |all| ClientLimits {
            narrow: all,
            wide: all,
            all,
        };
        Memory::new(&Limits {
            memory: limits(all),
            memory_reserved: limits(FIRST + 10),
            message_reserved: 2 * FIRST,
            ..Limits::default()
        })
    }

    fn allowance(limit: usize, is_secret: bool) -> Allowance {
        Allowance {
            limit,
            kept: limit.min(50_000),
            is_secret,
        }
    }

    fn body(memory: &Memory, limit: usize, is_secret: bool) -> Result<Body<'_>, Reply> {
        let client = Client::new(Some([192, 0, 2, 1].into()));
        Body::new("Trace\r\n", allowance(limit, is_secret), memory, client)
    }

    #[test]
    fn keeps_what_fits_and_gives_the_budget_back() {
        let memory = memory(100_000);
        let mut body = body(&memory, 90_000, false).unwrap();
        assert_eq!(memory.shared.used(), FIRST);
        for _ in 0..50 {
            body.push(&[b'a'; 1000]);
        }
        assert_eq!(memory.shared.used(), 50_000);
        for _ in 0..40 {
            body.push(&[b'b'; 1000]);
        }
        assert_eq!((memory.shared.used(), body.received()), (50_000, 90_000));
        let (raw, shares) = body.finish().unwrap();
        assert_eq!((raw.len(), raw.ends_with(b"a")), (50_007, true));
        drop(shares);
        assert_eq!(memory.shared.used(), 0);
    }

    #[test]
    fn a_piece_over_the_end_of_what_is_kept_is_cut() {
        let memory = memory(100_000);
        let mut body = body(&memory, 90_000, false).unwrap();
        body.push(&[b'a'; 49_999]);
        body.push(b"bc");
        body.push(b"d");
        assert!(body.finish().unwrap().0.ends_with(b"ab"));
    }

    #[test]
    fn too_large_is_counted_and_not_kept() {
        let memory = memory(100_000);
        let mut body = body(&memory, 1000, false).unwrap();
        body.push(&[b'a'; 1000]);
        body.push(b"b");
        assert_eq!(memory.shared.used(), 0);
        body.push(&[b'a'; 5000]);
        assert_eq!(body.received(), 6001);
        assert_eq!(body.finish().err(), Some(reply::MESSAGE_TOO_LARGE));
    }

    #[test]
    fn a_few_networks_leave_memory_for_a_code() {
        let nothing = ClientLimits {
            narrow: 0,
            wide: 0,
            all: 0,
        };
        let memory = Memory::new(&Limits {
            memory: nothing,
            ..Limits::default()
        });
        let code = |network: u8, host: u8| {
            let client = Client::new(Some([192, 0, network, host].into()));
            Body::new("Trace\r\n", allowance(50_000, true), &memory, client)
        };
        let held: Vec<Body<'_>> = (1..10)
            .flat_map(|network| (1..10).map(move |host| (network, host)))
            .flat_map(|(network, host)| std::iter::from_fn(move || code(network, host).ok()))
            .collect();
        assert!(held.len() > 500, "{}", held.len());
        assert!(code(10, 1).is_ok());
    }

    #[test]
    fn used_up_budget_is_temporary_and_secret_addresses_have_a_reserve() {
        let memory = memory(FIRST + 10);
        let mut first = body(&memory, 50_000, false).unwrap();
        assert_eq!(body(&memory, 50_000, false).err(), Some(reply::NO_MEMORY));
        let mut secret = body(&memory, 50_000, true).unwrap();
        secret.push(&[b'a'; FIRST]);
        let (raw, shares) = secret.finish().unwrap();
        assert_eq!((raw.len(), memory.reserved.used()), (FIRST + 7, FIRST));
        assert_eq!(
            body(&memory, 50_000, true).err(),
            Some(reply::NO_MEMORY),
            "the reserve has an end"
        );
        drop(shares);

        first.push(&[b'a'; FIRST + 11]);
        assert_eq!(first.finish().err(), Some(reply::NO_MEMORY));
        assert!(body(&memory, 50_000, false).is_ok());
        assert_eq!((memory.shared.used(), memory.reserved.used()), (0, 0));
    }
}
