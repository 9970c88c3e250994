//! Reads the fields of one packet's body. Each read checks that the field is there.

use bytes::{Buf, Bytes};

use crate::error::Error;
use crate::packet::PacketId;
use crate::topic::{Topic, TopicFilter};

const SHORT: Error = Error::malformed("a packet ends within a field");

pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(body: Bytes) -> Self {
        Self(body)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.0.try_get_u8().map_err(|_| SHORT)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.0.try_get_u16().map_err(|_| SHORT)
    }

    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Error> {
        PacketId::new(self.u16()?).ok_or(Error::malformed("a packet has the identifier 0"))
    }

    /// Bytes after their length.
    pub(crate) fn binary(&mut self) -> Result<Bytes, Error> {
        let length = usize::from(self.u16()?);
        if length > self.0.len() {
            return Err(SHORT);
        }
        Ok(self.0.split_to(length))
    }

    /// Text after its length: section 1.5.3.
    pub(crate) fn text(&mut self) -> Result<String, Error> {
        let bytes = self.binary()?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            Ok(_) => Err(Error::malformed("a text holds a NUL")),
            Err(_) => Err(Error::malformed("a text is not UTF-8")),
        }
    }

    pub(crate) fn topic(&mut self) -> Result<Topic, Error> {
        Topic::new(self.text()?)
    }

    pub(crate) fn filter(&mut self) -> Result<TopicFilter, Error> {
        TopicFilter::new(self.text()?)
    }

    /// All that is left.
    pub(crate) fn rest(self) -> Bytes {
        self.0
    }

    pub(crate) fn end(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::malformed("a packet goes on after its last field"))
        }
    }
}
