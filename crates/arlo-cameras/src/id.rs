//! The identifier of a device or of a location.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Longest identifier, in bytes.
const MAX_ID: usize = 128;

/// Arlo's identifier of a device (its serial number, for most) or of a location.
///
/// It has only letters, digits, `-`, `_`, `.` and `:`, so that it can stand in a path and in a topic.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Arc<str>);

impl Id {
    /// The identifier, unless the text has other characters, is empty, or has more than 128 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        let is_id = (1..=MAX_ID).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.');
        is_id.then(|| Self(text.into()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_can_stand_in_a_path_and_in_a_topic() {
        for text in ["48B4597VD0001", "a1-b2_c3", "AA:BB"] {
            assert_eq!(Id::parse(text).unwrap(), text);
        }
        for text in [
            "",
            "a/b",
            "a b",
            "../x",
            "a#",
            "+",
            "ä",
            "a?b",
            "a%2f",
            "a\r\nb",
            &"a".repeat(129),
        ] {
            assert_eq!(Id::parse(text), None, "{text:?}");
        }
    }
}
