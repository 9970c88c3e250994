//! The web and mail addresses of a text.
//!
//! An address ends at a blank, at the bracket of Outlook's and Markdown's links, and where another script begins: in
//! languages without blanks the sentence goes on there. An internationalised address has the other script itself.

use crate::address::is_of_other_script;

/// Says whether a number is part of a web or mail address. The caller asks for the numbers from left to right, so that
/// no byte is read more than twice.
pub(super) struct Addresses<'t> {
    text: &'t str,
    /// The bytes that were read so far, and what is at their end.
    seen: usize,
    place: Place,
    /// The next end of a word and the next mark, as far as they are known.
    end: usize,
    mark: usize,
}

/// What is at a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// Right behind the mark of an address.
    Mark,
    Address,
    /// An address that begins in another script.
    International,
}

impl Place {
    /// What is behind this character.
    fn after(self, c: char) -> Self {
        let is_other = is_of_other_script(c);
        match self {
            _ if is_bracket_or_blank(c) || is_other && !c.is_alphanumeric() => Self::Text,
            Self::Mark if is_other => Self::International,
            Self::Mark => Self::Address,
            Self::Address if is_other => Self::Text,
            place => place,
        }
    }
}

fn is_bracket_or_blank(c: char) -> bool {
    matches!(c, ' ' | '<' | '>')
}

impl<'t> Addresses<'t> {
    pub(super) fn in_text(text: &'t str) -> Self {
        Self {
            text,
            seen: 0,
            place: Place::Text,
            end: 0,
            mark: 0,
        }
    }

    /// Whether this number is part of an address.
    pub(super) fn contain(&mut self, start: usize, end: usize) -> bool {
        for (at, c) in self.text.get(self.seen..start).unwrap_or_default().char_indices() {
            let read = self.text.get(..self.seen + at + c.len_utf8()).unwrap_or_default();
            let is_mark = c == '@' || c == '/' && read.ends_with("://") || c == '.' && read.ends_with("www.");
            self.place = if is_mark { Place::Mark } else { self.place.after(c) };
        }
        self.seen = start;
        self.end = self.first(self.end, end, |text| {
            text.starts_with("](") || text.starts_with(|c| is_bracket_or_blank(c) || is_of_other_script(c))
        });
        self.mark = self.first(self.mark, end, |text| {
            text.starts_with('@') || text.starts_with("://") || text.starts_with("www.")
        });
        self.place != Place::Text || self.mark < self.end
    }

    /// The first position from `from` on that `is_it` accepts. `before` is the result of the last call.
    fn first(&self, before: usize, from: usize, is_it: impl Fn(&str) -> bool) -> usize {
        if before >= from {
            return before;
        }
        (from..self.text.len())
            .find(|&at| self.text.get(at..).is_some_and(&is_it))
            .unwrap_or(self.text.len())
    }
}
