//! Which mailbox to watch, and how to open it.

use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

use crate::error::{Error, ErrorKind};
use crate::tls::{self, Trust};

/// IMAP over TLS (RFC 8314 section 3.2).
const TLS_PORT: u16 = 993;
/// IMAP without TLS.
const PLAIN_PORT: u16 = 143;
/// Longest password or token, in bytes. A token of Microsoft has some 3 KiB.
const MAX_SECRET: u64 = 16 * 1024;

/// One mailbox of one user. `Debug` shows neither the user nor the secret.
#[derive(Clone)]
pub struct Settings {
    /// The user and the server.
    pub at: UserAtHost,
    /// The password or the token.
    pub credential: Credential,
    /// The mailbox's name, in ASCII. Every user has `INBOX`.
    pub mailbox: String,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// What the watcher may do to the mailbox.
    pub access: Access,
}

/// A user and a server, written `user@host[:port]`. The last `@` separates the two, because most users are mail
/// addresses themselves. An IPv6 address is written in brackets.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAtHost {
    /// The user.
    pub user: String,
    /// The server: a name, or an address without brackets.
    pub host: String,
    /// The port; `None` for the standard one.
    pub port: Option<u16>,
}

/// How the user is authenticated.
#[derive(Clone)]
pub enum Credential {
    /// A password, preferably one that the provider made for this use.
    Password(Secret),
    /// An OAuth 2.0 access token, sent with XOAUTH2.
    OAuth2(Secret),
}

/// A password or a token.
#[derive(Clone)]
pub enum Secret {
    /// The secret itself.
    Value(SecretString),
    /// A file that holds it. The file is read at each login, so a program that renews a token only writes the file.
    File(PathBuf),
}

/// How the connection is protected.
#[derive(Debug, Clone)]
pub enum Encryption {
    /// TLS from the first byte.
    Tls(Trust),
    /// None. Only for a server on this machine.
    None,
}

/// What the watcher may do to the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing. The mailbox is opened read-only, and not even `\Recent` changes.
    ReadOnly,
    /// Mark and delete mail.
    ReadWrite,
}

impl Settings {
    /// The user's inbox, read-only, over TLS.
    #[must_use]
    pub fn new(at: UserAtHost, credential: Credential) -> Self {
        Self {
            at,
            credential,
            mailbox: "INBOX".to_owned(),
            encryption: Encryption::Tls(Trust::WebRoots),
            access: Access::ReadOnly,
        }
    }

    /// The port in use.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.at.port.unwrap_or(match self.encryption {
            Encryption::Tls(_) => TLS_PORT,
            Encryption::None => PLAIN_PORT,
        })
    }

    /// The server, for messages.
    #[must_use]
    pub fn server(&self) -> String {
        let port = self.port();
        if self.at.host.contains(':') {
            format!("[{}]:{port}", self.at.host)
        } else {
            format!("{}:{port}", self.at.host)
        }
    }

    /// Checks what can be checked without a connection, including the files.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`], or [`ErrorKind::Certificate`] for a file of certificates that cannot be used.
    pub fn check(&self) -> Result<(), Error> {
        let no = |message: &str| Err(Error::new(ErrorKind::Settings, message));
        if matches!(self.encryption, Encryption::None) && !is_this_machine(&self.at.host) {
            return no(
                "IMAP without TLS is only for a server on this machine: the password would cross the network in clear text",
            );
        }
        let plain = |text: &str| !text.is_empty() && !text.contains(['\r', '\n', '\0']);
        if !plain(&self.at.user) {
            return no("the user of the mailbox is empty or contains a line break");
        }
        if !plain(&self.mailbox) || !self.mailbox.is_ascii() {
            return no(
                "the name of a mailbox must be ASCII: write any other letter in IMAP's modified UTF-7 (RFC 3501 section \
                 5.1.3)",
            );
        }
        if let Encryption::Tls(trust) = &self.encryption {
            tls::connector(trust)?;
        }
        self.credential.secret().read().map(drop)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("server", &self.server())
            .field("encryption", &self.encryption)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UserAtHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserAtHost(…@{})", self.host)
    }
}

impl FromStr for UserAtHost {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Settings`] for a text of another form. The error does not repeat the text.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| {
            let message = "a mailbox is given as user@host or user@host:port, as in casey@gmail.com@imap.gmail.com";
            Error::new(ErrorKind::Settings, message)
        })
    }
}

impl UserAtHost {
    fn parse(text: &str) -> Option<Self> {
        let (user, server) = text.trim().rsplit_once('@')?;
        let (host, port) = match server.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                let port = match after {
                    "" => None,
                    after => Some(after.strip_prefix(':')?),
                };
                (host, port)
            }
            None => server
                .split_once(':')
                .map_or((server, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map(str::parse).transpose().ok()?;
        (!user.is_empty() && is_host(host) && port != Some(0)).then(|| Self {
            user: user.to_owned(),
            host: host.to_owned(),
            port,
        })
    }
}

/// Whether this is an address or a name. Names of containers may have an underscore.
fn is_host(host: &str) -> bool {
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    is_name || host.parse::<IpAddr>().is_ok()
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl Credential {
    pub(crate) fn secret(&self) -> &Secret {
        match self {
            Self::Password(secret) | Self::OAuth2(secret) => secret,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::OAuth2(_) => "OAuth2(…)",
        })
    }
}

impl Secret {
    /// The secret, read from its file if it is in one.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] for a file that cannot be read, or that is too long for a password or a token.
    pub fn read(&self) -> Result<SecretString, Error> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File(path) => {
                let fault = |error: std::io::Error| {
                    let message = format!("{} cannot be read: {error}", path.display());
                    Error::new(ErrorKind::Settings, message)
                };
                if fs::metadata(path).map_err(fault)?.len() > MAX_SECRET {
                    let message = format!("{} is too long for a password or a token", path.display());
                    return Err(Error::new(ErrorKind::Settings, message));
                }
                let text = fs::read_to_string(path).map_err(fault)?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
            }
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

#[cfg(test)]
mod tests;
