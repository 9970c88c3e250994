//! Opens a TCP connection to the address of a name that answers first.
//!
//! A name can have an address that takes no connection and refuses none: that of a machine that is off, or of an IPv6
//! network without a way out. To try one address after the other would take minutes, more than any caller waits. So the
//! next attempt begins after a quarter of a second, beside those before it (RFC 8305, section 5), or at once where all
//! have failed. The order is that of the resolver (RFC 6724).

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The time between the beginnings of two attempts.
const APART: Duration = Duration::from_millis(250);
/// The most addresses of a name that are tried.
const MOST: usize = 16;

/// Connects to the host, a name or an address, without a limit of time.
///
/// # Errors
/// If the name has no address, or the error of the first address that failed.
pub async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = lookup_host((host, port)).await?.take(MOST).collect();
    race(addresses, TcpStream::connect).await
}

async fn race<T, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut waiting = addresses.into_iter();
    // Those that are still under way end when it is dropped.
    let mut attempts = JoinSet::new();
    let mut failure = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(connect(address));
        }
        let next = async {
            match waiting.len() {
                0 => pending().await,
                _ => sleep(APART).await,
            }
        };
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(connection))) => return Ok(connection),
                Some(Ok(Err(error))) => drop(failure.get_or_insert(error)),
                Some(Err(broken)) => drop(failure.get_or_insert(io::Error::other(broken))),
                None => {
                    let nowhere = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                    return Err(failure.unwrap_or_else(nowhere));
                }
            },
            () = next => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    /// What becomes of an attempt, by the port.
    async fn attempt(address: SocketAddr) -> io::Result<u16> {
        match address.port() {
            port @ 1..10 => Ok(port),
            10..20 => Err(io::Error::other(format!("{} refuses", address.port()))),
            _ => pending().await,
        }
    }

    fn addresses(ports: &[u16]) -> Vec<SocketAddr> {
        ports.iter().map(|port| ([192, 0, 2, 1], *port).into()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_says_nothing_does_not_keep_the_next_from_being_tried() {
        let began = Instant::now();
        for (ports, expected, waits) in [
            (&[1, 2][..], 1, 0),
            (&[20, 2], 2, 1),
            (&[20, 21, 22, 2], 2, 3),
            (&[10, 2], 2, 0),
            (&[20, 10, 2], 2, 1),
        ] {
            let before = began.elapsed();
            assert_eq!(race(addresses(ports), attempt).await.unwrap(), expected, "{ports:?}");
            assert_eq!(began.elapsed() - before, APART * waits, "{ports:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_failure_is_told_once_all_have_failed() {
        let error = race(addresses(&[10, 11]), attempt).await.unwrap_err();
        assert_eq!(error.to_string(), "10 refuses");
        let error = race(addresses(&[]), attempt).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        // One that says nothing may still answer.
        let waits = timeout(Duration::from_secs(60), race(addresses(&[20, 10]), attempt)).await;
        assert!(waits.is_err());
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        dial("localhost", port).await.unwrap();
        dial("127.0.0.1", port).await.unwrap();
    }
}
