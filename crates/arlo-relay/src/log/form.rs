//! The form of a line: text, JSON or an entry of systemd's journal.

use std::io;

use relay::SystemClock;
use relay::ports::Clock;
use serde_json::{Value, json};

/// The most of a line that is kept when a JSON object has to be shortened: escaped, it is within
/// [`super::queue::LINE`].
const EXCERPT: usize = 600;

/// The form of each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `TIME LEVEL span{…}: target: message field=value`.
    Text,
    /// An object with `time`, `level`, `target`, `message` and the fields.
    Json,
    /// The native protocol of the journal: fields by their names, a line for each.
    Journal,
}

impl Form {
    /// The line, and how many of its kind were left out before it.
    pub(super) fn with_suppressed(self, line: &str, suppressed: u64) -> String {
        let line = line.trim_end_matches('\n');
        match (self, line.strip_suffix('}')) {
            (Self::Json, Some(object)) => format!("{object},\"suppressed\":{suppressed}}}\n"),
            (Self::Journal, _) => format!("{line}\nRELAY_SUPPRESSED={suppressed}\n"),
            _ => format!("{line} suppressed={suppressed}\n"),
        }
    }

    /// The line with its end, and no longer than `limit` bytes before that.
    pub(super) fn fit(self, line: &[u8], limit: usize) -> Vec<u8> {
        let mut kept = match self {
            _ if line.len() <= limit => line.to_vec(),
            Self::Text => line.get(..limit).unwrap_or(line).to_vec(),
            Self::Json => {
                let excerpt = String::from_utf8_lossy(line.get(..EXCERPT).unwrap_or(line));
                json!({ "time": SystemClock.now(), "level": "WARN", "message": "a line was too long", "excerpt": excerpt })
                    .to_string()
                    .into_bytes()
            }
            // Whole fields.
            Self::Journal => {
                let kept = line.get(..limit).unwrap_or(line);
                let end = kept.iter().rposition(|byte| *byte == b'\n');
                kept.get(..end.map_or(limit, |end| end + 1)).unwrap_or(kept).to_vec()
            }
        };
        if kept.last() != Some(&b'\n') {
            kept.push(b'\n');
        }
        kept
    }

    /// The line that says how many were dropped.
    pub(super) fn dropped(self, dropped: u64) -> String {
        const MESSAGE: &str = "the log could not be written: lines were dropped";
        match self {
            Self::Text => format!("{} WARN {MESSAGE} dropped={dropped}\n", SystemClock.now()),
            Self::Json => {
                let object: Value =
                    json!({ "time": SystemClock.now(), "level": "WARN", "message": MESSAGE, "dropped": dropped });
                format!("{object}\n")
            }
            Self::Journal => format!(
                "PRIORITY=4\nSYSLOG_IDENTIFIER=arlo-relay\nMESSAGE={MESSAGE} dropped={dropped}\nRELAY_DROPPED={dropped}\n"
            ),
        }
    }
}

/// Whether standard error is a stream of systemd's journal, as `$JOURNAL_STREAM` says (systemd.exec(5)).
pub(super) fn is_journal(stream: Option<&str>, stderr: io::Result<(u64, u64)>) -> bool {
    let named = stream.and_then(|stream| {
        let (device, inode) = stream.split_once(':')?;
        Some((device.parse().ok()?, inode.parse().ok()?))
    });
    named.is_some_and(|named: (u64, u64)| stderr.is_ok_and(|found| found == named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_says_what_was_left_out_and_stays_what_it_is() {
        assert_eq!(
            Form::Text.with_suppressed("answered status=403\n", 7),
            "answered status=403 suppressed=7\n"
        );
        let object = Form::Json.with_suppressed("{\"message\":\"answered\"}\n", 7);
        let object: Value = serde_json::from_str(&object).unwrap();
        assert_eq!(object, json!({ "message": "answered", "suppressed": 7 }));
        assert_eq!(
            Form::Journal.with_suppressed("PRIORITY=6\nMESSAGE=answered\n", 7),
            "PRIORITY=6\nMESSAGE=answered\nRELAY_SUPPRESSED=7\n"
        );
    }

    #[test]
    fn a_long_line_is_shortened_and_can_still_be_read() {
        const LIMIT: usize = 4096;
        let long = json!({ "message": "\"\u{1}".repeat(10_000) }).to_string();
        let kept = Form::Json.fit(long.as_bytes(), LIMIT);
        assert!(kept.len() <= LIMIT + 1 && kept.ends_with(b"\n"));
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        assert!(kept["excerpt"].as_str().unwrap().starts_with("{\"message\""));
        let entry = format!("PRIORITY=6\nMESSAGE=short\nRELAY_ERROR={}\n", "x".repeat(10_000));
        assert_eq!(
            Form::Journal.fit(entry.as_bytes(), LIMIT),
            b"PRIORITY=6\nMESSAGE=short\n"
        );
        assert_eq!(Form::Text.fit("x".repeat(10_000).as_bytes(), LIMIT).len(), LIMIT + 1);
        for form in [Form::Text, Form::Json, Form::Journal] {
            assert_eq!(form.fit(b"short\n", LIMIT), b"short\n");
            assert!(form.dropped(3).contains('3') && form.dropped(3).ends_with('\n'));
        }
        serde_json::from_str::<Value>(&Form::Json.dropped(3)).unwrap();
    }

    #[test]
    fn the_journal_is_known_by_the_stream_that_is_standard_error() {
        let is = |stream| is_journal(stream, Ok((9, 1234)));
        assert!(is(Some("9:1234")));
        for stream in [None, Some(""), Some("9:12"), Some("1234:9"), Some("9"), Some("a:b")] {
            assert!(!is(stream), "{stream:?}");
        }
        assert!(!is_journal(Some("9:1234"), Err(io::ErrorKind::NotFound.into())));
    }
}
