//! The block of header lines that a mail program puts above a mail that is forwarded inline.
//!
//! Mail programs differ in the line before the block, in the fields that they show and in the order of the fields, and
//! they write the names in the language of the person who forwards ([`labels`]). A block is a From line
//! with another known field above or below it. Lines of an unknown name do not end the block as long as a known field
//! follows. The forwarded text begins after the block.
//!
//! The block counts if its From has the address of a listed sender and no other address. No other field names the
//! author. Only the first block of a text counts: a later one is part of what the author of the first wrote.
//!
//! The author of a forwarded mail chooses the name in the From, which may be like a whole block. So a line below the
//! From ends it only if no program would have wrapped the From there ([`NARROW`]), and a block on one line has one form
//! only ([`author_in_one_line`]).

use super::labels::{self, Label};
use crate::address::addresses_in_text;
use crate::excerpt::head;
use crate::sender::{Sender, Senders};
use crate::steps::{Steps, TooComplex};
use crate::visible::Cell;

/// Lines of a block above its From, and lines below.
const MAX_LINES: usize = 16;
/// Lines over which a From may be wrapped.
const MAX_WRAPPED: usize = 3;
/// Columns to which every program fills a line before it wraps the line.
const NARROW: usize = 60;
/// Addresses that a From line may have. One with more names nobody.
const MAX_AUTHORS: usize = 8;

/// The beginning and the end of the line above a block.
const RULE: &str = "-----";

/// Steps for the lines around a From.
const FROM_LINE: usize = 256;

/// What a line of a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field<'t> {
    From(&'t str),
    Other,
    /// A From without a colon after its name. The text is empty if the value is in the next cell.
    BareFrom(&'t str),
    /// Another known field without a colon.
    BareOther,
    /// A line like a field, with an unknown name.
    Unknown,
    /// Any other line.
    Text,
}

/// Marks of quotations, lists and tables that may be before a field.
#[rustfmt::skip]
const MARKS: [char; 23] = [
    '*', '_', '|', '>', ' ', '-', '+', '–', '—', '·', '•', '‣', '⁃', '●', '○', '◦', '■', '□', '▪', '▫', '→', '►', '➤',
];

/// What a cell is. `next` is the cell beside it.
fn field<'t>(cell: &Cell<'t>, next: Option<&Cell<'t>>) -> Field<'t> {
    let text = cell.text.trim_start_matches(MARKS);
    let start = head(text, labels::MAX_NAME);
    let Some(end) = start.find([':', '՝', '|']) else {
        return match next {
            Some(_) => cell_of_table(text, "").unwrap_or_else(|| unmarked_field(text)),
            None => unmarked_field(text),
        };
    };
    let (name, value) = text.split_at(end);
    if value.starts_with('|') {
        let row = cell_of_table(name, value.trim_matches(['|', ' ']));
        return row.unwrap_or_else(|| unmarked_field(text));
    }
    let name = folded(name);
    match labels::label(&name) {
        Some(Label::From) => Field::From(value.trim_start_matches([':', '՝'])),
        Some(Label::Other) => Field::Other,
        None if is_name(&name) => Field::Unknown,
        None => unmarked_field(text),
    }
}

/// A name of a field as [`labels`] has it.
fn folded(name: &str) -> String {
    name.trim_matches(['*', '_', ' ']).to_lowercase()
}

/// The field whose name is all that a cell of a table has, as NetEase writes them. The value is in the next cell.
fn cell_of_table<'t>(name: &str, value: &'t str) -> Option<Field<'t>> {
    if name.len() > labels::MAX_NAME {
        return None;
    }
    Some(match labels::label(&folded(name))? {
        Label::From => Field::BareFrom(value),
        Label::Other => Field::BareOther,
    })
}

/// A field without a colon, as eM Client writes them. The names are common words. So a From counts only with an address
/// and nothing else behind it, and the other fields only on the lines next to it.
fn unmarked_field(text: &str) -> Field<'_> {
    let words = head(text, labels::MAX_NAME).match_indices(' ').take(2);
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

/// Whether an unknown name could be the name of a field: a few words without a digit.
fn is_name(name: &str) -> bool {
    name.split(' ').count() <= 5
        && name.chars().any(char::is_alphabetic)
        && name
            .chars()
            .all(|c| !c.is_numeric() && !matches!(c, '.' | '!' | '?' | ',' | '@' | '/'))
}

/// Whether a text is an author and nothing else: an address, or a name and an address in brackets.
fn is_author(text: &str) -> bool {
    let address = match text.rsplit_once(['<', '[', '(']) {
        Some((_, address)) if text.ends_with(['>', ']', ')']) => address,
        Some(_) => return false,
        None => text,
    };
    address.contains('@') && !address.contains(' ')
}

/// One line of a text.
struct Line<'l, 't> {
    cells: &'l [Cell<'t>],
    /// The index of the first cell after the line.
    end: usize,
}

impl<'t> Line<'_, 't> {
    /// What the line is, by its first cell.
    fn field(&self) -> Field<'t> {
        self.fields().next().unwrap_or(Field::Text)
    }

    /// What each cell is.
    fn fields(&self) -> impl Iterator<Item = Field<'t>> {
        let next = self.cells.iter().skip(1).map(Some).chain([None]);
        self.cells.iter().zip(next).map(|(cell, next)| field(cell, next))
    }

    fn after_gap(&self) -> bool {
        self.cells.first().is_some_and(|cell| cell.after_gap)
    }

    /// Whether the first word of the next line would have had room in this line, so that the line was not wrapped
    /// there.
    fn has_room_for(&self, next: &Line<'_, '_>) -> bool {
        let columns = |text: &str| text.chars().take(NARROW + 1).count() + 1;
        let own: usize = self.cells.iter().map(|cell| columns(cell.text)).sum();
        let word = next.cells.first().and_then(|cell| cell.text.split(' ').next());
        own + word.map_or(0, columns) <= NARROW
    }

    /// Whether the From of the line above goes on in this line. A line that begins with the name of a field may be the
    /// rest of a wrapped From.
    fn continues_author(&self, above: &Line<'_, '_>) -> bool {
        let Some(first) = self.cells.first().filter(|cell| !cell.after_gap) else {
            return false;
        };
        let text = first.text.trim();
        let may_go_on = match self.field() {
            Field::Text => true,
            Field::Unknown | Field::BareOther => !above.has_room_for(self),
            _ => false,
        };
        may_go_on
            && text.len() < 256
            && !text.contains('|')
            && (is_author(text) || text.starts_with(['<', '[']) || text.ends_with('>') && text.contains('@'))
    }
}

/// Returns the index of the first cell after the first block, if the From of that block has the address of a listed
/// sender and no other.
pub(super) fn end_of_first_block(
    cells: &[Cell<'_>],
    senders: &Senders,
    steps: &Steps,
) -> Result<Option<usize>, TooComplex> {
    let mut lines: Vec<Line<'_, '_>> = Vec::new();
    for line in cells.chunk_by(|one, next| one.line == next.line) {
        steps.count_checked(line.iter().map(|cell| cell.text.len()).sum())?;
        let start = lines.last().map_or(0, |line| line.end);
        lines.push(Line {
            cells: line,
            end: start + line.len(),
        });
    }
    for (at, line) in lines.iter().enumerate() {
        if let Some(author) = line.cells.first().and_then(|cell| author_in_one_line(cell.text)) {
            return Ok(Some(line.end).filter(|_| names_sender(author, senders, steps)));
        }
        let Some(author) = author(&lines, at) else { continue };
        steps.count_checked(FROM_LINE)?;
        let end = block_end(&lines, at, author.last);
        if author.text.contains('@') {
            return Ok(end.filter(|_| names_sender(&author.text, senders, steps)));
        }
        if end.is_some() {
            // The first block has no address. A later block is part of what its author wrote.
            return Ok(None);
        }
    }
    Ok(None)
}

/// The value of a From line.
struct Author {
    text: String,
    /// The index of its last line.
    last: usize,
}

/// The From that begins on this line, in any of its cells.
fn author(lines: &[Line<'_, '_>], at: usize) -> Option<Author> {
    let line = lines.get(at)?;
    let (from, value) = line.fields().enumerate().find_map(|(cell, field)| match field {
        Field::From(value) | Field::BareFrom(value) => Some((cell, value)),
        _ => None,
    })?;
    let cells = line.cells.iter().skip(from + 1);
    let mut text = value.to_owned();
    let mut last = at;
    let wrapped = lines.iter().skip(at + 1).zip(lines.iter().skip(at)).take(MAX_WRAPPED);
    let wrapped = wrapped
        .take_while(|(line, above)| line.continues_author(above))
        .inspect(|_| last += 1);
    for cell in cells.chain(wrapped.flat_map(|(line, _)| line.cells)) {
        text.push(' ');
        text.push_str(cell.text);
    }
    Some(Author { text, last })
}

/// The author in a block that is one line, as Yahoo Mail writes it: `----- Forwarded Message ----- From: Arlo
/// <address>To: Robin <address>Sent: Sunday …`. It has exactly two addresses, each in brackets and with another field
/// right behind it. A name that is like a block would be a third address, or a part without one.
fn author_in_one_line(text: &str) -> Option<&str> {
    let (_, block) = text.strip_prefix(RULE)?.trim_start_matches('-').split_once(RULE)?;
    let block = block.trim_start_matches(['-', ' ']);
    let mut parts = block.splitn(4, '>');
    let mut next_field = || {
        let part = parts.next()?;
        let (name, value) = part.split_at_checked(head(part, labels::MAX_NAME).find(':')?)?;
        Some((labels::label(&folded(name))?, name, value))
    };
    let (from, to, sent) = (next_field()?, next_field()?, next_field()?);
    let has_address = |value: &str| value.matches('<').count() == 1 && value.contains('@');
    let is_block = parts.next().is_none()
        && (from.0, to.0, sent.0) == (Label::From, Label::Other, Label::Other)
        && to.1 != sent.1
        && has_address(from.2)
        && has_address(to.2)
        && !sent.2.contains(['<', '@'])
        && sent.2.contains(|c: char| c.is_ascii_digit());
    is_block.then_some(from.2)
}

/// The index of the first cell after the block whose From is on the lines from `from` to `last`; `None` if no other
/// field is next to the From.
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
        // An empty line is between this line and the next one.
        let apart = lines.get(at + 1).is_some_and(Line::after_gap);
        above = is_known(line) && !(bare && apart);
        if above || line.field() != Field::Unknown || apart {
            break;
        }
    }
    let mut end = lines.get(last)?.end;
    let beside = lines.get(from)?.fields().skip(1).any(|field| field == Field::Other);
    let mut below = false;
    for line in lines.iter().skip(last + 1).take(MAX_LINES) {
        let wrapped = || !line.after_gap() && line.cells.first().is_some_and(|cell| cell.text.contains('@'));
        if is_known(line) {
            below = true;
            end = line.end;
            continue;
        }
        match line.field() {
            Field::Unknown if !line.after_gap() => {}
            // A list of recipients that goes on.
            Field::Text | Field::BareOther if wrapped() => {}
            _ => break,
        }
    }
    (above || beside || below).then_some(end)
}

/// Whether a From has the address of a listed sender and no other address.
fn names_sender(author: &str, senders: &Senders, steps: &Steps) -> bool {
    let mut found = addresses_in_text::<Sender>(author, steps).peekable();
    author.matches('@').count() <= MAX_AUTHORS
        && found.peek().is_some()
        && found.all(|address| senders.contains(&address))
}
