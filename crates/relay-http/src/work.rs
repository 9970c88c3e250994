//! Where the work on a mail is done that takes processor time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use client_limits::Client;
use relay::ports::{PortError, RunWork};
use tokio::sync::oneshot;

/// What a pool came to.
pub type PoolFuture<'a> = Pin<Box<dyn Future<Output = Result<(), PortError>> + Send + 'a>>;

/// A pool in which each client has a share.
pub trait WorkPool: fmt::Debug + Send + Sync {
    /// Does the work for the client, once it is its turn.
    fn run(&self, client: Client, work: Box<dyn FnOnce() + Send>) -> PoolFuture<'_>;
}

/// One client's share; without a pool the work is done at once.
#[derive(Debug, Clone, Copy)]
pub struct ClientWork<'a> {
    pub(crate) pool: Option<&'a dyn WorkPool>,
    pub(crate) client: Client,
}

impl RunWork for ClientWork<'_> {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PortError> {
        let Some(pool) = self.pool else {
            return Ok(work());
        };
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            // Whoever asked may have gone.
            let _ = sender.send(work());
        };
        pool.run(self.client, Box::new(work)).await?;
        receiver
            .await
            .map_err(|error| PortError::away("the work on a mail did not come to its end", error))
    }
}
