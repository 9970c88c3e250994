//! What the tests see of the reader beside its results.

use crate::mail::{Mail, NotAMail};
use crate::message::Message;
use crate::raw::{only_line_feeds, strip_envelope};
use crate::read::{Notices, read_within};
use crate::sender::Senders;
use crate::steps::Steps;
use crate::{html, limits};

/// Reads as [`read_for_owner`](crate::read_for_owner) does, and says how many steps it took, of
/// [`max_steps`](limits::max_steps).
pub fn read_counted(raw: &[u8], senders: &Senders) -> (Result<Mail, NotAMail>, usize) {
    let steps = Steps::new(limits::max_steps(raw.len()));
    let mail = read_within(raw, senders, Notices::Taken, &steps);
    (mail, steps.used())
}

/// The HTML parts of a mail, each with the text that the reader takes for visible in it. A test compares the text with
/// what a browser shows.
#[must_use]
pub fn visible_html(raw: &[u8]) -> Vec<(String, String)> {
    let steps = Steps::new(limits::MAX_STEPS);
    let raw = only_line_feeds(raw);
    let Ok(Some(message)) = Message::parse(strip_envelope(&raw), &steps) else {
        return Vec::new();
    };
    let parts = message.parts.texts.iter().filter(|text| text.html);
    parts
        .filter_map(|text| {
            let visible = html::read(&text.content, &steps).ok()?;
            let lines: Vec<&str> = visible.cells().map(|cell| cell.text).collect();
            Some((text.content.clone().into_owned(), lines.join("\n")))
        })
        .collect()
}
