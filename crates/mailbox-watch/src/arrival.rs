//! A mail in a mailbox: where it stands, and what becomes of it.

use crate::header::Header;

/// How far a mailbox has been read (RFC 3501 section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Under which UIDs have their meaning.
    pub uid_validity: u32,
    /// The last UID that is done with.
    pub uid: u32,
}

impl Position {
    /// As a store keeps it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.uid_validity) << 32 | u64::from(self.uid)).to_be_bytes()
    }

    /// As a store kept it; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = *bytes else { return None };
        Some(Self {
            uid_validity: u32::from_be_bytes([a, b, c, d]),
            uid: u32::from_be_bytes([e, f, g, h]),
        })
    }
}

/// A mail that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it stands.
    pub at: Position,
    /// Who wrote it, and when.
    pub header: Header,
}

/// What becomes of a mail that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposal {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is marked as read.
    MarkSeen,
    /// It is deleted; where the server cannot delete one mail alone (RFC 4315), it is only marked for it.
    Delete,
}

/// Where a watcher begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With what comes from now on.
    Now,
    /// With the newest mails that are there.
    Recent,
    /// Where an earlier watcher was.
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
