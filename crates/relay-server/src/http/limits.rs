//! How much of this machine one HTTP client, and all of them together, may use.

use std::time::Duration;

use client_limits::ClientLimits;

/// The listener's limits.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Connections at once (256 of a client, 512 of its network, 16,384 in all). A waiting client uses one for as long
    /// as it polls.
    pub(crate) connections: ClientLimits,
    /// Calls at once that named proxies pass on, with the same numbers.
    pub(crate) passed_on: ClientLimits,
    /// Handshakes at once that are not yet done: a quarter of all connections.
    pub(crate) handshakes: ClientLimits,
    /// Whether clients on this machine have no limit of their own: a proxy that nobody named is one client for all of
    /// its own.
    pub(crate) trusts_local: bool,
    /// From the first byte of a request, or the opening of the connection, to the end of its header (30 s). Also how
    /// long an idle connection is kept, and how long a handshake may take.
    pub(crate) header: Duration,
    /// The same for a connection that is opened while more than half of all are in use (10 s).
    pub(crate) header_pressed: Duration,
    /// Request line and header of one request, in bytes (8 KiB). Each connection may hold nearly twice as much
    /// memory for it.
    pub(crate) header_bytes: usize,
    /// Time for the client to take an answer (30 s).
    pub(crate) answer: Duration,
    /// Age from which on a connection is closed after the request that is under way (10 min).
    pub(crate) life: Duration,
    /// The time of a drain, after which connections are cut (10 s).
    pub(crate) drain: Duration,
}

impl Limits {
    /// The limits with this many connections in all.
    pub(crate) fn with_connections(all: usize) -> Self {
        let connections = ClientLimits {
            narrow: (all / 4).clamp(1, 256),
            wide: (all / 2).clamp(1, 512),
            all,
        };
        Self {
            connections,
            passed_on: connections,
            handshakes: ClientLimits {
                narrow: (all / 16).clamp(1, 64),
                wide: (all / 8).clamp(1, 128),
                all: (all / 4).max(1),
            },
            trusts_local: true,
            header: Duration::from_secs(30),
            header_pressed: Duration::from_secs(10),
            header_bytes: 8 * 1024,
            answer: Duration::from_secs(30),
            life: Duration::from_secs(10 * 60),
            drain: Duration::from_secs(10),
        }
    }
}
