//! What an account's event stream says, in types.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{Id, MediaKind, MediaUrl};

/// One event of the stream. What has no type of its own is [`Other`](Event::Other), with the JSON as it came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A camera saw motion begin or end. The end follows after a minute at most, also where Arlo's own is lost.
    Motion {
        /// The camera or doorbell.
        device: Id,
        /// Whether the motion is there now.
        active: bool,
    },
    /// A camera heard a sound begin or end.
    Sound {
        /// The camera.
        device: Id,
        /// Whether the sound is there now.
        active: bool,
    },
    /// Somebody pressed the button of a doorbell.
    Ring {
        /// The doorbell.
        device: Id,
    },
    /// What a camera does now: `idle`, `userStreamActive`, `alertStreamActive` while it records …
    Activity {
        /// The camera.
        device: Id,
        /// Arlo's word.
        state: String,
    },
    /// A device reported properties, of which those above are part. [`Change`](crate::Change) has what is different.
    Properties {
        /// The device.
        device: Id,
        /// What it reported.
        properties: Map<String, Value>,
    },
    /// A base, or another device that is asked regularly, is there.
    Reachable {
        /// The device.
        device: Id,
    },
    /// The mode of a base or of a location.
    Mode {
        /// The base, or on accounts of the third generation the location.
        at: Id,
        /// The mode's identifier; `None` if a schedule without a mode is active.
        mode: Option<String>,
        /// The active schedule of a base.
        schedule: Option<String>,
        /// The number that the next change of a location's mode must name.
        revision: Option<i64>,
    },
    /// The modes were edited, or changed in a way that the event does not say.
    ModesOutdated,
    /// A picture that was asked for is ready.
    Picture {
        /// The camera.
        device: Id,
        /// Where it is.
        url: MediaUrl,
    },
    /// Arlo is keeping a recording or a picture. There are two such events for a recording, when it begins and when it
    /// has ended.
    Media(MediaEvent),
    /// Arlo found something in a recording: `Person`, `Vehicle`, `Animal`, `Package`. It needs a plan.
    Detected {
        /// The camera.
        device: Id,
        /// What it found.
        objects: Vec<String>,
        /// When the recording was made.
        created: Option<Timestamp>,
    },
    /// A device reports that it could not do something.
    Fault {
        /// The device.
        device: Id,
        /// Arlo's number.
        code: Option<i64>,
    },
    /// The stream is open and its topics are subscribed. What happened before it is read again.
    Connected {
        /// How many topics Arlo refused.
        refused: usize,
        /// Whether nothing of the devices can be heard, because Arlo refused all of their topics.
        deaf: bool,
    },
    /// The stream is closed, and will be opened again.
    Disconnected {
        /// Why, in words.
        reason: String,
    },
    /// A device that is asked regularly has not answered for several minutes.
    Silent {
        /// The device.
        device: Id,
    },
    /// Another client logged out, or Arlo ended this session.
    LoggedOut,
    /// The session is lost and cannot be renewed without a person.
    SessionLost {
        /// Why, in words.
        reason: String,
    },
    /// The reader was so slow that events were dropped. [`Account::devices`](crate::Account::devices) has the state.
    Missed {
        /// How many.
        count: u64,
    },
    /// A message of a kind that this crate does not know, as it came. It may contain URLs of recordings.
    Other(Value),
}

/// A recording or a picture that Arlo is keeping, from the event about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaEvent {
    /// The camera.
    pub device: Id,
    /// Recording or picture.
    pub kind: MediaKind,
    /// Whether it is complete. The library has it some seconds later.
    pub complete: bool,
    /// The video or picture. Absent until it is complete.
    pub url: Option<MediaUrl>,
    /// The small picture.
    pub thumbnail: Option<MediaUrl>,
}

impl Event {
    /// Takes an attribute out of it that is no longer true. Gives whether it still says something.
    pub(crate) fn without(&mut self, id: &Id, attribute: &str) -> bool {
        match self {
            Self::Properties { device, properties } if device == id => {
                properties.remove(attribute);
                // Also an empty one shows that the device is there.
                true
            }
            Self::Motion { device, .. } => device != id || attribute != "motionDetected",
            Self::Sound { device, .. } => device != id || attribute != "audioDetected",
            Self::Activity { device, .. } => device != id || attribute != "activityState",
            Self::Mode { at, .. } => at != id || attribute != "activeMode",
            _ => true,
        }
    }

    /// The device or location that it is about.
    #[must_use]
    pub fn device(&self) -> Option<&Id> {
        match self {
            Self::Motion { device, .. }
            | Self::Sound { device, .. }
            | Self::Ring { device }
            | Self::Activity { device, .. }
            | Self::Properties { device, .. }
            | Self::Reachable { device }
            | Self::Mode { at: device, .. }
            | Self::Picture { device, .. }
            | Self::Detected { device, .. }
            | Self::Fault { device, .. }
            | Self::Silent { device } => Some(device),
            Self::Media(media) => Some(&media.device),
            Self::ModesOutdated
            | Self::Connected { .. }
            | Self::Disconnected { .. }
            | Self::LoggedOut
            | Self::SessionLost { .. }
            | Self::Missed { .. }
            | Self::Other(_) => None,
        }
    }
}
