//! Mail forwarded inline: the block of quoted header lines that mail programs put above it.
//!
//! Programs differ in the line that announces the block, in the order of its fields and in the fields they show, and
//! write the names in the reader's language ([`labels`](crate::labels)). A line named like From with a listed sender's
//! address and no other, with another header line beside it, is such a block; what follows the block is the forwarded
//! text. Lines of an unknown name do not end it as long as a known one follows. From alone says who wrote: what To,
//! Reply-To, the subject or an unknown field say does not. The first block of a text counts, and no later one.

use crate::address::addresses_in_text;
use crate::budget::{Steps, TooComplex};
use crate::labels::{self, Label};
use crate::page::Unit;
use crate::sentence;
use crate::{Sender, Senders};

/// Lines of a block on either side of its From.
const MAX_LINES: usize = 16;
/// Lines over which a From may be wrapped.
const MAX_WRAPPED: usize = 3;
/// Addresses of a From that are looked at; one that has more is nobody's.
const MAX_AUTHORS: usize = 8;

/// Steps for looking at the lines beside a From.
const FROM_LINE: usize = 256;

/// What a line is in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field<'u> {
    From(&'u str),
    Other,
    /// The same two without a colon.
    BareFrom(&'u str),
    BareOther,
    /// Named like a field, by a name that is not known.
    Unknown,
    /// No field.
    Text,
}

/// What a unit is that stands at the beginning of a line.
fn field<'u>(unit: &Unit<'u>) -> Field<'u> {
    let text = unit.text.trim_start_matches(['*', '_', '|', '>', ' ']);
    let head = sentence::head(text, labels::MAX_NAME + 8);
    let Some(colon) = head.find([':', '՝']) else {
        return unmarked_field(text);
    };
    let (name, value) = text.split_at(colon);
    let name = name.trim_matches(['*', '_', ' ']).to_lowercase();
    match labels::label(&name) {
        Some(Label::From) => Field::From(value.trim_start_matches([':', '՝'])),
        Some(Label::Other) => Field::Other,
        None if is_name(&name) => Field::Unknown,
        None => unmarked_field(text),
    }
}

/// A field without the colon, as eM Client writes them. Its names are common words: only From with an address behind it
/// and nothing else is one, and the lines that touch it.
fn unmarked_field(text: &str) -> Field<'_> {
    let words = sentence::head(text, labels::MAX_NAME).match_indices(' ').take(2);
    for (at, _) in words {
        let (name, value) = text.split_at(at);
        match labels::label(&name.to_lowercase()) {
            Some(Label::From) if is_author(value.trim()) => return Field::BareFrom(value),
            Some(Label::Other) => return Field::BareOther,
            _ => {}
        }
    }
    Field::Text
}

/// Whether an unknown name could be a field's: a few words without a digit.
fn is_name(name: &str) -> bool {
    name.split(' ').count() <= 5
        && name.chars().any(char::is_alphabetic)
        && name
            .chars()
            .all(|c| !c.is_numeric() && !matches!(c, '.' | '!' | '?' | ',' | '@' | '/'))
}

/// Whether a text is an author and nothing else: an address, or a name with the address in brackets.
fn is_author(text: &str) -> bool {
    let address = match text.rsplit_once(['<', '[', '(']) {
        Some((_, address)) if text.ends_with(['>', ']', ')']) => address,
        Some(_) => return false,
        None => text,
    };
    address.contains('@') && !address.contains(' ')
}

/// One line of a text.
struct Line<'l, 'u> {
    units: &'l [Unit<'u>],
    /// The index of the first unit after it.
    end: usize,
}

impl<'u> Line<'_, 'u> {
    fn field(&self) -> Field<'u> {
        self.units.first().map_or(Field::Text, field)
    }

    fn after_gap(&self) -> bool {
        self.units.first().is_some_and(|unit| unit.after_gap)
    }

    /// Whether it goes on with a From that the line above begins.
    fn continues_author(&self) -> bool {
        let Some(first) = self.units.first().filter(|unit| !unit.after_gap) else {
            return false;
        };
        let text = first.text.trim();
        matches!(field(first), Field::Text | Field::Unknown | Field::BareOther)
            && text.len() < 256
            && (is_author(text) || text.starts_with(['<', '[']) || text.ends_with('>') && text.contains('@'))
    }
}

/// The index of the first unit after the first header block, if that block names a listed sender and nobody else as its
/// author.
pub(crate) fn after_header_block(
    units: &[Unit<'_>],
    senders: &Senders,
    steps: &Steps,
) -> Result<Option<usize>, TooComplex> {
    let mut lines: Vec<Line<'_, '_>> = Vec::new();
    for line in units.chunk_by(|one, next| one.line == next.line) {
        steps.pay(line.iter().map(|unit| unit.text.len()).sum())?;
        let start = lines.last().map_or(0, |line| line.end);
        lines.push(Line {
            units: line,
            end: start + line.len(),
        });
    }
    for at in 0..lines.len() {
        let Some(author) = author(&lines, at) else { continue };
        steps.pay(FROM_LINE)?;
        let end = block_end(&lines, at, author.last);
        if author.text.contains('@') {
            return Ok(end.filter(|_| names_sender(&author.text, senders, steps)));
        }
        if end.is_some() {
            // A block that names nobody: a later one is part of what that somebody wrote.
            return Ok(None);
        }
    }
    Ok(None)
}

/// A From, with all that stands in it.
struct Author {
    text: String,
    /// The last line of it.
    last: usize,
}

/// The From that a line begins, or that stands in a cell of it.
fn author(lines: &[Line<'_, '_>], at: usize) -> Option<Author> {
    let line = lines.get(at)?;
    // The first one with an address in it or beside it; without an address, the first.
    let last_address = line.units.iter().rposition(|unit| unit.text.contains('@'));
    let mut found = None;
    for (index, unit) in line.units.iter().enumerate() {
        let (Field::From(value) | Field::BareFrom(value)) = field(unit) else {
            continue;
        };
        if found.is_none() {
            found = Some((index, value));
        }
        if last_address.is_some_and(|last| index < last || index == last && value.contains('@')) {
            found = Some((index, value));
            break;
        }
    }
    let (index, value) = found?;
    let mut text = value.to_owned();
    let rest = line.units.iter().skip(index + 1);
    let mut last = at;
    let wrapped = lines.iter().skip(at + 1).take(MAX_WRAPPED);
    let wrapped = wrapped
        .take_while(|line| line.continues_author())
        .inspect(|_| last += 1);
    for unit in rest.chain(wrapped.flat_map(|line| line.units)) {
        text.push(' ');
        text.push_str(unit.text);
    }
    Some(Author { text, last })
}

/// The first unit after the block whose From is on the lines from `from` to `last`; `None` where no other field of a
/// block stands beside it.
fn block_end(lines: &[Line<'_, '_>], from: usize, last: usize) -> Option<usize> {
    let bare = matches!(lines.get(from)?.field(), Field::BareFrom(_));
    let is_known = |line: &Line<'_, '_>| match line.field() {
        Field::Other => !bare,
        Field::BareOther => bare && !line.after_gap(),
        _ => false,
    };
    let mut above = false;
    for at in (from.saturating_sub(MAX_LINES)..from).rev() {
        let line = lines.get(at)?;
        // The line below it begins anew.
        let apart = lines.get(at + 1).is_some_and(Line::after_gap);
        above = is_known(line) && !(bare && apart);
        if above || line.field() != Field::Unknown || apart {
            break;
        }
    }
    let mut end = lines.get(last)?.end;
    let beside = lines
        .get(from)?
        .units
        .iter()
        .skip(1)
        .any(|unit| field(unit) == Field::Other);
    let mut below = false;
    for line in lines.iter().skip(last + 1).take(MAX_LINES) {
        let wrapped = || !line.after_gap() && line.units.first().is_some_and(|unit| unit.text.contains('@'));
        if is_known(line) {
            below = true;
            end = line.end;
            continue;
        }
        match line.field() {
            Field::Unknown if !line.after_gap() => {}
            // More of the recipients.
            Field::Text | Field::BareOther if wrapped() => {}
            _ => break,
        }
    }
    (above || beside || below).then_some(end)
}

/// Whether a From names a listed sender and nobody else.
fn names_sender(author: &str, senders: &Senders, steps: &Steps) -> bool {
    let mut found = addresses_in_text::<Sender>(author, steps).peekable();
    author.matches('@').count() <= MAX_AUTHORS
        && found.peek().is_some()
        && found.all(|address| senders.contains(&address))
}
