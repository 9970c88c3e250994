//! One recording or snapshot, as a library lists it.

use std::fmt;

use jiff::Timestamp;
use url::Url;

/// One recording or snapshot. `Debug` does not show the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The serial number of the camera.
    pub device_id: String,
    /// The name that a person gave the camera. It may be empty, and it may contain anything.
    pub device_name: String,
    /// When it was made. Milliseconds count.
    pub created: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// The content type that the library gives, such as `video/mp4`. Arlo also gives words such as `4k`.
    pub content_type: String,
    /// Where its content is. Whoever has the URL has the content.
    pub url: MediaUrl,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A video.
    Recording,
    /// A picture.
    Snapshot,
}

impl Kind {
    /// The word for it in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A URL that is a capability: it is valid for some hours and needs no password. `Debug` shows its origin at most.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaUrl(String);

impl MediaUrl {
    /// The URL, exactly as the library gives it. It is examined when it is used.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL itself, for a request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, which may be shown; `no URL` if it is none.
    #[must_use]
    pub fn origin(&self) -> String {
        match Url::parse(&self.0) {
            Ok(url) if url.has_host() => url.origin().ascii_serialization(),
            _ => "no URL".to_owned(),
        }
    }
}

impl fmt::Debug for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaUrl({})", self.origin())
    }
}

/// What identifies a recording: the device, the millisecond, and whether it is a video or a picture. The order is that
/// of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Milliseconds since 1970 UTC.
    pub(crate) created: i64,
    pub(crate) device: String,
    pub(crate) kind: Kind,
}

/// Longest device id, in bytes. Arlo's have 13 characters.
const MAX_DEVICE: usize = 128;

impl Recording {
    /// The key; `None` if the device's id cannot be one.
    pub(crate) fn key(&self) -> Option<Key> {
        let is_usable = !self.device_id.is_empty() && self.device_id.len() <= MAX_DEVICE;
        is_usable.then(|| Key {
            device: self.device_id.clone(),
            created: self.created.as_millisecond(),
            kind: self.kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_url() {
        let recording = Recording {
            device_id: "ABC".into(),
            device_name: "Door".into(),
            created: Timestamp::UNIX_EPOCH,
            kind: Kind::Recording,
            content_type: "video/mp4".into(),
            url: MediaUrl::new("https://u:SECRET@media.example.org:8443/a/SECRET?x=SECRET"),
        };
        let shown = format!("{recording:?}");
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(shown.contains("https://media.example.org:8443"), "{shown}");
        assert_eq!(format!("{:?}", MediaUrl::new("SECRET")), "MediaUrl(no URL)");
    }
}
