//! The arguments: one file for each command.
//!
//! Each setting is written down here and nowhere else. Help, man page and completions come from these definitions; the
//! environment and the settings file ([`crate::settings`]) feed them too.

mod app;
mod backup;
mod cameras;
mod deliver;
mod demo;
mod deployment;
mod doctor;
mod enroll;
mod extract;
mod healthcheck;
mod invite;
mod login;
mod mailbox;
mod mqtt;
mod record;
mod serve;
mod setup;
mod unrepeated;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use app::AppArgs;
pub(crate) use backup::{BackupArgs, RestoreArgs};
pub(crate) use cameras::{
    AccountArgs, DevicesArgs, ModeArgs, SetArgs, SnapshotArgs, StreamArgs, StreamKind, WatchArgs,
};
pub(crate) use deliver::{DeliverArgs, MailUrl};
pub(crate) use demo::DemoArgs;
pub(crate) use deployment::{DATA_DIR, DATA_OF_THE_SYSTEM, DataDirArgs, LocalRelayArgs};
pub(crate) use doctor::DoctorArgs;
pub(crate) use enroll::{EnrollArgs, Named};
pub(crate) use extract::ExtractArgs;
pub(crate) use healthcheck::HealthcheckArgs;
pub(crate) use invite::InviteArgs;
pub(crate) use login::{CodesFrom, LoginArgs};
pub(crate) use mailbox::{LoginMailboxArgs, MailboxArgs, ServeMailboxArgs};
pub(crate) use mqtt::MqttArgs;
pub(crate) use record::RecordArgs;
pub(crate) use serve::{DEFAULT_HTTP, ServeArgs};
pub(crate) use setup::{MailWay, SetupArgs, SetupAwsArgs, SetupMachineArgs, SetupOn};

/// Receives the mail with Arlo's login code and hands the code to the login that waits for it.
///
/// Settings are taken from a flag, else from the environment variable that the flag's help names, else from the file
/// given by --config. Secrets are never taken from a flag.
#[derive(Debug, Parser)]
#[command(name = "arlo-relay", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    /// A TOML file with settings of serve and deliver; docs/settings.md lists them
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// How much is logged to standard error [default: info for serve, mqtt and app, warn for everything else]
    #[arg(long, value_name = "LEVEL", env = "ARLO_RELAY_LOG", global = true)]
    pub(crate) log: Option<LogLevel>,
    /// The form of the log [default: text, or journald where standard error goes to systemd's journal]
    #[arg(long, value_name = "FORM", env = "ARLO_RELAY_LOG_FORMAT", global = true)]
    pub(crate) log_format: Option<LogFormat>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for a person
    Text,
    /// A JSON object a line
    Json,
    /// Entries of systemd's journal, with a field RELAY_… for each field of a line
    Journald,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up a relay: settings, enrolment, checks
    #[command(after_help = setup::EXAMPLE)]
    Setup(Box<SetupArgs>),
    /// Run the whole relay on this machine
    #[command(after_help = serve::EXAMPLE)]
    Serve(Box<ServeArgs>),
    /// Enrol an account, or list, revoke and rotate enrolments
    #[command(after_help = enroll::EXAMPLE)]
    Enroll(EnrollArgs),
    /// Invite strangers to enrol themselves
    #[command(after_help = invite::EXAMPLE)]
    Invite(InviteArgs),
    /// Write a backup of the data directory, also while serve runs
    #[command(after_help = backup::BACKUP_EXAMPLE)]
    Backup(BackupArgs),
    /// Restore the data directory from a backup
    #[command(after_help = backup::RESTORE_EXAMPLE)]
    Restore(RestoreArgs),
    /// Show what the relay makes of one raw mail
    #[command(after_help = extract::EXAMPLE)]
    Extract(ExtractArgs),
    /// Hand one mail from a mail server's pipe to the relay
    #[command(after_help = deliver::EXAMPLE)]
    Deliver(DeliverArgs),
    /// Log in to Arlo
    #[command(after_help = login::LOGIN_EXAMPLE)]
    Login(LoginArgs),
    /// List the account's devices
    #[command(after_help = cameras::DEVICES_EXAMPLE)]
    Devices(Box<DevicesArgs>),
    /// Print the account's events as they come
    #[command(after_help = cameras::WATCH_EXAMPLE)]
    Watch(Box<WatchArgs>),
    /// Show the modes, or choose one
    #[command(after_help = cameras::MODE_EXAMPLE)]
    Mode(Box<ModeArgs>),
    /// Change a setting of a device
    #[command(after_help = cameras::SET_EXAMPLE)]
    Set(Box<SetArgs>),
    /// Take a picture
    #[command(after_help = cameras::SNAPSHOT_EXAMPLE)]
    Snapshot(Box<SnapshotArgs>),
    /// Keep the account's recordings and snapshots on disk
    #[command(after_help = record::EXAMPLE)]
    Record(Box<RecordArgs>),
    /// Bridge the cameras to an MQTT broker, for Home Assistant
    #[command(after_help = mqtt::EXAMPLE)]
    Mqtt(Box<MqttArgs>),
    /// Start a camera's live stream and print its URL
    #[command(after_help = cameras::STREAM_EXAMPLE)]
    Stream(Box<StreamArgs>),
    /// Check a deployment end to end, and show what is wrong and how to repair it
    #[command(after_help = doctor::EXAMPLE)]
    Doctor(DoctorArgs),
    /// Run the relay and the cameras as an app of Home Assistant
    #[command(after_help = app::EXAMPLE)]
    App(AppArgs),
    /// Ask the relay of this machine whether it can serve: for containers and monitors
    #[command(after_help = healthcheck::EXAMPLE)]
    Healthcheck(HealthcheckArgs),
    /// Show the whole story in one terminal, with a simulated Arlo
    #[command(after_help = demo::EXAMPLE)]
    Demo(DemoArgs),
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLE)]
    Man(ManArgs),
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page for each command into this directory instead
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  arlo-relay completions bash > /etc/bash_completion.d/arlo-relay";

const MAN_EXAMPLE: &str = "\
Examples:
  arlo-relay man > arlo-relay.1 && man ./arlo-relay.1
  arlo-relay man --dir /usr/local/share/man/man1";

impl Command {
    /// Whether the result is wanted as one JSON object.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Setup(args) => args.machine.json,
            Self::Enroll(args) => args.json,
            Self::Invite(args) => args.json,
            Self::Backup(args) => args.json,
            Self::Restore(args) => args.json,
            Self::Extract(args) => args.json,
            Self::Deliver(args) => args.json,
            Self::Login(args) => args.json,
            Self::Devices(args) => args.account.login.json || args.redacted,
            Self::Watch(args) => args.account.login.json,
            Self::Mode(args) => args.account.login.json,
            Self::Set(args) => args.account.login.json,
            Self::Snapshot(args) => args.account.login.json,
            Self::Record(args) => args.account.login.json,
            Self::Mqtt(args) => args.account.login.json,
            Self::Stream(args) => args.account.login.json,
            Self::Doctor(args) => args.json,
            Self::Demo(args) => args.json,
            Self::Serve(_) | Self::App(_) | Self::Healthcheck(_) | Self::Completions { .. } | Self::Man(_) => false,
        }
    }

    /// What is logged if neither the arguments nor the settings set it.
    pub(crate) fn default_log(&self) -> LogLevel {
        if matches!(self, Self::Serve(_) | Self::Mqtt(_) | Self::App(_)) {
            LogLevel::Info
        } else {
            LogLevel::Warn
        }
    }
}

/// What can be understood of the arguments, even if they are wrong or ask for help.
fn understood(arguments: impl IntoIterator<Item = OsString>) -> Option<ArgMatches> {
    let help = clap::Arg::new("help")
        .long("help")
        .short('h')
        .global(true)
        .action(ArgAction::SetTrue);
    let command = Cli::command().ignore_errors(true).disable_help_flag(true).arg(help);
    command.try_get_matches_from(arguments).ok()
}

/// Whether the arguments are those of `deliver`, even if they are wrong.
pub(crate) fn is_delivery(arguments: impl IntoIterator<Item = OsString>) -> bool {
    understood(arguments).is_some_and(|matches| matches.subcommand_name() == Some("deliver"))
}

/// The settings file that the arguments or the environment name, even if the arguments are wrong.
pub(crate) fn settings_file(arguments: impl IntoIterator<Item = OsString>) -> Option<PathBuf> {
    understood(arguments)?.get_one("config").cloned()
}
