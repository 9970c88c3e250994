//! What one client, and all of them together, may use of this machine.

use std::time::Duration;

/// The listener's limits. Every field has a default that real mail servers never meet.
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
    /// Bytes of a message over the limit that are still read, so that the client sees its `552` and does not come again
    /// (128 MiB, counted from the message's start). Past it the connection is closed.
    pub discard: usize,
    /// Recipients of one message (100, the least that RFC 5321 section 4.5.3.1.8 allows).
    pub recipients: usize,
    /// Messages in one connection (100).
    pub messages: usize,
    /// Commands refused with a 5xx in one connection (20), unknown recipients among them.
    pub errors: usize,
    /// Commands since the connection's start or its last message (500), so that NOOP is not a way to stay for ever.
    pub commands: usize,
    /// Time for the next whole command, for the next piece of a message, and for the client to take our replies (60 s).
    pub idle: Duration,
    /// Time from `354` to the end of the message (5 min).
    pub data: Duration,
    /// Time that the mailroom may take for one answer (60 s) before the client is told `451`.
    pub mailroom: Duration,
    /// Time of a whole connection (30 min).
    pub session: Duration,
    /// Connections at once (256).
    pub connections: usize,
    /// Connections at once from one IPv4 address or one IPv6 /64 (20).
    pub connections_per_client: usize,
    /// Bytes of messages held in memory at once, over all connections (128 MiB). Who comes when they are used up gets
    /// `452` and tries again later.
    pub memory: usize,
    /// Time that a message under way has to come to its end at shutdown (10 s).
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 1024,
            message: 25 << 20,
            discard: 128 << 20,
            recipients: 100,
            messages: 100,
            errors: 20,
            commands: 500,
            idle: Duration::from_secs(60),
            data: Duration::from_secs(5 * 60),
            mailroom: Duration::from_secs(60),
            session: Duration::from_secs(30 * 60),
            connections: 256,
            connections_per_client: 20,
            memory: 128 << 20,
            drain: Duration::from_secs(10),
        }
    }
}
