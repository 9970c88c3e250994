//! The topics, and what a topic that comes in means.
//!
//! Invariant: a device adds exactly one level to a topic. Its identifier is an [`Id`], which has no `/`, `+`, `#` or
//! NUL. Home Assistant takes fewer characters still in its own topics, so there the identifier is written with
//! [`safe`], by which two identifiers are never the same.

use std::fmt::Write;
use std::str::FromStr;

use arlo_cameras::Id;

use crate::Error;

/// Longest prefix, in bytes.
const MAX_PREFIX: usize = 128;
/// The level of the bridge's own device. No device of Arlo has this identifier.
pub(crate) const BRIDGE: &str = "bridge";

/// The first level, or levels, of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Prefix {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_plain = |c: char| !c.is_control() && !"+#$".contains(c);
        let is_prefix =
            text.len() <= MAX_PREFIX && text.chars().all(is_plain) && text.split('/').all(|level| !level.is_empty());
        if !is_prefix {
            return Err(Error::configuration(
                "a prefix of topics has 1 to 128 bytes, no wildcard (+ or #), no $, and no empty level",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// All topics of a bridge.
#[derive(Debug, Clone)]
pub(crate) struct Topics {
    discovery: Prefix,
    own: Prefix,
}

/// What a message to the bridge is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning<'a> {
    /// Somebody wants to change something: of which device, and what.
    Command { device: Id, key: &'a str },
    /// Home Assistant says whether it is there.
    HomeAssistant,
    /// What a bridge published the last time.
    Published,
}

impl Topics {
    pub(crate) fn new(discovery: Prefix, own: Prefix) -> Self {
        Self { discovery, own }
    }

    /// Whether the bridge is there: `online` or `offline`.
    pub(crate) fn status(&self) -> String {
        format!("{}/status", self.own.as_str())
    }

    /// Which devices the bridge has published, for its next start.
    pub(crate) fn published(&self) -> String {
        format!("{}/published", self.own.as_str())
    }

    /// A state or an event.
    pub(crate) fn state(&self, device: &str, key: &str) -> String {
        format!("{}/{device}/{key}", self.own.as_str())
    }

    /// Where the state is changed.
    pub(crate) fn command(&self, device: &str, key: &str) -> String {
        format!("{}/{device}/{key}/set", self.own.as_str())
    }

    /// Whether a device is connected.
    pub(crate) fn availability(&self, device: &str) -> String {
        self.state(device, "availability")
    }

    /// Home Assistant's message about a device. `object` is one that [`object`] gives.
    pub(crate) fn discovery(&self, object: &str) -> String {
        format!("{}/device/{object}/config", self.discovery.as_str())
    }

    /// What is subscribed to.
    pub(crate) fn filters(&self) -> [String; 3] {
        [format!("{}/+/+/set", self.own.as_str()), self.birth(), self.published()]
    }

    fn birth(&self) -> String {
        format!("{}/status", self.discovery.as_str())
    }

    /// What the topic means; `None` for one that is not the bridge's.
    pub(crate) fn meaning<'a>(&self, topic: &'a str) -> Option<Meaning<'a>> {
        if topic == self.published() {
            return Some(Meaning::Published);
        }
        if topic == self.birth() {
            return Some(Meaning::HomeAssistant);
        }
        let rest = topic.strip_prefix(self.own.as_str())?.strip_prefix('/')?;
        let (device, rest) = rest.split_once('/')?;
        let key = rest.strip_suffix("/set")?;
        let device = Id::parse(device)?;
        (!key.is_empty() && !key.contains('/')).then_some(Meaning::Command { device, key })
    }
}

/// The name of a device in Home Assistant's topics and identifiers.
pub(crate) fn object(device: &str) -> String {
    format!("arlo_{}", safe(device))
}

/// The identifier in letters, digits, `-` and `_`: any other byte, and `_` itself, as `_` and two hexadecimal digits.
fn safe(device: &str) -> String {
    device.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "_{byte:02x}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topics() -> Topics {
        Topics::new("homeassistant".parse().unwrap(), "house/arlo".parse().unwrap())
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in ["arlo-relay", "a/b/c", "größer", &"a".repeat(128)] {
            assert_eq!(text.parse::<Prefix>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            "a/+",
            "#",
            "a#",
            "a\0",
            "$SYS",
            &"a".repeat(129),
        ] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_topic_has_one_meaning_or_none() {
        let topics = topics();
        let device = || Id::parse("52M1").unwrap();
        for (topic, meaning) in [
            (
                "house/arlo/52M1/privacy/set",
                Some(Meaning::Command {
                    device: device(),
                    key: "privacy",
                }),
            ),
            ("homeassistant/status", Some(Meaning::HomeAssistant)),
            ("house/arlo/published", Some(Meaning::Published)),
            ("house/arlo/52M1/privacy", None),
            ("house/arlo/52M1/a/b/set", None),
            ("house/arlo/52M1/set", None),
            ("house/arlo/52M1//set", None),
            ("house/arlo//privacy/set", None),
            ("house/arlo/ä/privacy/set", None),
            ("house/arlox/52M1/privacy/set", None),
            ("house/52M1/privacy/set", None),
            ("", None),
        ] {
            assert_eq!(topics.meaning(topic), meaning, "{topic}");
        }
        assert_eq!(
            topics.meaning(&topics.command("52M1", "mode")),
            Some(Meaning::Command {
                device: device(),
                key: "mode"
            })
        );
    }

    proptest! {
        /// Home Assistant's own rule for the level: letters, digits, `_` and `-`.
        #[test]
        fn an_identifier_is_one_level_and_no_other_identifiers(a in "[ -~]{1,20}", b in "[ -~]{1,20}") {
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            prop_assert!(plain(&object(&a)));
            prop_assert_eq!(a == b, object(&a) == object(&b));
            if let Some(id) = Id::parse(&a) {
                let topic = topics().state(id.as_str(), "motion");
                prop_assert_eq!(topic.split('/').count(), 4);
                prop_assert!(!topic.contains(['+', '#']));
            }
        }
    }
}
