//! A user with a whole house, and the streams on which its events are read.

use std::time::Duration;

use arlo_sim::{Cloud, Config, Generation, Script, User};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::common::{Client, EMAIL, PASSWORD};

pub(crate) const HUB: &str = "48B4597VD0001";
/// A camera of the hub, "Front door".
pub(crate) const FRONT: &str = "52M1897PA0001";
pub(crate) const BELL: &str = "9K11937PA0001";
/// The camera that is its own gateway.
pub(crate) const DRIVE: &str = "A0P4041PA0001";
pub(crate) const USER: &str = "SIM-1001";
const DEADLINE: Duration = Duration::from_secs(30);

/// A configuration in which the login needs no code, and ten thousand seconds of a scene pass in one.
pub(crate) fn config(generation: Generation) -> Config {
    let user = User::new(EMAIL, PASSWORD).factors(vec![]).house(generation);
    // Nothing listens there: no mail is sent.
    let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
    config.speed = 10_000;
    config
}

pub(crate) async fn start(generation: Generation) -> (Cloud, Client) {
    let cloud = arlo_sim::start(config(generation)).await.unwrap();
    let client = Client::with_password(&cloud).await;
    (cloud, client)
}

pub(crate) async fn play(cloud: &Cloud, script: &str) {
    cloud.play(EMAIL, &script.parse::<Script>().unwrap()).await.unwrap();
}

/// The data of a success of the API host.
pub(crate) async fn data(response: Response) -> Value {
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["success"], true, "{body}");
    body["data"].clone()
}

/// The device list.
pub(crate) async fn devices(client: &Client) -> Vec<Value> {
    let listed = data(client.api(Method::GET, "/hmsweb/v2/users/devices?t=1", None).await).await;
    listed.as_array().unwrap().clone()
}

/// The device of this name in the list.
pub(crate) fn named<'a>(devices: &'a [Value], name: &str) -> &'a Value {
    devices.iter().find(|device| device["deviceName"] == name).unwrap()
}

/// Arlo's number of a refusal.
pub(crate) async fn error(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["success"], false, "{body}");
    body["data"]["error"].as_str().unwrap().to_owned()
}

/// Sends a message to a device, to which the path names `to`.
pub(crate) async fn notify(client: &Client, to: &str, action: &str, resource: &str, properties: Value) -> Response {
    let message = json!({
        "action": action,
        "resource": resource,
        "publishResponse": true,
        "properties": properties,
        "from": format!("{USER}_web"),
        "to": to,
        "transId": "web!1",
    });
    client
        .api(
            Method::POST,
            &format!("/hmsweb/users/devices/notify/{to}"),
            Some(&message),
        )
        .await
}

/// An open stream of server-sent events.
pub(crate) struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Opens it, and reads that it is connected.
    pub(crate) async fn open(client: &Client) -> Self {
        let response = client.api(Method::GET, "/hmsweb/client/subscribe", None).await;
        assert_eq!(response.status(), 200);
        let text = String::new();
        let mut events = Self { response, text };
        assert_eq!(events.next().await, Some(json!({ "status": "connected" })));
        events
    }

    /// The next event, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        while !self.text.contains("\n\n") {
            let chunk = timeout(DEADLINE, self.response.chunk()).await.expect("no event came");
            self.text += std::str::from_utf8(&chunk.ok()??).unwrap();
        }
        let (event, rest) = self.text.split_once("\n\n").unwrap();
        let data = event.strip_prefix("event: message\ndata: ").unwrap();
        let event = serde_json::from_str(data).unwrap();
        self.text = rest.to_owned();
        Some(event)
    }

    /// The next event whose resource begins so.
    pub(crate) async fn of(&mut self, resource: &str) -> Value {
        loop {
            let event = self.next().await.expect("the stream ended");
            if event["resource"]
                .as_str()
                .is_some_and(|known| known.starts_with(resource))
            {
                return event;
            }
        }
    }
}
