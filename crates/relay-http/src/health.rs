//! Whether the parts of a relay live, and when the store was last checked.
//!
//! Anybody may ask, and the answer needs a write. So there is one check at a time, for all who ask, and its result
//! holds for [`FRESH`]. A check ends in time whatever the store does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relay::ports::PortError;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::failure::Failure;

/// A store that has not answered by then is away.
const CHECK_WITHIN: Duration = Duration::from_secs(5);
/// For so long the result of one check is given to all who ask.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

const STORE: &str = "store";
pub(crate) const OK: &str = "ok";
const FAILING: &str = "failing";

/// The parts of a relay that must live for it to serve, beside its store.
pub trait Vitals: fmt::Debug + Send + Sync {
    /// The name of each part, and whether it lives.
    fn vitals(&self) -> Vec<(&'static str, bool)>;
}

/// Each part's name, and [`OK`] or [`FAILING`].
pub(crate) type Checks = BTreeMap<&'static str, &'static str>;

/// What is known of the relay's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    vitals: Option<Arc<dyn Vitals>>,
    /// The last check of the store; `None` in it until the check has ended.
    store: Mutex<Option<watch::Receiver<Option<Checked>>>>,
}

/// The result of a check of the store.
#[derive(Debug, Clone, Copy)]
struct Checked {
    at: Instant,
    failure: Option<Failure>,
}

impl Checked {
    fn now(failure: Option<Failure>) -> Self {
        let at = Instant::now();
        Self { at, failure }
    }
}

impl Health {
    pub(crate) fn watch(&mut self, vitals: Arc<dyn Vitals>) {
        self.vitals = Some(vitals);
    }

    /// Each part of the relay, by its name, and these others.
    pub(crate) fn checks(&self, store: Option<Failure>, others: Vec<(&'static str, bool)>) -> Checks {
        let vitals = self.vitals.iter().flat_map(|vitals| vitals.vitals());
        let all = vitals.chain([(STORE, store.is_none())]).chain(others);
        all.map(|(name, lives)| (name, if lives { OK } else { FAILING }))
            .collect()
    }

    /// What the store fails with now, if it does. `check` is run only where no result holds any more.
    pub(crate) async fn store_failure(
        &self,
        check: impl Future<Output = Result<(), PortError>> + Send + 'static,
    ) -> Option<Failure> {
        let mut current = self.current(check);
        // The sender sends before it is dropped, unless the check itself had a fault.
        match current
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|checked| *checked)
        {
            Some(checked) => checked.failure,
            None => Some(Failure::Away { retryable: false }),
        }
    }

    /// The check that holds now: the last one if it is fresh or not over, else one that begins now. It goes on if the
    /// caller goes.
    fn current(
        &self,
        check: impl Future<Output = Result<(), PortError>> + Send + 'static,
    ) -> watch::Receiver<Option<Checked>> {
        let mut last = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = last.as_ref().filter(|current| holds(current)) {
            return current.clone();
        }
        let (done, current) = watch::channel(None);
        *last = Some(current.clone());
        tokio::spawn(async move {
            let failure = match timeout(CHECK_WITHIN, check).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(Failure::from(error)),
                Err(_) => Some(Failure::Away { retryable: true }),
            };
            done.send_replace(Some(Checked::now(failure)));
        });
        current
    }
}

fn holds(check: &watch::Receiver<Option<Checked>>) -> bool {
    match *check.borrow() {
        Some(checked) => checked.at.elapsed() < FRESH,
        None => check.has_changed().is_ok(),
    }
}
