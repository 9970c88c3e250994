//! The visible text of one part of a mail, in lines of cells. Plain text and HTML are searched in this form.
//!
//! [`fold`](fold::fold) gives each character one spelling when it is added, so that the search knows one spelling only.

pub(crate) mod fold;

use self::fold::fold;

/// Lines of visible text. A tab divides the cells of a line.
#[derive(Debug, Default)]
pub(crate) struct VisibleText {
    text: String,
    ends: Vec<End>,
    line_start: usize,
    heading: bool,
    /// Whether an empty line is above the current one.
    gap: bool,
    /// Whether a tag is between the last character and the next one.
    at_tag: bool,
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
    /// Reads plain text, without the `>` marks of quotation.
    pub(crate) fn from_plain_text(text: &str) -> Self {
        let mut visible = Self::default();
        let mut after_return = false;
        for line in text.split_inclusive(['\n', '\r', '\u{2028}', '\u{2029}', '\u{c}']) {
            // CRLF ends one line, not two.
            let is_rest = line == "\n" && after_return;
            after_return = line.ends_with('\r');
            if is_rest {
                continue;
            }
            let line = line.trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}', '\u{c}']);
            let line = line.trim_start_matches(['>', ' ', '\t']);
            for (at, cell) in line.split('\t').enumerate() {
                if at > 0 {
                    visible.end_cell();
                }
                visible.push(cell);
            }
            visible.break_line();
        }
        visible
    }

    /// Notes a tag inside a line. A tag divides a word from a number, as a reader mostly sees it too; it does not
    /// divide the digits of a number.
    pub(crate) fn mark_tag(&mut self) {
        self.at_tag = true;
    }

    /// Adds text to the current cell.
    pub(crate) fn push(&mut self, text: &str) {
        if std::mem::take(&mut self.at_tag)
            && let (Some(last), Some(next)) = (self.text.chars().next_back(), text.chars().next())
            && (last.is_alphabetic() && next.is_ascii_digit() || last.is_ascii_digit() && next.is_alphabetic())
        {
            self.text.push(' ');
        }
        let mut rest = text;
        loop {
            let plain = rest.bytes().take_while(|&b| (b' '..0x7F).contains(&b)).count();
            let (ascii, after) = rest.split_at(plain);
            self.push_ascii(ascii);
            let mut chars = after.chars();
            let Some(c) = chars.next() else { return };
            match fold(c) {
                Some(' ') => self.push_ascii(" "),
                Some(c) => self.text.push(c),
                None => {}
            }
            rest = chars.as_str();
        }
    }

    /// Adds printable ASCII, with several blanks as one.
    fn push_ascii(&mut self, text: &str) {
        for (at, word) in text.split(' ').enumerate() {
            if at > 0 && !self.text.ends_with([' ', '\t']) && self.text.len() > self.line_start {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
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
