//! Listening sockets that the service manager opened before it started the relay (sd_listen_fds(3)).
//!
//! A socket is adopted only if `LISTEN_PID` names this process: the variables may be those of a parent. Each has the
//! name of a listener, `smtp`, `http` or `https`, and takes the place of its address in the settings.

use std::env;
use std::io;
use std::net::{SocketAddr, TcpListener as Socket};
use std::process;

use listenfd::ListenFd;
use socket2::SockRef;
use tokio::net::TcpListener;

use crate::error::{StartError, StartErrorKind};

/// The sockets that were handed to this process.
#[derive(Debug, Default)]
pub struct Sockets {
    pub(crate) http: Option<Socket>,
    pub(crate) https: Option<Socket>,
    pub(crate) smtp: Option<Socket>,
}

impl Sockets {
    /// Takes them over, and removes them from the environment. To be called before there are threads.
    ///
    /// # Errors
    /// A [`StartError`] if one has another name, or is no listening TCP socket: nobody would ever answer there.
    pub fn from_environment() -> Result<Self, StartError> {
        let variable = |name| env::var(name).unwrap_or_default();
        let mut sockets = Self::default();
        let (id, count) = (variable("LISTEN_PID"), variable("LISTEN_FDS"));
        if id.parse() != Ok(process::id()) || count.is_empty() {
            return Ok(sockets);
        }
        let names = variable("LISTEN_FDNAMES");
        let mut handed = ListenFd::from_env();
        if names.split(':').count() != handed.len() {
            return Err(wrong(&format!("{count} sockets with the names {names:?}")));
        }
        for (index, name) in names.split(':').enumerate() {
            let socket = handed.take_tcp_listener(index);
            let socket = socket
                .ok()
                .flatten()
                .filter(|socket| SockRef::from(socket).is_listener().unwrap_or(false));
            let socket = socket.ok_or_else(|| wrong(&format!("{name:?}, which is no listening TCP socket")))?;
            let place = sockets
                .place(name)
                .ok_or_else(|| wrong(&format!("a socket named {name:?}")))?;
            if place.replace(socket).is_some() {
                return Err(wrong(&format!("two sockets named {name:?}")));
            }
        }
        Ok(sockets)
    }

    /// Whether HTTPS is served on one of them.
    #[must_use]
    pub fn has_https(&self) -> bool {
        self.https.is_some()
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<Socket>> {
        match name {
            "http" => Some(&mut self.http),
            "https" => Some(&mut self.https),
            "smtp" => Some(&mut self.smtp),
            _ => None,
        }
    }
}

fn wrong(what: &str) -> StartError {
    StartError::new(
        StartErrorKind::Address,
        format!(
            "the service manager passes {what}: pass one listening TCP socket (Accept=no) for each of the names smtp, \
             http and https (FileDescriptorName=)"
        ),
    )
}

/// The socket that was handed over, or one that is opened at the address.
pub(crate) async fn listen(
    name: &'static str,
    address: SocketAddr,
    handed: Option<Socket>,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let unusable = |error: io::Error| {
        StartError::new(
            StartErrorKind::Address,
            format!("cannot listen for {name} on {address}"),
        )
        .caused_by(error)
    };
    let socket = match handed {
        Some(socket) => {
            tracing::info!(name, "listening on a socket of the service manager");
            socket.set_nonblocking(true).map_err(unusable)?;
            TcpListener::from_std(socket).map_err(unusable)?
        }
        None => TcpListener::bind(address).await.map_err(unusable)?,
    };
    let bound = socket.local_addr().map_err(unusable)?;
    Ok((socket, bound))
}
