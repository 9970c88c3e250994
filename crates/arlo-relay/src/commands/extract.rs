//! `extract`: shows how the relay reads one raw mail.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use arlo_mail::{Content, Mail, Senders, limits};
use serde_json::{Value, json};

use crate::cli::ExtractArgs;
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, styled};

pub(crate) fn run(args: &ExtractArgs, output: &Output) -> Result<(), Failure> {
    let raw = read(args)?;
    let senders = args.senders.iter().cloned().fold(Senders::default(), Senders::with);
    let mail = arlo_mail::read(&raw, &senders).map_err(Failure::operation)?;
    let object = object(&mail);
    if let Some(reason) = reason(&mail.content) {
        output.note(&styled(FAINT, reason));
    }
    output.result(&object, || text(&object))
}

/// As much of the mail as the relay ever reads.
fn read(args: &ExtractArgs) -> Result<Vec<u8>, Failure> {
    let mut raw = Vec::new();
    let limit = limits::MAX_READ as u64;
    let (name, result) = if args.file == Path::new("-") {
        (
            "standard input".to_owned(),
            io::stdin().lock().take(limit).read_to_end(&mut raw),
        )
    } else {
        (
            args.file.display().to_string(),
            File::open(&args.file).and_then(|file| file.take(limit).read_to_end(&mut raw)),
        )
    };
    result.map_err(|error| Failure::operation(format!("{name} cannot be read: {error}")))?;
    Ok(raw)
}

/// The JSON object.
fn object(mail: &Mail) -> Value {
    let account = mail
        .forwarded_by
        .as_ref()
        .or(mail.named.first())
        .map(|account| account.as_str());
    match &mail.content {
        Content::Code(code) => json!({ "kind": "code", "code": code.expose(), "account": account }),
        Content::ForwardingConfirmation(asked) => json!({
            "kind": "forwarding-confirmation",
            "provider": asked.provider.name(),
            "account": asked.account.as_ref().map(|account| account.as_str()),
            "confirmation_code": asked.confirmation_code,
            "link": asked.link,
        }),
        Content::ConflictingCodes | Content::NoCode | Content::NotFromArlo | Content::TooComplex => {
            json!({ "kind": "other" })
        }
    }
}

/// Why there is nothing in the mail for the relay, if so.
fn reason(content: &Content) -> Option<&'static str> {
    match content {
        Content::Code(_) | Content::ForwardingConfirmation(_) => None,
        Content::ConflictingCodes => {
            Some("from Arlo, with two different numbers that could be the code: none is taken")
        }
        Content::NoCode => Some("from Arlo, and no code in it"),
        Content::TooComplex => Some("built so that reading it would take too much work: nothing is taken"),
        Content::NotFromArlo => Some("not from an Arlo sender"),
    }
}

fn text(object: &Value) -> String {
    let field = |name: &str| object.get(name).and_then(Value::as_str);
    let mut lines = Vec::new();
    for name in ["kind", "code", "account", "provider", "confirmation_code", "link"] {
        if let Some(value) = field(name) {
            lines.push(format!("{:<18}{}", name.replace('_', " "), styled(STRONG, value)));
        }
    }
    lines.join("\n")
}
