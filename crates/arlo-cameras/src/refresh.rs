//! Reads again what the stream cannot have told: after a gap, and when a message says that something changed.

use std::time::Duration;

use arlo_client::{ApiCall, Method};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::device::{self, Device};
use crate::hub::Hub;
use crate::keeper::wait_after;
use crate::notify::{Message, send, transaction};
use crate::{Error, ErrorKind, Id, location, mode};

/// The least time between two readings of the modes, and of the list of devices. A list that failed or lacks devices is
/// read again after a longer wait each time.
const MODES_APART: Duration = Duration::from_secs(2);
const LIST_APART: Duration = Duration::from_secs(60);
/// How long bases have to tell the state of the devices behind them.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

/// The list of devices.
pub(crate) async fn devices(keeper: &crate::keeper::Keeper) -> Result<std::collections::BTreeMap<Id, Device>, Error> {
    let time = keeper.session().now().as_millisecond();
    let call = ApiCall::new(
        "v2/users/devices",
        Method::Get,
        format!("/hmsweb/v2/users/devices?t={time}"),
    );
    let data = keeper.call(call).await?;
    device::list(&data).ok_or_else(|| {
        let message = "Arlo's answer to v2/users/devices has no list: Arlo may have changed its API";
        Error::new(ErrorKind::UnexpectedAnswer, message)
    })
}

/// The locations of an account of the third generation.
pub(crate) async fn locations(
    keeper: &crate::keeper::Keeper,
) -> Result<std::collections::BTreeMap<Id, location::Location>, Error> {
    let user = keeper.session().user_id().to_owned();
    let call = ApiCall::new(
        "locations",
        Method::Get,
        format!("/hmsdevicemanagement/users/{user}/locations"),
    );
    Ok(location::list(&keeper.call(call).await?))
}

/// Reads again for as long as the account lives.
pub(crate) async fn run(hub: &Hub) {
    let mut status = hub.status.subscribe();
    let mut seen = 0;
    let mut list = List {
        // An account without devices, or Arlo's answer lacks them.
        is_wanted: hub.state().devices.is_empty(),
        next: Instant::now() + LIST_APART,
        failures: 0,
    };
    let mut told_by = None;
    loop {
        let connected = async {
            let connected = status.wait_for(|status| status.connections != seen && status.connected);
            connected.await.map(|status| status.connections)
        };
        let asked_for = tokio::select! {
            changed = connected => {
                let Ok(connections) = changed else { return };
                // The list was read just before the first connection.
                let mut asked_for = Duration::ZERO;
                if seen > 0 || list.next <= Instant::now() {
                    asked_for = list.read(hub).await;
                }
                seen = connections;
                asked_for.max(modes(hub).await)
            }
            () = hub.modes_outdated.notified() => modes(hub).await,
            () = hub.list_outdated.notified() => {
                list.is_wanted = true;
                continue;
            }
            () = hub.children_asked.notified() => {
                told_by = Some(Instant::now() + TOLD_WITHIN.min(hub.options.registration));
                continue;
            }
            () = tokio::time::sleep_until(told_by.unwrap_or(list.next)), if told_by.is_some() => {
                told_by = None;
                let is_settled = hub.state().is_settled();
                // Some models do not tell it. Arlo's list has it, once these were asked whether they are there.
                if is_settled { Duration::ZERO } else { list.read(hub).await }
            }
            () = tokio::time::sleep_until(list.next), if list.is_wanted => list.read(hub).await,
        };
        // A storm of messages must not become a storm of calls.
        let apart = MODES_APART.min(hub.options.registration);
        tokio::time::sleep(apart.max(asked_for)).await;
    }
}

/// When the list of devices is read again.
struct List {
    is_wanted: bool,
    /// Not before then, unless the stream was opened again.
    next: Instant,
    /// How many readings in a row failed, or lacked devices.
    failures: u32,
}

impl List {
    /// Reads the list. One that fails or lacks devices is wanted again. Gives how long Arlo asks to wait.
    async fn read(&mut self, hub: &Hub) -> Duration {
        let asked = hub.state().moment();
        let (is_whole, asked_for) = match devices(&hub.keeper).await {
            Ok(devices) => {
                let is_whole = hub.relist(devices, asked);
                if !is_whole {
                    tracing::warn!("Arlo's list of devices lacks some that are known: it is read again");
                }
                (is_whole, None)
            }
            Err(error) => {
                tracing::warn!(%error, "the devices cannot be listed again");
                (false, error.retry_after())
            }
        };
        let wait = match is_whole {
            true => LIST_APART,
            false => wait_after(self.failures, asked_for),
        };
        *self = Self {
            is_wanted: !is_whole,
            next: Instant::now() + wait,
            failures: if is_whole { 0 } else { self.failures.saturating_add(1) },
        };
        asked_for.unwrap_or_default()
    }
}

/// Reads the modes. Gives how long Arlo asks to wait.
async fn modes(hub: &Hub) -> Duration {
    let Err(error) = mode::refresh(hub).await else {
        return Duration::ZERO;
    };
    tracing::warn!(%error, "the modes cannot be read");
    error.retry_after().unwrap_or_default()
}

/// Asks hubs for the state of the cameras behind them, which the list leaves out.
pub(crate) async fn children(hub: &Hub) {
    let bases: Vec<Device> = {
        let state = hub.state();
        let has_children = |base: &Device| {
            let mut all = state.devices.values();
            all.any(|device| device.gateway == base.id && device.id != base.id)
        };
        let bases = state.devices.values();
        bases
            .filter(|device| device.lists_children() && has_children(device))
            .cloned()
            .collect()
    };
    join_all(bases.iter().map(|base| async move {
        let asked = match transaction() {
            Ok(transaction) => send(hub, base, &Message::get("devices"), &transaction).await,
            Err(error) => Err(error),
        };
        if let Err(error) = asked {
            tracing::debug!(%error, "a base could not be asked for its devices");
        }
    }))
    .await;
}
