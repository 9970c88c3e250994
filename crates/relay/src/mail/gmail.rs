//! Gmail's question whether a mailbox may forward here.
//!
//! Known by its sender, since subject and body come in every language. The older form carries a number to type in; in
//! the newer one there is only a link. Nothing but an https link to Gmail's own page that accepts is passed on: the mail
//! has one that cancels too, and whoever forges the mail would put his own.

use super::address::{addresses, addresses_in_text};
use super::header::{Header, unfold};
use super::message::page_of;
use super::mime::{Parts, Text};
use super::{ForwardingConfirmation, Provider};
use crate::account::Account;

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

pub(super) fn is_sender(from: &Account) -> bool {
    from.as_str() == SENDER
}

/// Reads the mail; `None` if it neither names an account nor has anything to confirm with.
pub(super) fn read(header: &Header<'_>, parts: &Parts<'_>) -> Option<ForwardingConfirmation> {
    let subject = header.decoded("Subject").unwrap_or_default();
    let pages: Vec<_> = parts.texts.iter().map(page_of).collect();
    let lines = || pages.iter().flat_map(|page| page.units());
    let recipients: Vec<Account> = header
        .all("To")
        .flat_map(|to| addresses(&unfold(to)))
        .flatten()
        .collect();
    let account = addresses_in_text(&subject)
        .chain(lines().flat_map(|unit| addresses_in_text(unit.text)))
        .find(|address| address.domain() != "google.com" && !recipients.contains(address));
    let confirmation_code = numbered(&subject)
        .or_else(|| lines().find_map(|unit| nine_digits(unit.text)))
        .map(str::to_owned);
    let link = parts.texts.iter().find_map(accepting_link);
    (account.is_some() || confirmation_code.is_some() || link.is_some()).then_some(ForwardingConfirmation {
        provider: Provider::Gmail,
        account,
        confirmation_code,
        link,
    })
}

/// The number of a subject such as `(#123456789) …`.
fn numbered(subject: &str) -> Option<&str> {
    let after = subject.split_once('#')?.1;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    CODE_DIGITS.contains(&digits).then(|| after.get(..digits))?
}

/// A word of nine digits.
fn nine_digits(line: &str) -> Option<&str> {
    line.split([' ', ':', '\u{ff1a}'])
        .map(|word| word.trim_matches(['.', '。', ',']))
        .find(|word| word.len() == 9 && word.bytes().all(|b| b.is_ascii_digit()))
}

/// The link that accepts, from the text or from the source of a page.
fn accepting_link(text: &Text<'_>) -> Option<String> {
    let content = &*text.content;
    ACCEPTS.iter().find_map(|prefix| {
        content.match_indices(prefix).find_map(|(at, _)| {
            let before = content.get(..at)?.chars().next_back();
            let begins =
                before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | '=' | ':'));
            let link: String = content
                .get(at..)?
                .chars()
                .take(MAX_LINK + 1)
                .take_while(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`' | ')'))
                .collect();
            let link = link.trim_end_matches(['.', ',', ';', ':']).replace("&amp;", "&");
            (begins && link.len() > prefix.len() && link.len() <= MAX_LINK).then_some(link)
        })
    })
}
