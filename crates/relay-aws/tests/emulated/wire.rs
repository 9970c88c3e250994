//! The wire to AWS, as a test wants it: it counts the calls, and from one on it is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hyper::Request;
use relay_aws::aws::{Calling, Most, NoAnswer, Origin, Transport};
use relay_aws::connection::{self, Connection};

use crate::aws::variables;

/// What becomes of the call at which the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is not made.
    Before,
    /// It is made, and its answer is lost.
    After,
    /// The same, and the wire is whole again.
    Once,
}

/// From one call on none comes back: as if the process had died there. Or the answer of one call alone is lost.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    inner: Arc<dyn Transport>,
    calls: Arc<AtomicUsize>,
    cut: Option<(usize, Cut)>,
}

impl Wire {
    pub(crate) fn whole() -> Self {
        Self {
            inner: connection::transport().unwrap(),
            calls: Arc::default(),
            cut: None,
        }
    }

    /// Cut at the call of this number, the first being 0.
    pub(crate) fn cut_at(call: usize, cut: Cut) -> Self {
        Self {
            cut: Some((call, cut)),
            ..Self::whole()
        }
    }

    /// How many calls were made or tried, each attempt for one.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The connection of a function, over this wire.
    pub(crate) fn connection(&self) -> Connection {
        let transport = Arc::new(self.clone());
        Connection::over(transport, &variables().into_iter().collect()).unwrap()
    }
}

impl Transport for Wire {
    fn call<'a>(&'a self, origin: &'a Origin, request: Request<Bytes>, most: Most) -> Calling<'a> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.cut {
            Some((at, Cut::After | Cut::Once)) if number == at => {
                let made = self.inner.call(origin, request, most);
                Box::pin(async move {
                    let _ = made.await;
                    Err(NoAnswer::Lost)
                })
            }
            Some((at, Cut::Before | Cut::After)) if number >= at => Box::pin(async { Err(NoAnswer::Lost) }),
            _ => self.inner.call(origin, request, most),
        }
    }
}
