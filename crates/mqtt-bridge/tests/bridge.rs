//! A bridge between the simulated house and a broker of a few lines. `tests/mqtt` does the same with a real broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_cameras::arlo_client::Login;
use arlo_cameras::{Account, Options};
use arlo_sim::{Cloud, Config, Fault, Generation, Script, User};
use bytes::{Bytes, BytesMut};
use mqtt_bridge::{Error, Settings, run};
use mqtt_packets::{ConnAck, ConnectCode, Decoder, Packet, Publish, QoS, SubAck, Topic};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const EMAIL: &str = "casey@gmail.com";
const GARDEN: &str = "52M1897PA0002";
/// Longer than any step here. A test that reaches it fails.
const DEADLINE: Duration = Duration::from_secs(40);

/// A broker for one client, which keeps what is to be kept.
#[derive(Clone)]
struct Broker {
    kept: Arc<Mutex<BTreeMap<String, Bytes>>>,
    events: Arc<Mutex<Vec<String>>>,
    commands: mpsc::UnboundedSender<(String, String, bool)>,
    url: String,
}

impl Broker {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (commands, mut to_send) = mpsc::unbounded_channel();
        let broker = Self {
            kept: Arc::default(),
            events: Arc::default(),
            commands,
            url: format!("mqtt://{}", listener.local_addr().unwrap()),
        };
        let served = broker.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = BytesMut::new();
                loop {
                    while let Some(packet) = Decoder::new(8 * 1024 * 1024).decode(&mut buffer).unwrap() {
                        if let Some(answer) = served.answer(packet) {
                            stream.write_all(&wire(&answer)).await.unwrap();
                        }
                    }
                    let command = tokio::select! {
                        read = stream.read_buf(&mut buffer) => match read {
                            Ok(1..) => continue,
                            _ => break,
                        },
                        Some(command) = to_send.recv() => command,
                    };
                    let (topic, payload, retain): (String, String, bool) = command;
                    let mut publish = Publish::new(Topic::new(topic).unwrap(), payload);
                    publish.retain = retain;
                    stream.write_all(&wire(&publish.into())).await.unwrap();
                }
            }
        });
        broker
    }

    fn answer(&self, packet: Packet) -> Option<Packet> {
        match packet {
            Packet::Connect(_) => Some(Packet::ConnAck(ConnAck::new(ConnectCode::Accepted))),
            Packet::Subscribe(subscribe) => Some(Packet::SubAck(SubAck {
                packet_id: subscribe.packet_id,
                granted: vec![Some(QoS::AtMostOnce); subscribe.filters.len()],
            })),
            Packet::Publish(publish) => {
                let topic = publish.topic.as_str().to_owned();
                match publish.retain {
                    true => drop(self.kept.lock().unwrap().insert(topic, publish.payload)),
                    false => self.events.lock().unwrap().push(topic),
                }
                None
            }
            Packet::PingReq => Some(Packet::PingResp),
            _ => None,
        }
    }

    fn text(&self, topic: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        kept.get(topic)
            .map(|payload| String::from_utf8_lossy(payload).into_owned())
    }

    fn send(&self, topic: &str, payload: &str, retain: bool) {
        self.commands
            .send((topic.to_owned(), payload.to_owned(), retain))
            .unwrap();
    }

    async fn wait(&self, topic: &str, wanted: &str) {
        eventually(topic, || self.text(topic).as_deref() == Some(wanted)).await;
    }
}

fn wire(packet: &Packet) -> BytesMut {
    let mut bytes = BytesMut::new();
    packet.encode(&mut bytes).unwrap();
    bytes
}

async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait)
        .await
        .unwrap_or_else(|_| panic!("it never came true: {what}"));
}

struct Setup {
    cloud: Cloud,
    broker: Broker,
    account: Arc<Account>,
    stop: oneshot::Sender<()>,
    bridge: JoinHandle<Result<(), Error>>,
}

impl Setup {
    async fn new() -> Self {
        let user = User::new(EMAIL, "correct horse")
            .factors(Vec::new())
            .house(Generation::V2);
        let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
        config.speed = 20;
        let cloud = arlo_sim::start(config).await.unwrap();
        let login = Login::new(EMAIL, "correct horse".to_owned().into())
            .auth_host(cloud.url())
            .api_host(cloud.url());
        let options = Options::default().reconnect(Duration::from_millis(5), Duration::from_millis(40));
        let account = Arc::new(Account::open(login, options).await.unwrap());
        let broker = Broker::start().await;
        let prefix = |text: &str| text.parse().unwrap();
        let settings = Settings::new(
            broker.url.parse().unwrap(),
            prefix("homeassistant"),
            prefix("arlo-relay"),
        );
        let (stop, stopped) = oneshot::channel();
        let bridged = Arc::clone(&account);
        let bridge = tokio::spawn(async move {
            Box::pin(run(bridged, settings, |_| {}, async {
                let _ = stopped.await;
            }))
            .await
        });
        broker.wait("arlo-relay/status", "online").await;
        Self {
            cloud,
            broker,
            account,
            stop,
            bridge,
        }
    }

    async fn play(&self, script: &str) {
        let script: Script = script.parse().unwrap();
        self.cloud.play(EMAIL, &script).await.unwrap();
    }
}

#[tokio::test]
async fn the_house_is_announced_shown_and_operated_until_the_bridge_stops() {
    let setup = Setup::new().await;
    let broker = setup.broker.clone();
    let config = broker
        .text(&format!("homeassistant/device/arlo_{GARDEN}/config"))
        .unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(
        config["components"]["privacy"]["command_topic"],
        format!("arlo-relay/{GARDEN}/privacy/set")
    );
    broker.wait("arlo-relay/48B4597VD0001/mode", "disarmed").await;

    setup
        .play("battery Garden 41\nset Garden '{\"motionDetected\": true}'\nring \"Front bell\"")
        .await;
    broker.wait(&format!("arlo-relay/{GARDEN}/battery"), "41").await;
    broker.wait(&format!("arlo-relay/{GARDEN}/motion"), "ON").await;
    eventually("the ring", || {
        broker
            .events
            .lock()
            .unwrap()
            .contains(&"arlo-relay/9K11937PA0001/ring".to_owned())
    })
    .await;

    let privacy = || setup.account.device(GARDEN).unwrap().attributes["privacyActive"].clone();
    let command = format!("arlo-relay/{GARDEN}/privacy/set");
    broker.send(&command, "ON", true);
    broker.send(&command, "on", false);
    broker.send(&format!("arlo-relay/{GARDEN}/brightness/set"), "-2", false);
    broker.wait(&format!("arlo-relay/{GARDEN}/brightness"), "-2").await;
    assert_eq!(
        privacy(),
        false,
        "what is retained, and what is no payload, changes nothing"
    );
    broker.send(&command, "ON", false);
    broker.wait(&format!("arlo-relay/{GARDEN}/privacy"), "ON").await;
    assert_eq!(privacy(), true);

    setup.play("offline Home").await;
    broker
        .wait(&format!("arlo-relay/{GARDEN}/availability"), "offline")
        .await;
    let woken = setup
        .cloud
        .requests()
        .iter()
        .any(|request| request.contains("startStream") || request.contains("Snapshot"));
    assert!(!woken, "no camera is woken unasked");

    let Setup { stop, bridge, .. } = setup;
    stop.send(()).unwrap();
    tokio::time::timeout(DEADLINE, bridge).await.unwrap().unwrap().unwrap();
    broker.wait("arlo-relay/status", "offline").await;
}

#[tokio::test]
async fn a_picture_that_cannot_be_fetched_at_first_is_fetched_later() {
    let setup = Setup::new().await;
    setup.cloud.faults().set_times(Fault::Media503, 1);
    setup.play("snapshot Garden").await;
    let topic = format!("arlo-relay/{GARDEN}/picture");
    eventually("the picture", || setup.broker.kept.lock().unwrap().contains_key(&topic)).await;
    drop(setup.stop);
    setup.bridge.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_device_of_an_earlier_start_is_removed_and_no_other() {
    let setup = Setup::new().await;
    let broker = setup.broker.clone();
    let list = "arlo-relay/published";
    eventually("the list", || broker.text(list).is_some()).await;
    let mine: Value = serde_json::from_str(&broker.text(list).unwrap()).unwrap();
    let gone = "homeassistant/device/arlo_GONE1/config";
    for (client, removed) in [("arlo-relay-another", false), (mine["client"].as_str().unwrap(), true)] {
        let old = serde_json::json!({ "client": client, "devices": ["GONE1", GARDEN, "x/#", 7] });
        broker.send(list, &old.to_string(), true);
        // What comes after it shows that it was looked at.
        broker.send("homeassistant/status", "online", false);
        broker.kept.lock().unwrap().remove("arlo-relay/status");
        broker.wait("arlo-relay/status", "online").await;
        assert_eq!(broker.text(gone).as_deref(), removed.then_some(""), "{client}");
    }
    let kept = broker.text(&format!("homeassistant/device/arlo_{GARDEN}/config"));
    assert!(kept.is_some_and(|config| !config.is_empty()));
    drop(setup.stop);
    setup.bridge.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_last_event_is_the_last_message_of_arlo_and_not_the_end_of_the_stream() {
    let setup = Setup::new().await;
    let broker = setup.broker.clone();
    setup.play("battery Garden 41").await;
    broker.wait(&format!("arlo-relay/{GARDEN}/battery"), "41").await;
    setup.cloud.shutdown().await;
    broker.wait("arlo-relay/bridge/stream", "OFF").await;
    let last_message = setup.account.status().borrow().last_message.unwrap();
    // Everything is published again.
    broker.send("homeassistant/status", "online", false);
    broker.kept.lock().unwrap().remove("arlo-relay/status");
    broker.wait("arlo-relay/status", "online").await;
    let shown = broker.text("arlo-relay/bridge/last_event").unwrap();
    assert_eq!(shown, last_message.to_string());
    drop(setup.stop);
    setup.bridge.await.unwrap().unwrap();
}
