//! Lines with fields that a program reads: JSON objects, and entries of systemd's journal.
//!
//! The fields of an event come first, then those of the spans around it. A field of the event hides a field of a span
//! of the same name. In the journal each is `RELAY_` with the name in capitals, and all are in the message too.

use std::fmt::{self, Write as _};

use relay::SystemClock;
use relay::ports::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::form::Form;

const MESSAGE: &str = "message";

/// Writes an event as JSON, or for the journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Structured(pub(super) Form);

/// Keeps the fields of a span as a JSON object.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanFields;

impl<'w> FormatFields<'w> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut found = Fields::default();
        fields.record(&mut found);
        write!(writer, "{}", Value::Object(found.0))
    }

    fn add_fields(&self, current: &'w mut FormattedFields<Self>, fields: &tracing::span::Record<'_>) -> fmt::Result {
        let mut found = Fields(object(&current.fields));
        fields.record(&mut found);
        current.fields = Value::Object(found.0).to_string();
        Ok(())
    }
}

impl<S> FormatEvent<S, SpanFields> for Structured
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, SpanFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut fields = fields.0;
        let message = match fields.remove(MESSAGE) {
            Some(Value::String(message)) => message,
            _ => String::new(),
        };
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let of_span = extensions.get::<FormattedFields<SpanFields>>();
            for (name, value) in of_span.map(|fields| object(&fields.fields)).unwrap_or_default() {
                fields.entry(name).or_insert(value);
            }
        }
        let metadata = event.metadata();
        match self.0 {
            Form::Journal => write_entry(&mut writer, metadata.level(), &message, metadata.target(), &fields),
            Form::Json | Form::Text => write_object(&mut writer, metadata.level(), &message, metadata.target(), fields),
        }
    }
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

fn write_object(
    writer: &mut Writer<'_>,
    level: &Level,
    message: &str,
    target: &str,
    fields: Map<String, Value>,
) -> fmt::Result {
    let mut line = fields;
    for (name, value) in [
        ("time", SystemClock.now().to_string()),
        ("level", level.to_string()),
        ("target", target.to_owned()),
        (MESSAGE, message.to_owned()),
    ] {
        line.insert(name.to_owned(), Value::String(value));
    }
    writeln!(writer, "{}", Value::Object(line))
}

/// <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>: a value without a line break is `NAME=value`.
fn write_entry(
    writer: &mut Writer<'_>,
    level: &Level,
    message: &str,
    target: &str,
    fields: &Map<String, Value>,
) -> fmt::Result {
    let priority = match *level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    };
    write!(
        writer,
        "PRIORITY={priority}\nSYSLOG_IDENTIFIER=arlo-relay\nMESSAGE={}",
        one_line(message)
    )?;
    for (name, value) in fields {
        write!(writer, " {name}={}", text(value))?;
    }
    write!(writer, "\nRELAY_TARGET={}\n", one_line(target))?;
    for (name, value) in fields {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.bytes().all(is_name) {
            writeln!(writer, "RELAY_{}={}", name.to_ascii_uppercase(), text(value))?;
        }
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\0'], " ")
}

/// The fields of one event or span.
#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(text, "{value:?}");
        self.put(field, text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::log::testing::Lines;

    fn written(form: Form) -> String {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(SpanFields)
            .event_format(Structured(form))
            .with_writer(lines.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("http", method = "GET", status = 1, call = tracing::field::Empty);
            span.record("call", "0123");
            let _entered = span.enter();
            tracing::info!(status = 200_u16, tls = false, "answered\nPRIORITY=0");
        });
        lines.text()
    }

    #[test]
    fn a_json_line_has_the_fields_of_the_event_and_of_its_spans() {
        let line = written(Form::Json);
        assert_eq!(line.lines().count(), 1);
        let mut object: Value = serde_json::from_str(&line).unwrap();
        let time = object["time"].take();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        let target = object["target"].take();
        assert!(target.as_str().unwrap().contains("structured"), "{target}");
        assert_eq!(
            object,
            json!({
                "time": null,
                "target": null,
                "level": "INFO",
                "message": "answered\nPRIORITY=0",
                "status": 200,
                "tls": false,
                "method": "GET",
                "call": "0123",
            })
        );
    }

    #[test]
    fn an_entry_has_one_line_for_each_field_whatever_is_in_it() {
        let entry = written(Form::Journal);
        let mut lines: Vec<&str> = entry.lines().collect();
        let message = lines.remove(2);
        assert!(message.starts_with("MESSAGE=answered PRIORITY=0 "), "{message}");
        assert!(
            message.contains(" status=200") && message.contains(" call=0123"),
            "{message}"
        );
        lines.sort_unstable();
        assert_eq!(lines[0], "PRIORITY=6");
        assert_eq!(lines.iter().filter(|line| line.starts_with("PRIORITY")).count(), 1);
        for line in [
            "RELAY_STATUS=200",
            "RELAY_METHOD=GET",
            "RELAY_CALL=0123",
            "RELAY_TLS=false",
        ] {
            assert!(lines.contains(&line), "{entry}");
        }
    }
}
