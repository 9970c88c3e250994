//! From bytes to packets.

use bytes::{Buf, BytesMut};

use crate::connect::{ConnAck, Connect, ConnectCode, Password, Will};
use crate::error::{Error, ErrorKind};
use crate::packet::{Packet, Publish, QoS, SubAck, Subscribe, Subscription, Unsubscribe};
use crate::reader::Reader;

/// The name and the level of MQTT 3.1.1 in a CONNECT.
const PROTOCOL: (&str, u8) = ("MQTT", 4);

/// Takes packets out of a buffer to which the caller appends what it receives.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    max_packet: usize,
}

impl Decoder {
    /// A decoder that refuses packets of more than `max_packet` bytes in all.
    #[must_use]
    pub const fn new(max_packet: usize) -> Self {
        Self { max_packet }
    }

    /// The next packet, which leaves the buffer. `None` if the buffer does not hold all of it yet; the buffer is then
    /// as before.
    ///
    /// # Errors
    /// The bytes are no packet, are larger than the limit, or are of a kind that this crate does not read.
    pub fn decode(&self, buffer: &mut BytesMut) -> Result<Option<Packet>, Error> {
        let Some((head, length)) = self.header(buffer)? else {
            return Ok(None);
        };
        if buffer.len() < length.saturating_add(head.size) {
            return Ok(None);
        }
        buffer.advance(head.size);
        let body = Reader::new(buffer.split_to(length).freeze());
        packet(head.kind, head.flags, body).map(Some)
    }

    /// The fixed header, and how many bytes follow it: section 2.2.
    fn header(&self, buffer: &BytesMut) -> Result<Option<(Head, usize)>, Error> {
        let Some((first, rest)) = buffer.split_first() else {
            return Ok(None);
        };
        let (kind, flags) = (first >> 4, first & 0x0f);
        check_kind(kind, flags)?;
        let (mut length, mut shift) = (0_usize, 0_u32);
        for (index, byte) in rest.iter().take(4).enumerate() {
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let size = index + 2;
                if length.saturating_add(size) > self.max_packet {
                    return Err(Error::too_large("a packet is larger than the limit"));
                }
                return Ok(Some((Head { kind, flags, size }, length)));
            }
        }
        if rest.len() >= 4 {
            return Err(Error::malformed("the length of a packet has more than four bytes"));
        }
        Ok(None)
    }
}

/// The fixed header of a packet.
struct Head {
    kind: u8,
    flags: u8,
    /// Its own bytes.
    size: usize,
}

/// Refuses a first byte that begins no packet, before its length is waited for.
fn check_kind(kind: u8, flags: u8) -> Result<(), Error> {
    match (kind, flags) {
        (3, _) => publish_qos(flags).map(drop),
        (8 | 10, 0b0010) | (1 | 2 | 4 | 9 | 11..=14, 0) => Ok(()),
        (5 | 7, 0) | (6, 0b0010) => Err(Error::new(ErrorKind::Unsupported, "a packet of QoS 2")),
        _ => Err(Error::malformed("the first byte of a packet is none of MQTT 3.1.1")),
    }
}

fn publish_qos(flags: u8) -> Result<QoS, Error> {
    match QoS::from_wire(flags >> 1 & 0b11)? {
        QoS::ExactlyOnce => Err(Error::new(ErrorKind::Unsupported, "a message with QoS 2")),
        QoS::AtMostOnce if flags & 0b1000 != 0 => Err(Error::malformed("a message with QoS 0 is marked as sent again")),
        qos => Ok(qos),
    }
}

fn packet(kind: u8, flags: u8, mut body: Reader) -> Result<Packet, Error> {
    let packet = match kind {
        1 => return connect(body).map(Packet::Connect),
        2 => Packet::ConnAck(conn_ack(&mut body)?),
        3 => return publish(flags, body).map(Packet::Publish),
        4 => Packet::PubAck(body.packet_id()?),
        8 => Packet::Subscribe(subscribe(&mut body)?),
        9 => Packet::SubAck(sub_ack(&mut body)?),
        10 => Packet::Unsubscribe(unsubscribe(&mut body)?),
        11 => Packet::UnsubAck(body.packet_id()?),
        12 => Packet::PingReq,
        13 => Packet::PingResp,
        14 => Packet::Disconnect,
        // `check_kind` has refused the others.
        _ => return Err(Error::malformed("no such packet")),
    };
    body.end()?;
    Ok(packet)
}

fn connect(mut body: Reader) -> Result<Connect, Error> {
    let (name, level) = (body.text()?, body.u8()?);
    if (name.as_str(), level) != PROTOCOL {
        // What follows has the form of the other version.
        return Err(Error::new(
            ErrorKind::UnsupportedVersion,
            "a CONNECT asks for another version than MQTT 3.1.1",
        ));
    }
    let flags = body.u8()?;
    let has = |bit: u8| flags & bit != 0;
    if has(0b0000_0001) {
        return Err(Error::malformed("a CONNECT has a reserved flag"));
    }
    let keep_alive = body.u16()?;
    let client_id = body.text()?;
    let will = if has(0b0000_0100) {
        Some(Will {
            topic: body.topic()?,
            payload: body.binary()?,
            qos: QoS::from_wire(flags >> 3 & 0b11)?,
            retain: has(0b0010_0000),
        })
    } else if has(0b0011_1000) {
        return Err(Error::malformed("a CONNECT has flags of a will that it lacks"));
    } else {
        None
    };
    let user_name = if has(0b1000_0000) { Some(body.text()?) } else { None };
    let password = match (has(0b0100_0000), &user_name) {
        (false, _) => None,
        (true, Some(_)) => Some(Password::from(body.binary()?)),
        (true, None) => return Err(Error::malformed("a CONNECT has a password without a user name")),
    };
    body.end()?;
    Ok(Connect {
        client_id,
        clean_session: has(0b0000_0010),
        keep_alive,
        user_name,
        password,
        will,
    })
}

fn conn_ack(body: &mut Reader) -> Result<ConnAck, Error> {
    let (flags, code) = (body.u8()?, ConnectCode::from_wire(body.u8()?)?);
    match (flags, code) {
        (0, _) => Ok(ConnAck::new(code)),
        (1, ConnectCode::Accepted) => Ok(ConnAck {
            session_present: true,
            code,
        }),
        _ => Err(Error::malformed("a CONNACK has flags that it must not have")),
    }
}

fn publish(flags: u8, mut body: Reader) -> Result<Publish, Error> {
    let topic = body.topic()?;
    let packet_id = match publish_qos(flags)? {
        QoS::AtMostOnce => None,
        _ => Some(body.packet_id()?),
    };
    Ok(Publish {
        topic,
        payload: body.rest(),
        retain: flags & 0b0001 != 0,
        packet_id,
        duplicate: flags & 0b1000 != 0,
    })
}

fn subscribe(body: &mut Reader) -> Result<Subscribe, Error> {
    let packet_id = body.packet_id()?;
    let mut filters = Vec::new();
    while !body.is_empty() {
        let (filter, qos) = (body.filter()?, QoS::from_wire(body.u8()?)?);
        filters.push(Subscription { filter, qos });
    }
    if filters.is_empty() {
        return Err(Error::malformed("a SUBSCRIBE has no filter"));
    }
    Ok(Subscribe { packet_id, filters })
}

fn sub_ack(body: &mut Reader) -> Result<SubAck, Error> {
    let packet_id = body.packet_id()?;
    let mut granted = Vec::new();
    while !body.is_empty() {
        granted.push(match body.u8()? {
            0x80 => None,
            qos => Some(QoS::from_wire(qos)?),
        });
    }
    Ok(SubAck { packet_id, granted })
}

fn unsubscribe(body: &mut Reader) -> Result<Unsubscribe, Error> {
    let packet_id = body.packet_id()?;
    let mut filters = Vec::new();
    while !body.is_empty() {
        filters.push(body.filter()?);
    }
    if filters.is_empty() {
        return Err(Error::malformed("an UNSUBSCRIBE has no filter"));
    }
    Ok(Unsubscribe { packet_id, filters })
}
