//! How much of this machine one client, and all of them together, may use.

use std::time::Duration;

use client_limits::ClientLimits;

/// The listener's limits. Real mail servers never reach the defaults.
///
/// A line inside a message has no limit of its own: nothing is buffered by line, and servers that write lines longer
/// than RFC 5321's 1000 bytes are common. Only [`Limits::message`] counts there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one command line with its CRLF (1024). RFC 5321 asks for 512, the extensions offered add about a
    /// hundred. A longer line is read to its end and refused; at sixteen times the limit the connection is closed.
    pub command_line: usize,
    /// Bytes of one message as sent, dots unstuffed, without our trace lines (25 MiB). Announced by SIZE.
    pub message: usize,
    /// Bytes of a message that are kept (1 MiB). What follows is received and dropped: a code is at the start of
    /// a mail.
    pub message_kept: usize,
    /// Bytes of a message to a public address: the shared one, and postmaster (256 KiB).
    pub message_open: usize,
    /// Bytes of a message over the limit that are still read, so that the client reads its `552` and does not try again
    /// (128 MiB, counted from the message's start). Beyond that the connection is closed.
    pub discard: usize,
    /// Recipients of one message (100, the least that RFC 5321 section 4.5.3.1.8 allows).
    pub recipients: usize,
    /// Messages in one connection (100).
    pub messages: usize,
    /// Commands refused with a 5xx in one connection (20), unknown recipients among them.
    pub errors: usize,
    /// Commands since the connection's start or its last message (500), so that NOOP cannot keep a connection for ever.
    pub commands: usize,
    /// Time for the next whole command, for the next piece of a message, and for the client to take our replies (60 s).
    pub idle: Duration,
    /// Time until a message begins: from the start, the handshake, the last message, or the first secret recipient
    /// after these on (2 min). NOOP, RSET and the like do not extend it.
    pub transaction: Duration,
    /// The same two times while more than half of all connections are used (10 s). A client that has named a secret
    /// address has the longer ones.
    pub pressed: Duration,
    /// Time from `354` to the end of the message (5 min).
    pub data: Duration,
    /// Time from `354` on in which a message may come at any rate (30 s).
    pub data_grace: Duration,
    /// Bytes a second that have to come on average after that (1 KiB).
    pub data_rate: usize,
    /// Time that the relay may take for one answer (60 s) before the client gets `451`.
    pub delivery: Duration,
    /// Time of a whole connection (30 min).
    pub session: Duration,
    /// Connections at once (20 of a client, 60 of its network, 256 in all).
    pub connections: ClientLimits,
    /// How many of all connections are kept for networks that have sent a mail to a secret address before (64).
    pub connections_reserved: usize,
    /// Bytes of messages in memory at once (16 MiB of a client, 32 MiB of its network, 112 MiB in all). When they are
    /// used up, a client gets `452` and tries again later.
    pub memory: ClientLimits,
    /// More memory, only for messages to secret addresses, when the other is used up (512 KiB, 1 MiB, 16 MiB).
    pub memory_reserved: ClientLimits,
    /// Bytes of one message that the reserve takes (64 KiB).
    pub message_reserved: usize,
    /// Time for a message to be received to its end at shutdown (10 s).
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self::with_connections(256)
    }
}

impl Limits {
    /// The limits with this many connections in all.
    #[must_use]
    pub fn with_connections(all: usize) -> Self {
        Self {
            command_line: 1024,
            message: 25 << 20,
            message_kept: 1 << 20,
            message_open: 256 << 10,
            discard: 128 << 20,
            recipients: 100,
            messages: 100,
            errors: 20,
            commands: 500,
            idle: Duration::from_secs(60),
            transaction: Duration::from_secs(2 * 60),
            pressed: Duration::from_secs(10),
            data: Duration::from_secs(5 * 60),
            data_grace: Duration::from_secs(30),
            data_rate: 1024,
            delivery: Duration::from_secs(60),
            session: Duration::from_secs(30 * 60),
            connections: ClientLimits {
                narrow: (all / 4).clamp(1, 20),
                wide: (all / 2).clamp(1, 60),
                all,
            },
            connections_reserved: all / 4,
            memory: ClientLimits {
                narrow: 16 << 20,
                wide: 32 << 20,
                all: 112 << 20,
            },
            memory_reserved: ClientLimits {
                narrow: 512 << 10,
                wide: 1 << 20,
                all: 16 << 20,
            },
            message_reserved: 64 << 10,
            drain: Duration::from_secs(10),
        }
    }
}
