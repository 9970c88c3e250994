//! Values of attributes, and back. Times are microseconds since 1970.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

pub(super) type Map = HashMap<String, AttributeValue>;

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn bytes(bytes: impl AsRef<[u8]>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes.as_ref()))
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn time(at: Timestamp) -> AttributeValue {
    number(at.as_microsecond())
}

pub(super) fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Reads the members of a map or an item.
pub(super) trait Members {
    fn member(&self, name: &str) -> Option<&AttributeValue>;

    fn text(&self, name: &str) -> Option<&str> {
        Some(self.member(name)?.as_s().ok()?.as_str())
    }

    fn bytes<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        self.member(name)?.as_b().ok()?.as_ref().try_into().ok()
    }

    fn blob(&self, name: &str) -> Option<&[u8]> {
        self.member(name)?.as_b().ok().map(AsRef::as_ref)
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.member(name)?.as_n().ok()?.parse().ok()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.number(name)?).ok()
    }

    fn map(&self, name: &str) -> Option<&Map> {
        self.member(name)?.as_m().ok()
    }

    fn list(&self, name: &str) -> Option<&[AttributeValue]> {
        self.member(name)?.as_l().ok().map(Vec::as_slice)
    }
}

impl Members for Map {
    fn member(&self, name: &str) -> Option<&AttributeValue> {
        self.get(name)
    }
}
