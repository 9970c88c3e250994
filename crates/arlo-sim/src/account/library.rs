//! What the cameras have recorded.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The most items. Beyond that the oldest are dropped, as Arlo does after the days of the plan.
const MAX_ITEMS: usize = 200_000;
const MILLISECONDS_OF_A_DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Recording { seconds: u64 },
    Snapshot,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) device: String,
    pub(crate) unique_id: String,
    pub(crate) created: Timestamp,
    pub(crate) what: What,
    pub(crate) reason: &'static str,
    /// What Arlo's analysis saw, as `Person`.
    pub(crate) object: Option<String>,
    /// When the library lists it.
    pub(crate) listed_from: Instant,
}

impl Item {
    pub(crate) fn millisecond(&self) -> i64 {
        self.created.as_millisecond()
    }

    pub(crate) fn content_path(&self) -> String {
        let (device, at) = (&self.device, self.millisecond());
        match self.what {
            What::Recording { .. } => format!("/media/{device}/recordings/{at}.mp4"),
            What::Snapshot => format!("/media/{device}/snapshots/{at}.jpg"),
        }
    }

    pub(crate) fn thumbnail_path(&self) -> String {
        let (device, at) = (&self.device, self.millisecond());
        match self.what {
            What::Recording { .. } => format!("/media/{device}/recordings/{at}_thumb.jpg"),
            What::Snapshot => format!("/media/{device}/snapshots/{at}_thumb.jpg"),
        }
    }

    /// Its entry in the answer of the library. `sign` makes a URL of a path.
    pub(crate) fn listed(&self, owner: &str, sign: impl Fn(&str) -> String) -> Value {
        let seconds = match self.what {
            What::Recording { seconds } => seconds,
            What::Snapshot => 0,
        };
        let mut entry = json!({
            "ownerId": owner,
            "deviceId": self.device,
            "uniqueId": self.unique_id,
            "name": self.millisecond().to_string(),
            "utcCreatedDate": self.millisecond(),
            "localCreatedDate": self.millisecond(),
            "createdDate": day(self.created),
            "createdBy": self.device,
            "timeZone": "Etc/UTC",
            "contentType": if seconds > 0 || matches!(self.what, What::Recording { .. }) { "video/mp4" } else { "image/jpg" },
            "reason": self.reason,
            "currentState": "new",
            "mediaDurationSecond": seconds,
            "mediaDuration": format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
            "presignedContentUrl": sign(&self.content_path()),
            "presignedThumbnailUrl": sign(&self.thumbnail_path()),
            "lastModified": self.millisecond(),
        });
        if let (Some(object), Some(entry)) = (&self.object, entry.as_object_mut()) {
            entry.insert("objCategory".to_owned(), object.as_str().into());
            entry.insert("objRegion".to_owned(), "0.25,0.25,0.75,0.75".into());
        }
        entry
    }
}

/// The items by their millisecond and device.
#[derive(Debug, Default)]
pub(crate) struct Library(BTreeMap<(i64, String), Item>);

impl Library {
    /// Adds an item, at the next free millisecond of its device. `None` if a second has none.
    pub(crate) fn add(&mut self, mut item: Item) -> Option<Item> {
        let first = item.millisecond();
        let free = (first..first.saturating_add(1000)).find(|at| self.find(&item.device, *at).is_none())?;
        item.created = Timestamp::from_millisecond(free).ok()?;
        self.0.insert((free, item.device.clone()), item.clone());
        if self.0.len() > MAX_ITEMS {
            self.0.pop_first();
        }
        Some(item)
    }

    /// The item of a device that begins at this millisecond.
    pub(crate) fn find(&self, device: &str, millisecond: i64) -> Option<&Item> {
        self.0.get(&(millisecond, device.to_owned()))
    }

    /// What the library lists from one day to another, both included, the newest first. Nothing if one is no day.
    pub(crate) fn between(&self, from: &str, to: &str, now: Instant) -> impl Iterator<Item = &Item> {
        let first = begin(from).map(|at| (at, String::new()));
        let end = begin(to).and_then(|at| at.checked_add(MILLISECONDS_OF_A_DAY));
        let end = end.map(|at| (at, String::new()));
        let days = first.zip(end).filter(|(first, end)| first <= end);
        let items = days.into_iter().flat_map(|(first, end)| self.0.range(first..end).rev());
        items.map(|(_, item)| item).filter(move |item| item.listed_from <= now)
    }
}

/// The millisecond at which a day begins that is written as Arlo writes it.
fn begin(day: &str) -> Option<i64> {
    let date = Date::strptime("%Y%m%d", day).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// A day as Arlo writes it, `YYYYMMDD`. The days of the simulated accounts are those of UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(device: &str, millisecond: i64) -> Item {
        Item {
            device: device.to_owned(),
            unique_id: String::new(),
            created: Timestamp::from_millisecond(millisecond).unwrap(),
            what: What::Snapshot,
            reason: "snapshot",
            object: None,
            listed_from: Instant::now(),
        }
    }

    #[test]
    fn a_device_has_one_item_a_millisecond() {
        let mut library = Library::default();
        let add = |library: &mut Library, device, at| library.add(item(device, at)).map(|item| item.millisecond());
        for expected in [5, 6, 7] {
            assert_eq!(add(&mut library, "A", 5), Some(expected));
        }
        assert_eq!(add(&mut library, "B", 5), Some(5));
        for _ in 3..1000 {
            assert!(add(&mut library, "A", 5).is_some());
        }
        assert_eq!(add(&mut library, "A", 5), None);
        let days = library.between("19700101", "19700101", Instant::now());
        let times: Vec<_> = days.map(Item::millisecond).collect();
        assert_eq!(times.len(), 1001);
        assert!(times.is_sorted_by(|newer, older| newer >= older));
    }

    #[test]
    fn the_days_are_those_of_utc_and_both_are_included() {
        let mut library = Library::default();
        for day in 0..3 {
            library.add(item("A", day * MILLISECONDS_OF_A_DAY));
            library.add(item("A", (day + 1) * MILLISECONDS_OF_A_DAY - 1));
        }
        let count = |from, to| library.between(from, to, Instant::now()).count();
        assert_eq!(
            [
                count("19700101", "19700101"),
                count("19700101", "19700102"),
                count("19700102", "19700109")
            ],
            [2, 4, 4]
        );
        for (from, to) in [
            ("19700102", "19700101"),
            ("", ""),
            ("19700101", "tomorrow"),
            ("19701301", "19701302"),
        ] {
            assert_eq!(count(from, to), 0, "{from} {to}");
        }
    }
}
