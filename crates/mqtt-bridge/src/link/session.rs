//! One connection, from CONNECT to its end.
//!
//! Reading and writing wait for each other nowhere: a broker that is blocked in one direction does not block the other.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqtt_packets::{
    Connect, ConnectCode, Packet, PacketId, Password, Publish, QoS, SubAck, Subscribe, Topic, TopicFilter, Will,
};
use secrecy::ExposeSecret;
use tokio::io::{AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, MissedTickBehavior};

use super::frames::Frames;
use super::pipe::Pipe;
use super::{Incoming, Link, stopped};
use crate::ha::MAX_PAYLOAD;
use crate::outbox::Outgoing;
use crate::topics::Meaning;

/// Seconds between two packets of this client, how often it asks whether the broker is there, and the longest silence.
const KEEP_ALIVE: u16 = 30;
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(50);
/// Longest time for bytes to be taken by the network, and for the goodbye.
const WRITE_WITHIN: Duration = Duration::from_secs(20);
const GOODBYE: Duration = Duration::from_secs(3);
pub(crate) const ONLINE: &str = "online";
pub(crate) const OFFLINE: &str = "offline";

/// Why a connection ended, or was not opened.
#[derive(Debug)]
pub(super) enum End {
    /// The bridge stops.
    Stopped,
    /// The broker refuses this client.
    Refused(String),
    /// The broker's certificate cannot be trusted.
    Distrusted(String),
    /// It broke.
    Broken(String),
}

pub(super) struct Session {
    reader: ReadHalf<Box<dyn Pipe>>,
    writer: WriteHalf<Box<dyn Pipe>>,
    frames: Frames,
}

impl Session {
    pub(super) async fn open(pipe: Box<dyn Pipe>, link: &Link) -> Result<Self, End> {
        let (reader, writer) = tokio::io::split(pipe);
        let mut session = Self {
            reader,
            writer,
            frames: Frames::new(),
        };
        send(&mut session.writer, &Packet::Connect(connect(link)?)).await?;
        match session.next().await? {
            Packet::ConnAck(answer) => accepted(answer.code, link)?,
            _ => return Err(End::Broken("what answers is no MQTT broker".to_owned())),
        }
        let filters: Result<Vec<TopicFilter>, _> = link.topics.filters().into_iter().map(TopicFilter::new).collect();
        let filters = filters.map_err(|error| End::Broken(format!("a topic cannot be subscribed to: {error}")))?;
        let subscribe = Subscribe::new(PacketId::MIN, filters);
        send(&mut session.writer, &Packet::Subscribe(subscribe)).await?;
        // A message may come before the answer.
        loop {
            match session.next().await? {
                Packet::SubAck(answer) => {
                    subscribed(&answer);
                    return Ok(session);
                }
                packet => handle(packet, link),
            }
        }
    }

    /// The next packet.
    async fn next(&mut self) -> Result<Packet, End> {
        loop {
            if let Some(packet) = decoded(&mut self.frames)? {
                return Ok(packet);
            }
            received(&mut self.frames, &mut self.reader).await?;
        }
    }

    /// Publishes and reads until the connection ends. Says goodbye if the bridge stops.
    pub(super) async fn run(mut self, link: &Link) -> End {
        let end = tokio::select! {
            end = read(&mut self.frames, &mut self.reader, link) => end,
            end = write(&mut self.writer, link) => end,
        };
        if matches!(end, End::Stopped) {
            let goodbye = tokio::time::timeout(GOODBYE, goodbye(&mut self.writer, link)).await;
            if !matches!(goodbye, Ok(Ok(()))) {
                tracing::debug!("the broker did not take the goodbye");
            }
        }
        end
    }
}

async fn goodbye(writer: &mut WriteHalf<Box<dyn Pipe>>, link: &Link) -> Result<(), End> {
    let offline = Outgoing {
        topic: link.topics.status(),
        payload: Bytes::from_static(OFFLINE.as_bytes()),
        retain: true,
    };
    send(writer, &publish(offline)?).await?;
    send(writer, &Packet::Disconnect).await?;
    writer.shutdown().await.map_err(|error| broken(&error))
}

/// The first packet. The will says that the bridge is gone if the connection breaks.
fn connect(link: &Link) -> Result<Connect, End> {
    let status = Topic::new(link.topics.status()).map_err(|error| End::Broken(error.to_string()))?;
    let mut will = Will::new(status, OFFLINE);
    will.retain = true;
    will.qos = QoS::AtLeastOnce;
    let mut connect = Connect::new(link.client.clone(), KEEP_ALIVE).will(will);
    connect.user_name = link.settings.broker.user.clone();
    let password = link.settings.password.as_ref();
    connect.password = password.map(|password| Password::from(password.expose_secret()));
    Ok(connect)
}

fn accepted(code: ConnectCode, link: &Link) -> Result<(), End> {
    let broker = &link.settings.broker;
    match code {
        ConnectCode::Accepted => Ok(()),
        ConnectCode::BadUserNameOrPassword | ConnectCode::NotAuthorized => Err(End::Refused(format!(
            "the broker {broker} refuses the user or the password: check the user in --broker, and \
             ARLO_RELAY_MQTT_PASSWORD or --broker-password-file"
        ))),
        ConnectCode::UnacceptableProtocol => {
            Err(End::Refused(format!("the broker {broker} does not speak MQTT 3.1.1")))
        }
        ConnectCode::IdentifierRejected => Err(End::Refused(format!(
            "the broker {broker} refuses the client {}: allow it there",
            link.client
        ))),
        ConnectCode::ServerUnavailable => Err(End::Broken(format!("the broker {broker} is not available"))),
    }
}

fn subscribed(answer: &SubAck) {
    let refused = answer.granted.iter().filter(|granted| granted.is_none()).count();
    if refused > 0 {
        tracing::warn!(
            refused,
            "the broker lets the bridge read only some of its topics: without them no command comes; allow its user to \
             read them"
        );
    }
}

fn broken(error: &std::io::Error) -> End {
    End::Broken(format!("the connection to the broker broke: {error}"))
}

fn decoded(frames: &mut Frames) -> Result<Option<Packet>, End> {
    let packet = frames.next();
    packet.map_err(|error| End::Broken(format!("the broker sent what is no MQTT: {error}")))
}

async fn received(frames: &mut Frames, reader: &mut ReadHalf<Box<dyn Pipe>>) -> Result<(), End> {
    match frames.read(reader).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(End::Broken("the broker closed the connection".to_owned())),
        Err(error) => Err(broken(&error)),
    }
}

async fn read(frames: &mut Frames, reader: &mut ReadHalf<Box<dyn Pipe>>, link: &Link) -> End {
    loop {
        loop {
            match decoded(frames) {
                Ok(Some(packet)) => handle(packet, link),
                Ok(None) => break,
                Err(end) => return end,
            }
        }
        match tokio::time::timeout(SILENCE, received(frames, reader)).await {
            Ok(Ok(())) => {}
            Ok(Err(end)) => return end,
            Err(_) => return End::Broken("the broker no longer answers".to_owned()),
        }
    }
}

/// Stops between two packets, never within one.
async fn write(writer: &mut WriteHalf<Box<dyn Pipe>>, link: &Link) -> End {
    let mut stop = link.stop.clone();
    let mut ping = tokio::time::interval_at(Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let packet = tokio::select! {
            message = link.outbox.next() => match publish(message) {
                Ok(packet) => packet,
                Err(end) => return end,
            },
            _ = ping.tick() => Packet::PingReq,
            () = stopped(&mut stop) => return End::Stopped,
        };
        if let Err(end) = send(writer, &packet).await {
            return end;
        }
    }
}

fn publish(message: Outgoing) -> Result<Packet, End> {
    let topic = Topic::new(message.topic).map_err(|error| End::Broken(format!("a topic cannot be used: {error}")))?;
    let mut publish = Publish::new(topic, message.payload);
    publish.retain = message.retain;
    Ok(publish.into())
}

async fn send(writer: &mut (impl AsyncWrite + Unpin), packet: &Packet) -> Result<(), End> {
    let mut bytes = BytesMut::new();
    let encoded = packet.encode(&mut bytes);
    encoded.map_err(|error| End::Broken(format!("a packet cannot be written: {error}")))?;
    let written = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    match tokio::time::timeout(WRITE_WITHIN, written).await {
        Ok(written) => written.map_err(|error| broken(&error)),
        Err(_) => Err(End::Broken("the broker takes no bytes any more".to_owned())),
    }
}

/// Hands a message on. What there is no room for is left out: whoever floods the bridge must not make it grow.
fn handle(packet: Packet, link: &Link) {
    let Packet::Publish(message) = packet else {
        return;
    };
    let incoming = match link.topics.meaning(message.topic.as_str()) {
        // The broker would deliver it after each connection, long after somebody wanted it.
        Some(Meaning::Command { device, key }) if message.retain => {
            tracing::warn!(
                %device, key = ?short(key),
                "a command is retained on the broker: it is ignored; publish commands without the retain flag"
            );
            return;
        }
        Some(Meaning::Command { device, key }) if message.payload.len() > MAX_PAYLOAD => {
            tracing::warn!(%device, key = ?short(key), "the payload of a command is too long: it is ignored");
            return;
        }
        Some(Meaning::Command { device, key }) => Incoming::Command {
            device,
            key: short(key),
            // A copy, so that what waits does not keep the buffer that it came in.
            payload: Bytes::copy_from_slice(&message.payload),
        },
        Some(Meaning::HomeAssistant) if message.retain || message.payload != ONLINE => return,
        Some(Meaning::HomeAssistant) => Incoming::HomeAssistant,
        // Not retained, it is what this bridge has just published.
        Some(Meaning::Published) if !message.retain => return,
        Some(Meaning::Published) => Incoming::Published(message.payload),
        None => {
            tracing::debug!("a message on a topic that is not the bridge's is ignored");
            return;
        }
    };
    if link.incoming.try_send(incoming).is_err() {
        tracing::warn!("more commands come than can be handled: one is ignored");
    }
}

/// The key as far as one can be that there is.
fn short(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(64).collect()
}
