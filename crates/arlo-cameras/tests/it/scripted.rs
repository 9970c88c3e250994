//! An Arlo that says what it is told, for what the simulated one never says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_cameras::arlo_client::Login;
use arlo_cameras::{Account, Event, Options, Outcome};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use mqtt_packets::{ConnAck, ConnectCode, Decoder, Packet, QoS, SubAck};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

use crate::setup::{event, eventually, until};

/// What the cloud says.
#[derive(Clone)]
struct Says {
    stream: Arc<Mutex<Option<mpsc::UnboundedReceiver<Bytes>>>>,
    mqtt_url: Option<String>,
    devices: Arc<Mutex<Value>>,
    /// The paths that were called.
    called: Arc<Mutex<Vec<String>>>,
    /// The resources of the messages to devices, when they were answered.
    told: Arc<Mutex<Vec<String>>>,
}

/// A cloud with one camera. What is sent on the channel is the event stream.
async fn start() -> (String, mpsc::UnboundedSender<Bytes>) {
    let (url, sender, _) = start_with(None).await;
    (url, sender)
}

/// As [`start`], with this broker in the session.
async fn start_with(mqtt_url: Option<String>) -> (String, mpsc::UnboundedSender<Bytes>, Says) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let camera = json!([{ "deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "C1" }]);
    let says = Says {
        stream: Arc::new(Mutex::new(Some(receiver))),
        mqtt_url,
        devices: Arc::new(Mutex::new(camera)),
        called: Arc::default(),
        told: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(says.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, sender, says)
}

async fn answer(State(says): State<Says>, request: Request) -> Response {
    let data = |data: Value| axum::Json(json!({ "success": true, "data": data })).into_response();
    let path = request.uri().path().to_owned();
    says.called.lock().unwrap().push(path.clone());
    if path.contains("/notify/") {
        let body = axum::body::to_bytes(request.into_body(), 64 * 1024).await.unwrap();
        let message: Value = serde_json::from_slice(&body).unwrap();
        let resource = message["resource"].as_str().unwrap().to_owned();
        if resource.starts_with("subscriptions/") {
            // As over a slow network.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        says.told.lock().unwrap().push(resource);
        return data(json!({}));
    }
    match path.rsplit('/').next().unwrap() {
        "auth" => axum::Json(json!({ "meta": { "code": 200 }, "data": {
            "token": "2_token", "userId": "U1", "expiresIn": 4_000_000_000_i64, "mfa": false, "authCompleted": true,
        }}))
        .into_response(),
        "devices" => data(says.devices.lock().unwrap().clone()),
        "subscribe" => {
            let Some(receiver) = says.stream.lock().unwrap().take() else {
                return axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response();
            };
            let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
                let piece = receiver.recv().await?;
                Some((Ok::<_, std::io::Error>(piece), receiver))
            });
            Body::from_stream(stream).into_response()
        }
        "v3" => data(json!({ "userId": "U1", "mqttUrl": says.mqtt_url })),
        _ => data(json!({})),
    }
}

async fn open(url: &str) -> Account {
    let login = Login::new("casey@example.org", "correct horse".to_owned().into())
        .auth_host(url)
        .api_host(url);
    Account::open(login, Options::default().answer_within(Duration::from_millis(100)))
        .await
        .unwrap()
}

fn message(battery: usize) -> Bytes {
    let json = json!({ "resource": "cameras/C1", "action": "is", "transId": format!("C1!{battery}"),
        "properties": { "batteryLevel": battery } });
    format!("event: message\ndata: {json}\n\n").into()
}

#[tokio::test]
async fn what_is_no_json_and_what_is_not_known_does_not_end_the_stream() {
    let (url, stream) = start().await;
    let account = open(&url).await;
    let mut updates = account.updates();
    for odd in [
        "data: {not json\n\n",
        "data: \u{0}\n\n",
        ": comment\n\n",
        "data: [1,2]\n\n",
        "data: 7\n\nbroken\n\n",
    ] {
        stream.send(odd.into()).unwrap();
    }
    stream
        .send("data: {\"resource\":\"toasters/T1\",\"brown\":true}\n\n".into())
        .unwrap();
    stream.send(message(50)).unwrap();
    let mut unknown = Vec::new();
    until(&mut updates, |update| {
        unknown.extend(update.events.iter().filter_map(|event| match event {
            Event::Other(raw) => Some(raw.clone()),
            _ => None,
        }));
        update
            .changes
            .iter()
            .find(|change| change.attribute == "batteryLevel")
            .map(drop)
    })
    .await;
    assert_eq!(
        unknown,
        [
            json!([1, 2]),
            json!(7),
            json!({"resource": "toasters/T1", "brown": true})
        ]
    );
    assert_eq!(account.status().borrow().connections, 1);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_what_it_missed() {
    let (url, stream) = start().await;
    let account = open(&url).await;
    let mut slow = account.updates();
    let mut quick = account.updates();
    for level in 0..2000 {
        stream.send(message(level)).unwrap();
    }
    until(&mut quick, |update| {
        let mut changes = update.changes.iter();
        let last = changes.find(|change| change.attribute == "batteryLevel" && change.new == json!(1999));
        last.map(drop)
    })
    .await;
    let missed = event(&mut slow, |event| matches!(event, Event::Missed { .. })).await;
    assert!(matches!(missed, Event::Missed { count } if count > 1000), "{missed:?}");
    assert_eq!(
        account.device("C1").unwrap().battery(),
        Some(1999),
        "the state is whole all the same"
    );
}

#[tokio::test]
async fn a_setting_waits_until_the_base_was_asked_whether_it_is_there() {
    let (url, _stream, says) = start_with(None).await;
    *says.devices.lock().unwrap() = json!([
        { "deviceId": "B1", "deviceType": "basestation", "modelId": "VMB4540", "parentId": "B1" },
        { "deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B1" },
    ]);
    let account = open(&url).await;
    let camera = account.device("C1").unwrap();
    let outcome = account.set(&camera, "brightness", &json!(1)).await.unwrap();
    assert_eq!(outcome, Outcome::Unknown, "nobody answers here");
    let told = says.told.lock().unwrap();
    assert_eq!(told[0], "subscriptions/U1_web", "{told:?}");
    assert!(told.contains(&"cameras/C1".to_owned()));
}

/// A broker that accepts connections and subscriptions, and says nothing else at all.
struct Broker {
    url: String,
    certificate: CertificateDer<'static>,
    pings: Arc<AtomicUsize>,
    /// The filters of each subscription, with the number of its connection.
    subscribed: Arc<Mutex<Vec<(usize, String)>>>,
    /// Ends the connection.
    drop: Arc<Notify>,
}

impl Broker {
    async fn open(&self, url: &str, change: impl FnOnce(Options) -> Options) -> Account {
        let login = Login::new("casey@example.org", "correct horse".to_owned().into())
            .auth_host(url)
            .api_host(url);
        let options = Options::default()
            .trust(self.certificate.clone())
            .reconnect(Duration::from_millis(5), Duration::from_millis(20));
        Account::open(login, change(options)).await.unwrap()
    }
}

async fn mute_broker() -> Broker {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.der().clone(), made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.try_into().unwrap())
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ssl://{}", listener.local_addr().unwrap());
    let broker = Broker {
        url,
        certificate,
        pings: Arc::default(),
        subscribed: Arc::default(),
        drop: Arc::default(),
    };
    let (counted, noted, dropped) = (
        Arc::clone(&broker.pings),
        Arc::clone(&broker.subscribed),
        Arc::clone(&broker.drop),
    );
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let mut connection = 0;
        while let Ok((tcp, _)) = listener.accept().await {
            connection += 1;
            let (acceptor, pings) = (acceptor.clone(), Arc::clone(&counted));
            let (subscribed, dropped) = (Arc::clone(&noted), Arc::clone(&dropped));
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(tcp).await else {
                    return;
                };
                let mut buffer = BytesMut::new();
                let decoder = Decoder::new(64 * 1024);
                loop {
                    tokio::select! {
                        read = tls.read_buf(&mut buffer) => if !read.is_ok_and(|count| count > 0) { return },
                        () = dropped.notified() => return,
                    }
                    while let Ok(Some(packet)) = decoder.decode(&mut buffer) {
                        let answer = match packet {
                            Packet::Connect(_) => Packet::ConnAck(ConnAck::new(ConnectCode::Accepted)),
                            Packet::Subscribe(asked) => {
                                let filters = asked.filters.iter();
                                let filters = filters.map(|one| (connection, one.filter.as_str().to_owned()));
                                subscribed.lock().unwrap().extend(filters);
                                Packet::SubAck(SubAck {
                                    packet_id: asked.packet_id,
                                    granted: vec![Some(QoS::AtMostOnce); asked.filters.len()],
                                })
                            }
                            Packet::PingReq => {
                                pings.fetch_add(1, Ordering::Relaxed);
                                continue;
                            }
                            _ => continue,
                        };
                        let mut bytes = BytesMut::new();
                        answer.encode(&mut bytes).unwrap();
                        tls.write_all(&bytes).await.unwrap();
                        tls.flush().await.unwrap();
                    }
                }
            });
        }
    });
    broker
}

#[tokio::test]
async fn a_broker_that_falls_silent_is_noticed_and_left() {
    let broker = mute_broker().await;
    let (url, _stream, _) = start_with(Some(broker.url.clone())).await;
    let silence = |options: Options| options.silence(Duration::from_millis(20), Duration::from_millis(100));
    let account = broker.open(&url, silence).await;
    let mut updates = account.updates();
    let left = event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
    assert!(
        matches!(&left, Event::Disconnected { reason } if reason.contains("nothing came")),
        "{left:?}"
    );
    assert!(
        broker.pings.load(Ordering::Relaxed) > 0,
        "it was asked whether it is there"
    );
    let connected = async {
        account
            .status()
            .wait_for(|status| status.connections >= 2)
            .await
            .map(drop)
    };
    tokio::time::timeout(Duration::from_secs(30), connected)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_device_that_is_added_is_subscribed_to_and_its_base_asked() {
    let broker = mute_broker().await;
    let (url, _stream, says) = start_with(Some(broker.url.clone())).await;
    let account = broker.open(&url, |options| options).await;
    let connected = |count| {
        let mut status = account.status();
        async move {
            let connected = status.wait_for(|status| status.connected && status.connections >= count);
            connected.await.map(drop).unwrap();
        }
    };
    connected(1).await;
    // The list is read again once the second connection is open.
    says.devices.lock().unwrap().as_array_mut().unwrap().extend([
        json!({ "deviceId": "B2", "deviceType": "basestation", "modelId": "VMB4540", "parentId": "B2", "xCloudId": "X2" }),
        json!({ "deviceId": "C2", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B2", "xCloudId": "X2",
            "allowedMqttTopics": ["d/X2/out/cameras/C2/#"] }),
    ]);
    broker.drop.notify_one();
    connected(2).await;
    let has = |topic: &str| {
        let subscribed = broker.subscribed.lock().unwrap();
        subscribed
            .iter()
            .any(|(connection, one)| *connection == 2 && one == topic)
    };
    eventually(|| has("d/X2/out/#") && has("d/X2/out/cameras/C2/#")).await;
    // Whether it is there, and for the state of its cameras.
    let asked = || {
        let called = says.called.lock().unwrap();
        called.iter().filter(|path| path.ends_with("notify/B2")).count()
    };
    eventually(|| asked() == 2).await;
    assert_eq!(account.status().borrow().connections, 2);
}
