//! `devices`: what the account has, with what each device says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use arlo_cameras::{Account, Device, Id, MediaKind, Recording, StreamChoice, redacted};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::open;
use crate::cli::DevicesArgs;
use crate::commands::table;
use crate::failure::Failure;
use crate::output::Output;

/// How long bases may take to tell the state of the devices behind them.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);
/// How far back the last recording is looked for.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(crate) async fn devices(args: DevicesArgs, output: &Output) -> Result<(), Failure> {
    if args.redacted {
        let account = open(args.account, StreamChoice::Off).await?;
        let raw = account.raw_devices().await.map_err(Failure::operation)?;
        return output.line(&format!("{:#}", redacted(&raw)));
    }
    let account = open(args.account, StreamChoice::Auto).await?;
    if !account.settled(SETTLED_WITHIN).await {
        tracing::info!("a base has not told the state of its devices in time");
    }
    let recordings = recordings(&account).await;
    let devices = account.devices();
    let shown: Vec<Value> = devices
        .iter()
        .map(|device| object(device, recordings.as_ref()))
        .collect();
    output.result(&json!({ "devices": shown }), || listed(&devices, recordings.as_ref()))
}

/// What is told of a device's recordings.
#[derive(Default)]
struct OfDevice {
    last: Option<Timestamp>,
    today: usize,
}

/// The recordings of the last days, by device. `None` where Arlo does not say.
async fn recordings(account: &Account) -> Option<BTreeMap<Id, OfDevice>> {
    let now = account.now();
    let from = now.saturating_sub(LOOK_BACK).ok()?;
    let to = now.saturating_add(SignedDuration::from_hours(1)).ok()?;
    let listed: Vec<Recording> = match account.library(from, to).await {
        Ok(listed) => listed,
        Err(error) => {
            tracing::warn!("the recordings cannot be listed: {error}");
            return None;
        }
    };
    let today = now.to_zoned(TimeZone::system()).date();
    let mut of_devices = BTreeMap::<Id, OfDevice>::new();
    for recording in listed.iter().filter(|recording| recording.kind == MediaKind::Recording) {
        let of = of_devices.entry(recording.device.clone()).or_default();
        of.last = Some(recording.created());
        if recording.created().to_zoned(TimeZone::system()).date() == today {
            of.today += 1;
        }
    }
    Some(of_devices)
}

fn object(device: &Device, recordings: Option<&BTreeMap<Id, OfDevice>>) -> Value {
    let of = recordings.and_then(|all| all.get(&device.id));
    let today = recordings
        .filter(|_| device.has_camera())
        .map(|_| of.map_or(0, |of| of.today));
    json!({
        "device_id": device.id,
        "name": device.name,
        "kind": device.kind,
        "device_type": device.device_type,
        "model": device.model,
        "parent": device.gateway,
        "is_base": device.is_base,
        "battery": device.battery(),
        "signal": device.signal(),
        "last_recording": of.and_then(|of| of.last),
        "recordings_today": today,
        "attributes": device.attributes,
    })
}

/// The devices as a person reads them.
fn listed(devices: &[Device], recordings: Option<&BTreeMap<Id, OfDevice>>) -> String {
    if devices.is_empty() {
        return "The account has no devices.".to_owned();
    }
    let header = [
        "name",
        "kind",
        "model",
        "battery",
        "signal",
        "last recording",
        "today",
        "device id",
    ];
    let mut table = table(&header);
    for device in devices {
        let of = recordings.and_then(|all| all.get(&device.id));
        let today = recordings.filter(|_| device.has_camera());
        table.add_row([
            device.name.clone(),
            device.kind.as_str().to_owned(),
            device.model.clone(),
            device.battery().map(|level| format!("{level} %")).unwrap_or_default(),
            device.signal().map(|signal| signal.to_string()).unwrap_or_default(),
            of.and_then(|of| of.last).map(local).unwrap_or_default(),
            today
                .map(|_| of.map_or(0, |of| of.today).to_string())
                .unwrap_or_default(),
            device.id.to_string(),
        ]);
    }
    table.to_string()
}

/// A time as the machine's user reads it.
fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
