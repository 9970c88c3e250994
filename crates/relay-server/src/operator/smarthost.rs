//! The server that takes the operator's mail.

use std::net::IpAddr;
use std::str::FromStr;

use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use crate::error::StartError;

/// A smarthost as its URL names it:
/// - `smtps://HOST[:465]`: TLS from the first byte (RFC 8314);
/// - `smtp+starttls://HOST[:587]`: STARTTLS (RFC 3207), and no mail without it;
/// - `smtp://HOST[:25]`: no TLS, for a server on this machine or in a network that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smarthost {
    encryption: Encryption,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Tls,
    StartTls,
    None,
}

/// What is wrong with a setting of the operator's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The operator's address.
    #[error("the operator's address is not one that SMTP can carry")]
    Address,
    /// The smarthost.
    #[error("the smarthost must be smtps://HOST[:PORT], smtp+starttls://HOST[:PORT] or smtp://HOST[:PORT]")]
    Smarthost,
    /// The URL contains a user or a password.
    #[error("the smarthost's user and password do not belong in its URL; they are settings of their own")]
    CredentialsInUrl,
    /// A password would cross the network unencrypted.
    #[error("a password is sent only over TLS: use smtps:// or smtp+starttls:// for the smarthost, or no password")]
    PasswordInClear,
}

impl From<Fault> for StartError {
    fn from(fault: Fault) -> Self {
        Self::setting(fault)
    }
}

/// A login at the smarthost. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: SecretString,
}

impl Credentials {
    /// A user with its password.
    #[must_use]
    pub fn new(user: String, password: SecretString) -> Self {
        Self { user, password }
    }
}

relay::redacted_debug!(Credentials);

impl Smarthost {
    pub(super) fn transport(&self, credentials: Option<&Credentials>) -> Result<AsyncSmtpTransportBuilder, Fault> {
        let parameters = || TlsParameters::new(self.host.clone()).map_err(|_| Fault::Smarthost);
        let tls = match self.encryption {
            Encryption::Tls => Tls::Wrapper(parameters()?),
            Encryption::StartTls => Tls::Required(parameters()?),
            Encryption::None if credentials.is_some() && !self.is_this_machine() => {
                return Err(Fault::PasswordInClear);
            }
            Encryption::None => Tls::None,
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.clone())
            .port(self.port)
            .tls(tls);
        Ok(match credentials {
            Some(Credentials { user, password }) => {
                transport.credentials((user.clone(), password.expose_secret().to_owned()).into())
            }
            None => transport,
        })
    }

    fn is_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost") || self.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

impl FromStr for Smarthost {
    type Err = StartError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Ok(Self::parse(url)?)
    }
}

impl Smarthost {
    fn parse(url: &str) -> Result<Self, Fault> {
        let (scheme, rest) = url.trim().split_once("://").ok_or(Fault::Smarthost)?;
        let (encryption, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "smtps" => (Encryption::Tls, 465),
            "smtp+starttls" => (Encryption::StartTls, 587),
            "smtp" => (Encryption::None, 25),
            _ => return Err(Fault::Smarthost),
        };
        if rest.contains('@') {
            return Err(Fault::CredentialsInUrl);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some(""))),
            None => authority
                .split_once(':')
                .map_or((authority, Some("")), |(host, port)| (host, Some(port))),
        };
        let port = match port.ok_or(Fault::Smarthost)? {
            "" => default_port,
            port => port.parse().map_err(|_| Fault::Smarthost)?,
        };
        if port == 0 || !is_host(host) {
            return Err(Fault::Smarthost);
        }
        Ok(Self {
            encryption,
            host: host.to_owned(),
            port,
        })
    }
}

/// An address or a name; names of containers may have an underscore.
fn is_host(host: &str) -> bool {
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    is_name || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_host_port_and_encryption() {
        for (url, encryption, host, port) in [
            ("smtps://mail.example.org", Encryption::Tls, "mail.example.org", 465),
            (
                "SMTPS://mail.example.org:8465/",
                Encryption::Tls,
                "mail.example.org",
                8465,
            ),
            (
                "smtp+starttls://mail.example.org",
                Encryption::StartTls,
                "mail.example.org",
                587,
            ),
            ("smtp://127.0.0.1:2525", Encryption::None, "127.0.0.1", 2525),
            ("smtp://[::1]", Encryption::None, "::1", 25),
            ("smtp://[::1]:2525", Encryption::None, "::1", 2525),
            ("smtp://mail_out", Encryption::None, "mail_out", 25),
        ] {
            let host = host.to_owned();
            assert_eq!(Smarthost::parse(url), Ok(Smarthost { encryption, host, port }), "{url}");
        }
        for url in [
            "",
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example.org:0",
            "smtp://mail.example.org:99999",
            "smtp://mail.example.org/x",
            "smtp://mail example",
            "smtp://[::1]x",
            "smtp://::1",
            "smtp://a:1:2",
        ] {
            assert_eq!(Smarthost::parse(url), Err(Fault::Smarthost), "{url}");
        }
        assert_eq!(
            Smarthost::parse("smtps://user:secret@mail.example.org"),
            Err(Fault::CredentialsInUrl)
        );
    }

    #[test]
    fn a_password_crosses_no_network_in_clear() {
        let login = Credentials::new("operator".to_owned(), "secret".into());
        assert!(!format!("{login:?}").contains("operator"));
        for (url, expected) in [
            ("smtp://mail.example.org", Some(Fault::PasswordInClear)),
            ("smtp://192.0.2.1", Some(Fault::PasswordInClear)),
            ("smtp://127.0.0.1", None),
            ("smtp://[::1]", None),
            ("smtp://localhost", None),
            ("smtps://mail.example.org", None),
            ("smtp+starttls://mail.example.org", None),
        ] {
            let smarthost = Smarthost::parse(url).unwrap();
            assert_eq!(smarthost.transport(Some(&login)).err(), expected, "{url}");
            assert!(smarthost.transport(None).is_ok());
        }
    }
}
