//! The identity of a mail.

/// A digest that is the same for every copy of a mail that a forwarder may make, and different for two mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MailId([u8; 32]);

impl MailId {
    /// An id that a store returned.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes for a store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
