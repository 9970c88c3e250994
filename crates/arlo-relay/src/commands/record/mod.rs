//! `record`: keeps the account's recordings on disk.

mod library;
mod progress;

use std::sync::Arc;

use arlo_archive::{Archive, Event, HttpFetch, Nudge, Recorder, Settings, Totals};
use arlo_cameras::{Account, StreamChoice};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use self::library::AccountLibrary;
use self::progress::Progress;
use super::cameras::{open, open_in_time};
use crate::cli::RecordArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(args: RecordArgs, output: &Output) -> Result<(), Failure> {
    // Before anything is opened: an early signal must not kill what has begun.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::operation)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::operation)?;
    let is_once = args.once;
    tokio::select! {
        result = record(args, output) => return result,
        // A download that was begun goes on the next time.
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    match is_once {
        true => Err(Failure::operation("interrupted: the next run goes on")),
        false => Ok(()),
    }
}

async fn record(args: RecordArgs, output: &Output) -> Result<(), Failure> {
    let mut settings = Settings::new(args.to);
    settings.keep_days = args.keep_days;
    settings.keep_bytes = args.keep_bytes;
    settings.keep_free = args.keep_free;
    settings.first_days = args.first_days;
    // First the archive: a second process must not log in for nothing.
    let archive = Archive::open(settings).await.map_err(Failure::operation)?;
    let account = if args.once {
        open(args.account, StreamChoice::Off).await?
    } else {
        open_in_time(args.account).await?
    };
    let account = Arc::new(account);
    // Arlo's library names no server of this machine, and a simulated one names no other.
    let fetch = if account.is_local() {
        HttpFetch::local()
    } else {
        HttpFetch::new()
    };
    let fetch = fetch.map_err(Failure::operation)?;
    let progress = Progress::start();
    let observer = progress.clone();
    let recorder = Recorder::new(archive, AccountLibrary(Arc::clone(&account)), fetch)
        .observed_by(move |event: &Event| observer.show(event));
    if args.once {
        let result = recorder.once().await;
        progress.end();
        return report(&result.map_err(Failure::operation)?, output);
    }
    let nudge = recorder.nudge();
    tokio::select! {
        ended = recorder.run() => {
            progress.end();
            ended.map(drop).map_err(Failure::operation)
        }
        failure = listen(&account, &nudge) => Err(failure),
    }
}

/// Tells the recorder when Arlo has something new. Ends only if the session is lost.
async fn listen(account: &Account, nudge: &Nudge) -> Failure {
    let mut updates = account.updates();
    while let Some(update) = updates.next().await {
        for event in &update.events {
            match event {
                arlo_cameras::Event::Media(media) if media.complete => nudge.now(),
                // What came in between is not known.
                arlo_cameras::Event::Connected { .. } | arlo_cameras::Event::Missed { .. } => nudge.now(),
                arlo_cameras::Event::SessionLost { reason } => {
                    return Failure::operation(format!("the session is lost: {reason}"));
                }
                _ => {}
            }
        }
    }
    Failure::operation("the account is closed")
}

fn report(totals: &Totals, output: &Output) -> Result<(), Failure> {
    let object = json!({ "kept": totals.kept, "bytes": totals.bytes, "waiting": totals.waiting, "gone": totals.gone });
    let text = format!("{} files with {} bytes are in the archive.", totals.kept, totals.bytes);
    if totals.waiting == 0 {
        return output.result(&object, || text);
    }
    if output.is_json() {
        output.line(&object.to_string())?;
    }
    let missing = totals.waiting;
    Err(Failure::reported(format!(
        "{text} {missing} recordings could not be fetched yet: the next run tries them again"
    )))
}
