//! What the cameras have recorded.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

/// The most items. Beyond that the oldest are dropped, as Arlo does after the days of the plan.
const MAX_ITEMS: usize = 200_000;

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

/// The items by their time, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Library(Vec<Item>);

impl Library {
    /// Adds an item, at the next free millisecond of its device.
    pub(crate) fn add(&mut self, mut item: Item) -> Item {
        while self.find(&item.device, item.millisecond()).is_some() {
            item.created += std::time::Duration::from_millis(1);
        }
        let place = self.0.partition_point(|other| other.created <= item.created);
        self.0.insert(place, item.clone());
        if self.0.len() > MAX_ITEMS {
            self.0.remove(0);
        }
        item
    }

    /// The item of a device that begins at this millisecond.
    pub(crate) fn find(&self, device: &str, millisecond: i64) -> Option<&Item> {
        let first = self.0.partition_point(|item| item.millisecond() < millisecond);
        let same = self
            .0
            .get(first..)?
            .iter()
            .take_while(|item| item.millisecond() == millisecond);
        same.into_iter().find(|item| item.device == device)
    }

    /// What the library lists of these days, the newest first.
    pub(crate) fn between<'a>(&'a self, from: &'a str, to: &'a str, now: Instant) -> impl Iterator<Item = &'a Item> {
        self.0.iter().rev().filter(move |item| {
            let day = day(item.created);
            item.listed_from <= now && (from..=to).contains(&day.as_str())
        })
    }
}

/// A day as Arlo writes it, `YYYYMMDD`. The days of the simulated accounts are those of UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y%m%d").to_string()
}
