//! The end of a connection whose client may still send. What it sends is read, so that it reads our last words before a
//! reset.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const WITHIN: Duration = Duration::from_secs(2);

/// Says that nothing more comes from us, and reads at most so many bytes, for two seconds at most.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), most: usize) {
    let mut rest = Vec::with_capacity(4096);
    let mut left = most;
    let read = async {
        if stream.shutdown().await.is_ok() {
            while let Ok(count @ 1..) = stream.read_buf(&mut rest).await {
                rest.clear();
                left = left.saturating_sub(count);
                if left == 0 {
                    break;
                }
            }
        }
    };
    // When the time is over, the connection is closed in any case.
    let _ = timeout(WITHIN, read).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_or_sends_too_much_is_left() {
        let (_client, mut server) = duplex(64);
        linger(&mut server, 1000).await;
        let (mut client, mut server) = duplex(64);
        let sender = tokio::spawn(async move { client.write_all(&[0; 2000]).await });
        linger(&mut server, 1000).await;
        drop(server);
        assert!(sender.await.unwrap().is_err());
    }
}
