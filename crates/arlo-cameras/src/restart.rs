//! Restarts a base station.

use arlo_client::{ApiCall, Method};
use serde_json::json;

use crate::device::{Device, Kind};
use crate::hub::Hub;
use crate::{Error, ErrorKind};

const RESTART: &str = "/hmsweb/users/devices/restart";

pub(crate) async fn restart(hub: &Hub, base: &Device) -> Result<(), Error> {
    if base.kind != Kind::Base {
        let message = format!(
            "{}, a {}, is no base station: only those restart",
            base.name,
            base.kind.as_str()
        );
        return Err(Error::new(ErrorKind::NotSupported, message));
    }
    let call = ApiCall::new("restart", Method::Post, RESTART)
        .header("xcloudid", &*base.cloud_id)
        .body(json!({ "deviceId": base.id }));
    hub.keeper.call(call).await.map(drop)
}
