//! The time and the randomness: the two ports that the whole relay uses.
//!
//! The feature `system` has those of the machine. Nothing else in the workspace asks the machine for the time of day,
//! see `clippy.toml`: a test can then set every clock.

use jiff::Timestamp;

use crate::error::PortError;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes fit for secrets.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the system has none to give.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError>;
}

/// The machine's clock.
#[cfg(feature = "system")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[cfg(feature = "system")]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's randomness.
#[cfg(feature = "system")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

#[cfg(feature = "system")]
impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), PortError> {
        getrandom::fill(buffer).map_err(|error| PortError::away("the system gives no random bytes", error))
    }
}

#[cfg(all(test, feature = "system"))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_tells_the_time_and_gives_random_bytes() {
        assert!(SystemClock.now() > Timestamp::UNIX_EPOCH);
        let mut buffers = [[0; 32]; 2];
        for buffer in &mut buffers {
            SystemRandom.fill(buffer).unwrap();
        }
        let [first, second] = buffers;
        assert!(first != [0; 32] && first != second);
    }
}
