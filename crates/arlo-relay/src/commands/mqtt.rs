//! `mqtt`: bridges the account's cameras to an MQTT broker, until it is interrupted.

use std::env;
use std::path::Path;
use std::sync::Arc;

use mqtt_bridge::{Broker, ErrorKind, Prefix, Settings};
use secrecy::SecretString;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::cameras::open_in_time;
use crate::cli::MqttArgs;
use crate::failure::Failure;
use crate::memory;
use crate::output::Output;
use crate::secret_file;

pub(crate) async fn run(args: MqttArgs, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    memory::leave_no_core_file();
    // First the settings: a mistake in them needs no login to Arlo.
    let settings = settings(&args)?;
    let broker = broker(&args)?;
    let account = tokio::select! {
        account = open_in_time(args.account) => Arc::new(account?),
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let ready = |devices: usize| {
        let object = json!({ "ready": true, "broker": broker.to_string(), "devices": devices });
        // Without a reader there is nobody to tell.
        let _ = output.result(&object, || format!("ready broker={broker} devices={devices}"));
    };
    let bridged = mqtt_bridge::run(account, settings, ready, stop).await;
    bridged.map_err(Failure::operation)
}

fn broker(args: &MqttArgs) -> Result<Broker, Failure> {
    args.broker.0.parse().map_err(Failure::usage)
}

fn settings(args: &MqttArgs) -> Result<Settings, Failure> {
    let broker = broker(args)?;
    if broker.is_in_clear() {
        tracing::warn!(
            "the connection to {broker} has no TLS: whoever is on the way reads the password, the states and the \
             pictures, and can send commands"
        );
    }
    let prefix = |flag: &str, text: &str| {
        let prefix = text.parse::<Prefix>();
        prefix.map_err(|error| Failure::usage(format!("{flag}: {error}")))
    };
    let discovery = prefix("--discovery-prefix", &args.discovery_prefix)?;
    let topics = prefix("--topic-prefix", &args.topic_prefix)?;
    let mut settings = Settings::new(broker, discovery, topics);
    if let Some(password) = password(args.broker_password_file.as_deref())? {
        settings = settings.password(password).map_err(wrong)?;
    }
    if let Some(file) = &args.broker_ca {
        settings = settings.authorities(file).map_err(wrong)?;
    }
    if args.no_pictures {
        settings = settings.without_pictures();
    }
    Ok(settings)
}

fn wrong(error: mqtt_bridge::Error) -> Failure {
    match error.kind() {
        ErrorKind::Configuration => Failure::usage(error),
        _ => Failure::operation(error),
    }
}

/// The password of the broker's user: from the environment, else from the file, without the end of its line.
fn password(file: Option<&Path>) -> Result<Option<SecretString>, Failure> {
    if let Ok(password) = env::var("ARLO_RELAY_MQTT_PASSWORD")
        && !password.is_empty()
    {
        return Ok(Some(password.into()));
    }
    file.map(secret_file::password).transpose()
}
