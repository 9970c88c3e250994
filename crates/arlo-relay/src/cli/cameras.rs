//! The arguments of the commands that use an open account: `devices`, `watch`, `mode`, `set`, `snapshot`, `stream`.

use std::path::PathBuf;

use arlo_cameras::UserAgent;
use clap::{Args, ValueEnum};

use super::login::LoginArgs;

pub(super) const DEVICES_EXAMPLE: &str = "\
Example:
  arlo-relay devices --account casey@gmail.com --codes console --session-file ~/.arlo-session.json

For a report of a fault, with identifiers, names, tokens and URLs replaced:
  arlo-relay devices --redacted > devices.json";

pub(super) const WATCH_EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay watch

A JSON object each, of one camera only:
  arlo-relay watch --json --device Garden

It goes on until it is interrupted, and waits where Arlo cannot be reached at the start. It wakes no
camera.";

pub(super) const MODE_EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay mode                      show every base or location with its modes
  arlo-relay mode armAway              choose one
  arlo-relay mode Night --at Cabin     where there are several bases or locations";

pub(super) const SET_EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay set Garden brightness -1
  arlo-relay set Garden privacyActive on
  arlo-relay set \"Path light\" lampState on

With a name that the device does not have, it names those that it has.";

pub(super) const SNAPSHOT_EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay snapshot Garden --to garden.jpg";

pub(super) const STREAM_EXAMPLE: &str = "\
Example, with ARLO_ACCOUNT, ARLO_PASSWORD and ARLO_SESSION_FILE set:
  arlo-relay stream Garden

As pyaarlo's user_agent names it, or with the text that Arlo gets:
  arlo-relay stream Garden --user-agent linux
  arlo-relay stream Garden --user-agent '!My Browser/1.0'

Programs, and the stream that Arlo gives them:
  rtsp  arlo arlo001 iphone android
  hls   ipad mac
  dash  linux firefox
  random is any of these

The URL opens the stream for whoever has it. Arlo ends the stream after half a minute without a
reader. For RTSP a reader must use TCP and must not check the name in the certificate.";

/// What all of these commands take.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// One more certificate authority for the MQTT broker of Arlo's events, as PEM, for a broker that is not Arlo's own
    #[arg(long, value_name = "FILE", env = "ARLO_BROKER_CA_FILE")]
    pub(crate) broker_ca_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Print Arlo's own records as JSON, with identifiers, names, tokens and URLs replaced
    #[arg(long)]
    pub(crate) redacted: bool,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Events of this device only: its name or its id
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// Changes of this attribute only
    #[arg(long, value_name = "ATTRIBUTE", default_value = "*")]
    pub(crate) attribute: String,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ModeArgs {
    /// The mode to choose, by its name or identifier
    pub(crate) name: Option<String>,
    /// The base or the location, by its name or identifier. Needed where there are several
    #[arg(long, value_name = "PLACE")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The device, by its name or its id
    pub(crate) device: String,
    /// The attribute, as Arlo writes it; a dot leads into an object, as in spotlight.enabled
    pub(crate) attribute: String,
    /// The value: a number, on or off, true or false, a word, or JSON
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The camera, by its name or its id
    pub(crate) camera: String,
    /// Where the picture goes. A file that is there is replaced once the new one is complete
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StreamArgs {
    /// The camera, by its name or its id
    pub(crate) camera: String,
    /// How the stream is sent
    #[arg(long, value_enum, default_value_t)]
    pub(crate) kind: StreamKind,
    /// The program that Arlo is told, which decides the kind: a name below, or ! and the text itself
    #[arg(long, value_name = "NAME", conflicts_with = "kind")]
    pub(crate) user_agent: Option<UserAgent>,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

/// How a stream is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamKind {
    /// RTSP in TLS
    #[default]
    Rtsp,
    /// HLS
    Hls,
    /// MPEG-DASH
    Dash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_program_under_its_kind() {
        for (name, kind) in UserAgent::names() {
            let line = STREAM_EXAMPLE
                .lines()
                .find(|line| line.trim_start().starts_with(&format!("{} ", kind.as_str())));
            assert!(line.unwrap().split_whitespace().any(|word| word == name), "{name}");
        }
    }
}
