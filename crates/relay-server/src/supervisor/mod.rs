//! What the relay tells the service manager that started it, and what it gets from it: systemd's `sd_notify` and socket
//! activation, and whatever else speaks the same (sd_notify(3), sd_listen_fds(3)).
//!
//! The messages are datagrams to the socket that `NOTIFY_SOCKET` names. They hold states, and nothing of the relay's
//! data. A message that cannot be sent changes nothing here: the service manager has its own time limits.

mod sockets;

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::sync::Arc;
use std::time::Duration;

use relay_http::Vitals;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::{MissedTickBehavior, interval};

pub use sockets::Sockets;
pub(crate) use sockets::listen;

use crate::liveness::Pulse;

/// How long a message may wait for a service manager that does not read.
const WITHIN: Duration = Duration::from_secs(1);

/// The service manager, if there is one.
#[derive(Debug, Clone, Default)]
pub struct Supervisor {
    at: Option<Arc<SocketAddr>>,
    /// It ends a relay from which it hears nothing for so long.
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// The one that the environment names.
    #[must_use]
    pub fn from_environment() -> Self {
        let at = env::var_os("NOTIFY_SOCKET").and_then(|name| address(name.as_bytes()));
        let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let is_meant = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|micros| is_meant && *micros > 0);
        Self {
            at: at.map(Arc::new),
            watchdog: watchdog.map(Duration::from_micros),
        }
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.at.is_some()
    }

    /// All listeners accept.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// Settings are read again. [`Self::ready`] ends it.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// What is under way ends.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, message: &str) {
        let Some(at) = &self.at else { return };
        let sent = UnixDatagram::unbound().and_then(|socket| {
            socket.set_write_timeout(Some(WITHIN))?;
            socket.send_to_addr(message.as_bytes(), at)
        });
        if let Err(error) = sent {
            tracing::debug!(%error, "the service manager does not listen");
        }
    }

    /// Tells the service manager that the relay lives, as long as all of its parts do, until `stopped` ends. The
    /// messages come twice in the time after which it would end the relay.
    pub(crate) async fn watch(self, pulse: Arc<Pulse>, stopped: impl Future<Output = ()>) {
        let mut stopped = std::pin::pin!(stopped);
        let Some(within) = self.watchdog.filter(|_| self.is_present()) else {
            return stopped.await;
        };
        let mut ticks = interval((within / 2).max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_alive = true;
        loop {
            tokio::select! {
                () = &mut stopped => return,
                _ = ticks.tick() => {}
            }
            let dead = pulse.vitals().into_iter().find(|(_, is_alive)| !is_alive);
            match dead {
                None => self.tell("WATCHDOG=1"),
                Some((part, _)) if was_alive => {
                    tracing::error!(
                        part,
                        "a part shows no sign of life: the watchdog is no longer told that all is well"
                    );
                }
                Some(_) => {}
            }
            was_alive = dead.is_none();
        }
    }
}

/// A path, or `@` and a name that is in no file system. Other kinds are of no service manager on this machine.
fn address(name: &[u8]) -> Option<SocketAddr> {
    let address = match name {
        [b'@', name @ ..] => abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(OsStr::from_bytes(name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    };
    address.ok()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests;
