//! What a reader of a mail sees, as lines of cells: the form in which plain text and HTML are searched alike.
//!
//! Characters are folded as they come in, so that the search needs to know one spelling only: decimal digits of every
//! common script and full-width forms are ASCII, blanks are one blank, hyphens are `-`, and what has no width is gone.

/// Lines of visible text. Cells of a line are divided by a tab.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    ends: Vec<End>,
    line_start: usize,
    heading: bool,
    /// Whether an empty line stands above the open one.
    gap: bool,
    /// Whether a tag stands between the last character and the next.
    at_tag: bool,
}

/// Where a line ends in the text.
#[derive(Debug, Clone, Copy)]
struct End {
    at: usize,
    heading: bool,
    after_gap: bool,
}

/// The smallest piece of layout that stands by itself: one cell of one line, not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit<'p> {
    pub(crate) text: &'p str,
    pub(crate) line: usize,
    pub(crate) heading: bool,
    /// Whether an empty line stands above its line.
    pub(crate) after_gap: bool,
}

impl Page {
    /// Reads plain text, without the marks of quotation.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut page = Self::default();
        let mut after_return = false;
        for line in text.split_inclusive(['\n', '\r', '\u{2028}', '\u{2029}', '\u{c}']) {
            // CRLF ends one line.
            let is_rest = line == "\n" && after_return;
            after_return = line.ends_with('\r');
            if is_rest {
                continue;
            }
            let line = line.trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}', '\u{c}']);
            let line = line.trim_start_matches(['>', ' ', '\t']);
            for (at, cell) in line.split('\t').enumerate() {
                if at > 0 {
                    page.end_cell();
                }
                page.push(cell);
            }
            page.break_line();
        }
        page
    }

    /// Says that a tag within the line stands here. It divides a word from a number, which it mostly sets apart for the
    /// eye too, but not the digits of a number.
    pub(crate) fn mark_tag(&mut self) {
        self.at_tag = true;
    }

    /// Adds visible text to the open cell.
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

    /// Adds printable ASCII, its runs of blanks as one.
    fn push_ascii(&mut self, text: &str) {
        for (at, word) in text.split(' ').enumerate() {
            if at > 0 && !self.text.ends_with([' ', '\t']) && self.text.len() > self.line_start {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
    }

    /// Ends a cell: what follows stands beside it.
    pub(crate) fn end_cell(&mut self) {
        if self.text.len() > self.line_start {
            self.text.push('\t');
        }
    }

    /// Ends a line: what follows stands below it.
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

    /// Ends a line that is one even where nothing is on it.
    pub(crate) fn break_line(&mut self) {
        self.gap |= self.text.len() == self.line_start;
        self.end_line();
    }

    /// Says that the open line is a heading.
    pub(crate) fn mark_heading(&mut self) {
        self.heading = true;
    }

    /// The cells that have something in them.
    pub(crate) fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        let mut start = 0;
        self.ends
            .iter()
            .enumerate()
            .flat_map(move |(line, &end)| {
                let text = self.text.get(start..end.at).unwrap_or_default();
                start = end.at;
                text.split('\t').map(move |cell| Unit {
                    text: cell.trim(),
                    line,
                    heading: end.heading,
                    after_gap: end.after_gap,
                })
            })
            .filter(|unit| !unit.text.is_empty())
    }
}

/// One spelling for the characters that look or act alike; `None` for those that have no width.
pub(crate) fn fold(c: char) -> Option<char> {
    Some(match c {
        '\t'..='\r' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => return None,
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // Not the comma and the stop: between digits they would make one number of two.
        '０'..='９' | '＃' | '＄' | '％' | '＆' | '＋' | '－' | '／' | '：' | '＝' | '＠' | '＿' => {
            from_offset('!', c, '！')
        }
        '\u{3002}' | '\u{ff61}' => '。',
        '\u{1d7ce}'..='\u{1d7ff}' => digit((u32::from(c) - 0x1d7ce) % 10),
        _ => {
            const ZEROES: [char; 14] = [
                '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
                '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}',
            ];
            match ZEROES
                .iter()
                .find(|&&zero| (zero..=from_offset(zero, '9', '0')).contains(&c))
            {
                Some(&zero) => from_offset('0', c, zero),
                None => c,
            }
        }
    })
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}

/// The character as far after `base` as `c` is after `origin`.
fn from_offset(base: char, c: char, origin: char) -> char {
    char::from_u32(u32::from(base) + u32::from(c) - u32::from(origin)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_spelled_alike() {
        let page = Page::of_text(
            "> 46\u{200b}7\u{a0}2\u{ad}66 \t x\n\n４６７２６６\r\n٤٦٧२६६\u{1d7d2}\n4\u{fe0f}\u{20e3}\n46–72",
        );
        let texts: Vec<_> = page.units().map(|u| (u.line, u.text)).collect();
        assert_eq!(
            texts,
            [
                (0, "467 266"),
                (0, "x"),
                (1, "467266"),
                (2, "4672664"),
                (3, "4"),
                (4, "46-72")
            ]
        );
    }
}
