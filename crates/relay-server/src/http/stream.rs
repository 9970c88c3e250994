//! A stream whose client has to take what is written within a time limit.
//!
//! The time begins when the client's side takes no more, and ends when all is written. It is for the whole answer: a
//! client that takes a byte from time to time gets no more time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What is left of the call under way.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Whether the client may still send a body that nobody reads any more.
    pub(super) unread: AtomicBool,
    /// Whether it has not taken all of the answer.
    pub(super) untaken: AtomicBool,
}

/// The stream.
#[derive(Debug)]
pub(super) struct Timed<S> {
    stream: S,
    within: Duration,
    left: Arc<Left>,
    /// Runs while there is something that the client has to take.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    pub(super) fn new(stream: S, within: Duration, left: Arc<Left>) -> Self {
        Self {
            stream,
            within,
            left,
            timer: None,
        }
    }

    /// The result of a write. A write that has to wait fails when the time is over.
    fn timed<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            return written;
        }
        self.left.untaken.store(true, Ordering::Relaxed);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.within)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client does not take the answer",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.timed(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Flushing is requested when all is written: the client has taken the answer.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.timer = None;
            self.left.untaken.store(false, Ordering::Relaxed);
        }
        self.timed(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.timed(closed, context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn taking_a_byte_now_and_then_gains_no_time() {
        let (mut client, server) = duplex(16);
        let reader = tokio::spawn(async move {
            while client.read_u8().await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut server = Timed::new(server, WITHIN, Arc::default());
        let start = Instant::now();
        let error = server.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed()), (io::ErrorKind::TimedOut, WITHIN));
        drop(server);
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_has_its_own_time() {
        let (mut client, server) = duplex(16);
        let reader = tokio::spawn(async move {
            let mut answer = [0; 32];
            for _ in 0..5 {
                sleep(Duration::from_secs(20)).await;
                client.read_exact(&mut answer).await.unwrap();
            }
        });
        let mut server = Timed::new(server, WITHIN, Arc::default());
        for _ in 0..5 {
            server.write_all(&[0; 32]).await.unwrap();
            server.flush().await.unwrap();
        }
        reader.await.unwrap();
    }
}
