//! The error of this crate.

/// Why bytes are no packet that this crate reads, or why a packet cannot be written.
///
/// After an error of [`Decoder::decode`](crate::Decoder::decode) the rest of the connection cannot be read: close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    kind: ErrorKind,
    detail: &'static str,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A packet is larger than the decoder's limit, or than MQTT allows.
    TooLarge,
    /// The bytes break a rule of the standard.
    Malformed,
    /// The packet is valid and this crate does not read it: those of QoS 2.
    Unsupported,
    /// A CONNECT asks for another version than 3.1.1.
    UnsupportedVersion,
    /// The text is no topic, or no topic filter.
    InvalidTopic,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, detail: &'static str) -> Self {
        Self { kind, detail }
    }

    pub(crate) const fn malformed(detail: &'static str) -> Self {
        Self::new(ErrorKind::Malformed, detail)
    }

    pub(crate) const fn too_large(detail: &'static str) -> Self {
        Self::new(ErrorKind::TooLarge, detail)
    }

    /// What the error is about.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}
