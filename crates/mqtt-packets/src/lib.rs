//! The packets of MQTT 3.1.1 (OASIS standard, 2014), to and from bytes, and which topics a filter matches.
//!
//! It does no input or output: the caller reads bytes from a TLS connection or from the binary messages of a websocket,
//! appends them to one buffer, and takes [`Packet`]s out of it with a [`Decoder`]. Where a packet begins or ends in a
//! read or in a websocket message does not matter, as section 6 of the standard demands.
//!
//! ```
//! use bytes::BytesMut;
//! use mqtt_packets::{Decoder, Packet, Publish, Topic, TopicFilter};
//!
//! # fn main() -> Result<(), mqtt_packets::Error> {
//! let filter = TopicFilter::new("d/+/out/#")?;
//! let topic = Topic::new("d/XC1/out/cameras/C1/is")?;
//! assert!(filter.matches(&topic));
//!
//! let mut wire = BytesMut::new();
//! Packet::from(Publish::new(topic, r#"{"action":"is"}"#)).encode(&mut wire)?;
//! let packet = Decoder::new(64 * 1024).decode(&mut wire)?;
//! assert!(matches!(packet, Some(Packet::Publish(message)) if message.payload.starts_with(b"{")));
//! # Ok(())
//! # }
//! ```
//!
//! # What is covered
//! CONNECT, CONNACK, PUBLISH with QoS 0 and 1, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP and
//! DISCONNECT. QoS 2 is not: its packets are [`ErrorKind::Unsupported`]. Another version of MQTT in a CONNECT is
//! [`ErrorKind::UnsupportedVersion`], which a server answers with [`ConnectCode::UnacceptableProtocol`].
//!
//! # Why it is our own
//! Arlo's clients need eleven kinds of packets and one quality of service, over a connection that is ours: rustls with
//! ring, with the websocket in it or not. The client (`rumqttc`) that is used most opens its connections itself, brings
//! older versions of the TLS and websocket crates with it, and takes roots from the system alone. The codec that could
//! be taken alone (`mqttbytes`) is no longer maintained. The simulated Arlo needs the server's side of the same
//! packets. So both share these few hundred lines.
//!
//! # What always holds
//! No input makes it panic, or costs more time than in proportion to its length. A packet that says that it is larger
//! than the decoder's limit is refused as soon as its length is read. `Debug` shows no client identifier, user name,
//! password or payload.

mod connect;
mod decode;
mod encode;
mod error;
mod packet;
mod reader;
mod topic;

pub use connect::{ConnAck, Connect, ConnectCode, Password, Will};
pub use decode::Decoder;
pub use error::{Error, ErrorKind};
pub use packet::{Packet, PacketId, Publish, QoS, SubAck, Subscribe, Subscription, Unsubscribe};
pub use topic::{Topic, TopicFilter};
