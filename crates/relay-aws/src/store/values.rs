//! Values of attributes, and back. Times are microseconds since 1970.

use jiff::Timestamp;

pub(super) use crate::aws::{AttributeValue, Map};

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn bytes(bytes: impl AsRef<[u8]>) -> AttributeValue {
    AttributeValue::B(bytes.as_ref().to_vec())
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn time(at: Timestamp) -> AttributeValue {
    number(at.as_microsecond())
}

/// Whole seconds since 1970, as a time to live has to be.
pub(super) fn seconds(at: Timestamp) -> AttributeValue {
    number(at.as_second())
}

pub(super) fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Reads the members of a map or an item.
pub(super) trait Members {
    fn member(&self, name: &str) -> Option<&AttributeValue>;

    fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.text()
    }

    fn bytes<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        self.member(name)?.bytes()?.try_into().ok()
    }

    fn blob(&self, name: &str) -> Option<&[u8]> {
        self.member(name)?.bytes()
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.member(name)?.digits()?.parse().ok()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.number(name)?).ok()
    }

    fn map(&self, name: &str) -> Option<&Map> {
        self.member(name)?.map()
    }

    fn list(&self, name: &str) -> Option<&[AttributeValue]> {
        self.member(name)?.list()
    }
}

impl Members for Map {
    fn member(&self, name: &str) -> Option<&AttributeValue> {
        self.get(name)
    }
}
