//! The connection to the broker, opened again whenever it ends, and never without a wait.
//!
//! Invariants: two connections are at least the first wait apart, and the waits double up to the longest one; only a
//! connection that lasted begins the count again. What ends the bridge is a refusal of the first connection: its cause
//! is a setting. A refusal after a connection that was accepted is logged, with the longest wait.

mod frames;
mod pipe;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use arlo_cameras::{Backoff, Id};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use self::pipe::{Dialer, NoPipe};
use self::session::{End, Session};
use crate::outbox::Outbox;
use crate::topics::Topics;
use crate::{Error, ErrorKind, Settings};

/// A connection that lasted so long begins the count of failures again.
const LASTED: Duration = Duration::from_secs(60);
/// Longest time to open a connection.
const OPEN_WITHIN: Duration = Duration::from_secs(20);

/// What comes from the broker.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// Somebody wants to change something.
    Command { device: Id, key: String, payload: Bytes },
    /// Home Assistant is there again.
    HomeAssistant,
    /// What a bridge published the last time.
    Published(Bytes),
}

/// The link's ends of what it shares with the bridge.
pub(crate) struct Link {
    pub(crate) settings: Arc<Settings>,
    pub(crate) topics: Topics,
    /// The name of the connection, by which the broker ends an older one.
    pub(crate) client: String,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) incoming: mpsc::Sender<Incoming>,
    /// How often a connection was opened; `None` while there is none.
    pub(crate) connected: watch::Sender<Option<u64>>,
    /// True once the link is to say goodbye and end.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Link {
    /// Keeps the connection until it is to stop.
    pub(crate) async fn run(mut self) -> Result<(), Error> {
        let dialer = Dialer::new(&self.settings)?;
        let mut backoff = Backoff::new(self.settings.first_wait, self.settings.longest_wait);
        let mut connections: u64 = 0;
        loop {
            let mut stop = self.stop.clone();
            let begun = Instant::now();
            let opened = tokio::select! {
                opened = self.open(&dialer) => opened,
                // Without a connection there is nobody to say goodbye to.
                () = stopped(&mut stop) => return Ok(()),
            };
            let end = match opened {
                Ok(session) => {
                    connections = connections.saturating_add(1);
                    self.serve(session, connections).await
                }
                Err(end) => end,
            };
            let lasted = begun.elapsed();
            if lasted >= LASTED {
                backoff.reset();
            }
            let mut wait = backoff.next();
            match end {
                End::Stopped => return Ok(()),
                End::Refused(why) if connections == 0 => return Err(Error::new(ErrorKind::Refused, why)),
                End::Distrusted(why) if connections == 0 => return Err(Error::new(ErrorKind::Certificate, why)),
                End::Refused(why) | End::Distrusted(why) => {
                    wait = self.settings.longest_wait;
                    tracing::error!(seconds = wait.as_secs(), "{why}; it is tried again");
                }
                End::Broken(why) => tracing::warn!(seconds = wait.as_secs_f32(), "{why}; it is tried again"),
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(&mut stop) => return Ok(()),
            }
        }
    }

    async fn open(&self, dialer: &Dialer) -> Result<Session, End> {
        let opened = async {
            let pipe = dialer.dial().await.map_err(|error| match error {
                NoPipe::Away(why) => End::Broken(why),
                NoPipe::Distrusted(why) => End::Distrusted(why),
            })?;
            Session::open(pipe, self).await
        };
        match tokio::time::timeout(OPEN_WITHIN, opened).await {
            Ok(opened) => opened,
            Err(_) => Err(End::Broken(format!(
                "the broker {} did not answer in time",
                self.settings.broker
            ))),
        }
    }

    async fn serve(&mut self, session: Session, connections: u64) -> End {
        tracing::info!(broker = %self.settings.broker, "connected to the broker");
        self.outbox.open();
        self.connected.send_replace(Some(connections));
        let end = session.run(self).await;
        self.outbox.close();
        self.connected.send_replace(None);
        end
    }
}

/// Waits until the link is to end, also because the bridge is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
