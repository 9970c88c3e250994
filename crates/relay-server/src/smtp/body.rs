//! The message being read: kept while it is within the limits, counted to its end when it is not.
//!
//! Memory is taken from one budget that all connections share, and as the bytes come, not as they are announced: a client
//! that declares much and sends nothing holds nothing.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::reply::{self, Reply};

/// Bytes taken from the budget at first.
const FIRST: usize = 16 << 10;

/// A message under way.
pub(super) struct Body<'a> {
    budget: &'a Semaphore,
    permit: Option<SemaphorePermit<'a>>,
    /// The trace lines and the content, or nothing once the message cannot be taken.
    raw: Vec<u8>,
    /// Bytes of content that `permit` stands for.
    reserved: usize,
    /// Bytes of content so far, kept or not.
    received: usize,
    limit: usize,
    refusal: Option<Reply>,
}

impl<'a> Body<'a> {
    /// A message that begins with our own `trace` lines. Fails when the budget is used up.
    pub(super) fn new(trace: &str, limit: usize, budget: &'a Semaphore) -> Result<Self, Reply> {
        let mut body = Self {
            budget,
            permit: None,
            raw: trace.as_bytes().to_vec(),
            reserved: 0,
            received: 0,
            limit,
            refusal: None,
        };
        body.reserve(FIRST.min(limit))?;
        Ok(body)
    }

    /// Adds content.
    pub(super) fn push(&mut self, content: &[u8]) {
        self.received = self.received.saturating_add(content.len());
        if self.refusal.is_some() {
            return;
        }
        match self.make_room() {
            Ok(()) => self.raw.extend_from_slice(content),
            Err(refusal) => {
                self.refusal = Some(refusal);
                self.raw = Vec::new();
                self.permit = None;
            }
        }
    }

    fn make_room(&mut self) -> Result<(), Reply> {
        if self.received > self.limit {
            return Err(reply::MESSAGE_TOO_LARGE);
        }
        if self.received > self.reserved {
            let wanted = self.reserved.saturating_mul(2).clamp(self.received, self.limit);
            self.reserve(wanted - self.reserved)?;
        }
        Ok(())
    }

    fn reserve(&mut self, more: usize) -> Result<(), Reply> {
        let permit = u32::try_from(more)
            .ok()
            .and_then(|more| self.budget.try_acquire_many(more).ok())
            .ok_or(reply::NO_MEMORY)?;
        match &mut self.permit {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        self.reserved += more;
        self.raw.reserve_exact(more);
        Ok(())
    }

    /// Bytes of content so far.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// The whole message, or why it is not taken. The permit is to be held as long as the message is in memory.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Option<SemaphorePermit<'a>>), Reply> {
        match self.refusal {
            Some(refusal) => Err(refusal),
            None => Ok((self.raw, self.permit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_fits_and_gives_the_budget_back() {
        let budget = Semaphore::new(100_000);
        let mut body = Body::new("Trace\r\n", 50_000, &budget).unwrap();
        assert_eq!(budget.available_permits(), 100_000 - FIRST);
        for _ in 0..50 {
            body.push(&[b'a'; 1000]);
        }
        assert_eq!(budget.available_permits(), 50_000);
        let (raw, permit) = body.finish().unwrap();
        assert_eq!(raw.len(), 50_007);
        drop(permit);
        assert_eq!(budget.available_permits(), 100_000);
    }

    #[test]
    fn too_large_is_counted_and_not_kept() {
        let budget = Semaphore::new(100_000);
        let mut body = Body::new("", 1000, &budget).unwrap();
        body.push(&[b'a'; 1000]);
        body.push(b"b");
        assert_eq!(budget.available_permits(), 100_000);
        body.push(&[b'a'; 5000]);
        assert_eq!(body.received(), 6001);
        assert_eq!(body.finish().err(), Some(reply::MESSAGE_TOO_LARGE));
    }

    #[test]
    fn used_up_budget_is_temporary() {
        let budget = Semaphore::new(FIRST + 10);
        let mut first = Body::new("", 50_000, &budget).unwrap();
        assert_eq!(Body::new("", 50_000, &budget).err(), Some(reply::NO_MEMORY));
        first.push(&[b'a'; FIRST + 1]);
        assert_eq!(first.finish().err(), Some(reply::NO_MEMORY));
        assert!(Body::new("", 50_000, &budget).is_ok());
    }
}
