//! Messages about recordings and pictures.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Message, number, text};
use crate::attributes::normal;
use crate::event::MediaEvent;
use crate::{Event, Id, MediaKind, MediaUrl};

/// The most objects that are named in one recording.
const MAX_OBJECTS: usize = 32;

/// E5: the URL of a picture that was asked for. Which of the two keys it has depends on the model.
pub(super) fn picture(id: &Id, properties: &Map<String, Value>) -> Option<Event> {
    let keys = ["presignedFullFrameSnapshotUrl", "presignedLastImageUrl"];
    let url = keys
        .iter()
        .find_map(|key| MediaUrl::parse(properties.get(*key)?.as_str()?))?;
    Some(Event::Picture {
        device: id.clone(),
        url,
    })
}

/// E7: Arlo keeps a recording or a picture.
pub(super) fn upload(message: &mut Message, raw: &Value) -> bool {
    let Some(device) = text(raw, "deviceId").and_then(Id::parse) else {
        return false;
    };
    let url = |key: &str| text(raw, key).and_then(MediaUrl::parse);
    let (content, thumbnail) = (url("presignedContentUrl"), url("presignedThumbnailUrl"));
    let last_image = url("presignedLastImageUrl");
    let any = [&content, &thumbnail, &last_image];
    let is_picture = any
        .iter()
        .any(|url| url.as_ref().is_some_and(|url| url.has_folder("snapshots")));
    let kind = if is_picture {
        MediaKind::Picture
    } else {
        MediaKind::Recording
    };
    let stopped = raw.get("recordingStopped").map(normal) == Some(Value::Bool(true));
    if let Some(count) = raw.get("mediaObjectCount") {
        message.patch(&device, [("mediaObjectCount", count.clone())]);
    }
    let complete = stopped || (is_picture && content.is_some());
    if is_picture && let Some(url) = content.clone().or_else(|| last_image.clone()) {
        message.event(Event::Picture {
            device: device.clone(),
            url,
        });
    }
    message.event(Event::Media(MediaEvent {
        device,
        kind,
        complete,
        url: content,
        thumbnail: thumbnail.or(last_image),
    }));
    true
}

/// E8: what Arlo found in a recording, or that a mode changed.
pub(super) fn feed(message: &mut Message, raw: &Value) -> bool {
    match text(raw, "type") {
        Some("modeChange") => {
            message.event(Event::ModesOutdated);
            true
        }
        Some("motion") => {
            let Some(device) = text(raw, "deviceId").and_then(Id::parse) else {
                return false;
            };
            let listed = raw.get("objCategories").and_then(Value::as_array);
            let mut objects: Vec<String> = listed
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .take(MAX_OBJECTS)
                .map(str::to_owned)
                .collect();
            if objects.is_empty() {
                objects.extend(text(raw, "objCategory").map(str::to_owned));
            }
            let created = raw.get("utcCreatedDate").and_then(number);
            let created = created.and_then(|ms| Timestamp::from_millisecond(ms).ok());
            message.event(Event::Detected {
                device,
                objects,
                created,
            });
            true
        }
        _ => false,
    }
}
