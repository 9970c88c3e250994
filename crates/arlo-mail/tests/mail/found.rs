//! What is found in a mail from Arlo with a given text or page.

use arlo_mail::{Content, Senders, read};

/// What is found in a mail: the code, `conflict` or `none`.
pub(crate) fn found(head: &str, body: &str) -> String {
    let raw = format!("From: do_not_reply@arlo.com\r\n{head}\r\n{body}");
    match read(raw.as_bytes(), &Senders::default()).unwrap().content {
        Content::Code(code) => code.expose().to_owned(),
        Content::ConflictingCodes => "conflict".to_owned(),
        Content::NoCode => "none".to_owned(),
        content => format!("{content:?}"),
    }
}

pub(crate) fn in_text(text: &str) -> String {
    found("Content-Type: text/plain; charset=utf-8\r\n", text)
}

pub(crate) fn in_page(page: &str) -> String {
    found("Content-Type: text/html; charset=utf-8\r\n", page)
}
