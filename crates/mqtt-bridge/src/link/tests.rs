//! The link against a broker of a few lines, over sockets of this machine.

use std::time::Duration;

use mqtt_packets::{ConnAck, Connect, ConnectCode, Decoder, Packet, Publish, QoS, SubAck, Topic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

/// Longer than any step here. A test that reaches it fails.
const DEADLINE: Duration = Duration::from_secs(20);

struct Setup {
    listener: TcpListener,
    link: JoinHandle<Result<(), Error>>,
    outbox: Arc<Outbox>,
    incoming: mpsc::Receiver<Incoming>,
    connected: watch::Receiver<Option<u64>>,
    stop: watch::Sender<bool>,
}

async fn start() -> Setup {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mqtt://casey@{}", listener.local_addr().unwrap());
    let mut settings = Settings::new(
        url.parse().unwrap(),
        "homeassistant".parse().unwrap(),
        "arlo-relay".parse().unwrap(),
    )
    .password("correct horse".to_owned().into())
    .unwrap();
    settings.first_wait = Duration::from_millis(1);
    settings.longest_wait = Duration::from_millis(5);
    let (sender, incoming) = mpsc::channel(4);
    let connected = watch::Sender::new(None);
    let (stop, stopped) = watch::channel(false);
    let outbox = Arc::new(Outbox::default());
    let receiver = connected.subscribe();
    let link = Link {
        topics: Topics::new(settings.discovery.clone(), settings.topics.clone()),
        settings: Arc::new(settings),
        client: "arlo-relay-0123456789ab".to_owned(),
        outbox: Arc::clone(&outbox),
        incoming: sender,
        connected,
        stop: stopped,
    };
    Setup {
        listener,
        link: tokio::spawn(link.run()),
        outbox,
        incoming,
        connected: receiver,
        stop,
    }
}

/// The broker's end of a connection.
struct Broker(TcpStream, bytes::BytesMut);

impl Broker {
    async fn accept(setup: &Setup) -> Self {
        let accepted = tokio::time::timeout(DEADLINE, setup.listener.accept()).await;
        Self(accepted.unwrap().unwrap().0, bytes::BytesMut::new())
    }

    /// The next packet; `None` once the connection is closed.
    async fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = Decoder::new(1024 * 1024).decode(&mut self.1).unwrap() {
                return Some(packet);
            }
            let read = tokio::time::timeout(DEADLINE, self.0.read_buf(&mut self.1)).await;
            if read.unwrap().unwrap() == 0 {
                return None;
            }
        }
    }

    async fn connect(&mut self) -> Connect {
        match self.next().await {
            Some(Packet::Connect(connect)) => connect,
            other => panic!("{other:?}"),
        }
    }

    async fn send(&mut self, packet: impl Into<Packet>) {
        let mut bytes = bytes::BytesMut::new();
        packet.into().encode(&mut bytes).unwrap();
        self.0.write_all(&bytes).await.unwrap();
    }

    async fn answer(&mut self, code: ConnectCode) {
        self.send(Packet::ConnAck(ConnAck::new(code))).await;
    }

    /// Accepts the connection and its topics. Gives these.
    async fn open(setup: &mut Setup) -> (Self, Vec<String>) {
        let mut broker = Self::accept(setup).await;
        broker.connect().await;
        broker.answer(ConnectCode::Accepted).await;
        let Some(Packet::Subscribe(subscribe)) = broker.next().await else {
            panic!("no SUBSCRIBE")
        };
        let granted = vec![Some(QoS::AtMostOnce); subscribe.filters.len()];
        let packet_id = subscribe.packet_id;
        broker.send(Packet::SubAck(SubAck { packet_id, granted })).await;
        let connected = setup.connected.wait_for(Option::is_some);
        tokio::time::timeout(DEADLINE, connected).await.unwrap().unwrap();
        let filters = subscribe.filters.into_iter().map(|one| one.filter.as_str().to_owned());
        (broker, filters.collect())
    }
}

fn message(topic: &str, payload: &str, retain: bool) -> Publish {
    let mut publish = Publish::new(Topic::new(topic).unwrap(), payload.to_owned());
    publish.retain = retain;
    publish
}

async fn ended(link: JoinHandle<Result<(), Error>>) -> Result<(), Error> {
    tokio::time::timeout(DEADLINE, link).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_connection_has_a_user_a_will_and_the_topics_of_the_bridge_alone() {
    let setup = start().await;
    let mut broker = Broker::accept(&setup).await;
    let connect = broker.connect().await;
    assert_eq!(connect.client_id, "arlo-relay-0123456789ab");
    assert_eq!(connect.user_name.as_deref(), Some("casey"));
    assert_eq!(connect.password.unwrap().expose(), b"correct horse");
    let will = connect.will.unwrap();
    assert_eq!(
        (will.topic.as_str(), &will.payload[..], will.retain),
        ("arlo-relay/status", &b"offline"[..], true)
    );
    drop(broker);
    let mut setup = setup;
    let (_broker, filters) = Broker::open(&mut setup).await;
    assert_eq!(
        filters,
        ["arlo-relay/+/+/set", "homeassistant/status", "arlo-relay/published"]
    );
}

#[tokio::test]
async fn a_refusal_of_the_first_connection_ends_it_and_a_later_one_does_not() {
    for (code, words) in [
        (ConnectCode::NotAuthorized, "user or the password"),
        (ConnectCode::BadUserNameOrPassword, "user or the password"),
        (ConnectCode::IdentifierRejected, "refuses the client"),
        (ConnectCode::UnacceptableProtocol, "3.1.1"),
    ] {
        let setup = start().await;
        let mut broker = Broker::accept(&setup).await;
        broker.connect().await;
        broker.answer(code).await;
        let error = ended(setup.link).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let text = format!("{error}{error:?}");
        assert!(
            text.contains(words) && !text.contains("correct horse") && !text.contains("casey"),
            "{text}"
        );
    }
    let mut setup = start().await;
    drop(Broker::open(&mut setup).await);
    for _ in 0..3 {
        let mut broker = Broker::accept(&setup).await;
        broker.connect().await;
        broker.answer(ConnectCode::NotAuthorized).await;
    }
    let (_broker, _) = Broker::open(&mut setup).await;
}

#[tokio::test]
async fn a_broker_that_is_away_or_talks_nonsense_is_tried_again() {
    let mut setup = start().await;
    for nonsense in [
        &b""[..],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xff\xff\xff\xff",
        b"\x20\x02\0\x09",
    ] {
        let mut broker = Broker::accept(&setup).await;
        broker.connect().await;
        broker.0.write_all(nonsense).await.unwrap();
    }
    let mut broker = Broker::accept(&setup).await;
    broker.connect().await;
    broker.answer(ConnectCode::ServerUnavailable).await;
    let (_broker, _) = Broker::open(&mut setup).await;
}

#[tokio::test]
async fn commands_are_handed_on_and_retained_ones_are_not() {
    let mut setup = start().await;
    let (mut broker, _) = Broker::open(&mut setup).await;
    for (topic, payload, retain) in [
        ("arlo-relay/D1/privacy/set", "RETAINED", true),
        ("arlo-relay/D1/privacy/set", &"x".repeat(600), false),
        ("arlo-relay/D1/privacy/set", &"x".repeat(600_000), false),
        ("homeassistant/status", "online", true),
        ("homeassistant/status", "offline", false),
        ("arlo-relay/published", "OWN", false),
        ("something/else", "x", false),
        ("arlo-relay/D1/privacy/set", "ON", false),
        ("homeassistant/status", "online", false),
        ("arlo-relay/published", "OLD", true),
    ] {
        broker.send(message(topic, payload, retain)).await;
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        let next = tokio::time::timeout(DEADLINE, setup.incoming.recv())
            .await
            .unwrap()
            .unwrap();
        seen.push(match next {
            Incoming::Command { device, key, payload } => {
                format!("{device} {key} {}", String::from_utf8_lossy(&payload))
            }
            Incoming::HomeAssistant => "home assistant".to_owned(),
            Incoming::Published(list) => String::from_utf8_lossy(&list).into_owned(),
        });
    }
    assert_eq!(seen, ["D1 privacy ON", "home assistant", "OLD"]);
    // More than there is room for: the connection stays, and later ones come.
    for _ in 0..100 {
        broker.send(message("arlo-relay/D1/privacy/set", "ON", false)).await;
    }
    setup.outbox.state("arlo-relay/D1/privacy".to_owned(), "ON");
    assert!(
        matches!(broker.next().await, Some(Packet::Publish(_))),
        "the connection is there"
    );
}

#[tokio::test]
async fn it_publishes_states_and_says_goodbye() {
    let mut setup = start().await;
    let (mut broker, _) = Broker::open(&mut setup).await;
    setup.outbox.state("arlo-relay/D1/privacy".to_owned(), "ON");
    setup.outbox.event("arlo-relay/D1/ring".to_owned(), "{}");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let Some(Packet::Publish(publish)) = broker.next().await else {
            panic!("no message")
        };
        seen.push((publish.topic.as_str().to_owned(), publish.retain));
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            ("arlo-relay/D1/privacy".to_owned(), true),
            ("arlo-relay/D1/ring".to_owned(), false)
        ]
    );
    setup.stop.send_replace(true);
    let Some(Packet::Publish(offline)) = broker.next().await else {
        panic!("no message")
    };
    assert_eq!(
        (offline.topic.as_str(), &offline.payload[..], offline.retain),
        ("arlo-relay/status", &b"offline"[..], true)
    );
    assert_eq!(broker.next().await, Some(Packet::Disconnect));
    assert_eq!(broker.next().await, None);
    ended(setup.link).await.unwrap();
}

#[tokio::test]
async fn it_stops_also_without_a_connection() {
    let setup = start().await;
    drop(Broker::accept(&setup).await);
    setup.stop.send_replace(true);
    ended(setup.link).await.unwrap();
}
