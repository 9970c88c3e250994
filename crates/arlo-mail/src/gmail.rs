//! Gmail's question whether it may forward the mail of an account to an address.
//!
//! The mail is known by its sender, since the subject and the text come in every language. The older form has a number
//! to type in; the newer one has only a link. Only a link to the page that accepts, on Gmail's own hosts, is returned:
//! the mail also has a link that cancels, and a forged mail would have a link of its author.

use crate::account::Account;
use crate::address::{accounts_in_prose, addresses};
use crate::header::unfold;
use crate::limits::{MAX_NAMED, MAX_TEXT_ADDRESSES};
use crate::mail::{ForwardingConfirmation, Provider};
use crate::message::Message;
use crate::search::named_number;
use crate::steps::{Steps, TooComplex};
use crate::visible::{Cell, VisibleText};

/// The beginning of the link that accepts, on each host that serves it.
const ACCEPTS: [&str; 2] = [
    "https://mail-settings.google.com/mail/vf-",
    "https://mail.google.com/mail/vf-",
];
/// Longest link that is returned, in bytes.
const MAX_LINK: usize = 2048;
/// The number of digits of the number to type in.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 7..=12;
/// The number of digits of most of them. Such a number counts also where no word that the reader knows calls it a code,
/// since the text comes in more languages.
const USUAL_DIGITS: usize = 9;

/// Reads the mail; `None` if it has no account, no number and no link.
pub(crate) fn read(message: &Message<'_>, steps: &Steps) -> Result<Option<ForwardingConfirmation>, TooComplex> {
    let subject = message.subject();
    let visible = message.visible_texts()?;
    let lines = || visible.iter().flat_map(VisibleText::cells);
    let mut recipients: Vec<Account> = Vec::new();
    for to in message.header.all("To") {
        let room = MAX_NAMED - recipients.len();
        recipients.extend(addresses(&unfold(to), room, steps).into_iter().flatten().take(room));
    }
    let account = accounts_in_prose(subject, steps)
        .chain(
            lines()
                .flat_map(|cell| accounts_in_prose(cell.text, steps))
                .take(MAX_TEXT_ADDRESSES),
        )
        .find(|address| address.domain() != "google.com" && !recipients.contains(address));
    let confirmation_code = match numbered(subject) {
        Some(number) => Some(number.to_owned()),
        None => {
            let parts: Vec<Vec<Cell<'_>>> = visible.iter().map(|text| text.cells().collect()).collect();
            named_number(&parts, &CODE_DIGITS, USUAL_DIGITS, steps)?.map(str::to_owned)
        }
    };
    let mut link = None;
    for text in &message.parts.texts {
        steps.count_checked(text.content.len())?;
        link = link.or_else(|| accepting_link(&text.content));
    }
    steps.check()?;
    let says_something = account.is_some() || confirmation_code.is_some() || link.is_some();
    Ok(says_something.then_some(ForwardingConfirmation {
        provider: Provider::Gmail,
        account,
        confirmation_code,
        link,
    }))
}

/// The number in a subject such as `(#123456789) …`.
fn numbered(subject: &str) -> Option<&str> {
    let after = subject.split_once('#')?.1;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    CODE_DIGITS.contains(&digits).then(|| after.get(..digits))?
}

/// The link that accepts, in plain text or in the source of an HTML page.
fn accepting_link(content: &str) -> Option<String> {
    ACCEPTS.iter().find_map(|prefix| {
        let mut from = 0;
        loop {
            let at = from + content.get(from..)?.find(prefix)?;
            let before = content.get(..at)?.chars().next_back();
            let begins =
                before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | '=' | ':'));
            let length = content.get(at..)?.bytes().take_while(|&b| is_of_link(b)).count();
            let link = content.get(at..at + length)?.trim_end_matches(['.', ',', ';', ':']);
            if begins && link.len() > prefix.len() && link.len() <= MAX_LINK {
                return Some(link.replace("&amp;", "&"));
            }
            // No other link begins inside this one, so no byte is read twice.
            from = at + length;
        }
    })
}

fn is_of_link(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b')')
}
