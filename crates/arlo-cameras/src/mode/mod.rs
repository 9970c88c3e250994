//! Modes: what they are called, which one is active, and how another one is chosen.
//!
//! Arlo has three generations of them. The first belongs to a device and is read and set by messages to it. The second
//! belongs to a base and the third to a location, and Arlo's cloud keeps both. A change has succeeded when an event
//! about it comes, or one on which the mode is read again and is the one that was chosen. If none comes in time, the
//! mode is read once more, and if that does not show it either, nothing is known.

mod first;
mod schedule;
mod second;
mod third;

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::device::Device;
use crate::hub::Hub;
use crate::notify::Outcome;
use crate::state::Moment;
use crate::{Error, ErrorKind, Event, Id, Update};

/// Which modes an account or a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// Of a device: Baby, Go and Q.
    First,
    /// Of a base.
    Second,
    /// Of a location.
    Third,
}

/// A mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mode {
    /// Arlo's identifier: `mode1`, `armAway`, or a random one.
    pub id: String,
    /// The name that its owner gave it, or one that Arlo has for it.
    pub name: String,
    /// For a custom mode of a location: the devices under which Arlo keeps it.
    #[serde(skip)]
    pub(crate) custom: Vec<String>,
}

impl Mode {
    fn new(id: &str, name: &str) -> Self {
        let name = crate::device::printable(name);
        Self {
            name: if name.is_empty() || name.starts_with("__") {
                id.to_owned()
            } else {
                name
            },
            id: id.to_owned(),
            custom: Vec::new(),
        }
    }
}

/// The modes of one base or location.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Modes {
    /// The base or the location.
    pub at: Id,
    /// Its name.
    pub name: String,
    /// How Arlo keeps them.
    pub generation: Generation,
    /// The identifier of the active one, also if a schedule has chosen it; `None` if it is not known.
    pub active: Option<String>,
    /// The active schedule of a base.
    pub schedule: Option<String>,
    /// When another mode may become active by the schedule. Nothing tells it, so read the modes again then.
    #[serde(skip)]
    pub changes_at: Option<Timestamp>,
    /// All of them.
    pub modes: Vec<Mode>,
}

impl Modes {
    /// The active mode.
    #[must_use]
    pub fn active_mode(&self) -> Option<&Mode> {
        let active = self.active.as_ref()?;
        self.modes.iter().find(|mode| mode.id == *active)
    }

    /// The mode of this name or identifier.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownMode`], with the names that there are.
    pub fn find(&self, name: &str) -> Result<&Mode, Error> {
        let by_id = self.modes.iter().find(|mode| mode.id == name);
        let mut by_name = self
            .modes
            .iter()
            .filter(|mode| mode.name.to_lowercase() == name.trim().to_lowercase());
        match (by_id, by_name.next(), by_name.next()) {
            (Some(mode), ..) | (None, Some(mode), None) => Ok(mode),
            (None, Some(_), Some(_)) => Err(Error::new(
                ErrorKind::UnknownMode,
                format!("{} has several modes {name:?}: name one by its identifier", self.name),
            )),
            (None, None, _) => {
                let names: Vec<&str> = self.modes.iter().map(|mode| mode.name.as_str()).collect();
                let message = format!("{} has no mode {name:?}: it has {}", self.name, names.join(", "));
                Err(Error::new(ErrorKind::UnknownMode, message))
            }
        }
    }
}

/// For the fuzz targets: the modes that an answer of any kind gives, what its schedule has at a time, and when that
/// changes.
#[cfg(feature = "testing")]
pub(crate) fn read_any(answer: &Value, now: Timestamp) -> (Vec<Mode>, Option<String>, Option<Timestamp>) {
    let zone = schedule::zone(answer, None);
    (
        third::modes(answer),
        schedule::mode(answer, zone, now),
        schedule::next_change(answer, zone, now),
    )
}

/// Whether the account's modes are those of locations.
pub(crate) fn is_third(hub: &Hub) -> bool {
    let session = hub.keeper.session();
    session.details().get("supportsMultiLocation").and_then(Value::as_bool) == Some(true)
}

/// The devices whose modes are their own, and the bases whose modes Arlo's cloud keeps.
fn bases(hub: &Hub) -> (Vec<Device>, Vec<Device>) {
    let state = hub.state();
    let bases = state
        .devices
        .values()
        .filter(|device| device.is_base && device.gateway == device.id);
    bases.cloned().partition(Device::has_first_modes)
}

/// What was read at several places. One that cannot be read takes nothing from the others.
struct Readings<'a, T> {
    hub: &'a Hub,
    read: Vec<T>,
    /// Why the first place could not be read that could not.
    error: Option<Error>,
}

impl<'a, T> Readings<'a, T> {
    fn new(hub: &'a Hub) -> Self {
        Self {
            hub,
            read: Vec::new(),
            error: None,
        }
    }

    /// Adds what was read at these places. Of failures in a row at one place the first is logged.
    fn add<'i>(&mut self, at: impl IntoIterator<Item = &'i Id>, result: Result<T, Error>) {
        let mut unread = self.hub.unread_modes.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(read) => {
                for at in at {
                    unread.remove(at);
                }
                self.read.push(read);
            }
            Err(error) => {
                for at in at {
                    if unread.insert(at.clone()) {
                        tracing::warn!(%at, %error, "the modes cannot be read here");
                    }
                }
                self.error.get_or_insert(error);
            }
        }
    }

    /// All that was read.
    ///
    /// # Errors
    /// The first error, if nothing was read.
    fn end(self) -> Result<Vec<T>, Error> {
        match self.error {
            Some(error) if self.read.is_empty() => Err(error),
            _ => Ok(self.read),
        }
    }
}

/// Reads the active modes into the state.
///
/// # Errors
/// If none could be read.
pub(crate) async fn refresh(hub: &Hub) -> Result<(), Error> {
    let (own, kept) = bases(hub);
    let mut readings = Readings::new(hub);
    if is_third(hub) {
        let locations: Vec<Id> = hub.state().locations.keys().cloned().collect();
        for location in locations {
            readings.add([&location], third::read_active(hub, &location).await);
        }
    } else if !kept.is_empty() {
        let read = second::read_active(hub, &kept).await;
        readings.add(kept.iter().map(|base| &base.id), read);
    }
    for device in own {
        // The answer comes as an event.
        readings.add([&device.id], first::ask(hub, &device).await);
    }
    readings.end().map(drop)
}

/// All modes with their names, without the places where they cannot be read. A device whose modes are its own and that
/// does not answer has those that were known before.
///
/// # Errors
/// If none could be read.
pub(crate) async fn read(hub: &Hub) -> Result<Vec<Modes>, Error> {
    let mut readings = Readings::new(hub);
    let (own, kept) = bases(hub);
    if is_third(hub) {
        let locations: Vec<(Id, String)> = {
            let state = hub.state();
            let all = state.locations.values();
            all.map(|location| (location.id.clone(), location.name.clone()))
                .collect()
        };
        for (location, name) in locations {
            readings.add([&location], third::read(hub, &location, &name).await);
        }
    } else {
        let active = match kept.is_empty() {
            true => Ok(()),
            false => second::read_active(hub, &kept).await,
        };
        match active {
            Ok(()) => {
                for base in kept {
                    readings.add([&base.id], second::read(hub, &base).await);
                }
            }
            Err(error) => readings.add(kept.iter().map(|base| &base.id), Err(error)),
        }
    }
    let mut remembered = Vec::new();
    for device in own {
        let read = first::read(hub, &device).await;
        if read.is_err() {
            remembered.extend(first::remembered(hub, &device));
        }
        readings.add([&device.id], read);
    }
    let mut all = readings.end()?;
    all.extend(remembered);
    Ok(all)
}

/// Chooses a mode, and waits until Arlo says so.
pub(crate) async fn choose(hub: &Hub, at: &Modes, mode: &Mode) -> Result<Outcome, Error> {
    match at.generation {
        Generation::First => first::choose(hub, &at.at, mode).await,
        Generation::Second => second::choose(hub, &at.at, mode).await,
        Generation::Third => third::choose(hub, &at.at, mode).await,
    }
}

/// The base of this identifier.
fn base(hub: &Hub, id: &Id) -> Result<Device, Error> {
    let base = hub.state().devices.get(id).cloned();
    base.ok_or_else(|| {
        Error::new(
            ErrorKind::UnknownDevice,
            format!("the account no longer has the device {id}"),
        )
    })
}

/// Whether the update says that this mode is active there. A guest of a location gets no event that names the mode, but
/// one on which it is read again.
fn says(update: &Update, at: &Id, mode: &Mode) -> bool {
    let mut changes = update.changes.iter();
    let is_changed =
        changes.any(|change| change.device == *at && change.attribute == "activeMode" && change.new == mode.id);
    is_changed || update.events.iter().any(
        |event| matches!(event, Event::Mode { at: there, mode: Some(active), .. } if there == at && *active == mode.id),
    )
}

/// The mode that the state has as the active one, unless a schedule has chosen it.
pub(crate) fn active(hub: &Hub, at: &Id) -> Option<String> {
    let (mode, schedule, _) = known(hub, at);
    mode.filter(|_| schedule.is_none())
}

/// The active mode, schedule and revision that the state has.
fn known(hub: &Hub, at: &Id) -> (Option<String>, Option<String>, Option<i64>) {
    let state = hub.state();
    let device = state.devices.get(at).map(|device| &device.attributes);
    let attributes = device.or_else(|| state.locations.get(at).map(|location| &location.attributes));
    let text = |key: &str| Some(attributes?.get(key)?.as_str()?.to_owned());
    let revision = attributes.and_then(|all| all.get("revision")?.as_i64());
    (text("activeMode"), text("activeSchedule"), revision)
}

/// Takes over what was asked for at a moment, as a message of the stream would.
fn learn(hub: &Hub, at: &Id, mode: Option<&str>, schedule: Option<&str>, revision: Option<i64>, asked: Moment) {
    let message = crate::message::mode_read(at, mode, schedule, revision, asked);
    hub.publish(message);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modes() -> Modes {
        let modes = vec![
            Mode::new("mode0", ""),
            Mode::new("mode1", "Armed"),
            Mode::new("armHome", "__DEFAULT_ARMED__"),
            Mode::new("m2", "Night"),
            Mode::new("m3", "night"),
        ];
        Modes {
            at: Id::parse("B1").unwrap(),
            name: "Home".into(),
            generation: Generation::Second,
            active: Some("mode1".into()),
            schedule: None,
            changes_at: None,
            modes,
        }
    }

    #[test]
    fn a_mode_is_found_by_its_name_or_its_identifier() {
        let modes = modes();
        for (name, id) in [
            ("armed", "mode1"),
            (" Armed ", "mode1"),
            ("mode1", "mode1"),
            ("mode0", "mode0"),
            ("m3", "m3"),
        ] {
            assert_eq!(modes.find(name).unwrap().id, id, "{name}");
        }
        assert_eq!(modes.find("armHome").unwrap().name, "armHome");
        assert_eq!(modes.active_mode().unwrap().name, "Armed");
    }

    #[test]
    fn an_unknown_mode_and_one_of_two_are_named() {
        let error = modes().find("party").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownMode);
        assert!(
            error.to_string().contains("\"party\"") && error.to_string().contains("Armed"),
            "{error}"
        );
        assert!(modes().find("NIGHT").unwrap_err().to_string().contains("several"));
    }
}
