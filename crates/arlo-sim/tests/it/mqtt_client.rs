//! An MQTT client over TLS, with the websocket in it or not.

use std::sync::Arc;
use std::time::Duration;

use arlo_sim::Cloud;
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use mqtt_packets::{ConnAck, Connect, ConnectCode, Decoder, Packet, PacketId, QoS, Subscribe, TopicFilter};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::common::Client;
use crate::house::USER;

const DEADLINE: Duration = Duration::from_secs(30);

enum Wire {
    Tls(Box<TlsStream<TcpStream>>),
    WebSocket(Box<WebSocketStream<TlsStream<TcpStream>>>),
}

pub(crate) struct Mqtt {
    wire: Wire,
    buffer: BytesMut,
    /// How many reads, or messages of the websocket, brought bytes.
    pub(crate) reads: usize,
}

/// TLS to the broker of the cloud, whose authority is the only one trusted.
pub(crate) async fn tls(cloud: &Cloud) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(cloud.ca_pem().unwrap().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    let address = cloud.mqtt_url().unwrap().split_once("://").unwrap().1;
    let name = ServerName::try_from(address.split(':').next().unwrap().to_owned()).unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

/// The websocket's handshake.
pub(crate) async fn websocket(
    cloud: &Cloud,
    path: &str,
    protocol: Option<&str>,
) -> Result<WebSocketStream<TlsStream<TcpStream>>, tungstenite::Error> {
    let mut request = format!("{}{path}", cloud.mqtt_url().unwrap())
        .into_client_request()
        .unwrap();
    if let Some(protocol) = protocol {
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    let (stream, answer) = tokio_tungstenite::client_async(request, tls(cloud).await).await?;
    assert_eq!(answer.headers()["sec-websocket-protocol"], "mqtt");
    Ok(stream)
}

impl Mqtt {
    /// Opens the connection, as the URL of the session says.
    pub(crate) async fn open(cloud: &Cloud) -> Self {
        let wire = if cloud.mqtt_url().unwrap().starts_with("wss:") {
            Wire::WebSocket(Box::new(websocket(cloud, "/mqtt", Some("mqtt")).await.unwrap()))
        } else {
            Wire::Tls(Box::new(tls(cloud).await))
        };
        let (buffer, reads) = (BytesMut::new(), 0);
        Self { wire, buffer, reads }
    }

    /// Opens it and connects as Arlo's clients do, with this password.
    pub(crate) async fn connect(cloud: &Cloud, password: &str) -> (Self, ConnectCode) {
        let mut mqtt = Self::open(cloud).await;
        let connect = Connect::new(format!("user_{USER}_1234567890"), 60).credentials(USER, password);
        mqtt.send(&Packet::Connect(connect)).await;
        let answer = mqtt.next().await;
        let Some(Packet::ConnAck(ConnAck { code, .. })) = answer else {
            panic!("{answer:?}")
        };
        (mqtt, code)
    }

    /// A session of this login with these filters, of which each is granted.
    pub(crate) async fn subscribed(cloud: &Cloud, client: &Client, filters: &[&str]) -> Self {
        let (mut mqtt, code) = Self::connect(cloud, &client.token).await;
        assert_eq!(code, ConnectCode::Accepted);
        let granted = mqtt.subscribe(filters).await;
        assert!(granted.iter().all(|granted| *granted), "{granted:?}");
        mqtt
    }

    /// Subscribes. Gives which filters were granted.
    pub(crate) async fn subscribe(&mut self, filters: &[&str]) -> Vec<bool> {
        let filters = filters.iter().map(|filter| TopicFilter::new(*filter).unwrap());
        self.send(&Packet::Subscribe(Subscribe::new(PacketId::new(7).unwrap(), filters)))
            .await;
        match self.next().await {
            Some(Packet::SubAck(answer)) if answer.packet_id.get() == 7 => answer
                .granted
                .iter()
                .map(|granted| *granted == Some(QoS::AtMostOnce))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.encode(&mut bytes).unwrap();
        self.send_bytes(bytes.freeze()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: Bytes) {
        match &mut self.wire {
            Wire::Tls(stream) => stream.write_all(&bytes).await.unwrap(),
            Wire::WebSocket(stream) => stream.send(Message::Binary(bytes)).await.unwrap(),
        }
    }

    /// The next packet, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = Decoder::new(64 * 1024).decode(&mut self.buffer).unwrap() {
                return Some(packet);
            }
            if !timeout(DEADLINE, self.read()).await.expect("no packet came") {
                return None;
            }
            self.reads += 1;
        }
    }

    async fn read(&mut self) -> bool {
        match &mut self.wire {
            Wire::Tls(stream) => stream.read_buf(&mut self.buffer).await.is_ok_and(|count| count > 0),
            Wire::WebSocket(stream) => match stream.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.buffer.extend_from_slice(&bytes);
                    true
                }
                _ => false,
            },
        }
    }

    /// The next message: its topic and its JSON.
    pub(crate) async fn message(&mut self) -> (String, Value) {
        match self.next().await {
            Some(Packet::Publish(publish)) => (
                publish.topic.to_string(),
                serde_json::from_slice(&publish.payload).unwrap(),
            ),
            other => panic!("{other:?}"),
        }
    }
}
