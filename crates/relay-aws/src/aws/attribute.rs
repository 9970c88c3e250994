//! Values of DynamoDB's attributes, in the form of its API: `{"S":"text"}`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use data_encoding::BASE64;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An item, or the members of a map.
pub type Map = HashMap<String, AttributeValue>;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeValue {
    /// A text.
    S(String),
    /// A number, as its digits.
    N(String),
    /// Bytes.
    B(Vec<u8>),
    /// True or false.
    Bool(bool),
    /// Named values.
    M(Map),
    /// Values in an order.
    L(Vec<AttributeValue>),
    /// One of a kind that the relay does not write. It cannot be written back.
    Other,
}

impl AttributeValue {
    /// The text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The digits of the number.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        match self {
            Self::N(digits) => Some(digits),
            _ => None,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::B(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The members of the map.
    #[must_use]
    pub fn map(&self) -> Option<&Map> {
        match self {
            Self::M(map) => Some(map),
            _ => None,
        }
    }

    /// The members of the list.
    #[must_use]
    pub fn list(&self) -> Option<&[Self]> {
        match self {
            Self::L(list) => Some(list),
            _ => None,
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut one = serializer.serialize_map(Some(1))?;
        match self {
            Self::S(text) => one.serialize_entry("S", text)?,
            Self::N(digits) => one.serialize_entry("N", digits)?,
            Self::B(bytes) => one.serialize_entry("B", &BASE64.encode(bytes))?,
            Self::Bool(is) => one.serialize_entry("BOOL", is)?,
            Self::M(map) => one.serialize_entry("M", map)?,
            Self::L(list) => one.serialize_entry("L", list)?,
            Self::Other => return Err(serde::ser::Error::custom("a value that was not read cannot be written")),
        }
        one.end()
    }
}

#[derive(Deserialize)]
enum Kind {
    S,
    N,
    B,
    #[serde(rename = "BOOL")]
    Bool,
    M,
    L,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(One)
    }
}

struct One;

impl<'de> Visitor<'de> for One {
    type Value = AttributeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AttributeValue, A::Error> {
        let kind = map
            .next_key()?
            .ok_or_else(|| A::Error::custom("a value without a kind"))?;
        let value = match kind {
            Kind::S => AttributeValue::S(map.next_value()?),
            Kind::N => AttributeValue::N(map.next_value()?),
            Kind::B => AttributeValue::B(decoded(map.next_value::<Text<'_>>()?.0.as_bytes())?),
            Kind::Bool => AttributeValue::Bool(map.next_value()?),
            Kind::M => AttributeValue::M(map.next_value()?),
            Kind::L => AttributeValue::L(map.next_value()?),
            Kind::Other => {
                map.next_value::<IgnoredAny>()?;
                AttributeValue::Other
            }
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(A::Error::custom("a value of two kinds")),
        }
    }
}

fn decoded<E: serde::de::Error>(text: &[u8]) -> Result<Vec<u8>, E> {
    BASE64.decode(text).map_err(|_| E::custom("bytes that are no base64"))
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_and_read_in_the_form_of_the_api() {
        let all = r#"{"M":{"x":{"L":[{"S":"a\"b"},{"N":"-1"},{"B":"AAH/"},{"B":""},{"BOOL":true},{"M":{}}]}}}"#;
        let value: AttributeValue = serde_json::from_str(all).unwrap();
        let list = value.map().unwrap()["x"].list().unwrap();
        assert_eq!(
            (list[0].text(), list[1].digits(), list[2].bytes(), list[3].bytes()),
            (Some("a\"b"), Some("-1"), Some(&[0, 1, 255][..]), Some(&[][..]))
        );
        assert_eq!(list[4], AttributeValue::Bool(true));
        assert_eq!(serde_json::to_string(&value).unwrap(), all);
        assert_eq!(
            (value.text(), value.digits(), value.bytes(), value.list()),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_value_of_a_kind_that_is_not_known_is_no_fault_until_it_is_written() {
        let item: Map = serde_json::from_str(r#"{"a":{"SS":["x"]},"b":{"NULL":true},"c":{"N":"1"}}"#).unwrap();
        assert_eq!(
            (&item["a"], &item["b"]),
            (&AttributeValue::Other, &AttributeValue::Other)
        );
        assert!(serde_json::to_string(&item).is_err());
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [
            "{}",
            "[]",
            "1",
            r#"{"S":1}"#,
            r#"{"N":1}"#,
            r#"{"B":"!"}"#,
            r#"{"S":"a","N":"1"}"#,
            r#"{"M":[]}"#,
        ] {
            assert!(serde_json::from_str::<AttributeValue>(text).is_err(), "{text}");
        }
        let deep = r#"{"L":["#.repeat(10_000);
        assert!(serde_json::from_str::<AttributeValue>(&deep).is_err());
    }
}
