//! Asks a server for the shortest answer that shows whether it is the one that it should be.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use arlo_client::{HttpTransport, Method, Request, Transport};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::timeout;

use super::WITHIN;

/// How many bytes of a greeting are read (RFC 5321 section 4.5.3.1.5 allows 512).
const MAX_GREETING: u64 = 4096;
/// Where a relay says whether it can serve.
const HEALTH_PATH: &str = "/healthz";

/// The address at which this machine reaches a listener: one on every address answers on loopback.
pub(in crate::commands) fn on_this_machine(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// Whether the relay that serves HTTP there reports that it is healthy.
pub(in crate::commands) async fn is_healthy(http: SocketAddr) -> Result<bool, arlo_client::Error> {
    let mut request = Request::new(Method::Get, format!("http://{http}{HEALTH_PATH}"));
    request.timeout = WITHIN;
    let response = HttpTransport::new()?.send(request).await?;
    Ok(response.status == 200)
}

/// The first line that an SMTP server sends.
pub(super) async fn greeting(smtp: impl ToSocketAddrs) -> io::Result<String> {
    let reading = async {
        let stream = TcpStream::connect(smtp).await?;
        let mut line = String::new();
        BufReader::new(stream.take(MAX_GREETING)).read_line(&mut line).await?;
        Ok(line.trim_end().to_owned())
    };
    let read = timeout(WITHIN, reading).await;
    read.unwrap_or_else(|_elapsed| Err(io::Error::new(ErrorKind::TimedOut, "no answer in time")))
}
