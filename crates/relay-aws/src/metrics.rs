//! The metrics of a stack, in CloudWatch's embedded metric format: CloudWatch takes them from a log line that is JSON.
//!
//! The line has what the event's log line has otherwise, and stands in its place. So an event writes no more lines than
//! without metrics, and no call of AWS is made for them. A dimension is the stack's name or one of few fixed words:
//! each that is new costs money every month. No account, address, token, code or id is one.
//!
//! Source: "Specification: Embedded metric format" in the CloudWatch user guide.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use relay::{Receipt, RequestId};
use serde::{Serialize, Serializer};

use crate::environment::{Environment, SettingsError};

/// Where the stack's name is, for the functions that have metrics. Without it there are none.
pub(crate) const STACK: &str = "METRICS_STACK";
const NAMESPACE: &str = "ArloRelay";
/// More than a line has, so that its buffer is allocated once.
const LINE: usize = 768;
/// The longest name of a stack.
const MAX_NAME: usize = 128;

/// Writes the lines. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    stack: Option<Arc<str>>,
    write: fn(&[u8]),
}

/// A mail that was processed for one of its recipients.
#[derive(Debug)]
pub struct MailDone<'a> {
    /// Lambda's id of the event.
    pub event: &'a str,
    /// SES's id of the mail.
    pub mail: &'a str,
    /// What became of it.
    pub receipt: &'a Receipt,
    /// How long it is.
    pub bytes: usize,
    /// When SES received it, if the event says so.
    pub received: Option<Timestamp>,
    /// When that was done.
    pub at: Timestamp,
}

/// A call that was to begin a login.
#[derive(Debug)]
pub struct PrestageDone<'a> {
    /// Lambda's id of the event.
    pub event: &'a str,
    /// The id that the answer has.
    pub call: Option<&'a str>,
    /// The login request that was made.
    pub request: Option<RequestId>,
    /// The HTTP status.
    pub status: u16,
    /// From the event to the answer.
    pub took: Duration,
    /// When that was done.
    pub at: Timestamp,
}

impl Metrics {
    /// Those of the stack that `METRICS_STACK` names, on standard output, which Lambda sends to CloudWatch; none where
    /// it is not set.
    ///
    /// # Errors
    /// A [`SettingsError`] where it is no name of a stack.
    pub fn read(environment: &Environment) -> Result<Self, SettingsError> {
        let Some(stack) = environment.optional(STACK) else {
            return Ok(Self::none());
        };
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if stack.len() > MAX_NAME || !stack.bytes().all(is_of_name) {
            return Err(SettingsError::new(STACK, "is no name of a stack"));
        }
        Ok(Self::of(&stack, to_stdout))
    }

    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self {
            stack: None,
            write: to_stdout,
        }
    }

    /// Those of this stack. `write` is given each line, with its end.
    #[must_use]
    pub fn of(stack: &str, write: fn(&[u8])) -> Self {
        Self {
            stack: Some(stack.into()),
            write,
        }
    }

    /// Whether there are any: then a line with metrics stands for the event's own.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.stack.is_some()
    }

    /// Counts a mail by its outcome, and how long it took since SES received it.
    pub fn mail(&self, done: &MailDone<'_>) {
        let Some(stack) = self.stack.as_deref() else { return };
        let latency = done.received.map(|received| done.at.duration_since(received));
        // SES has another clock: a mail from the future took no time.
        let latency = latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or_default());
        self.line(&MailLine {
            aws: Metadata {
                timestamp: done.at.as_millisecond(),
                metrics: if latency.is_some() { &MAIL } else { &MAIL_OF_NO_TIME },
            },
            stack,
            outcome: done.receipt.outcome(),
            mails: 1,
            latency,
            event: done.event,
            mail: done.mail,
            enrolment: done.receipt.enrolment.map(Shown),
            request: done.receipt.request.map(Shown),
            bytes: done.bytes,
        });
    }

    /// Counts a call by its outcome, and how long it took.
    pub fn prestage(&self, done: &PrestageDone<'_>) {
        let Some(stack) = self.stack.as_deref() else { return };
        self.line(&PrestageLine {
            aws: Metadata {
                timestamp: done.at.as_millisecond(),
                metrics: &PRESTAGE,
            },
            stack,
            outcome: outcome(done.status),
            prestages: 1,
            latency: (done.took.as_secs_f64() * 1e5).round() / 100.0,
            event: done.event,
            call: done.call,
            request: done.request.map(Shown),
            status: done.status,
        });
    }

    fn line(&self, line: &impl Serialize) {
        let mut bytes = Vec::with_capacity(LINE);
        // Nothing in a line can fail to be JSON.
        if serde_json::to_writer(&mut bytes, line).is_ok() {
            bytes.push(b'\n');
            (self.write)(&bytes);
        }
    }
}

/// In one piece. If nobody reads it, there is nobody to tell.
fn to_stdout(line: &[u8]) {
    let _ = io::stdout().lock().write_all(line);
}

/// What became of a call: a login request waits, a limit was met, the relay or AWS failed, or the call is not allowed.
fn outcome(status: u16) -> &'static str {
    match status {
        200..=299 => "staged",
        429 => "limited",
        500.. => "failed",
        _ => "refused",
    }
}

#[derive(Serialize)]
struct MailLine<'a> {
    #[serde(rename = "_aws")]
    aws: Metadata,
    #[serde(rename = "Stack")]
    stack: &'a str,
    #[serde(rename = "Outcome")]
    outcome: &'static str,
    #[serde(rename = "Mails")]
    mails: u8,
    #[serde(rename = "MailLatency", skip_serializing_if = "Option::is_none")]
    latency: Option<u64>,
    event: &'a str,
    mail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolment: Option<Shown<relay::EnrolmentId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Shown<RequestId>>,
    bytes: usize,
}

#[derive(Serialize)]
struct PrestageLine<'a> {
    #[serde(rename = "_aws")]
    aws: Metadata,
    #[serde(rename = "Stack")]
    stack: &'a str,
    #[serde(rename = "Outcome")]
    outcome: &'static str,
    #[serde(rename = "Prestages")]
    prestages: u8,
    #[serde(rename = "PrestageLatency")]
    latency: f64,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Shown<RequestId>>,
    status: u16,
}

/// As a log line has it.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What CloudWatch is to take from the line.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    /// In milliseconds.
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    metrics: &'static [Directive],
}

/// One metric, under the members that are its dimensions.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: [Metric; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

const fn counted(name: &'static str) -> Directive {
    Directive {
        namespace: NAMESPACE,
        dimensions: [&["Stack", "Outcome"]],
        metrics: [Metric { name, unit: "Count" }],
    }
}

/// Not by outcome: each would be a metric to pay for.
const fn timed(name: &'static str) -> Directive {
    Directive {
        namespace: NAMESPACE,
        dimensions: [&["Stack"]],
        metrics: [Metric {
            name,
            unit: "Milliseconds",
        }],
    }
}

static MAIL: [Directive; 2] = [counted("Mails"), timed("MailLatency")];
static MAIL_OF_NO_TIME: [Directive; 1] = [counted("Mails")];
static PRESTAGE: [Directive; 2] = [counted("Prestages"), timed("PrestageLatency")];

#[cfg(test)]
mod tests;
