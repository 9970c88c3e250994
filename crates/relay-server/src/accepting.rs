//! A listening socket that shows whether it takes connections.
//!
//! It records a sign of life with each connection that it accepts, and regularly while no client connects. It records
//! none while the system refuses connections, for example because no descriptor is left.

use std::io;
use std::time::{Duration, Instant};

use crate::connections::Counts;
use crate::liveness::Beat;

/// The time between two signs of life while no client connects.
const EVERY: Duration = Duration::from_secs(5);

/// A socket and its sign of life.
#[derive(Debug)]
pub(crate) struct Accepting<L> {
    socket: L,
    beat: Beat,
    counts: Counts,
}

impl<L> Accepting<L> {
    pub(crate) fn new(socket: L) -> Self {
        Self {
            socket,
            beat: Beat::new(Instant::now()),
            counts: Counts::default(),
        }
    }

    /// How many connections it has.
    pub(crate) fn counts(&self) -> Counts {
        self.counts.clone()
    }

    /// Its sign of life.
    pub(crate) fn beat(&self) -> Beat {
        self.beat.clone()
    }

    /// Waits for what `accept` gives, again and again: nothing is lost when it is dropped while it waits.
    pub(crate) async fn accept<'a, T, F>(&'a self, accept: impl Fn(&'a L) -> F) -> io::Result<T>
    where
        F: Future<Output = io::Result<T>>,
    {
        loop {
            let accepted = tokio::time::timeout(EVERY, accept(&self.socket)).await;
            if !matches!(accepted, Ok(Err(_))) {
                self.beat.beat(Instant::now());
            }
            if let Ok(accepted) = accepted {
                return accepted;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const LATELY: Duration = Duration::from_secs(30);

    fn is_alive(accepting: &Accepting<()>) -> bool {
        accepting.beat.is_alive(Instant::now(), LATELY)
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_is_alive_while_nobody_comes_and_not_while_it_is_refused() {
        // Its last sign of life was too long ago.
        let accepting = Accepting {
            socket: (),
            beat: Beat::new(Instant::now() - LATELY * 2),
            counts: Counts::default(),
        };
        let refused = AtomicBool::new(true);
        for _ in 0..3 {
            let accepted = accepting.accept(|()| async {
                if refused.load(Ordering::Relaxed) {
                    return Err(io::Error::other("no descriptors are left"));
                }
                std::future::pending::<io::Result<()>>().await
            });
            assert!(accepted.await.is_err());
        }
        assert!(!is_alive(&accepting));

        refused.store(false, Ordering::Relaxed);
        let waiting = accepting.accept(|()| std::future::pending::<io::Result<()>>());
        assert!(tokio::time::timeout(EVERY * 2, waiting).await.is_err());
        assert!(is_alive(&accepting));
    }
}
