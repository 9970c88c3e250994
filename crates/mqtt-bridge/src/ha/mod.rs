//! What Home Assistant is told of a device, and what its answers mean: tables and functions, no input and no output.
//!
//! Home Assistant's side is the MQTT integration with discovery by device (from 2024.11 on): one retained message for
//! each device, with a component for each entity.

mod command;
mod discovery;
mod entity;
mod mode;
mod state;

pub(crate) use self::command::{Action, MAX_PAYLOAD, command};
pub(crate) use self::discovery::{bridge, device, location};
pub(crate) use self::entity::keys;
pub(crate) use self::mode::states as mode_states;
pub(crate) use self::state::states;
