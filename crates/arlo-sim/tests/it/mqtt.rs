//! The broker: who may connect, which topics it grants, and the events on them.

use arlo_sim::{Cloud, Fault, Generation, Mqtt as Broker, MqttTransport};
use bytes::Bytes;
use mqtt_packets::{Connect, ConnectCode, Packet, PacketId, Publish, Subscribe, Topic, TopicFilter, Unsubscribe};
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite;

use crate::common::{Client, until};
use crate::house::{BELL, DRIVE, FRONT, HUB, USER, config, data, notify, play};
use crate::mqtt_client::{Mqtt, tls, websocket};

const TRANSPORTS: [MqttTransport; 2] = [MqttTransport::WebSocket, MqttTransport::Tls];
const HUB_TOPICS: &str = "d/SIM0-0001-0001/out/#";
const DRIVE_TOPICS: &str = "d/SIM0-0001-0002/out/#";

async fn start(generation: Generation, transport: MqttTransport) -> (Cloud, Client) {
    let mut config = config(generation);
    config.mqtt = Some(Broker::new(transport));
    let cloud = arlo_sim::start(config).await.unwrap();
    let client = Client::with_password(&cloud).await;
    (cloud, client)
}

fn own() -> String {
    format!("u/{USER}/in/#")
}

#[tokio::test]
async fn the_session_names_the_broker_and_the_devices_their_topics() {
    for (transport, scheme) in [
        (MqttTransport::WebSocket, "wss://127.0.0.1:"),
        (MqttTransport::Tls, "ssl://127.0.0.1:"),
    ] {
        let (cloud, client) = start(Generation::V2, transport).await;
        let session = data(client.api(Method::GET, "/hmsweb/users/session/v3", None).await).await;
        assert_eq!(session["mqttUrl"].as_str(), cloud.mqtt_url());
        assert!(cloud.mqtt_url().unwrap().starts_with(scheme));
        let devices = data(client.api(Method::GET, "/hmsweb/v2/users/devices", None).await).await;
        let topics = |id: &str| {
            let device = devices
                .as_array()
                .unwrap()
                .iter()
                .find(|device| device["deviceId"] == id)
                .unwrap();
            device["allowedMqttTopics"].clone()
        };
        assert_eq!(
            topics(FRONT),
            json!([format!("d/SIM0-0001-0001/out/cameras/{FRONT}/#")])
        );
        assert_eq!(topics(BELL).as_array().unwrap().len(), 2);
        assert!(
            topics(DRIVE)
                .as_array()
                .unwrap()
                .contains(&json!("d/SIM0-0001-0002/out/basestation/#"))
        );
        let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own()]).await;
        let all: Vec<_> = devices
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|device| device["allowedMqttTopics"].as_array().unwrap())
            .collect();
        let all: Vec<_> = all.into_iter().map(|topic| topic.as_str().unwrap()).collect();
        assert!(mqtt.subscribe(&all).await.into_iter().all(|granted| granted));
    }
}

#[tokio::test]
async fn each_event_comes_under_its_topic() {
    for transport in TRANSPORTS {
        let (cloud, client) = start(Generation::V2, transport).await;
        let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own(), HUB_TOPICS, DRIVE_TOPICS]).await;
        until(|| cloud.open_streams() == 1).await;
        let next = async |mqtt: &mut Mqtt, topic: &str| {
            let (found, message) = mqtt.message().await;
            assert_eq!(found, topic, "{message}");
            message
        };
        data(
            notify(
                &client,
                HUB,
                "set",
                &format!("cameras/{FRONT}"),
                json!({ "brightness": 1 }),
            )
            .await,
        )
        .await;
        let topic = format!("d/SIM0-0001-0001/out/cameras/{FRONT}/is");
        let message = next(&mut mqtt, &topic).await;
        assert_eq!(
            (&message["properties"], &message["transId"]),
            (&json!({ "brightness": 1 }), &json!("web!1"))
        );

        let web = format!("subscriptions/{USER}_web");
        data(notify(&client, HUB, "set", &web, json!({ "devices": [HUB] })).await).await;
        next(&mut mqtt, &format!("d/SIM0-0001-0001/out/{web}/is")).await;
        data(notify(&client, HUB, "get", "devices", json!({})).await).await;
        assert!(next(&mut mqtt, "d/SIM0-0001-0001/out/devices/is").await["devices"][FRONT].is_object());
        play(&cloud, "ring \"Front bell\"\noffline Home\nmode Night").await;
        for kind in ["doorbells", "cameras"] {
            next(&mut mqtt, &format!("d/SIM0-0001-0001/out/{kind}/{BELL}/is")).await;
        }
        next(&mut mqtt, "d/SIM0-0001-0001/out/basestation/is").await;
        let modes = format!("u/{USER}/in/automation/activeAutomations");
        next(&mut mqtt, &modes).await;
        next(&mut mqtt, &modes).await;
        play(
            &cloud,
            "online Home\nsnapshot Drive\nrecord Drive 2 Animal\nlogout-elsewhere",
        )
        .await;
        next(&mut mqtt, "d/SIM0-0001-0001/out/basestation/is").await;
        let drive = format!("d/SIM0-0001-0002/out/cameras/{DRIVE}");
        for topic in ["is", "lastImageSnapshotAvailable", "is", "is", "is"].map(|last| format!("{drive}/{last}")) {
            next(&mut mqtt, &topic).await;
        }
        let user = |rest: &str| format!("u/{USER}/in/{rest}");
        let rest = [
            user("library/add"),
            user("library/update"),
            format!("{drive}/is"),
            format!("{drive}/is"),
            user("feed/live"),
        ];
        for topic in rest {
            next(&mut mqtt, &topic).await;
        }
        assert_eq!(
            next(&mut mqtt, &user("userSession/disconnect")).await,
            json!({ "action": "logout" })
        );
    }
}

#[tokio::test]
async fn a_newer_account_has_mqtt_and_no_server_sent_events() {
    let (cloud, client) = start(Generation::V3, MqttTransport::Tls).await;
    assert_eq!(
        client.api(Method::GET, "/hmsweb/client/subscribe", None).await.status(),
        403
    );
    let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own()]).await;
    play(&cloud, "mode armAway").await;
    let (topic, message) = mqtt.message().await;
    assert_eq!(topic, format!("u/{USER}/in/automation/activeMode/is"));
    assert_eq!(message["properties"]["properties"]["mode"], "armAway");
}

#[tokio::test]
async fn only_a_valid_token_of_the_user_connects() {
    let (cloud, client) = start(Generation::V2, MqttTransport::Tls).await;
    let refused = async |connect: Connect| {
        let mut mqtt = Mqtt::open(&cloud).await;
        mqtt.send(&Packet::Connect(connect)).await;
        let answer = mqtt.next().await;
        let Some(Packet::ConnAck(answer)) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(mqtt.next().await, None);
        answer.code
    };
    for password in ["wrong", ""] {
        assert_eq!(Mqtt::connect(&cloud, password).await.1, ConnectCode::NotAuthorized);
    }
    assert_eq!(refused(Connect::new("c", 60)).await, ConnectCode::NotAuthorized);
    let other = Connect::new("c", 60).credentials("SIM-1002", client.token.as_str());
    assert_eq!(refused(other).await, ConnectCode::NotAuthorized);
    let nameless = Connect::new("", 60).credentials(USER, client.token.as_str());
    assert_eq!(refused(nameless).await, ConnectCode::IdentifierRejected);
    cloud.faults().set_times(Fault::MqttConnack5, 1);
    assert_eq!(Mqtt::connect(&cloud, &client.token).await.1, ConnectCode::NotAuthorized);
    assert_eq!(Mqtt::connect(&cloud, &client.token).await.1, ConnectCode::Accepted);

    // A session ends with its token, and the token opens none afterwards.
    let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own()]).await;
    play(&cloud, "expire-tokens").await;
    assert_eq!(mqtt.next().await, None);
    assert_eq!(Mqtt::connect(&cloud, &client.token).await.1, ConnectCode::NotAuthorized);
}

#[tokio::test]
async fn the_control_port_counts_every_connect() {
    let mut config = config(Generation::V2);
    config.mqtt = Some(Broker::new(MqttTransport::Tls));
    config.control = Some(([127, 0, 0, 1], 0).into());
    let cloud = arlo_sim::start(config).await.unwrap();
    let client = Client::with_password(&cloud).await;
    Mqtt::connect(&cloud, "no token").await;
    Mqtt::connect(&cloud, &client.token).await;
    let state = reqwest::get(format!("{}/state", cloud.control_url().unwrap()));
    let state: serde_json::Value = state.await.unwrap().json().await.unwrap();
    assert_eq!(state["connects"], 2);
}

#[tokio::test]
async fn a_logout_ends_the_session_of_its_token() {
    let (cloud, client) = start(Generation::V2, MqttTransport::WebSocket).await;
    let other = Client::with_password(&cloud).await;
    let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own(), DRIVE_TOPICS]).await;
    assert_eq!(other.api(Method::PUT, "/hmsweb/logout", None).await.status(), 200);
    play(&cloud, "battery Drive 40").await;
    assert_eq!(mqtt.message().await.1["properties"]["batteryLevel"], 40);
    assert_eq!(client.api(Method::PUT, "/hmsweb/logout", None).await.status(), 200);
    assert_eq!(mqtt.next().await, None);
}

#[tokio::test]
async fn filters_outside_the_account_are_refused() {
    let (cloud, client) = start(Generation::V2, MqttTransport::Tls).await;
    let (mut mqtt, _) = Mqtt::connect(&cloud, &client.token).await;
    let own_device = format!("d/SIM0-0001-0001/out/cameras/{FRONT}/#");
    let all = [
        own().as_str(),
        HUB_TOPICS,
        &own_device,
        "u/SIM-1002/in/#",
        "d/OTHER/out/#",
        "#",
        "+/+/out/#",
        "$SYS/#",
    ]
    .map(str::to_owned);
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    assert_eq!(
        mqtt.subscribe(&all).await,
        [true, true, true, false, false, false, false, false]
    );
    cloud.faults().set(Fault::MqttRefuseWideTopics);
    assert_eq!(mqtt.subscribe(&all[..3]).await, [true, false, true]);
    cloud.faults().set(Fault::MqttRefuseTopics);
    assert_eq!(mqtt.subscribe(&all[..3]).await, [true, false, false]);
}

#[tokio::test]
async fn the_small_packets_are_answered() {
    let (cloud, client) = start(Generation::V2, MqttTransport::WebSocket).await;
    let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own(), DRIVE_TOPICS]).await;
    mqtt.send(&Packet::PingReq).await;
    assert_eq!(mqtt.next().await, Some(Packet::PingResp));
    let id = PacketId::new(3).unwrap();
    let mut publish = Publish::new(Topic::new("x").unwrap(), "{}");
    mqtt.send(&publish.clone().into()).await;
    publish.packet_id = Some(id);
    mqtt.send(&publish.into()).await;
    assert_eq!(mqtt.next().await, Some(Packet::PubAck(id)));
    let filters = vec![TopicFilter::new(DRIVE_TOPICS).unwrap()];
    mqtt.send(&Packet::Unsubscribe(Unsubscribe { packet_id: id, filters }))
        .await;
    assert_eq!(mqtt.next().await, Some(Packet::UnsubAck(id)));
    // Two in one message of the websocket, and the second in two.
    mqtt.send_bytes(Bytes::from_static(b"\xc0\0\xc0")).await;
    mqtt.send_bytes(Bytes::from_static(b"\0")).await;
    assert_eq!(
        [mqtt.next().await, mqtt.next().await],
        [Some(Packet::PingResp), Some(Packet::PingResp)]
    );
    play(&cloud, "battery Drive 40\nmode mode1").await;
    assert!(
        mqtt.message().await.1[HUB].is_object(),
        "what it has given up does not come"
    );
    mqtt.send(&Packet::Disconnect).await;
    until(|| cloud.open_streams() == 0).await;
}

#[tokio::test]
async fn packets_are_split_and_sessions_break() {
    for transport in TRANSPORTS {
        let (cloud, client) = start(Generation::V2, transport).await;
        let mut mqtt = Mqtt::subscribed(&cloud, &client, &[DRIVE_TOPICS]).await;
        cloud.faults().set(Fault::SplitFrames);
        let before = mqtt.reads;
        play(&cloud, "battery Drive 40").await;
        assert_eq!(mqtt.message().await.1["properties"]["batteryLevel"], 40);
        if transport == MqttTransport::WebSocket {
            assert!(mqtt.reads - before > 10, "{}", mqtt.reads);
        }
        cloud.faults().clear_all();
        play(
            &cloud,
            "fault on duplicate-events 1\nbattery Drive 39\nfault on drop-streams 1\nbattery Drive 38",
        )
        .await;
        for _ in 0..2 {
            assert_eq!(mqtt.message().await.1["properties"]["batteryLevel"], 39);
        }
        assert_eq!(mqtt.next().await, None);
        let mut mqtt = Mqtt::subscribed(&cloud, &client, &[DRIVE_TOPICS]).await;
        play(&cloud, "drop-streams").await;
        assert_eq!(mqtt.next().await, None);
    }
}

#[tokio::test]
async fn an_event_may_come_before_the_answer_to_a_subscription() {
    let (cloud, client) = start(Generation::V2, MqttTransport::Tls).await;
    let (mut mqtt, _) = Mqtt::connect(&cloud, &client.token).await;
    cloud.faults().set(Fault::PublishBeforeSuback);
    let filters = [HUB_TOPICS, "d/OTHER/#"].map(|filter| TopicFilter::new(filter).unwrap());
    mqtt.send(&Packet::Subscribe(Subscribe::new(PacketId::new(9).unwrap(), filters)))
        .await;
    let (topic, message) = mqtt.message().await;
    assert_eq!(
        (topic.as_str(), &message["from"]),
        ("d/SIM0-0001-0001/out/basestation/is", &json!(HUB))
    );
    assert!(matches!(mqtt.next().await, Some(Packet::SubAck(answer)) if answer.granted.len() == 2));
}

#[tokio::test]
async fn what_is_no_mqtt_ends_the_connection() {
    let (cloud, client) = start(Generation::V2, MqttTransport::Tls).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\xc0\0",
        b"\x10\xff\xff\xff\x7f",
        b"\0",
    ] {
        let mut mqtt = Mqtt::open(&cloud).await;
        mqtt.send_bytes(Bytes::from_static(bytes)).await;
        assert_eq!(mqtt.next().await, None, "{bytes:?}");
    }
    let mut mqtt = Mqtt::open(&cloud).await;
    mqtt.send_bytes(Bytes::from_static(b"\x10\x07\0\x04MQTT\x05")).await;
    let Some(Packet::ConnAck(answer)) = mqtt.next().await else {
        panic!()
    };
    assert_eq!(answer.code, ConnectCode::UnacceptableProtocol);
    // A second CONNECT, and a packet that only a server sends.
    for packet in [Packet::Connect(Connect::new("c", 1)), Packet::PingResp] {
        let (mut mqtt, _) = Mqtt::connect(&cloud, &client.token).await;
        mqtt.send(&packet).await;
        assert_eq!(mqtt.next().await, None);
    }
    drop(tls(&cloud).await);
    let (cloud, _) = start(Generation::V2, MqttTransport::WebSocket).await;
    for (path, protocol, status) in [
        ("/other", Some("mqtt"), 404),
        ("/mqtt", Some("chat"), 400),
        ("/mqtt", None, 400),
    ] {
        match websocket(&cloud, path, protocol).await {
            Err(tungstenite::Error::Http(refusal)) => assert_eq!(refusal.status(), status),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_shutdown_ends_sessions_and_the_certificate_is_written() {
    let directory = std::env::temp_dir().join(format!("arlo-sim-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let mut config = config(Generation::V2);
    let mut broker = Broker::new(MqttTransport::Tls);
    broker.ca_file = Some(directory.join("ca.pem"));
    config.mqtt = Some(broker.clone());
    let cloud = arlo_sim::start(config.clone()).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(directory.join("ca.pem")).unwrap(),
        cloud.ca_pem().unwrap()
    );
    let client = Client::with_password(&cloud).await;
    let mut mqtt = Mqtt::subscribed(&cloud, &client, &[&own()]).await;
    cloud.shutdown().await;
    assert_eq!(mqtt.next().await, None);
    broker.ca_file = Some(directory.join("missing").join("ca.pem"));
    config.mqtt = Some(broker);
    let failed = arlo_sim::start(config).await.unwrap_err();
    assert_eq!(failed.kind(), arlo_sim::ErrorKind::Certificate);
    std::fs::remove_dir_all(directory).unwrap();
}
