//! Takes a picture.
//!
//! A camera that is idle is asked for one by its activity, one that streams by another call. Where the picture is comes
//! as an event some seconds later, in one of three forms.

use arlo_client::{ApiCall, Method};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::device::Device;
use crate::hub::Hub;
use crate::notify::{Message, fault, ready, transaction};
use crate::{Error, ErrorKind, Event, MediaUrl};

const IDLE: &str = "/hmsweb/users/devices/fullFrameSnapshot";
const STREAMING: &str = "/hmsweb/users/devices/takeSnapshot";

/// Takes a picture, and gives where it is.
pub(crate) async fn take(hub: &Hub, camera: &Device) -> Result<MediaUrl, Error> {
    if !camera.has_camera() {
        let message = format!("{}, a {}, takes no pictures", camera.name, camera.kind.as_str());
        return Err(Error::new(ErrorKind::NotSupported, message));
    }
    ready(hub).await;
    let transaction = transaction()?;
    let mut updates = hub.updates();
    let streams = camera
        .text("activityState")
        .is_some_and(|state| state.to_lowercase().contains("stream"));
    let (path, body) = if streams {
        let zone = camera.text("olsonTimeZone").unwrap_or_default();
        let body = json!({
            "xcloudId": camera.cloud_id, "parentId": camera.gateway, "deviceId": camera.id, "olsonTimeZone": zone,
        });
        (STREAMING, body)
    } else {
        let properties = Map::from_iter([("activityState".to_owned(), Value::from("fullFrameSnapshot"))]);
        let message = Message::set(format!("cameras/{}", camera.id), properties);
        (IDLE, message.body(camera, hub.keeper.session().user_id(), &transaction))
    };
    let call = ApiCall::new("snapshot", Method::Post, path)
        .header("xcloudid", &*camera.cloud_id)
        .body(body);
    hub.keeper.call(call).await?;
    let deadline = Instant::now()
        .checked_add(hub.options.picture_within)
        .unwrap_or_else(Instant::now);
    let late = || {
        let message = format!(
            "{} gave no picture in time: it may be asleep, out of reach, or Arlo is slow",
            camera.name
        );
        Error::new(ErrorKind::TimedOut, message)
    };
    loop {
        let update = tokio::time::timeout_at(deadline, updates.next())
            .await
            .map_err(|_| late())?;
        let update = update.ok_or_else(late)?;
        if let Some(error) = fault(&update, camera, &transaction) {
            return Err(error);
        }
        let picture = update.events.iter().find_map(|event| match event {
            Event::Picture { device, url } if *device == camera.id => Some(url.clone()),
            _ => None,
        });
        if let Some(url) = picture {
            return Ok(url);
        }
    }
}
