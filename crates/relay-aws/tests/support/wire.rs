//! The wire to AWS, as a test wants it: it counts the calls, and from one on it is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use relay_aws::connection;

/// What becomes of the call at which the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is not made.
    Before,
    /// It is made, and its answer is lost.
    After,
}

/// From one call on none comes back: as if the process had died there.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpConnector,
    calls: Arc<AtomicUsize>,
    cut: Option<(usize, Cut)>,
}

impl Wire {
    pub fn whole() -> Self {
        Self {
            inner: connection::connector().unwrap(),
            calls: Arc::default(),
            cut: None,
        }
    }

    /// Cut at the call of this number, the first being 0.
    pub fn cut_at(call: usize, cut: Cut) -> Self {
        Self {
            cut: Some((call, cut)),
            ..Self::whole()
        }
    }

    /// How many calls were made or tried, each of the SDK's own retries for one.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let lost = || ConnectorError::io("the wire is cut".into());
        match self.cut {
            Some((at, Cut::After)) if number == at => {
                let made = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    let _ = made.await;
                    Err(lost())
                })
            }
            Some((at, _)) if number >= at => HttpConnectorFuture::ready(Err(lost())),
            _ => self.inner.call(request),
        }
    }
}
