//! A new mail: its position in the mailbox, and what happens to it afterwards.

use crate::header::Header;

/// How far a mailbox was read (RFC 3501 section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The UIDVALIDITY under which the UID has its meaning.
    pub uid_validity: u32,
    /// The last UID that needs no more work.
    pub uid: u32,
}

impl Position {
    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.uid_validity) << 32 | u64::from(self.uid)).to_be_bytes()
    }

    /// Reads the bytes that [`to_bytes`](Self::to_bytes) gave; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = *bytes else { return None };
        Some(Self {
            uid_validity: u32::from_be_bytes([a, b, c, d]),
            uid: u32::from_be_bytes([e, f, g, h]),
        })
    }
}

/// A new mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its position.
    pub at: Position,
    /// Its sender and its date.
    pub header: Header,
}

/// What the watcher does to a mail that its caller has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposal {
    /// It leaves the mail as it is.
    #[default]
    Keep,
    /// It marks the mail as read.
    MarkSeen,
    /// It deletes the mail. Where the server cannot delete a single mail (RFC 4315), it only marks the mail as deleted.
    Delete,
}

/// Where a watcher begins to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the mails that arrive from now on.
    Now,
    /// At the newest mails that the mailbox holds already.
    Recent,
    /// Where an earlier watcher ended.
    At(Position),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_a_store() {
        let position = Position {
            uid_validity: 0xdead_beef,
            uid: 7,
        };
        assert_eq!(Position::from_bytes(&position.to_bytes()), Some(position));
        for bytes in [&b""[..], b"1234567", b"123456789"] {
            assert_eq!(Position::from_bytes(bytes), None);
        }
    }
}
