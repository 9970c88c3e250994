//! What the bridge publishes: announcements and states, each only where this connection has not had it.

use std::collections::BTreeSet;

use arlo_cameras::Id;
use serde_json::json;

use super::Bridge;
use crate::ha;
use crate::thing::{Place, is_available};
use crate::topics::{BRIDGE, object};

impl Bridge {
    /// Publishes all that the broker is to keep.
    pub(super) fn publish_all(&mut self) {
        self.sent.clear();
        self.configs.clear();
        let bridge = ha::bridge(&self.topics, &self.client).to_string();
        self.outbox.state(self.topics.discovery(&object(&self.client)), bridge);
        let all: BTreeSet<Id> = self.things.keys().chain(self.modes.keys()).cloned().collect();
        for device in &all {
            self.publish(device);
        }
        for (device, picture) in &self.pictures {
            self.outbox
                .state(self.topics.state(device.as_str(), "picture"), picture.clone());
        }
        self.publish_list();
        self.publish_stream();
        self.publish_last_event();
        // Last: before it, everything counts as unavailable.
        self.outbox.state(self.topics.status(), "online");
    }

    /// Publishes what is new of a device or location: its announcement, its states, and whether it can be reached.
    pub(super) fn publish(&mut self, id: &Id) {
        let thing = self.things.get(id);
        let place = self.modes.get(id).map(Place::new);
        let config = match (thing, &place) {
            (Some(thing), place) => ha::device(&self.topics, thing, place.as_ref(), &self.things),
            (None, Some(place)) => ha::location(&self.topics, place),
            (None, None) => return,
        };
        let mut states = thing.map(ha::states).unwrap_or_default();
        states.extend(place.iter().flat_map(ha::mode_states));
        let is_available = thing.is_none_or(|thing| is_available(thing, &self.things));
        states.push((
            "availability".to_owned(),
            if is_available { "online" } else { "offline" }.to_owned(),
        ));
        let config = config.to_string();
        if self.configs.get(id) != Some(&config) {
            self.outbox
                .state(self.topics.discovery(&object(id.as_str())), config.clone());
            self.configs.insert(id.clone(), config);
        }
        for (key, state) in states {
            self.publish_state(self.topics.state(id.as_str(), &key), state);
        }
    }

    fn publish_state(&mut self, topic: String, state: String) {
        if self.sent.get(&topic) != Some(&state) {
            self.outbox.state(topic.clone(), state.clone());
            self.sent.insert(topic, state);
        }
    }

    /// Publishes which devices there are, for the next start: what is gone until then is removed then.
    pub(super) fn publish_list(&mut self) {
        if !self.knows_modes {
            return;
        }
        let all: BTreeSet<&Id> = self.things.keys().chain(self.modes.keys()).collect();
        let list = json!({ "client": self.client, "devices": all }).to_string();
        self.publish_state(self.topics.published(), list);
    }

    pub(super) fn publish_stream(&mut self) {
        let is_open = self.account.status().borrow().connected;
        let state = if is_open { "ON" } else { "OFF" };
        self.publish_state(self.topics.state(BRIDGE, "stream"), state.to_owned());
    }

    /// Publishes when Arlo's last message came. An update can come from here: about the connection, for example, or the
    /// end of a motion by time.
    pub(super) fn publish_last_event(&mut self) {
        let last_message = self.account.status().borrow().last_message;
        if let Some(at) = last_message {
            self.publish_state(self.topics.state(BRIDGE, "last_event"), at.to_string());
        }
    }

    /// Removes all that the broker keeps of a device.
    pub(super) fn forget(&mut self, device: &Id) {
        let id = device.as_str();
        self.pictures.remove(device);
        self.fetches.forget(device);
        self.configs.remove(device);
        self.outbox.state(self.topics.discovery(&object(id)), "");
        for key in ha::keys() {
            let topic = self.topics.state(id, &key);
            self.sent.remove(&topic);
            self.outbox.state(topic, "");
        }
    }
}
