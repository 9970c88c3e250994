//! Opens a session: TCP, TLS, the greeting, the login. Each step has a time limit.

use std::fmt;
use std::io;
use std::time::Duration;

use async_imap::error::Error as ImapError;
use async_imap::imap_proto::{Capability, Response, ResponseCode, Status};
use async_imap::{Authenticator, Client, Session};
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::error::{Error, ErrorKind};
use crate::filter::{Malformed, ResponseFilter};
use crate::refusal;
use crate::settings::{Credential, Encryption, Settings};
use crate::tls;

/// Time limit for TCP and the TLS handshake together.
const CONNECT: Duration = Duration::from_secs(15);
/// Time limit for the greeting, and for the login. After a wrong password some servers wait before they answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The most that a server may send until the login is done, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// A connection with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for T {}

pub(crate) type Connection = ResponseFilter<Box<dyn Stream>>;

/// Connects and logs in.
pub(crate) async fn connect(settings: &Settings) -> Result<Session<Connection>, Error> {
    settings.check()?;
    let server = settings.server();
    let secret = settings.credential.secret().read()?;
    let timed_out = |what: &str| Error::new(ErrorKind::Timeout, format!("{server} {what} in time"));

    let stream = timeout(CONNECT, stream(settings, &server));
    let stream = stream.await.map_err(|_| timed_out("cannot be reached"))??;
    let mut filter = ResponseFilter::new(stream);
    filter.allow(MAX_ANSWER);
    let mut client = Client::new(filter);
    let greeting = timeout(ANSWER, greet(&mut client, &server));
    let only_sasl = greeting.await.map_err(|_| timed_out("did not greet"))??;
    let login = timeout(ANSWER, log_in(client, settings, &secret, only_sasl));
    login
        .await
        .map_err(|_| timed_out("did not answer the login"))?
        .map_err(|error| refused_login(error, &server, &settings.credential))
}

async fn stream(settings: &Settings, server: &str) -> Result<Box<dyn Stream>, Error> {
    let host = settings.at.host.as_str();
    let unreachable = |error: io::Error| {
        let message = format!("{server} cannot be reached: check the server's name and port, and the network");
        Error::new(ErrorKind::Unreachable, message).with_source(error)
    };
    let tcp = tcp_dial::dial(host, settings.port()).await.map_err(unreachable)?;
    // A command is short, and the client waits for its answer.
    tcp.set_nodelay(true).map_err(unreachable)?;
    let Encryption::Tls(trust) = &settings.encryption else {
        return Ok(Box::new(tcp));
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| {
        let message = format!("{server} is not a name that a certificate can have");
        Error::new(ErrorKind::Settings, message).with_source(error)
    })?;
    let connector = tls::connector(trust)?;
    let tls = connector.connect(name, tcp).await;
    Ok(Box::new(tls.map_err(|error| refused_tls(error, server))?))
}

/// The error for a failed TLS handshake.
fn refused_tls(error: io::Error, server: &str) -> Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let (kind, message) = match cause {
        Some(rustls::Error::InvalidCertificate(_)) => (
            ErrorKind::Certificate,
            format!(
                "the certificate of {server} does not verify: check the server's name, or name the file with its certificate"
            ),
        ),
        Some(rustls::Error::InvalidMessage(_)) => (
            ErrorKind::NoTls,
            format!("{server} does not speak TLS: use the port of IMAP over TLS, which is 993"),
        ),
        Some(_) => (
            ErrorKind::Unreachable,
            format!("{server} and this client have no version of TLS in common"),
        ),
        None => (
            ErrorKind::Disconnected,
            format!("{server} ended the connection before TLS was set up"),
        ),
    };
    Error::new(kind, message).with_source(error)
}

/// Reads the greeting. Gives whether it says that LOGIN is disabled.
async fn greet(client: &mut Client<Connection>, server: &str) -> Result<bool, Error> {
    let answer = client.read_response().await.map_err(|error| broken(error, server))?;
    let Some(answer) = answer else {
        return Err(disconnected(server));
    };
    match answer.parsed() {
        Response::Data {
            status: Status::Ok,
            outcome,
        } => Ok(match &outcome.code {
            Some(ResponseCode::Capabilities(capabilities)) => capabilities
                .iter()
                .any(|one| matches!(one, Capability::Atom(name) if name.eq_ignore_ascii_case("LOGINDISABLED"))),
            _ => false,
        }),
        Response::Data {
            status: Status::Bye | Status::No,
            ..
        } => Err(unavailable(server)),
        _ => Err(Error::new(
            ErrorKind::Malformed,
            format!("{server} does not greet as an IMAP server does"),
        )),
    }
}

async fn log_in(
    client: Client<Connection>,
    settings: &Settings,
    secret: &SecretString,
    only_sasl: bool,
) -> Result<Session<Connection>, ImapError> {
    let (user, secret) = (settings.at.user.as_str(), secret.expose_secret());
    let login = match &settings.credential {
        Credential::OAuth2(_) => {
            client
                .authenticate(
                    "XOAUTH2",
                    Once::new(format!("user={user}\x01auth=Bearer {secret}\x01\x01")),
                )
                .await
        }
        // LOGIN takes ASCII; PLAIN (RFC 4616) takes UTF-8.
        Credential::Password(_) if only_sasl || !user.is_ascii() || !secret.is_ascii() => {
            client
                .authenticate("PLAIN", Once::new(format!("\0{user}\0{secret}")))
                .await
        }
        Credential::Password(_) => client.login(user, secret).await,
    };
    login.map_err(|(error, _client)| error)
}

/// Answers the first challenge. A second challenge describes an error, and XOAUTH2 demands an empty answer to it.
struct Once(Option<String>);

impl Once {
    fn new(answer: String) -> Self {
        Self(Some(answer))
    }
}

impl Authenticator for Once {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

fn refused_login(error: ImapError, server: &str, credential: &Credential) -> Error {
    match error {
        ImapError::No(text) if refusal::is_temporary(&text) => unavailable(server),
        ImapError::No(_) => {
            let message = match credential {
                Credential::Password(_) => format!(
                    "{server} does not take this user and password: most providers want a password made for apps, not the one of the account"
                ),
                Credential::OAuth2(_) => {
                    format!("{server} does not take this user and token: the token may have expired")
                }
            };
            Error::new(ErrorKind::Credentials, message)
        }
        ImapError::Bad(_) => Error::new(ErrorKind::Refused, format!("{server} does not know this way to log in")),
        other => imap(other, server),
    }
}

pub(crate) fn unavailable(server: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("{server} says that it cannot serve now"),
    )
}

pub(crate) fn disconnected(server: &str) -> Error {
    Error::new(ErrorKind::Disconnected, format!("{server} ended the connection"))
}

/// An error of the protocol library. Its text may hold what the server sent, so only its kind is kept.
pub(crate) fn imap(error: ImapError, server: &str) -> Error {
    match error {
        ImapError::Io(error) => broken(error, server),
        ImapError::ConnectionLost => disconnected(server),
        ImapError::No(_) | ImapError::Bad(_) => Error::new(ErrorKind::Refused, format!("{server} refused a command")),
        ImapError::Validate(_) => Error::new(ErrorKind::Settings, "the user or the password contains a line break"),
        _ => Error::new(
            ErrorKind::Malformed,
            format!("{server} sent an answer that is not IMAP"),
        ),
    }
}

/// The error for a connection that broke, or for an answer that cannot be parsed.
pub(crate) fn broken(error: io::Error, server: &str) -> Error {
    let malformed = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<Malformed>())
        .copied();
    if let Some(malformed) = malformed {
        return Error::new(
            ErrorKind::Malformed,
            format!("{server} sent an answer that is not IMAP: {malformed}"),
        );
    }
    if error.raw_os_error().is_some() {
        return disconnected(server).with_source(error);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            disconnected(server)
        }
        _ => Error::new(
            ErrorKind::Malformed,
            format!("{server} sent an answer that is not IMAP"),
        ),
    }
}
