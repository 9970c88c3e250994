//! What `record` shows: a bar on a terminal, and lines in the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arlo_archive::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for each download that runs. Nothing is drawn where standard error is no terminal.
#[derive(Clone)]
pub(super) struct Progress(Arc<Bars>);

struct Bars {
    all: MultiProgress,
    running: Mutex<HashMap<i64, ProgressBar>>,
}

impl Progress {
    pub(super) fn start() -> Self {
        Self(Arc::new(Bars {
            all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            running: Mutex::default(),
        }))
    }

    /// Shows an event, and logs it.
    pub(super) fn show(&self, event: &Event) {
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started {
                item,
                resumed_at,
                length,
            } => {
                let bar = self.0.all.add(ProgressBar::new(length.unwrap_or(0)));
                let template = "{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}";
                if let (Some(_), Ok(style)) = (length, ProgressStyle::with_template(template)) {
                    bar.set_style(style);
                }
                bar.set_message(item.to_string());
                bar.set_position(*resumed_at);
                running.insert(item.id, bar);
            }
            Event::Received { item, bytes } => {
                if let Some(bar) = running.get(&item.id) {
                    bar.set_position(*bytes);
                }
            }
            Event::Kept { item, .. } | Event::Postponed { item, .. } | Event::Gone { item } => {
                if let Some(bar) = running.remove(&item.id) {
                    bar.finish_and_clear();
                }
            }
            Event::DiskFull { .. } | Event::Lost { .. } => clear(&mut running),
            _ => {}
        }
        drop(running);
        // A line of the log must not break a bar.
        self.0.all.suspend(|| log(event));
    }

    /// Removes what is drawn.
    pub(super) fn end(&self) {
        clear(&mut self.0.running.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn clear(running: &mut HashMap<i64, ProgressBar>) {
    for (_, bar) in running.drain() {
        bar.finish_and_clear();
    }
}

fn log(event: &Event) {
    match event {
        Event::Received { .. } => {}
        Event::Started { .. } | Event::Listed { .. } => tracing::debug!("{event}"),
        Event::Kept { doubt: Some(_), .. }
        | Event::Postponed { .. }
        | Event::ListFailed { .. }
        | Event::Gone { .. }
        | Event::Disowned { .. }
        | Event::RemovalFailed { .. }
        | Event::DiskFull { .. }
        | Event::Lost { .. } => tracing::warn!("{event}"),
        _ => tracing::info!("{event}"),
    }
}
