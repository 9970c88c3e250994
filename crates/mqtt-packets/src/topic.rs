//! Topics and topic filters: section 4.7 of the standard.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// The most bytes of a text in a packet.
pub(crate) const MAX_TEXT: usize = u16::MAX as usize;

/// The topic of a message: 1 to 65,535 bytes, without a wildcard and without a NUL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(String);

impl Topic {
    /// # Errors
    /// [`ErrorKind::InvalidTopic`] if the text is empty, too long, or holds `+`, `#` or a NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if !is_text(&text) || text.contains(['+', '#']) {
            return Err(Error::new(
                ErrorKind::InvalidTopic,
                "a topic must have 1 to 65535 bytes and no wildcard",
            ));
        }
        Ok(Self(text))
    }

    /// The topic as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a client subscribes to: a topic in which a level may be `+` (any one level) and the last one `#` (any levels,
/// also none).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicFilter(String);

impl TopicFilter {
    /// # Errors
    /// [`ErrorKind::InvalidTopic`] if the text is empty, too long, holds a NUL, or has a wildcard that is not a whole
    /// level, or a `#` that is not the last one.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let refuse = |detail| Err(Error::new(ErrorKind::InvalidTopic, detail));
        if !is_text(&text) {
            return refuse("a topic filter must have 1 to 65535 bytes");
        }
        let mut levels = text.split('/').peekable();
        while let Some(level) = levels.next() {
            if level.len() > 1 && level.contains(['+', '#']) {
                return refuse("a wildcard of a topic filter must be a whole level");
            }
            if level == "#" && levels.peek().is_some() {
                return refuse("# must be the last level of a topic filter");
            }
        }
        Ok(Self(text))
    }

    /// The filter as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a message with this topic is for the filter. A filter that begins with a wildcard matches no topic that
    /// begins with `$`.
    #[must_use]
    pub fn matches(&self, topic: &Topic) -> bool {
        // Each topic is a filter that matches itself alone.
        covers(&self.0, &topic.0)
    }

    /// Whether every topic that `other` matches is matched by this filter too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        covers(&self.0, &other.0)
    }
}

fn covers(filter: &str, other: &str) -> bool {
    if filter.starts_with(['+', '#']) && other.starts_with('$') {
        return false;
    }
    let mut others = other.split('/');
    for level in filter.split('/') {
        // Also without a further level: `a/#` matches `a`.
        if level == "#" {
            return true;
        }
        match others.next() {
            None | Some("#") => return false,
            Some(other) if level == "+" || level == other => {}
            Some(_) => return false,
        }
    }
    others.next().is_none()
}

fn is_text(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.len()) && !text.contains('\0')
}

impl FromStr for Topic {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl FromStr for TopicFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::new(text).unwrap()
    }

    #[test]
    fn a_filter_matches_as_the_standard_shows() {
        for (pattern, topic, matches) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/#", "sport", true),
            ("#", "a/b", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/monitor", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/monitor", true),
            ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
            ("a/b", "a/B", false),
            ("a/b", "a/b/", false),
            ("a", "a/b", false),
        ] {
            let topic = Topic::new(topic).unwrap();
            assert_eq!(filter(pattern).matches(&topic), matches, "{pattern} {topic}");
        }
    }

    #[test]
    fn a_filter_covers_what_is_narrower() {
        for (wide, narrow, covers) in [
            ("d/x/#", "d/x/out/cameras/1/is", true),
            ("d/x/#", "d/x/+/is", true),
            ("d/x/#", "d/x/#", true),
            ("d/x/#", "d/#", false),
            ("d/x/#", "d/+/a", false),
            ("d/+/is", "d/x/is", true),
            ("d/+/is", "d/+/is", true),
            ("d/+/is", "d/#", false),
            ("d/x", "d/x/#", false),
            ("+/#", "$SYS/#", false),
        ] {
            assert_eq!(filter(wide).covers(&filter(narrow)), covers, "{wide} {narrow}");
        }
    }

    #[test]
    fn what_is_no_topic_or_filter_is_refused() {
        for text in ["", "a\0b", "a/+", "#", &"a".repeat(MAX_TEXT + 1)] {
            assert_eq!(Topic::new(text).unwrap_err().kind(), ErrorKind::InvalidTopic);
        }
        for text in ["", "a\0b", "a/#/b", "a#", "a+/b", "##", "+#", &"a".repeat(MAX_TEXT + 1)] {
            assert_eq!(TopicFilter::new(text).unwrap_err().kind(), ErrorKind::InvalidTopic);
        }
        assert!(Topic::new("a".repeat(MAX_TEXT)).is_ok());
    }
}
