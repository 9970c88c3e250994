//! What a camera is told to do: a snapshot, a stream, a recording.
//!
//! A camera does one thing at a time, which its property `activityState` names. Each act counts; what a timer does at
//! its end is left out if the camera was told something else meanwhile.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::account::{Account, Device, Item, What, day};
use crate::call::Refusal;
use crate::config::{Generation, UserIndex};
use crate::event::Draft;
use crate::faults::Fault;
use crate::publish::{Outbox, unasked};
use crate::state::Shared;

/// How long a camera takes for a snapshot.
const SNAPSHOT_TIME: Duration = Duration::from_secs(4);
/// How long a stream waits for a reader. The simulated streams have none.
const UNREAD_STREAM: Duration = Duration::from_secs(30);

/// What a camera has begun, for [`start`] to end.
#[derive(Debug)]
pub(crate) struct Task {
    camera: String,
    act: u64,
    what: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Snapshot,
    Stream,
}

/// A camera that may change its activity, addressed as Arlo demands: by its gateway.
pub(crate) fn camera<'a>(account: &'a mut Account, resource: &str, to: &str) -> Result<&'a mut Device, Refusal> {
    let not_found = || Refusal::api_error(StatusCode::OK, "4000", "Resource not found");
    let id = account
        .of_resource(resource)
        .filter(|device| device.kind.sees())
        .ok_or_else(not_found)?
        .id
        .clone();
    let gateway = account
        .device(&id)
        .map(|device| device.gateway.clone())
        .unwrap_or_default();
    if account.device(&gateway).is_some_and(|gateway| gateway.offline) {
        return Err(Refusal::api_error(StatusCode::OK, "2059", "Device is offline"));
    }
    let camera = account.device_mut(&id).ok_or_else(not_found)?;
    let private = camera.property("privacyActive") == Some(&Value::Bool(true));
    if to != camera.gateway || private {
        return Err(Refusal::unchangeable_activity());
    }
    Ok(camera)
}

/// Changes a camera's activity as a message to it asks.
pub(crate) fn activity(
    shared: &Shared,
    account: &mut Account,
    outbox: &mut Outbox,
    id: &str,
    activity: &str,
    trans_id: &Value,
) -> Option<Task> {
    let what = match activity {
        "fullFrameSnapshot" => Some(Ending::Snapshot),
        "startUserStream" => Some(Ending::Stream),
        _ => None,
    };
    let device = account.device_mut(id)?;
    device.acts += 1;
    let act = device.acts;
    let recording = if activity == "idle" { device.stream.take() } else { None };
    if let Some(since) = recording.and_then(|stream| stream.recording) {
        recorded(shared, account, outbox, &Recording::by_hand(shared, id, since));
    }
    account
        .device_mut(id)?
        .set(&Map::from_iter([("activityState".to_owned(), activity.into())]));
    let device = account.device(id)?;
    let trans_id = trans_id
        .as_str()
        .map_or_else(|| unasked(&device.gateway), str::to_owned);
    let properties = Map::from_iter([("activityState".to_owned(), activity.into())]);
    let resource = format!("cameras/{id}");
    outbox.add(Draft::of_device(
        account,
        device,
        &resource,
        "is",
        &properties,
        &trans_id,
    ));
    what.map(|what| Task {
        camera: id.to_owned(),
        act,
        what,
    })
}

/// Ends in the background what a camera has begun.
pub(crate) fn start(shared: &Arc<Shared>, user: UserIndex, task: Task) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move { finish(&shared, user, task).await });
}

/// Waits for the end of what a camera has begun.
pub(crate) async fn finish(shared: &Arc<Shared>, user: UserIndex, task: Task) {
    let time = match task.what {
        Ending::Snapshot => SNAPSHOT_TIME,
        Ending::Stream => UNREAD_STREAM,
    };
    if !shared.pause(time).await {
        return;
    }
    shared.with_account(user, |account, outbox| {
        if account
            .device(&task.camera)
            .is_none_or(|device| device.acts != task.act)
        {
            return;
        }
        if matches!(task.what, Ending::Snapshot) {
            snapshot_taken(shared, account, outbox, &task.camera);
        }
        end(shared, account, outbox, &task.camera);
    });
}

/// The snapshot of an idle camera is there. In which of two forms the camera says so depends on its model.
pub(crate) fn snapshot_taken(shared: &Shared, account: &mut Account, outbox: &mut Outbox, id: &str) {
    let at = shared.clock.timestamp().as_millisecond();
    let path = format!("/media/{id}/snapshots/{at}.jpg");
    let url = shared.presigned(&path);
    let Some(device) = account.device_mut(id) else {
        return;
    };
    device.last_image = Some(path);
    // The newer ones, which are their own gateway, and doorbells.
    let newer = device.is_gateway() || device.model.starts_with("AVD");
    let (action, properties) = if newer {
        ("lastImageSnapshotAvailable", json!({ "presignedLastImageUrl": url }))
    } else {
        let properties = json!({ "presignedFullFrameSnapshotUrl": url, "disablePrivacyZones": false });
        ("fullFrameSnapshotAvailable", properties)
    };
    if let (Some(device), Value::Object(properties)) = (account.device(id), properties) {
        let trans_id = unasked(&device.gateway);
        let resource = format!("cameras/{id}");
        outbox.add(Draft::of_device(
            account,
            device,
            &resource,
            action,
            &properties,
            &trans_id,
        ));
    }
}

/// The camera goes idle. What it recorded goes to the library.
pub(crate) fn end(shared: &Shared, account: &mut Account, outbox: &mut Outbox, id: &str) {
    let Some(device) = account.device_mut(id) else {
        return;
    };
    device.acts += 1;
    let recording = device.stream.take().and_then(|stream| stream.recording);
    if let Some(since) = recording {
        recorded(shared, account, outbox, &Recording::by_hand(shared, id, since));
    }
    outbox.set(account, id, &json!({ "activityState": "idle" }));
}

/// A recording that has ended.
#[derive(Debug)]
pub(crate) struct Recording<'a> {
    pub(crate) camera: &'a str,
    pub(crate) since: Timestamp,
    pub(crate) seconds: u64,
    pub(crate) reason: &'static str,
    /// What Arlo's analysis saw.
    pub(crate) object: Option<String>,
}

impl<'a> Recording<'a> {
    pub(crate) fn by_hand(shared: &Shared, camera: &'a str, since: Timestamp) -> Self {
        let seconds = shared.clock.timestamp().as_second().saturating_sub(since.as_second());
        Self {
            camera,
            since,
            seconds: u64::try_from(seconds).unwrap_or_default().max(1),
            reason: "userRecording",
            object: None,
        }
    }
}

/// Puts a recording into the library and tells the streams in two messages: the first has the picture, the last the
/// recording. Gives the time under which the library has it.
pub(crate) fn recorded(
    shared: &Shared,
    account: &mut Account,
    outbox: &mut Outbox,
    recording: &Recording<'_>,
) -> Option<Timestamp> {
    let item = keep_recording(shared, account, recording)?;
    let first = uploaded(shared, account, &item, false);
    let last = uploaded(shared, account, &item, true);
    if shared.faults.occurs(Fault::OutOfOrderMedia) {
        outbox.add(last);
        outbox.add(first);
    } else {
        outbox.add(first);
        outbox.add(last);
    }
    Some(item.created)
}

/// Puts a recording into the library. Nobody is told.
pub(crate) fn keep_recording(shared: &Shared, account: &mut Account, recording: &Recording<'_>) -> Option<Item> {
    let what = What::Recording {
        seconds: recording.seconds,
    };
    keep(shared, account, recording.camera, recording.since, what, recording)
}

/// A snapshot of a running stream: it goes to the library.
pub(crate) fn stream_snapshot(shared: &Shared, account: &mut Account, outbox: &mut Outbox, camera: &str) {
    let about = Recording {
        camera,
        since: shared.clock.timestamp(),
        seconds: 0,
        reason: "snapshot",
        object: None,
    };
    if let Some(item) = keep(shared, account, camera, about.since, What::Snapshot, &about) {
        let draft = uploaded(shared, account, &item, true);
        outbox.add(draft);
    }
}

fn keep(
    shared: &Shared,
    account: &mut Account,
    camera: &str,
    created: Timestamp,
    what: What,
    about: &Recording<'_>,
) -> Option<Item> {
    let late = shared.faults.take(|fault| match fault {
        Fault::LibraryLate(time) => Some(time),
        _ => None,
    });
    let device = account.device(camera)?;
    let item = account.library.add(Item {
        device: device.id.clone(),
        unique_id: device.unique_id.clone(),
        created,
        what,
        reason: about.reason,
        object: about.object.clone(),
        listed_from: shared.clock.instant() + late.unwrap_or_default(),
    })?;
    let device = account.device_mut(camera)?;
    device.media_count += 1;
    device.last_image = Some(item.thumbnail_path());
    Some(item)
}

/// The event `mediaUploadNotification`.
fn uploaded(shared: &Shared, account: &Account, item: &Item, last: bool) -> Draft {
    let thumbnail = shared.presigned(&item.thumbnail_path());
    let count = account.device(&item.device).map(|device| device.media_count);
    let mut value = json!({
        "resource": "mediaUploadNotification",
        "ownerId": account.user_id,
        "deviceId": item.device,
        "uniqueId": item.unique_id,
        "createdDate": day(item.created),
        "mediaObjectCount": count,
        "presignedThumbnailUrl": thumbnail,
        "presignedLastImageUrl": thumbnail,
        "recordingStopped": last,
    });
    if let (true, Some(value)) = (last, value.as_object_mut()) {
        let content = shared.presigned(&item.content_path());
        value.insert("presignedContentUrl".to_owned(), content.into());
    }
    Draft::of_user(account, if last { "library/update" } else { "library/add" }, value)
}

/// The event `feedNotification`, after Arlo's analysis of a recording.
pub(crate) fn analysed(shared: &Shared, account: &Account, outbox: &mut Outbox, recording: &Recording<'_>) {
    let at = recording.since.as_millisecond();
    let (Some(item), Some(object)) = (account.library.find(recording.camera, at), &recording.object) else {
        return;
    };
    let mut value = json!({
        "resource": "feedNotification",
        "type": "motion",
        "feedId": format!("{}-{at}", recording.camera),
        "deviceId": item.device,
        "uniqueId": item.unique_id,
        "locationId": account.location_id(),
        "objCategory": object,
        "objCategories": [object],
        "objRegion": "0.25,0.25,0.75,0.75",
        "duration": recording.seconds,
        "utcCreatedDate": at,
        "contentUrl": shared.presigned(&item.content_path()),
        "thumbnailUrl": shared.presigned(&item.thumbnail_path()),
    });
    if let (Generation::V3, Some(value)) = (account.generation, value.as_object_mut()) {
        let mode = account.modes.location.properties.get("mode").cloned();
        value.insert("activeMode".to_owned(), mode.unwrap_or_default());
    }
    outbox.add(Draft::of_user(account, "feed/live", value));
}
