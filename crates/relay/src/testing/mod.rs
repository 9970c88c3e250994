//! Stand-ins for the ports, and the suite that every store passes.

mod conformance;
mod memory;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arlo_mail::Senders;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

pub use conformance::{stored, swept, woken};
pub use memory::MemoryStore;

use crate::claims::{Claims, Verdicts};
use crate::joining::{JoinLimits, Registration};
use crate::keys::{DeploymentKey, Keys};
use crate::ports::{AuthenticateMail, Clock, PortError, Random, RunWork};
use crate::settings::{Deployment, Domain, Lifetime, LocalPart, Settings};

/// A clock that a test moves. It starts at 2027-01-15T08:00:00Z.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl Default for FixedClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_800_000_000))
    }
}

impl FixedClock {
    /// Moves on by whole seconds.
    pub fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Counts instead of guessing: never the same bytes twice.
#[derive(Debug, Default)]
pub struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError> {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (to, from) in buffer.iter_mut().zip(count.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}

/// Says of every mail that the signatures of these domains verify, and whether SPF passes.
#[derive(Debug, Clone, Default)]
pub struct FixedVerdicts {
    /// The domains whose signatures verify.
    pub dkim: Vec<String>,
    /// Whether the client may send for the reverse-path.
    pub spf: bool,
}

impl AuthenticateMail for FixedVerdicts {
    async fn verdicts(
        &self,
        claims: &Claims,
        _: Option<&str>,
        _: &Bytes,
        _: &impl RunWork,
    ) -> Result<Verdicts, PortError> {
        let signatures = claims.signatures().iter().enumerate();
        Ok(Verdicts {
            verified: signatures
                .filter(|(_, claim)| self.dkim.contains(&claim.signature().domain))
                .map(|(place, _)| place)
                .collect(),
            spf: self.spf,
        })
    }
}

/// Settings for a test, and the clock in them. The domain is `relay.example`, the shared address `arlo@relay.example`.
#[must_use]
#[allow(clippy::unwrap_used, reason = "of tests")]
pub fn settings() -> (Settings, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::default());
    let settings = Settings {
        deployment: Deployment {
            keys: Keys::new(&DeploymentKey::new([7; 32])),
            domain: Domain::parse("relay.example").unwrap(),
            clock: clock.clone(),
            random: Arc::new(CountingRandom::default()),
        },
        shared: LocalPart::default(),
        lifetime: Lifetime::default(),
        senders: Senders::default(),
        registration: Registration::Closed,
        join_limits: JoinLimits::default(),
        forwards: true,
    };
    (settings, clock)
}
