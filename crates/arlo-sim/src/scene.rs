//! Plays a script: what happens in the house and in the cloud, at the pace that the configuration says.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::account::{Account, Kind};
use crate::config::{Generation, UserIndex};
use crate::error::Error;
use crate::event::{Draft, Event, Message};
use crate::pictures::{self, Recording};
use crate::publish::Outbox;
use crate::script::{Act, Script};
use crate::state::Shared;
use crate::{v2, v3};

/// Plays the lines one after the other. The first that cannot be played ends it.
pub(crate) async fn play(shared: &Arc<Shared>, user: UserIndex, script: &Script) -> Result<(), Error> {
    for (line, act) in script.acts() {
        let played = perform(shared, user, act).await;
        played.map_err(|reason| Error::script(format!("line {line}: {reason}")))?;
    }
    Ok(())
}

async fn perform(shared: &Arc<Shared>, user: UserIndex, act: &Act) -> Result<(), String> {
    match act {
        Act::Wait(time) => pause(shared, *time).await?,
        Act::Advance(time) => shared.clock.advance(*time),
        Act::Motion { device, time } => passing(shared, user, device, "motionDetected", *time).await?,
        Act::Sound { device, time } => passing(shared, user, device, "audioDetected", *time).await?,
        Act::Ring { device } => ring(shared, user, device)?,
        Act::Record { device, time, object } => record(shared, user, device, *time, object.as_deref()).await?,
        Act::Snapshot { device } => snapshot(shared, user, device).await?,
        Act::Set { device, properties } => {
            let properties = Value::Object(properties.clone());
            on_device(shared, user, device, |_, account, outbox, id| {
                outbox.set(account, id, &properties);
                Ok(())
            })?;
        }
        Act::Offline { device } => connection(shared, user, device, false)?,
        Act::Online { device } => connection(shared, user, device, true)?,
        Act::Mode(name) => mode(shared, user, name)?,
        Act::FaultOn { fault, times: None } => shared.faults.set(*fault),
        Act::FaultOn {
            fault,
            times: Some(times),
        } => shared.faults.set_times(*fault, *times),
        Act::FaultOff(Some(fault)) => shared.faults.clear(*fault),
        Act::FaultOff(None) => shared.faults.clear_all(),
        Act::History { device, count, every } => history(shared, user, device, *count, *every)?,
        Act::Send { topic, text } => {
            shared.with_account(user, |account, _| {
                let topic = format!("u/{}/in/{topic}", account.user_id);
                // Without an open stream there is no receiver.
                let _ = shared
                    .events
                    .send(Event::Message(user, Arc::new(Message::verbatim(topic, text))));
            });
        }
        Act::ExpireUrls => shared.void_urls(),
        Act::DropStreams => drop_streams(shared, user),
        Act::ExpireTokens => {
            shared.void_tokens(user);
            drop_streams(shared, user);
        }
        Act::LogoutElsewhere => {
            shared.with_account(user, |account, _| {
                let message = Draft::of_user(account, "userSession/disconnect", json!({ "action": "logout" }));
                let event = Event::LoggedOutElsewhere(user, Arc::new(message.into_message()));
                // Without an open stream there is no receiver.
                let _ = shared.events.send(event);
            });
        }
    }
    Ok(())
}

fn drop_streams(shared: &Shared, user: UserIndex) {
    // Without an open stream there is no receiver.
    let _ = shared.events.send(Event::Dropped(user));
}

async fn pause(shared: &Shared, time: Duration) -> Result<(), String> {
    if shared.pause(time).await {
        Ok(())
    } else {
        Err("the cloud stops".to_owned())
    }
}

/// Changes the account, given the id of the device that a person means.
fn on_device<T>(
    shared: &Arc<Shared>,
    user: UserIndex,
    name: &str,
    change: impl FnOnce(&Shared, &mut Account, &mut Outbox, &str) -> Result<T, String>,
) -> Result<T, String> {
    let changed = shared.with_account(user, |account, outbox| {
        let id = account
            .devices
            .iter()
            .find(|device| device.is_called(name))
            .map(|device| device.id.clone());
        let id = id.ok_or_else(|| format!("there is no device {name:?}"))?;
        change(shared, account, outbox, &id)
    });
    changed.unwrap_or_else(|| Err("there is no such user".to_owned()))
}

fn must_see(account: &Account, id: &str) -> Result<(), String> {
    if account.device(id).is_some_and(|device| device.kind.sees()) {
        Ok(())
    } else {
        Err("it is no camera".to_owned())
    }
}

/// A property that becomes true, and false after a time.
async fn passing(
    shared: &Arc<Shared>,
    user: UserIndex,
    name: &str,
    property: &str,
    time: Duration,
) -> Result<(), String> {
    for (set, time) in [(true, time), (false, Duration::ZERO)] {
        on_device(shared, user, name, |_, account, outbox, id| {
            outbox.set(account, id, &json!({ property: set }));
            Ok(())
        })?;
        if !time.is_zero() {
            pause(shared, time).await?;
        }
    }
    Ok(())
}

/// A doorbell says that its button was pressed, and never that it is released. It says so by both of its names, as it
/// says everything.
fn ring(shared: &Arc<Shared>, user: UserIndex, name: &str) -> Result<(), String> {
    on_device(shared, user, name, |_, account, outbox, id| {
        let device = account
            .device(id)
            .filter(|device| device.kind == Kind::Doorbell)
            .ok_or("it is no doorbell")?;
        let trans_id = crate::publish::unasked(&device.gateway);
        let pressed = Map::from_iter([("buttonPressed".to_owned(), true.into())]);
        for kind in ["doorbells", "cameras"] {
            let resource = format!("{kind}/{id}");
            outbox.add(Draft::of_device(account, device, &resource, "is", &pressed, &trans_id));
        }
        Ok(())
    })
}

/// A motion that is recorded: the camera says what it does, and the recording goes to the library.
async fn record(
    shared: &Arc<Shared>,
    user: UserIndex,
    name: &str,
    time: Duration,
    object: Option<&str>,
) -> Result<(), String> {
    let since = shared.clock.timestamp();
    on_device(shared, user, name, |_, account, outbox, id| {
        must_see(account, id)?;
        outbox.set(account, id, &json!({ "motionDetected": true }));
        let started = since.as_millisecond();
        outbox.set(
            account,
            id,
            &json!({ "activityState": "alertStreamActive", "dateStarted": started }),
        );
        Ok(())
    })?;
    pause(shared, time).await?;
    on_device(shared, user, name, |shared, account, outbox, id| {
        let recording = Recording {
            camera: id,
            since,
            seconds: time.as_secs().max(1),
            reason: "motionRecord",
            object: object.map(str::to_owned),
        };
        let since = pictures::recorded(shared, account, outbox, &recording);
        outbox.set(account, id, &json!({ "motionDetected": false }));
        outbox.set(account, id, &json!({ "activityState": "idle" }));
        if let Some(since) = since {
            pictures::analysed(shared, account, outbox, &Recording { since, ..recording });
        }
        Ok(())
    })
}

/// What the library has from times when nobody listened, the newest one `every` ago.
fn history(shared: &Arc<Shared>, user: UserIndex, name: &str, count: u32, every: Duration) -> Result<(), String> {
    on_device(shared, user, name, |shared, account, _, id| {
        must_see(account, id)?;
        for number in 1..=count {
            let since = every
                .checked_mul(number)
                .and_then(|ago| shared.clock.timestamp().checked_sub(ago).ok());
            let recording = Recording {
                camera: id,
                since: since.ok_or("that is before all time")?,
                seconds: 10,
                reason: "motionRecord",
                object: None,
            };
            let kept = pictures::keep_recording(shared, account, &recording);
            kept.ok_or("the library has a recording at each millisecond of that second")?;
        }
        Ok(())
    })
}

/// A snapshot that somebody else asks for.
async fn snapshot(shared: &Arc<Shared>, user: UserIndex, name: &str) -> Result<(), String> {
    let task = on_device(shared, user, name, |_, account, outbox, id| {
        must_see(account, id)?;
        Ok(pictures::activity(
            shared,
            account,
            outbox,
            id,
            "fullFrameSnapshot",
            &Value::Null,
        ))
    })?;
    if let Some(task) = task {
        pictures::finish(shared, user, task).await;
    }
    Ok(())
}

/// A hub loses its connection, or has it again. The cloud says so, since the hub cannot.
fn connection(shared: &Arc<Shared>, user: UserIndex, name: &str, online: bool) -> Result<(), String> {
    on_device(shared, user, name, |_, account, outbox, id| {
        let state = if online { "available" } else { "unavailable" };
        let device = account
            .device_mut(id)
            .filter(|device| device.is_gateway())
            .ok_or("it is no gateway")?;
        device.offline = !online;
        outbox.set(account, id, &json!({ "connectionState": state }));
        outbox.said_by_the_cloud();
        Ok(())
    })
}

/// Somebody else changes the mode: of every gateway, or of the location.
fn mode(shared: &Arc<Shared>, user: UserIndex, name: &str) -> Result<(), String> {
    let changed = shared.with_account(user, |account, outbox| {
        if account.generation == Generation::V3 && v3::set_mode(account, name, Map::new()) {
            v3::publish(shared, account, outbox);
            return true;
        }
        let named = |mode: &&Value| {
            ["id", "name"]
                .iter()
                .any(|key| mode.get(key).is_some_and(|text| text == name))
        };
        let mode = account
            .mode_definitions
            .iter()
            .find(named)
            .and_then(|mode| mode.get("id"));
        let Some(mode) = mode.cloned() else {
            return false;
        };
        let gateways: Vec<String> = account.gateways().map(|gateway| gateway.id.clone()).collect();
        if account.generation == Generation::V3 {
            let custom = gateways.into_iter().map(|gateway| (gateway, mode.clone())).collect();
            v3::set_mode(account, "custom", custom);
            v3::publish(shared, account, outbox);
            return true;
        }
        for gateway in gateways {
            v2::set_mode(account, &gateway, vec![mode.clone()], vec![], shared.clock.timestamp());
            v2::publish(account, outbox, &gateway);
        }
        true
    });
    if changed == Some(true) {
        Ok(())
    } else {
        Err(format!("there is no mode {name:?}"))
    }
}
