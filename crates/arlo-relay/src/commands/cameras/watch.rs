//! `watch`: the account's events, a line or a JSON object each, until it is interrupted.

use std::future::pending;
use std::time::Duration;

use arlo_cameras::{Event, Filter, Id};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::lines::{Names, line, object};
use super::open_in_time;
use crate::cli::WatchArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::printer::Printer;

/// How long lines wait for the names of the modes after the stream is opened. A device that does not answer is waited
/// for a minute.
const NAMES_WITHIN: Duration = Duration::from_secs(2);

pub(crate) async fn watch(args: WatchArgs, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    let mut printer = Printer::start(*output)?;
    let watched = tokio::select! {
        watched = print(args, *output, &mut printer) => watched,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    let printed = printer.finish().await;
    watched.and(printed)
}

/// Prints what happens until nobody reads it.
async fn print(args: WatchArgs, output: Output, printer: &mut Printer) -> Result<(), Failure> {
    let account = open_in_time(args.account).await?;
    let only: Option<Id> = match &args.device {
        Some(name) => Some(account.device(name).map_err(Failure::operation)?.id),
        None => None,
    };
    let mut filter = Filter::all().attribute(&args.attribute);
    if let Some(id) = &only {
        filter = filter.device(id);
    }
    let every_attribute = args.attribute == "*";
    let mut updates = account.updates();
    let mut names = Names::of(&account);
    let (mut reading, mut names_until) = (None, Instant::now());
    loop {
        let waits = reading.is_some() && Instant::now() < names_until;
        let modes = async {
            match reading.as_mut() {
                Some(reading) => reading.await,
                None => pending().await,
            }
        };
        let update = tokio::select! {
            update = updates.next(), if !waits => update,
            modes = modes => {
                names.learn(modes);
                reading = None;
                continue;
            }
            () = sleep_until(names_until), if waits => continue,
            ended = printer.ended() => return ended,
        };
        let Some(update) = update else { return Ok(()) };
        if names.lack(&update) {
            names.refresh(&account);
        }
        let mut lines = Vec::new();
        for event in &update.events {
            if let Event::SessionLost { reason } = event {
                return Err(Failure::operation(format!("the session is lost: {reason}")));
            }
            if let Event::Connected { .. } = event {
                // The names of modes and devices may have changed.
                names.refresh(&account);
                reading = Some(Box::pin(account.modes()));
                names_until = Instant::now() + NAMES_WITHIN;
            }
            let is_wanted = match event.device() {
                Some(device) => every_attribute && only.as_ref().is_none_or(|only| only == device),
                None => every_attribute && only.is_none() || is_about_stream(event),
            };
            if !is_wanted {
                continue;
            }
            if output.is_json() {
                lines.extend(object(update.at, event, &names).map(|object| object.to_string()));
            } else if is_about_stream(event) {
                if let Some(text) = line(event, &names) {
                    printer.note(text).await;
                }
            } else {
                lines.extend(line(event, &names).map(|text| names.at(update.at, &text)));
            }
        }
        for change in update.changes.iter().filter(|change| filter.takes(change)) {
            if output.is_json() {
                lines.push(names.change_object(update.at, change).to_string());
            } else {
                let text = names.change_line(change, every_attribute);
                lines.extend(text.map(|text| names.at(update.at, &text)));
            }
        }
        for text in lines {
            printer.line(text).await;
        }
    }
}

/// Whether the event is about the connection and not about the house.
fn is_about_stream(event: &Event) -> bool {
    matches!(
        event,
        Event::Connected { .. } | Event::Disconnected { .. } | Event::LoggedOut | Event::Missed { .. }
    )
}
