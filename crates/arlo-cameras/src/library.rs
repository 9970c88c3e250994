//! The library: the recordings and pictures that Arlo keeps.
//!
//! Arlo asks for days of the account's time zone, which is not known here. So a day more is asked for at both ends, and
//! the entries are filtered by their millisecond. Long times are asked for in parts, because there are no pages.

use std::collections::HashSet;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use arlo_client::{ApiCall, Method};

use crate::keeper::Keeper;
use crate::message::{number, text};
use crate::{Error, ErrorKind, Id, MediaUrl};

/// The days in one call, and the longest answer to it in bytes.
const DAYS: i64 = 7;
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// The most calls for one listing: three years.
const MAX_CALLS: usize = 160;

/// What an entry of the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A video.
    Recording,
    /// A picture that somebody took.
    Picture,
}

/// An entry of the library. The device and the millisecond tell it from all others of its kind.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// The camera.
    pub device: Id,
    /// When it was made, in milliseconds since 1970. There can be several in one second.
    pub created_ms: i64,
    /// Video or picture.
    pub kind: MediaKind,
    /// `video/mp4`, `image/jpg`; Arlo also writes `2k`, `4k` and `hd`.
    pub content_type: String,
    /// Why it was made: `motionRecord`, `snapshot` …
    pub reason: String,
    /// How long a video is.
    pub duration: Option<SignedDuration>,
    /// What Arlo found in it.
    pub object: Option<String>,
    /// Where it is, for about a day. List the library again after that.
    pub url: MediaUrl,
    /// Where its small picture is.
    pub thumbnail: Option<MediaUrl>,
}

impl Recording {
    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        Timestamp::from_millisecond(self.created_ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn read(raw: &Value) -> Option<Self> {
        let device = Id::parse(text(raw, "deviceId")?)?;
        let created = raw.get("utcCreatedDate").and_then(number);
        let created_ms = created.or_else(|| raw.get("name").and_then(number))?;
        Timestamp::from_millisecond(created_ms).ok()?;
        let url = MediaUrl::parse(text(raw, "presignedContentUrl")?)?;
        let short = |key: &str| text(raw, key).unwrap_or_default().chars().take(64).collect::<String>();
        let (content_type, reason) = (short("contentType"), short("reason"));
        let is_picture = content_type.starts_with("image/") || reason == "snapshot" || url.has_folder("snapshots");
        let seconds = raw.get("mediaDurationSecond").and_then(number);
        Some(Self {
            device,
            created_ms,
            kind: if is_picture {
                MediaKind::Picture
            } else {
                MediaKind::Recording
            },
            content_type,
            reason,
            duration: seconds.filter(|seconds| *seconds >= 0).map(SignedDuration::from_secs),
            object: text(raw, "objCategory")
                .filter(|object| !object.is_empty())
                .map(str::to_owned),
            thumbnail: text(raw, "presignedThumbnailUrl").and_then(MediaUrl::parse),
            url,
        })
    }
}

/// Without the URLs.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("device", &self.device)
            .field("created_ms", &self.created_ms)
            .field("kind", &self.kind)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// The entries from `from` up to and without `to`, oldest first.
pub(crate) async fn list(keeper: &Keeper, from: Timestamp, to: Timestamp) -> Result<Vec<Recording>, Error> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (first, last) in windows(from, to)? {
        let day = |date: Date| date.strftime("%Y%m%d").to_string();
        let call = ApiCall::new("users/library", Method::Post, "/hmsweb/users/library")
            .body(json!({ "dateFrom": day(first), "dateTo": day(last) }))
            .max_answer(MAX_ANSWER);
        let data = keeper.call(call).await?;
        let Some(entries) = data.as_array() else {
            let message = "Arlo's answer to users/library has no list: Arlo may have changed its API";
            return Err(Error::new(ErrorKind::UnexpectedAnswer, message));
        };
        for recording in entries.iter().filter_map(Recording::read) {
            let is_wanted = (from..to).contains(&recording.created());
            let key = (
                recording.device.clone(),
                recording.created_ms,
                recording.url.without_query().to_owned(),
            );
            if is_wanted && seen.insert(key) {
                found.push(recording);
            }
        }
    }
    found.sort_by(|a, b| (a.created_ms, &a.device).cmp(&(b.created_ms, &b.device)));
    Ok(found)
}

/// The days to ask for, in parts. Each includes its last day.
fn windows(from: Timestamp, to: Timestamp) -> Result<Vec<(Date, Date)>, Error> {
    let wrong = || {
        Error::new(
            ErrorKind::InvalidValue,
            "the time for the library is too long, or not in the calendar",
        )
    };
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let last = date(to).checked_add(Span::new().days(1)).map_err(|_| wrong())?;
    let mut first = date(from).checked_sub(Span::new().days(1)).map_err(|_| wrong())?;
    let mut windows = Vec::new();
    while first <= last {
        if windows.len() >= MAX_CALLS {
            return Err(wrong());
        }
        let end = first
            .checked_add(Span::new().days(DAYS - 1))
            .map_err(|_| wrong())?
            .min(last);
        windows.push((first, end));
        first = end.checked_add(Span::new().days(1)).map_err(|_| wrong())?;
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_and_its_debug_shows_no_url() {
        let raw = json!({"deviceId": "C1", "name": "1790000000123", "utcCreatedDate": 1_790_000_000_123_i64,
            "contentType": "video/mp4", "reason": "motionRecord", "mediaDurationSecond": 12, "objCategory": "Person",
            "presignedContentUrl": "https://media.example/U1/recordings/1.mp4?sig=SECRET",
            "presignedThumbnailUrl": "https://media.example/U1/recordings/1_thumb.jpg?sig=SECRET"});
        let recording = Recording::read(&raw).unwrap();
        assert_eq!(
            (recording.created_ms, recording.kind),
            (1_790_000_000_123, MediaKind::Recording)
        );
        assert_eq!(recording.duration, Some(SignedDuration::from_secs(12)));
        assert!(!format!("{recording:?}").contains("SECRET"));
        for key in ["contentType", "reason"] {
            let mut picture = raw.clone();
            picture[key] = if key == "reason" {
                "snapshot".into()
            } else {
                "image/jpg".into()
            };
            assert_eq!(Recording::read(&picture).unwrap().kind, MediaKind::Picture);
        }
        for broken in [
            json!({}),
            json!({"deviceId": "C1", "utcCreatedDate": 1, "presignedContentUrl": "no url"}),
            json!({"deviceId": "C1", "utcCreatedDate": "x", "presignedContentUrl": "https://a/b"}),
            json!({"deviceId": "C1", "utcCreatedDate": i64::MAX, "presignedContentUrl": "https://a/b"}),
        ] {
            assert_eq!(Recording::read(&broken), None, "{broken}");
        }
    }

    #[test]
    fn a_day_more_is_asked_for_at_both_ends_and_no_day_twice() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let days = |from, to| {
            let windows = windows(at(from), at(to)).unwrap();
            windows.iter().map(|(a, b)| format!("{a} {b}")).collect::<Vec<_>>()
        };
        assert_eq!(
            days("2026-11-25T00:30:00Z", "2026-11-25T23:00:00Z"),
            ["2026-11-24 2026-11-26"]
        );
        assert_eq!(
            days("2026-11-01T12:00:00Z", "2026-11-10T12:00:00Z"),
            ["2026-10-31 2026-11-06", "2026-11-07 2026-11-11"]
        );
        let long = windows(at("2016-11-01T12:00:00Z"), at("2026-11-10T12:00:00Z"));
        assert_eq!(long.unwrap_err().kind(), ErrorKind::InvalidValue);
    }
}
