//! The visible text of one part of a mail, in lines of cells. Plain text and HTML are searched in this form.
//!
//! [`fold`](fold::fold) gives each character one spelling when it is added, so that the search knows one spelling only.

pub(crate) mod fold;

use memchr::memchr;

use self::fold::{compose, fold};
use crate::code::CODE_DIGITS;

/// Lines of visible text. A tab divides the cells of a line.
#[derive(Debug, Default)]
pub(crate) struct VisibleText {
    text: String,
    ends: Vec<End>,
    line_start: usize,
    heading: bool,
    /// Whether an empty line is above the current one.
    gap: bool,
    /// What is between the last character and the next one.
    edge: Edge,
}

/// What is between two characters of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Edge {
    #[default]
    None,
    /// A tag inside a line.
    Tag,
    /// The edge of a box in a line.
    Box,
}

/// Digits of the longest group of a divided code.
const MAX_GROUP: usize = 3;

/// How far printable ASCII goes without two blanks in a row.
fn plain_length(text: &str, mut after_blank: bool) -> usize {
    let plain = text.bytes().take_while(|&byte| {
        let is_second_blank = byte == b' ' && after_blank;
        after_blank = byte == b' ';
        (b' '..0x7F).contains(&byte) && !is_second_blank
    });
    plain.count()
}

/// The end of a line.
#[derive(Debug, Clone, Copy)]
struct End {
    at: usize,
    heading: bool,
    after_gap: bool,
}

/// One cell of one line. It is not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'t> {
    pub(crate) text: &'t str,
    pub(crate) line: usize,
    pub(crate) heading: bool,
    /// Whether an empty line is above its line.
    pub(crate) after_gap: bool,
}

impl VisibleText {
    /// No text yet, with room for as many bytes.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        let mut visible = Self::default();
        visible.text.reserve(bytes);
        visible
    }

    /// Reads plain text, without the `>` marks of quotation.
    pub(crate) fn from_plain_text(text: &str) -> Self {
        let mut visible = Self::with_room_for(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest.as_bytes());
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            // CRLF ends one line, not two.
            let line = line.strip_suffix('\r').unwrap_or(line);
            // Unicode's line separator is a blank, as in HTML: with one in his name, a writer could end the line of a
            // forwarded mail that says who he is.
            for line in line.split(['\r', '\u{c}']) {
                visible.push_line(line);
            }
        }
        visible
    }

    /// Adds a line of plain text.
    fn push_line(&mut self, line: &str) {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        let mut rest = line;
        while let Some((cell, after)) = memchr(b'\t', rest.as_bytes()).and_then(|tab| rest.split_at_checked(tab)) {
            self.push(cell);
            self.end_cell();
            rest = after.get(1..).unwrap_or_default();
        }
        self.push(rest);
        self.break_line();
    }

    /// Notes a tag inside a line. A tag divides a word from a number, as a reader mostly sees it too; it does not
    /// divide the digits of a number.
    pub(crate) fn mark_tag(&mut self) {
        if self.edge == Edge::None {
            self.edge = Edge::Tag;
        }
    }

    /// Notes the edge of a box inside a line. It also divides digits, since a box mostly has room around it. Short
    /// groups of digits on both sides may be one number. Otherwise what begins here is another number, and stands in
    /// another cell.
    pub(crate) fn mark_box(&mut self) {
        self.edge = Edge::Box;
    }

    /// Adds text to the current cell.
    pub(crate) fn push(&mut self, text: &str) {
        let edge = std::mem::take(&mut self.edge);
        if edge != Edge::None {
            self.divide(edge, text);
        }
        let text = compose(text);
        let mut rest = &*text;
        loop {
            let after_blank = self.is_after_blank();
            if after_blank {
                rest = rest.trim_start_matches(' ');
            }
            let (ascii, after) = rest.split_at(plain_length(rest, after_blank));
            self.text.push_str(ascii);
            let mut chars = after.chars();
            let Some(c) = chars.next() else { return };
            match fold(c) {
                Some(' ') if self.is_after_blank() => {}
                Some(c) => self.text.push(c),
                None => {}
            }
            rest = chars.as_str();
        }
    }

    /// Divides the last character from the next one at an edge.
    fn divide(&mut self, edge: Edge, text: &str) {
        let (Some(last), Some(next)) = (self.text.chars().next_back(), text.chars().next()) else {
            return;
        };
        let is_number = edge == Edge::Box && next.is_ascii_digit();
        let is_long = |group: &mut dyn Iterator<Item = u8>| {
            let digits = group.take_while(u8::is_ascii_digit);
            digits.take(MAX_GROUP + 1).count() > MAX_GROUP
        };
        let is_other = || is_long(&mut self.text.bytes().rev()) || last.is_ascii_digit() && is_long(&mut text.bytes());
        if is_number && (self.ends_in_whole_code() || is_other()) {
            self.end_cell();
        } else if last.is_alphabetic() && next.is_ascii_digit()
            || last.is_ascii_digit() && next.is_alphabetic()
            || last.is_ascii_digit() && is_number
        {
            self.text.push(' ');
        }
    }

    /// Whether the line ends in as many digits as a code has, perhaps with blanks between them.
    fn ends_in_whole_code(&self) -> bool {
        let line = self.text.get(self.line_start..).unwrap_or_default();
        let end = line
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b' ');
        // There are no two blanks in a row.
        end.take(2 * CODE_DIGITS).filter(u8::is_ascii_digit).count() >= CODE_DIGITS
    }

    /// Whether another blank would be invisible.
    fn is_after_blank(&self) -> bool {
        self.text.len() == self.line_start || self.text.ends_with([' ', '\t'])
    }

    /// Ends a cell. The next text is beside it.
    pub(crate) fn end_cell(&mut self) {
        if self.text.len() > self.line_start {
            self.text.push('\t');
        }
    }

    /// Ends a line, unless it is empty. The next text is below it.
    pub(crate) fn end_line(&mut self) {
        if self.text.len() > self.line_start {
            self.ends.push(End {
                at: self.text.len(),
                heading: self.heading,
                after_gap: std::mem::take(&mut self.gap),
            });
            self.line_start = self.text.len();
        }
        self.edge = Edge::None;
        self.heading = false;
    }

    /// Ends a line, also an empty one.
    pub(crate) fn break_line(&mut self) {
        self.gap |= self.text.len() == self.line_start;
        self.end_line();
    }

    /// Marks the current line as a heading.
    pub(crate) fn mark_heading(&mut self) {
        self.heading = true;
    }

    /// The cells that are not blank.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let mut start = 0;
        self.ends
            .iter()
            .enumerate()
            .flat_map(move |(line, &end)| {
                let text = self.text.get(start..end.at).unwrap_or_default();
                start = end.at;
                text.split('\t').map(move |cell| Cell {
                    text: cell.trim(),
                    line,
                    heading: end.heading,
                    after_gap: end.after_gap,
                })
            })
            .filter(|cell| !cell.text.is_empty())
    }
}

#[cfg(test)]
mod tests;
