//! Gmail's question whether a mailbox may forward here.
//!
//! Known by its sender, since subject and body come in every language. The older form carries a number to type in; in
//! the newer one there is only a link. Nothing but an https link to Gmail's own page that accepts is passed on: the
//! mail has one that cancels too, and whoever forges the mail would put his own.

use crate::account::Account;
use crate::address::{addresses, addresses_in_text};
use crate::budget::{Steps, TooComplex};
use crate::header::unfold;
use crate::limits::{MAX_NAMED, MAX_TEXT_ADDRESSES};
use crate::message::Message;
use crate::page::Page;
use crate::{ForwardingConfirmation, Provider};

/// Who sends it.
const SENDER: &str = "forwarding-noreply@google.com";
/// How the link that accepts begins, on each of the hosts that serve it.
const ACCEPTS: [&str; 2] = [
    "https://mail-settings.google.com/mail/vf-",
    "https://mail.google.com/mail/vf-",
];
/// Longest link passed on, in bytes.
const MAX_LINK: usize = 2048;
/// Digits of the number to type in.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 7..=12;

pub(crate) fn is_sender(from: &Account) -> bool {
    from.as_str() == SENDER
}

/// Reads the mail; `None` if it neither names an account nor has anything to confirm with.
pub(crate) fn read(message: &Message<'_>, steps: &Steps) -> Result<Option<ForwardingConfirmation>, TooComplex> {
    let subject = message.subject();
    let pages = message.pages()?;
    let lines = || pages.iter().flat_map(Page::units);
    let mut recipients: Vec<Account> = Vec::new();
    for to in message.header.all("To") {
        let room = MAX_NAMED - recipients.len();
        recipients.extend(addresses(&unfold(to), room, steps).into_iter().flatten().take(room));
    }
    let account = addresses_in_text::<Account>(subject, steps)
        .chain(
            lines()
                .flat_map(|unit| addresses_in_text(unit.text, steps))
                .take(MAX_TEXT_ADDRESSES),
        )
        .find(|address| address.domain() != "google.com" && !recipients.contains(address));
    let confirmation_code = numbered(subject)
        .or_else(|| lines().find_map(|unit| number_in(unit.text)))
        .map(str::to_owned);
    let mut link = None;
    for text in &message.parts.texts {
        steps.pay(text.content.len())?;
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

/// The number of a subject such as `(#123456789) …`.
fn numbered(subject: &str) -> Option<&str> {
    let after = subject.split_once('#')?.1;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    CODE_DIGITS.contains(&digits).then(|| after.get(..digits))?
}

/// The number in a line of the text. The words around it come in every language; where it is not nine digits, as most
/// are, a colon stands before it and nothing behind.
fn number_in(line: &str) -> Option<&str> {
    let digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let mut words = line
        .split([' ', ':'])
        .map(|word| word.trim_matches(['.', '。', ',', '*']));
    let last = line
        .rsplit_once(':')
        .map(|(_, value)| value.trim_matches(['.', '。', ',', '*', ' ']));
    words
        .find(|word| word.len() == 9 && digits(word))
        .or(last.filter(|word| CODE_DIGITS.contains(&word.len()) && digits(word)))
}

/// The link that accepts, from the text or from the source of a page.
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
            // No other link begins within this one; nothing of it is looked at twice.
            from = at + length;
        }
    })
}

fn is_of_link(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b')')
}
