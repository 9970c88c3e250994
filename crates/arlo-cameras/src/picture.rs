//! Takes a picture.
//!
//! A camera that is idle is asked for one by its activity, one that streams by another call. Where the picture is comes
//! as an event some seconds later, in one of three forms.

use arlo_client::{ApiCall, Method};
use jiff::tz::TimeZone;
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
    ready(hub, Some(camera)).await;
    let transaction = transaction()?;
    let mut updates = hub.updates();
    let streams = camera
        .text("activityState")
        .is_some_and(|state| state.to_lowercase().contains("stream"));
    let (path, body) = if streams {
        let zone = time_zone(camera, hub.state().devices.get(&camera.gateway));
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

/// The name of the camera's time zone. Some have none of their own: then it is that of the gateway, or of this machine.
fn time_zone(camera: &Device, gateway: Option<&Device>) -> String {
    let named = camera.text("olsonTimeZone");
    let named = named.or_else(|| gateway?.text("olsonTimeZone")).map(str::to_owned);
    named.unwrap_or_else(|| TimeZone::system().iana_name().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_without_a_time_zone_has_that_of_its_gateway_or_of_this_machine() {
        let device = |id: &str, zone: Option<&str>| {
            let data = json!([{ "deviceId": id, "parentId": "B1", "properties": { "olsonTimeZone": zone } }]);
            crate::device::list(&data).unwrap().into_values().next().unwrap()
        };
        let (camera, base) = (
            device("C1", Some("Europe/Berlin")),
            device("B1", Some("America/New_York")),
        );
        let bare = device("C1", None);
        assert_eq!(time_zone(&camera, Some(&base)), "Europe/Berlin");
        assert_eq!(time_zone(&bare, Some(&base)), "America/New_York");
        let here = TimeZone::system().iana_name().unwrap_or_default().to_owned();
        assert_eq!(time_zone(&bare, Some(&device("B1", None))), here);
        assert_eq!(time_zone(&bare, None), here);
    }
}
