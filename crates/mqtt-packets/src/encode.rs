//! From packets to bytes.

use bytes::{BufMut, BytesMut};

use crate::connect::Connect;
use crate::error::Error;
use crate::packet::{Packet, Publish};

/// The largest length that four bytes can hold: section 2.2.3.
const MAX_LENGTH: usize = 268_435_455;

impl Packet {
    /// Appends the packet's bytes.
    ///
    /// # Errors
    /// A field or the packet is longer than MQTT allows, or the packet breaks a rule of it: no filter, a password
    /// without a user name, a message with QoS 0 that is marked as sent again. The buffer is then as before.
    pub fn encode(&self, buffer: &mut BytesMut) -> Result<(), Error> {
        let mut body = BytesMut::new();
        let first = self.body(&mut body)?;
        let mut length = body.len();
        if length > MAX_LENGTH {
            return Err(Error::too_large("a packet is larger than MQTT allows"));
        }
        buffer.reserve(length.saturating_add(5));
        buffer.put_u8(first);
        loop {
            // Of the masked number nothing is lost.
            let byte = u8::try_from(length & 0x7f).unwrap_or_default();
            length >>= 7;
            if length == 0 {
                buffer.put_u8(byte);
                break;
            }
            buffer.put_u8(byte | 0x80);
        }
        buffer.put_slice(&body);
        Ok(())
    }

    /// Writes what follows the fixed header. Gives the first byte of that.
    fn body(&self, body: &mut BytesMut) -> Result<u8, Error> {
        match self {
            Self::Connect(connect) => {
                put_connect(body, connect)?;
                return Ok(0x10);
            }
            Self::ConnAck(answer) => {
                body.put_u8(u8::from(answer.session_present));
                body.put_u8(answer.code.wire());
                return Ok(0x20);
            }
            Self::Publish(publish) => return put_publish(body, publish),
            Self::Subscribe(subscribe) => {
                body.put_u16(subscribe.packet_id.get());
                for wanted in &subscribe.filters {
                    put_binary(body, wanted.filter.as_str().as_bytes())?;
                    body.put_u8(wanted.qos.wire());
                }
                has_filters(subscribe.filters.len())?;
                return Ok(0x82);
            }
            Self::SubAck(answer) => {
                body.put_u16(answer.packet_id.get());
                for granted in &answer.granted {
                    body.put_u8(granted.map_or(0x80, |qos| qos.wire()));
                }
                return Ok(0x90);
            }
            Self::Unsubscribe(unsubscribe) => {
                body.put_u16(unsubscribe.packet_id.get());
                for filter in &unsubscribe.filters {
                    put_binary(body, filter.as_str().as_bytes())?;
                }
                has_filters(unsubscribe.filters.len())?;
                return Ok(0xa2);
            }
            Self::PubAck(id) | Self::UnsubAck(id) => body.put_u16(id.get()),
            Self::PingReq | Self::PingResp | Self::Disconnect => {}
        }
        Ok(match self {
            Self::PubAck(_) => 0x40,
            Self::UnsubAck(_) => 0xb0,
            Self::PingReq => 0xc0,
            Self::PingResp => 0xd0,
            _ => 0xe0,
        })
    }
}

fn has_filters(count: usize) -> Result<(), Error> {
    if count == 0 {
        return Err(Error::malformed("the packet has no filter"));
    }
    Ok(())
}

fn put_connect(body: &mut BytesMut, connect: &Connect) -> Result<(), Error> {
    if connect.password.is_some() && connect.user_name.is_none() {
        return Err(Error::malformed("MQTT allows no password without a user name"));
    }
    let mut flags = u8::from(connect.clean_session) << 1;
    if let Some(will) = &connect.will {
        flags |= 0b100 | will.qos.wire() << 3 | u8::from(will.retain) << 5;
    }
    flags |= u8::from(connect.password.is_some()) << 6 | u8::from(connect.user_name.is_some()) << 7;
    put_text(body, "MQTT")?;
    body.put_u8(4);
    body.put_u8(flags);
    body.put_u16(connect.keep_alive);
    put_text(body, &connect.client_id)?;
    if let Some(will) = &connect.will {
        put_binary(body, will.topic.as_str().as_bytes())?;
        put_binary(body, &will.payload)?;
    }
    if let Some(user_name) = &connect.user_name {
        put_text(body, user_name)?;
    }
    if let Some(password) = &connect.password {
        put_binary(body, password.expose())?;
    }
    Ok(())
}

fn put_publish(body: &mut BytesMut, publish: &Publish) -> Result<u8, Error> {
    let qos = publish.packet_id.is_some();
    if publish.duplicate && !qos {
        return Err(Error::malformed("a message with QoS 0 is marked as sent again"));
    }
    put_binary(body, publish.topic.as_str().as_bytes())?;
    if let Some(id) = publish.packet_id {
        body.put_u16(id.get());
    }
    body.put_slice(&publish.payload);
    Ok(0x30 | u8::from(publish.duplicate) << 3 | u8::from(qos) << 1 | u8::from(publish.retain))
}

fn put_text(body: &mut BytesMut, text: &str) -> Result<(), Error> {
    if text.contains('\0') {
        return Err(Error::malformed("a text holds a NUL"));
    }
    put_binary(body, text.as_bytes())
}

fn put_binary(body: &mut BytesMut, bytes: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(bytes.len()).map_err(|_| Error::too_large("a field has more than 65535 bytes"))?;
    body.put_u16(length);
    body.put_slice(bytes);
    Ok(())
}
