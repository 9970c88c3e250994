//! Sends messages to the streams of a user, as the faults allow.

use std::sync::{Arc, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::account::{Account, Kind};
use crate::call::Refusal;
use crate::config::UserIndex;
use crate::event::{Draft, Event, with_string_booleans};
use crate::faults::Fault;
use crate::random;
use crate::state::Shared;

impl Shared {
    /// Changes or reads the state of a user's account. What `change` publishes keeps its order, because nothing else
    /// publishes for an account meanwhile. `None` for a user that does not exist.
    pub(crate) fn with_account<T>(
        &self,
        user: UserIndex,
        change: impl FnOnce(&mut Account, &mut Outbox) -> T,
    ) -> Option<T> {
        let mut accounts = self.accounts();
        let account = accounts.get_mut(user)?;
        let mut outbox = Outbox::default();
        let changed = change(account, &mut outbox);
        for draft in outbox.0 {
            self.publish(user, account, draft);
        }
        Some(changed)
    }

    /// As [`with_account`](Self::with_account), for a change that may refuse the call.
    pub(crate) fn try_with_account<T>(
        &self,
        user: UserIndex,
        change: impl FnOnce(&mut Account, &mut Outbox) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let changed = self.with_account(user, change);
        changed.unwrap_or_else(|| Err(Refusal::api(StatusCode::NOT_FOUND, "Not found")))
    }

    fn publish(&self, user: UserIndex, account: &Account, mut draft: Draft) {
        if draft
            .gateway
            .as_deref()
            .is_some_and(|gateway| !draft.always && self.is_silent(account, gateway))
        {
            return;
        }
        if self.faults.occurs(Fault::DropStreams) {
            // In the order of the messages, so that those before it arrive.
            let _ = self.events.send(Event::Dropped(user));
            return;
        }
        if self.faults.occurs(Fault::StringBooleans) {
            with_string_booleans(&mut draft.value);
        }
        let other = draft.for_another_subscriber();
        let other = other.filter(|_| self.faults.occurs(Fault::OtherSubscriber));
        let copies = if self.faults.occurs(Fault::DuplicateEvents) {
            2
        } else {
            1
        };
        for draft in [Some(draft), other].into_iter().flatten() {
            let message = Arc::new(draft.into_message());
            for _ in 0..copies {
                // Without an open stream there is no receiver.
                let _ = self.events.send(Event::Message(user, Arc::clone(&message)));
            }
        }
    }

    /// Whether a gateway publishes nothing at present.
    fn is_silent(&self, account: &Account, gateway: &str) -> bool {
        if account.device(gateway).is_some_and(|device| device.offline) {
            return true;
        }
        let unregistered = self.config.hubs_need_registration && !account.is_registered(gateway, self.clock.instant());
        account.is_hub(gateway) && (unregistered || self.faults.occurs(Fault::HubSilent))
    }

    fn accounts(&self) -> MutexGuard<'_, Vec<Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The messages that a change of an account publishes.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Vec<Draft>);

impl Outbox {
    pub(crate) fn add(&mut self, draft: Draft) {
        self.0.push(draft);
    }

    /// Sends what it holds even for a gateway that is silent: the cloud says it, not the gateway.
    pub(crate) fn said_by_the_cloud(&mut self) {
        for draft in &mut self.0 {
            draft.always = true;
        }
    }

    /// Merges the properties into a device's state and publishes them. A doorbell with a camera publishes by both of
    /// its names.
    pub(crate) fn set(&mut self, account: &mut Account, id: &str, properties: &Value) {
        let Some(changed) = properties.as_object() else {
            return;
        };
        if let Some(device) = account.device_mut(id) {
            device.set(changed);
        }
        self.tell(account, id, changed);
    }

    /// Publishes properties of a device that are no state of it.
    fn tell(&mut self, account: &Account, id: &str, properties: &Map<String, Value>) {
        let Some(device) = account.device(id) else {
            return;
        };
        let trans_id = unasked(&device.gateway);
        if device.kind == Kind::Doorbell {
            let camera = format!("cameras/{id}");
            let draft = Draft::of_device(account, device, &camera, "is", properties, &trans_id);
            self.add(draft);
        }
        let (resource, topic) = match device.resource() {
            Some(resource) => (resource.clone(), format!("{resource}/is")),
            None => ("basestation".to_owned(), "basestation/is".to_owned()),
        };
        let value = json!({
            "action": "is",
            "from": device.gateway,
            "to": format!("{}_web", account.user_id),
            "resource": resource,
            "transId": trans_id,
            "properties": properties,
        });
        self.add(Draft::of_gateway(account, &device.gateway, &topic, value));
    }
}

/// The `transId` of a message that answers none.
pub(crate) fn unasked(gateway: &str) -> String {
    // Without random bytes the message is sent all the same: clients do not look at this.
    let unique = random::hex::<6>().unwrap_or_default();
    format!("{gateway}!{unique}")
}
