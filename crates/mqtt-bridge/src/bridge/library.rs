//! What Arlo's library says of each camera: its newest recording, how many the day has, and its newest picture.

use std::collections::BTreeMap;

use arlo_cameras::{Id, MediaKind, MediaUrl, Recording};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far back the library is read for a camera's newest picture.
pub(super) const READ_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the library has of one camera.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) last_recording: Option<Timestamp>,
    pub(super) today: u32,
    /// When the newest picture was made, and where it is.
    pub(super) picture: Option<(Timestamp, MediaUrl)>,
}

/// An entry as far as it matters here.
#[derive(Debug)]
pub(super) struct Entry {
    device: Id,
    created: Timestamp,
    is_recording: bool,
    picture: Option<MediaUrl>,
}

impl From<Recording> for Entry {
    fn from(one: Recording) -> Self {
        let is_recording = one.kind == MediaKind::Recording;
        Self {
            created: one.created(),
            picture: if is_recording { one.thumbnail } else { Some(one.url) },
            device: one.device,
            is_recording,
        }
    }
}

/// Sums up the entries, whatever their order. The day is that of the zone which `zone` gives for a camera.
pub(super) fn summaries(
    entries: impl IntoIterator<Item = Entry>,
    now: Timestamp,
    zone: impl Fn(&Id) -> TimeZone,
) -> BTreeMap<Id, Summary> {
    let mut all = BTreeMap::<Id, Summary>::new();
    for entry in entries {
        let zone = zone(&entry.device);
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let summary = all.entry(entry.device).or_default();
        if entry.is_recording {
            summary.last_recording = summary.last_recording.max(Some(entry.created));
            summary.today = summary.today.saturating_add(u32::from(day(entry.created) == day(now)));
        }
        let is_newer = summary.picture.as_ref().is_none_or(|(at, _)| *at <= entry.created);
        if let Some(url) = entry.picture.filter(|_| is_newer) {
            summary.picture = Some((entry.created, url));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thing::tests::id;

    #[test]
    fn a_camera_is_summed_up_in_its_own_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let entry = |device: &str, created: &str, is_recording| Entry {
            device: id(device),
            created: at(created),
            is_recording,
            picture: None,
        };
        let entries = [
            entry("D1", "2026-11-26T07:30:00Z", true),
            entry("D1", "2026-11-26T08:30:00Z", true),
            entry("D1", "2026-11-25T20:00:00Z", true),
            entry("D1", "2026-11-26T09:00:00Z", false),
            entry("D2", "2026-11-26T07:30:00Z", true),
        ];
        let pacific = TimeZone::fixed(jiff::tz::offset(-8));
        let zone = |device: &Id| {
            if *device == "D1" {
                pacific.clone()
            } else {
                TimeZone::UTC
            }
        };
        let all = summaries(entries, at("2026-11-26T10:00:00Z"), zone);
        assert_eq!(
            (all["D1"].today, all["D2"].today),
            (1, 1),
            "in the west 07:30 is of the day before"
        );
        assert_eq!(all["D1"].last_recording, Some(at("2026-11-26T08:30:00Z")));
    }
}
