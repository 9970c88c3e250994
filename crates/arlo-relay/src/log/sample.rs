//! Lines that anybody can cause are logged at a rate that fills no disk.
//!
//! Lines are of one kind when the same place in the program logs them with the same outcome. Of each kind
//! [`ORDINARY`] lines may come at once, [`REFUSED`] of refused calls, and then one a second; the next line that is
//! written has their number, as `suppressed=N`. The relay of a household logs less. At most [`KINDS`]
//! kinds are distinguished at a time; any further ones count as one.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::form::Form;

/// Lines of one kind that may come at once.
const ORDINARY: u32 = 5;
/// The same for HTTP calls that are refused.
const REFUSED: u32 = 1;
/// After that, one line in this time.
const EVERY: Duration = Duration::from_secs(1);
/// Kinds that are distinguished.
const KINDS: usize = 256;
/// Fields with an outcome or a server's name. Each has few values.
const OUTCOMES: [&str; 6] = ["outcome", "status", "result", "codes", "end", "server"];

/// Writes a line as `F` does, unless there were too many of its kind.
#[derive(Debug)]
pub(super) struct Sampled<F> {
    inner: F,
    form: Form,
    kinds: Mutex<Kinds>,
    clock: fn() -> Instant,
}

impl<F> Sampled<F> {
    pub(super) fn new(inner: F, form: Form) -> Self {
        Self {
            inner,
            form,
            kinds: Mutex::default(),
            clock: Instant::now,
        }
    }

    fn admit(&self, kind: u64, at_once: u32) -> Option<u64> {
        let now = (self.clock)();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.admit(kind, at_once, now)
    }
}

impl<S, N, F> FormatEvent<S, N> for Sampled<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (kind, at_once) = kind(event);
        // An error leaves the line out.
        let suppressed = self.admit(kind, at_once).ok_or(fmt::Error)?;
        if suppressed == 0 {
            return self.inner.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&self.form.with_suppressed(&line, suppressed))
    }
}

/// What kind of line this is, and how many of it may come at once.
fn kind(event: &Event<'_>) -> (u64, u32) {
    let mut outcome = Outcome {
        hasher: DefaultHasher::new(),
        refused: false,
    };
    event.metadata().callsite().hash(&mut outcome.hasher);
    event.record(&mut outcome);
    let at_once = if outcome.refused { REFUSED } else { ORDINARY };
    (outcome.hasher.finish(), at_once)
}

struct Outcome {
    hasher: DefaultHasher,
    refused: bool,
}

impl Visit for Outcome {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.refused |= field.name() == "status" && value >= 400;
        self.record_debug(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if OUTCOMES.contains(&field.name()) {
            field.name().hash(&mut self.hasher);
            // Hashing does not fail.
            let _ = write!(Text(&mut self.hasher), "{value:?}");
        }
    }
}

/// Text that is hashed as it is written.
struct Text<'a>(&'a mut DefaultHasher);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// How many lines of each kind there were lately.
#[derive(Debug, Default)]
struct Kinds {
    known: HashMap<u64, Lately>,
    /// All kinds beyond [`KINDS`].
    others: Lately,
}

#[derive(Debug, Default)]
struct Lately {
    /// Lines written, less one for each [`EVERY`] since.
    written: u32,
    /// Until when those are taken off.
    since: Option<Instant>,
    suppressed: u64,
}

impl Kinds {
    /// Whether a line may be written now, and how many of its kind were left out before.
    fn admit(&mut self, kind: u64, at_once: u32, now: Instant) -> Option<u64> {
        if self.known.len() >= KINDS && !self.known.contains_key(&kind) {
            self.known
                .retain(|_, lately| lately.suppressed > 0 || !lately.is_over(now));
        }
        let is_known = self.known.len() < KINDS || self.known.contains_key(&kind);
        let lately = if is_known {
            self.known.entry(kind).or_default()
        } else {
            &mut self.others
        };
        lately.admit(at_once, now)
    }
}

impl Lately {
    fn admit(&mut self, at_once: u32, now: Instant) -> Option<u64> {
        self.take_off(now);
        if self.written >= at_once {
            self.suppressed += 1;
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.suppressed))
    }

    fn take_off(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let times = now.saturating_duration_since(since).as_secs() / EVERY.as_secs();
        if times >= u64::from(self.written) {
            (self.written, self.since) = (0, Some(now));
        } else if let Ok(times) = u32::try_from(times) {
            self.written -= times;
            self.since = Some(since + EVERY * times);
        }
    }

    /// Whether nothing of it counts any more.
    fn is_over(&self, now: Instant) -> bool {
        self.since
            .is_none_or(|since| now.saturating_duration_since(since) >= EVERY * self.written)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tracing_subscriber::fmt::format::Format;

    use super::*;
    use crate::log::testing::Lines;

    thread_local! {
        static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
    }

    fn now() -> Instant {
        NOW.get().unwrap()
    }

    fn pass(time: Duration) {
        NOW.set(Some(NOW.get().map_or_else(Instant::now, |now| now + time)));
    }

    /// What is written of what `log` logs, at a time that only [`pass`] moves.
    fn written(log: impl FnOnce()) -> Vec<String> {
        pass(Duration::ZERO);
        let lines = Lines::default();
        let format = Sampled {
            clock: now,
            ..Sampled::new(Format::default().without_time().with_target(false), Form::Text)
        };
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .log_internal_errors(false)
            .event_format(format)
            .with_writer(lines.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = lines.text();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn answer(status: u16) {
        tracing::info!(status, us = 7, "answered");
    }

    #[test]
    fn refused_calls_are_logged_once_a_second() {
        let lines = written(|| {
            for _ in 0..3000 {
                answer(403);
                pass(Duration::from_millis(1));
            }
            answer(403);
        });
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert_eq!(lines[0], "INFO answered status=403 us=7");
        assert_eq!(lines[3], "INFO answered status=403 us=7 suppressed=999");
    }

    #[test]
    fn one_kind_hides_no_other() {
        let lines = written(|| {
            for _ in 0..1000 {
                answer(403);
                answer(404);
                tracing::info!(outcome = "not-from-arlo", "mail");
            }
            tracing::info!(outcome = "code-delivered", "mail");
            answer(200);
            tracing::warn!("the disk is full");
        });
        assert_eq!(lines.len(), 2 + 5 + 3, "{lines:?}");
        assert_eq!(lines[9], "WARN the disk is full");
    }

    #[test]
    fn the_pace_of_a_household_leaves_nothing_out() {
        let lines = written(|| {
            for _ in 0..20 {
                for _ in 0..4 {
                    answer(200);
                    tracing::info!(outcome = "code-delivered", "mail");
                }
                pass(Duration::from_secs(4));
            }
        });
        assert_eq!(lines.len(), 160);
        assert!(!lines.iter().any(|line| line.contains("suppressed")), "{lines:?}");
    }

    #[test]
    fn made_up_kinds_take_no_memory_and_share_a_pace() {
        let lines = written(|| {
            for end in 0..100_000 {
                tracing::info!(end, "smtp session ended");
            }
        });
        assert_eq!(lines.len(), KINDS + 5);
    }

    #[test]
    fn kinds_of_the_past_make_room() {
        pass(Duration::ZERO);
        let mut kinds = Kinds::default();
        for second in 0..5u64 {
            for kind in 0..KINDS as u64 {
                let admitted = kinds.admit(second * 1000 + kind, 1, now());
                assert_eq!(admitted, Some(0), "{second} {kind}");
            }
            assert_eq!(kinds.known.len(), KINDS);
            pass(EVERY);
        }
    }
}
