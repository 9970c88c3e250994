//! Asks a server for the shortest answer that shows whether it is the one that it should be.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use arlo_client::{HttpTransport, Method, Request, Transport};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpStream, ToSocketAddrs, lookup_host};
use tokio::time::timeout;

use super::WITHIN;

/// How many bytes of a greeting are read (RFC 5321 section 4.5.3.1.5 allows 512).
const MAX_GREETING: u64 = 4096;
/// Where a relay says whether it can serve.
const HEALTH_PATH: &str = "/healthz";

/// The addresses of a mail server.
pub(super) async fn addresses(server: &str) -> io::Result<Vec<IpAddr>> {
    let looked_up = timeout(WITHIN, lookup_host((server, 25))).await;
    let found = looked_up.map_err(|_elapsed| io::Error::new(ErrorKind::TimedOut, "no answer in time"))??;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
    if addresses.is_empty() {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(addresses)
}

/// Whether machines of other networks can reach the address. Addresses of documentation count as such.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let is_shared = matches!(ip.octets(), [100, 64..128, ..]);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_house_are_not_public() {
        for (address, public) in [
            ("192.168.1.2", false),
            ("10.0.0.1", false),
            ("172.16.9.9", false),
            ("127.0.0.1", false),
            ("169.254.1.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("198.51.100.7", true),
            ("::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
