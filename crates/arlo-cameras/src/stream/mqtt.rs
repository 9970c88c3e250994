//! One connection to the MQTT broker, from CONNECT to its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use mqtt_packets::{Connect, ConnectCode, Decoder, Packet, PacketId, SubAck, Subscribe, TopicFilter};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::pipe::Pipe;
use super::target::Target;
use super::{End, connected};
use crate::hub::Hub;

/// Seconds between two packets of this client, as Arlo's own applications set it.
const KEEP_ALIVE: u16 = 60;
/// Longest packet, in bytes.
const MAX_PACKET: usize = 1024 * 1024;
/// The most topics of an account.
const MAX_TOPICS: usize = 4096;
/// Longest time for the last packet.
const GOODBYE: Duration = Duration::from_secs(2);

/// Opens the connection, hands its messages on, and gives why it ended.
pub(super) async fn run(hub: &Hub, target: &Target, tls: Arc<ClientConfig>) -> End {
    let mut renewals = hub.keeper.renewals();
    let session = renewals.borrow_and_update().clone();
    let within = hub.options.connect_within;
    let opened = tokio::time::timeout(within, Box::pin(Connection::open(hub, target, tls, &session))).await;
    let mut connection = match opened {
        Ok(Ok(connection)) => connection,
        Ok(Err(end)) => return end,
        Err(_) => return End::Broken("Arlo's broker did not answer in time".to_owned()),
    };
    let mut ping = tokio::time::interval_at(Instant::now() + hub.options.ping, hub.options.ping);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // What came before the answer to SUBSCRIBE is handed on too.
        if let Err(end) = connection.take(hub) {
            return end;
        }
        let silent_at = connection.heard + hub.options.silence;
        let wrote = tokio::select! {
            read = connection.pipe.read(&mut connection.buffer) => match read {
                Ok(true) => {
                    connection.heard = Instant::now();
                    Ok(())
                }
                Ok(false) => return End::Broken("Arlo's broker closed the connection".to_owned()),
                Err(why) => return End::Broken(why),
            },
            _ = ping.tick() => connection.send(&Packet::PingReq).await,
            () = tokio::time::sleep_until(silent_at) => return End::Silent,
            _ = renewals.changed() => {
                connection.close().await;
                return End::Renewed;
            }
            () = hub.reconnect.notified() => {
                connection.close().await;
                return End::Silent;
            }
        };
        if let Err(end) = wrote {
            return end;
        }
    }
}

struct Connection {
    pipe: Pipe,
    buffer: BytesMut,
    decoder: Decoder,
    /// When the last byte came.
    heard: Instant,
    /// How many of the filters are a device's.
    device_filters: usize,
}

impl Connection {
    async fn open(
        hub: &Hub,
        target: &Target,
        tls: Arc<ClientConfig>,
        session: &arlo_client::Session,
    ) -> Result<Self, End> {
        let pipe = Pipe::connect(target, tls).await.map_err(End::Broken)?;
        let mut connection = Self {
            pipe,
            buffer: BytesMut::new(),
            decoder: Decoder::new(MAX_PACKET),
            heard: Instant::now(),
            device_filters: 0,
        };
        let user = session.user_id();
        let digits = getrandom::u64().map_err(|error| End::Broken(format!("no random bytes: {error}")))?;
        let client_id = format!("user_{user}_{:010}", digits % 10_000_000_000);
        let connect = Connect::new(client_id, KEEP_ALIVE).credentials(user, session.token().expose_secret());
        connection.send(&Packet::Connect(connect)).await?;
        match connection.next().await? {
            Packet::ConnAck(answer) => match answer.code {
                ConnectCode::Accepted => {}
                ConnectCode::NotAuthorized | ConnectCode::BadUserNameOrPassword => return Err(End::TokenRefused),
                code => return Err(End::Broken(format!("Arlo's broker refused the connection: {code:?}"))),
            },
            _ => return Err(End::Broken("Arlo's broker did not answer the connection".to_owned())),
        }
        let (filters, device_filters) = filters(hub, user);
        connection.device_filters = device_filters;
        let subscribe = Subscribe::new(PacketId::MIN, filters);
        connection.send(&Packet::Subscribe(subscribe)).await?;
        // A message may come before the answer.
        loop {
            match connection.next().await? {
                Packet::SubAck(answer) => {
                    connection.subscribed(hub, &answer);
                    return Ok(connection);
                }
                packet => connection.handle(hub, packet)?,
            }
        }
    }

    /// Tells what the broker granted. The first filter is the user's, the others are the devices'.
    fn subscribed(&self, hub: &Hub, answer: &SubAck) {
        let refused = answer.granted.iter().filter(|granted| granted.is_none()).count();
        let of_devices = answer.granted.iter().skip(1);
        let granted = of_devices.filter(|granted| granted.is_some()).count();
        connected(hub, refused, granted == 0 && self.device_filters > 0);
    }

    async fn send(&mut self, packet: &Packet) -> Result<(), End> {
        let mut bytes = BytesMut::new();
        let encoded = packet.encode(&mut bytes);
        encoded.map_err(|error| End::Broken(format!("a packet cannot be written: {error}")))?;
        self.pipe.write(bytes.freeze()).await.map_err(End::Broken)
    }

    /// Says goodbye, if the broker still listens.
    async fn close(&mut self) {
        let _ = tokio::time::timeout(GOODBYE, self.send(&Packet::Disconnect)).await;
    }

    /// The next packet.
    async fn next(&mut self) -> Result<Packet, End> {
        loop {
            if let Some(packet) = self.decoded()? {
                return Ok(packet);
            }
            match self.pipe.read(&mut self.buffer).await.map_err(End::Broken)? {
                true => self.heard = Instant::now(),
                false => return Err(End::Broken("Arlo's broker closed the connection".to_owned())),
            }
        }
    }

    fn decoded(&mut self) -> Result<Option<Packet>, End> {
        let packet = self.decoder.decode(&mut self.buffer);
        packet.map_err(|error| End::Broken(format!("Arlo's broker sent what is no MQTT: {error}")))
    }

    /// Handles every packet that is complete.
    fn take(&mut self, hub: &Hub) -> Result<(), End> {
        while let Some(packet) = self.decoded()? {
            self.handle(hub, packet)?;
        }
        Ok(())
    }

    fn handle(&self, hub: &Hub, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Publish(message) => {
                hub.receive(&message.payload);
                // Only over SSE the connection ends with it by itself.
                match is_logout(&message.payload) {
                    true => Err(End::LoggedOut),
                    false => Ok(()),
                }
            }
            Packet::Disconnect => Err(End::Broken("Arlo's broker ended the connection".to_owned())),
            _ => Ok(()),
        }
    }
}

fn is_logout(payload: &[u8]) -> bool {
    // No other message is so short and says it.
    payload.len() <= 1024
        && serde_json::from_slice::<serde_json::Value>(payload)
            .is_ok_and(|message| message.get("action").and_then(|action| action.as_str()) == Some("logout"))
}

/// What is subscribed to: the user's own topics, and for each device those that it may have. Where it names none, all
/// of its gateway's, which Arlo allows owners. Gives also how many are devices'.
fn filters(hub: &Hub, user: &str) -> (Vec<TopicFilter>, usize) {
    let mut topics = BTreeSet::new();
    for device in hub.state().devices.values() {
        if !device.topics.is_empty() {
            topics.extend(device.topics.iter().cloned());
        } else if !device.cloud_id.is_empty() {
            topics.insert(format!("d/{}/out/#", device.cloud_id));
        }
    }
    let own = format!("u/{user}/in/#");
    topics.remove(&own);
    let topics: Vec<TopicFilter> = std::iter::once(own)
        .chain(topics)
        .take(MAX_TOPICS)
        .filter_map(|topic| {
            let filter = TopicFilter::new(topic);
            if filter.is_err() {
                tracing::warn!("a device names a topic that is none: it is left out");
            }
            filter.ok()
        })
        .collect();
    let of_devices = topics.len().saturating_sub(1);
    (topics, of_devices)
}
