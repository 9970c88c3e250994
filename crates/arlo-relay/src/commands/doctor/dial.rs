//! The shortest words with a server that say whether it is the one that it should be.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::timeout;

use super::WITHIN;

/// How much of an answer is read.
const MAX_ANSWER: usize = 4096;

/// Where this machine reaches a listener: one on every address answers on loopback.
pub(super) fn on_this_machine(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// The head of the answer to `GET /healthz`.
pub(super) async fn health(http: SocketAddr) -> io::Result<String> {
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
    ask(http, Some(&request), "\r\n\r\n").await
}

/// The first line that an SMTP server says.
pub(super) async fn greeting(smtp: impl ToSocketAddrs) -> io::Result<String> {
    let greeting = ask(smtp, None, "\r\n").await?;
    Ok(greeting.lines().next().unwrap_or_default().to_owned())
}

async fn ask(server: impl ToSocketAddrs, request: Option<&str>, end: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = TcpStream::connect(server).await?;
        if let Some(request) = request {
            stream.write_all(request.as_bytes()).await?;
        }
        let mut answer = Vec::new();
        let mut chunk = [0; 512];
        while answer.len() < MAX_ANSWER {
            let length = stream.read(&mut chunk).await?;
            answer.extend_from_slice(chunk.get(..length).unwrap_or_default());
            if length == 0 || String::from_utf8_lossy(&answer).contains(end) {
                break;
            }
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let told = timeout(WITHIN, talk).await;
    told.unwrap_or_else(|_| Err(io::Error::new(ErrorKind::TimedOut, "no answer in time")))
}
