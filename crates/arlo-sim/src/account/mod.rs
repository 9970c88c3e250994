//! The state of one account: its devices with their live properties, its modes, its library, and which hubs a client
//! has registered with.

mod device;
mod library;
mod modes;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(crate) use device::{Device, Kind, Stream};
pub(crate) use library::{Item, Library, What, day};
pub(crate) use modes::{Active, Modes, location_modes};

use crate::config::{Generation, User};

/// How long a hub publishes after a registration.
const REGISTRATION: Duration = Duration::from_secs(2 * 60);

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) generation: Generation,
    pub(crate) devices: Vec<Device>,
    /// Records that are no objects with an id: listed as they are.
    strange: Vec<Value>,
    pub(crate) mode_definitions: Vec<Value>,
    pub(crate) schedules: Vec<Value>,
    pub(crate) modes: Modes,
    pub(crate) library: Library,
    /// When a client last registered with a hub, by its id.
    registered: HashMap<String, Instant>,
}

impl Account {
    pub(crate) fn new(user_id: String, user: &User, now: Timestamp) -> Self {
        let (mut devices, mut strange) = (Vec::new(), Vec::new());
        for record in &user.devices {
            match Device::new(record, &user_id) {
                Some(device) => devices.push(device),
                None => strange.push(record.clone()),
            }
        }
        let gateways = devices
            .iter()
            .filter(|device| device.is_gateway())
            .map(|device| device.id.clone());
        Self {
            modes: Modes::new(gateways, &user.modes, now.as_millisecond()),
            user_id,
            generation: user.generation,
            devices,
            strange,
            mode_definitions: user.modes.clone(),
            schedules: user.schedules.clone(),
            library: Library::default(),
            registered: HashMap::new(),
        }
    }

    /// The answer of the device list. `sign` makes a URL of a path.
    pub(crate) fn listed(&self, topics: bool, sign: impl Fn(&str) -> String) -> Vec<Value> {
        let known = self.devices.iter().map(|device| {
            let awake = device.is_gateway() || self.registered.contains_key(&device.gateway);
            let mut record = device.listed(awake, topics);
            if let Some(path) = &device.last_image {
                record.insert("presignedLastImageUrl".to_owned(), sign(path).into());
            }
            record.into()
        });
        known.chain(self.strange.iter().cloned()).collect()
    }

    pub(crate) fn device(&self, id: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    pub(crate) fn device_mut(&mut self, id: &str) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    /// The device that an event's or a message's resource names, as `cameras/<id>`.
    pub(crate) fn of_resource(&mut self, resource: &str) -> Option<&mut Device> {
        let (kind, id) = resource.split_once('/')?;
        let id = id.split('/').next().unwrap_or(id);
        let is = |device: &Device| {
            device.id == id && (device.kind.resource() == Some(kind) || (kind == "cameras" && device.kind.sees()))
        };
        let named = self.devices.iter().position(is);
        // A camera's own siren is no device of its own.
        let place = named.or_else(|| {
            self.devices
                .iter()
                .position(|device| kind == "siren" && device.id == id)
        })?;
        self.devices.get_mut(place)
    }

    pub(crate) fn gateways(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(|device| device.is_gateway())
    }

    /// The xCloudId of a gateway.
    pub(crate) fn xcloud(&self, gateway: &str) -> String {
        self.device(gateway)
            .map(|device| device.xcloud.clone())
            .unwrap_or_default()
    }

    /// Whether the gateway is a hub, which serves other devices and publishes to registered clients.
    pub(crate) fn is_hub(&self, gateway: &str) -> bool {
        self.device(gateway).is_some_and(|device| device.kind == Kind::Base)
    }

    pub(crate) fn register(&mut self, gateway: &str, now: Instant) {
        self.registered.insert(gateway.to_owned(), now);
    }

    pub(crate) fn is_registered(&self, gateway: &str, now: Instant) -> bool {
        let at = self.registered.get(gateway);
        at.is_some_and(|at| now.saturating_duration_since(*at) < REGISTRATION)
    }

    /// The state of a hub and its children, in the form of the event `devices`.
    pub(crate) fn children(&self, gateway: &str) -> Map<String, Value> {
        let of_it = self
            .devices
            .iter()
            .filter(|device| device.gateway == gateway && device.kind != Kind::Siren);
        let state = |device: &Device| {
            let state = json!({ "properties": device.properties(), "states": {} });
            (device.id.clone(), state)
        };
        of_it.map(state).collect()
    }

    /// The one location of the account.
    pub(crate) fn location(&self) -> Value {
        // Arlo writes the owner before the id; clients match the end.
        let gateways: Vec<_> = self
            .gateways()
            .map(|device| format!("{}_{}", self.user_id, device.id))
            .collect();
        json!({ "locationId": self.location_id(), "locationName": "Home", "gatewayDeviceIds": gateways })
    }

    pub(crate) fn location_id(&self) -> String {
        format!("{}-LOCATION", self.user_id)
    }
}
