//! The packets, apart from those that open a connection.

use std::fmt;
use std::num::NonZeroU16;

use bytes::Bytes;

use crate::connect::{ConnAck, Connect};
use crate::error::Error;
use crate::topic::{Topic, TopicFilter};

/// The number by which an acknowledgement names its packet. MQTT does not use 0.
pub type PacketId = NonZeroU16;

/// One control packet of MQTT 3.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet {
    /// The client opens its session.
    Connect(Connect),
    /// The server's answer to it.
    ConnAck(ConnAck),
    /// A message, in either direction.
    Publish(Publish),
    /// The receipt of a message with QoS 1.
    PubAck(PacketId),
    /// The client asks for topics.
    Subscribe(Subscribe),
    /// The server's answer to it.
    SubAck(SubAck),
    /// The client no longer wants topics.
    Unsubscribe(Unsubscribe),
    /// The server's answer to it.
    UnsubAck(PacketId),
    /// The client asks whether the server is there.
    PingReq,
    /// The server's answer to it.
    PingResp,
    /// The client ends the connection in good order.
    Disconnect,
}

/// How often a message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QoS {
    /// QoS 0: once or, if the connection breaks, never.
    AtMostOnce,
    /// QoS 1: until its receipt is confirmed.
    AtLeastOnce,
    /// QoS 2: exactly once. This crate reads it in a subscription and a will only.
    ExactlyOnce,
}

impl QoS {
    pub(crate) const fn wire(self) -> u8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
            Self::ExactlyOnce => 2,
        }
    }

    pub(crate) const fn from_wire(qos: u8) -> Result<Self, Error> {
        match qos {
            0 => Ok(Self::AtMostOnce),
            1 => Ok(Self::AtLeastOnce),
            2 => Ok(Self::ExactlyOnce),
            _ => Err(Error::malformed("there is no such quality of service")),
        }
    }
}

/// A message. `Debug` shows the length of the payload only: Arlo's payloads hold URLs that open recordings.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publish {
    /// Where it is published.
    pub topic: Topic,
    /// What is published.
    pub payload: Bytes,
    /// Whether the server keeps it for later subscribers, or kept it.
    pub retain: bool,
    /// The number that the receiver must confirm with PUBACK: the message has QoS 1. `None`: QoS 0.
    pub packet_id: Option<PacketId>,
    /// Whether it may have been sent before. MQTT allows it with QoS 1 only.
    pub duplicate: bool,
}

impl Publish {
    /// A message with QoS 0.
    #[must_use]
    pub fn new(topic: Topic, payload: impl Into<Bytes>) -> Self {
        Self {
            topic,
            payload: payload.into(),
            retain: false,
            packet_id: None,
            duplicate: false,
        }
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish")
            .field("topic", &self.topic)
            .field("payload_len", &self.payload.len())
            .field("packet_id", &self.packet_id)
            .finish_non_exhaustive()
    }
}

impl From<Publish> for Packet {
    fn from(publish: Publish) -> Self {
        Self::Publish(publish)
    }
}

/// The client asks for topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// The number that the answer repeats.
    pub packet_id: PacketId,
    /// The filters, at least one.
    pub filters: Vec<Subscription>,
}

impl Subscribe {
    /// Asks for these filters with QoS 0.
    #[must_use]
    pub fn new(packet_id: PacketId, filters: impl IntoIterator<Item = TopicFilter>) -> Self {
        let filters = filters.into_iter().map(|filter| Subscription {
            filter,
            qos: QoS::AtMostOnce,
        });
        Self {
            packet_id,
            filters: filters.collect(),
        }
    }
}

/// One filter of a [`Subscribe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Which topics the client wants.
    pub filter: TopicFilter,
    /// The best quality of service that it takes.
    pub qos: QoS,
}

/// The server's answer to [`Subscribe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAck {
    /// The number of the [`Subscribe`].
    pub packet_id: PacketId,
    /// One for each filter, in the same order: the quality of service, or `None` if the filter is refused (0x80).
    pub granted: Vec<Option<QoS>>,
}

/// The client no longer wants topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The number that the answer repeats.
    pub packet_id: PacketId,
    /// The filters, at least one.
    pub filters: Vec<TopicFilter>,
}
