//! The arguments of `mqtt`.

use std::path::PathBuf;

use clap::Args;

use super::cameras::AccountArgs;

pub(super) const EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay mqtt --broker mqtt://localhost

With a user, whose password comes from the environment or a file, and TLS:
  export ARLO_RELAY_MQTT_PASSWORD=…
  arlo-relay mqtt --broker mqtts://arlo@broker.lan --broker-ca ca.pem

It goes on until it is interrupted, and prints one line `ready broker=… devices=N` once the broker
has the devices. Where Arlo cannot be reached at the start it waits. It wakes no camera, except for a
picture that somebody asks for. Who may publish to the broker operates the cameras: docs/mqtt.md says
how to limit that.";

#[derive(Debug, Args)]
pub(crate) struct MqttArgs {
    /// The broker: mqtt://HOST, mqtt://USER@HOST:PORT, or mqtts://… for TLS. The password comes from
    /// ARLO_RELAY_MQTT_PASSWORD, or from --broker-password-file
    // Read later: clap's own error would repeat a password that does not belong there.
    #[arg(long, value_name = "URL", env = "ARLO_RELAY_MQTT_BROKER", hide_env_values = true)]
    pub(crate) broker: Hidden,
    /// A file that holds the password of the broker's user. ARLO_RELAY_MQTT_PASSWORD goes before it
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_MQTT_PASSWORD_FILE")]
    pub(crate) broker_password_file: Option<PathBuf>,
    /// Trust only the certificate authorities in this PEM file for --broker. Without it, the public ones
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_MQTT_CA")]
    pub(crate) broker_ca: Option<PathBuf>,
    /// Where Home Assistant looks for devices
    #[arg(long, value_name = "TOPIC", default_value = "homeassistant")]
    pub(crate) discovery_prefix: String,
    /// The first level of the bridge's own topics. Each account needs its own
    #[arg(long, value_name = "TOPIC", default_value = "arlo-relay")]
    pub(crate) topic_prefix: String,
    /// Publish no pictures
    #[arg(long)]
    pub(crate) no_pictures: bool,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

/// Text that may be a secret by mistake: `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}
