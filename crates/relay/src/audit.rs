//! What happened to an enrolment: the last of it, with its time and the network it came from, and no content.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

use crate::mail_event::MailEvent;

/// How many events of an enrolment are kept.
pub const MAX_EVENTS: usize = 50;

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// From where, where that is known.
    pub network: Option<ClientNetwork>,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditKind {
    /// It was made.
    Enrolled,
    /// A login was announced.
    Prestaged,
    /// A mail, or a code that was handed in without one, came to this.
    Mail(MailEvent),
    /// Somebody showed a token that this deployment made for it and that is not its token any more.
    WrongToken,
    /// It has a new token.
    TokenReplaced,
    /// It has a new relay address.
    AddressReplaced,
    /// The operator suspended it.
    Suspended,
    /// The operator lets it go on.
    Resumed,
}

impl AuditKind {
    const PLAIN: [Self; 7] = [
        Self::Enrolled,
        Self::Prestaged,
        Self::WrongToken,
        Self::TokenReplaced,
        Self::AddressReplaced,
        Self::Suspended,
        Self::Resumed,
    ];

    /// The name in a status and a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Prestaged => "prestaged",
            Self::Mail(event) => event.name(),
            Self::WrongToken => "wrong-token",
            Self::TokenReplaced => "token-replaced",
            Self::AddressReplaced => "address-replaced",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut plain = Self::PLAIN.into_iter();
        plain
            .find(|kind| kind.name() == name)
            .or_else(|| MailEvent::from_name(name).map(Self::Mail))
    }
}

/// The network of a client, as it is kept: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network that an address is in.
    #[must_use]
    pub fn from_address(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
        })
    }

    /// A network as it is shown; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, _) = text.split_once('/')?;
        let network = Self::from_address(address.parse().ok()?);
        (network.to_string() == text).then_some(network)
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, if self.0.is_ipv4() { 24 } else { 48 })
    }
}

impl fmt::Debug for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
