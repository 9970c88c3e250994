//! CONNECT and CONNACK: sections 3.1 and 3.2 of the standard.

use std::fmt;

use bytes::Bytes;

use crate::error::Error;
use crate::packet::QoS;
use crate::topic::Topic;

/// A client's first packet. `Debug` shows neither identifier, user name nor password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connect {
    /// The client's identifier. If it is empty, [`clean_session`](Self::clean_session) must be true.
    pub client_id: String,
    /// Whether the server forgets what it knows of earlier connections.
    pub clean_session: bool,
    /// The most seconds between two packets of the client; 0 for no limit. The server waits half as long again.
    pub keep_alive: u16,
    /// The user name.
    pub user_name: Option<String>,
    /// The password. MQTT allows none without a user name.
    pub password: Option<Password>,
    /// What the server publishes when the connection breaks.
    pub will: Option<Will>,
}

impl Connect {
    /// A clean session without a user name and a will.
    #[must_use]
    pub fn new(client_id: impl Into<String>, keep_alive: u16) -> Self {
        Self {
            client_id: client_id.into(),
            clean_session: true,
            keep_alive,
            user_name: None,
            password: None,
            will: None,
        }
    }

    /// Sets the user name and the password.
    #[must_use]
    pub fn credentials(mut self, user_name: impl Into<String>, password: impl Into<Password>) -> Self {
        self.user_name = Some(user_name.into());
        self.password = Some(password.into());
        self
    }

    /// Sets what the server publishes when the connection breaks.
    #[must_use]
    pub fn will(mut self, will: Will) -> Self {
        self.will = Some(will);
        self
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("clean_session", &self.clean_session)
            .field("keep_alive", &self.keep_alive)
            .field("will", &self.will)
            .finish_non_exhaustive()
    }
}

/// A password: up to 65,535 bytes. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Bytes);

impl Password {
    /// The bytes of the password.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Password {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Bytes::from(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// The message that a server publishes for a client whose connection broke. `Debug` does not show the payload.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Will {
    /// Where it is published.
    pub topic: Topic,
    /// What is published, at most 65,535 bytes.
    pub payload: Bytes,
    /// With which quality of service.
    pub qos: QoS,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
}

impl Will {
    /// A will with QoS 0 that is not kept.
    #[must_use]
    pub fn new(topic: Topic, payload: impl Into<Bytes>) -> Self {
        Self {
            topic,
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
        }
    }
}

impl fmt::Debug for Will {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Will")
            .field("topic", &self.topic)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish_non_exhaustive()
    }
}

/// The server's answer to [`Connect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnAck {
    /// Whether the server knows an earlier session of the client. Only with [`ConnectCode::Accepted`].
    pub session_present: bool,
    /// Whether the server accepts the connection.
    pub code: ConnectCode,
}

impl ConnAck {
    /// An answer without an earlier session.
    #[must_use]
    pub const fn new(code: ConnectCode) -> Self {
        Self {
            session_present: false,
            code,
        }
    }
}

/// Whether and why a server does not accept a connection: table 3.1 of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectCode {
    /// 0: the connection is accepted.
    Accepted,
    /// 1: the server does not know this version of MQTT.
    UnacceptableProtocol,
    /// 2: the server does not allow this client identifier.
    IdentifierRejected,
    /// 3: the service is not available.
    ServerUnavailable,
    /// 4: the user name or the password is malformed.
    BadUserNameOrPassword,
    /// 5: the client may not connect. Arlo's answer to a token that is no longer valid.
    NotAuthorized,
}

impl ConnectCode {
    pub(crate) const fn wire(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::UnacceptableProtocol => 1,
            Self::IdentifierRejected => 2,
            Self::ServerUnavailable => 3,
            Self::BadUserNameOrPassword => 4,
            Self::NotAuthorized => 5,
        }
    }

    pub(crate) const fn from_wire(code: u8) -> Result<Self, Error> {
        match code {
            0 => Ok(Self::Accepted),
            1 => Ok(Self::UnacceptableProtocol),
            2 => Ok(Self::IdentifierRejected),
            3 => Ok(Self::ServerUnavailable),
            4 => Ok(Self::BadUserNameOrPassword),
            5 => Ok(Self::NotAuthorized),
            _ => Err(Error::malformed("a CONNACK has a return code that MQTT reserves")),
        }
    }
}
