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
/// The packet that subscribes when the connection is opened. Its first filter is the user's, all others are devices'.
const FIRST: PacketId = PacketId::MIN;
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
            () = hub.devices_added.notified() => connection.subscribe(hub).await,
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
    user: String,
    /// The topics that were subscribed to.
    topics: BTreeSet<String>,
    /// The last packet that subscribed.
    packet_id: PacketId,
    /// How many of the filters are devices', and how many of those the broker granted.
    device_filters: usize,
    granted: usize,
}

impl Connection {
    async fn open(
        hub: &Hub,
        target: &Target,
        tls: Arc<ClientConfig>,
        session: &arlo_client::Session,
    ) -> Result<Self, End> {
        let pipe = Pipe::connect(target, tls).await?;
        let mut connection = Self {
            pipe,
            buffer: BytesMut::new(),
            decoder: Decoder::new(MAX_PACKET),
            heard: Instant::now(),
            user: session.user_id().to_owned(),
            topics: BTreeSet::new(),
            packet_id: FIRST,
            device_filters: 0,
            granted: 0,
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
        let filters = std::iter::once(format!("u/{user}/in/#")).chain(connection.new_topics(hub));
        let filters: Vec<TopicFilter> = filters.filter_map(filter).collect();
        connection
            .send(&Packet::Subscribe(Subscribe::new(FIRST, filters)))
            .await?;
        // A message may come before the answer.
        loop {
            let packet = connection.next().await?;
            let is_answer = matches!(packet, Packet::SubAck(_));
            connection.handle(hub, packet)?;
            if is_answer {
                return Ok(connection);
            }
        }
    }

    /// Subscribes to what devices that were added have.
    async fn subscribe(&mut self, hub: &Hub) -> Result<(), End> {
        let filters: Vec<TopicFilter> = self.new_topics(hub).into_iter().filter_map(filter).collect();
        if filters.is_empty() {
            hub.devices_heard.notify_one();
            return Ok(());
        }
        self.packet_id = self.packet_id.checked_add(1).unwrap_or(FIRST.saturating_add(1));
        self.send(&Packet::Subscribe(Subscribe::new(self.packet_id, filters)))
            .await
    }

    /// The topics of the devices that are not subscribed to yet: for each device those that it may have. Where it names
    /// none, all of its gateway's, which Arlo allows owners.
    fn new_topics(&mut self, hub: &Hub) -> Vec<String> {
        let own = format!("u/{}/in/#", self.user);
        let mut wanted = BTreeSet::new();
        for device in hub.state().devices.values() {
            if !device.topics.is_empty() {
                wanted.extend(device.topics.iter().cloned());
            } else if !device.cloud_id.is_empty() {
                wanted.insert(format!("d/{}/out/#", device.cloud_id));
            }
        }
        wanted.remove(&own);
        let left = MAX_TOPICS.saturating_sub(self.topics.len());
        let new: Vec<String> = wanted.difference(&self.topics).take(left).cloned().collect();
        self.topics.extend(new.iter().cloned());
        new
    }

    /// Tells what the broker granted.
    fn subscribed(&mut self, hub: &Hub, answer: &SubAck) {
        let is_first = answer.packet_id == FIRST;
        let refused = answer.granted.iter().filter(|granted| granted.is_none()).count();
        let of_devices = answer.granted.iter().skip(usize::from(is_first));
        self.device_filters += of_devices.len();
        self.granted += of_devices.filter(|granted| granted.is_some()).count();
        let deaf = self.granted == 0 && self.device_filters > 0;
        if is_first {
            connected(hub, refused, deaf);
            return;
        }
        if refused > 0 {
            tracing::warn!(refused, "Arlo refuses topics of devices that were added");
        }
        hub.status.send_modify(|status| status.deaf = deaf);
        hub.devices_heard.notify_one();
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

    fn handle(&mut self, hub: &Hub, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::SubAck(answer) => {
                self.subscribed(hub, &answer);
                Ok(())
            }
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

fn filter(topic: String) -> Option<TopicFilter> {
    let filter = TopicFilter::new(topic);
    if filter.is_err() {
        tracing::warn!("a device names a topic that is none: it is left out");
    }
    filter.ok()
}
