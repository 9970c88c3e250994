//! The web and mail addresses of a text.

/// Says whether a number is part of a web or mail address. The caller asks for the numbers from left to right, so that
/// no byte is read more than twice.
pub(super) struct Addresses<'t> {
    text: &'t [u8],
    /// The bytes that were read so far, and whether the last word of them has a mark of an address.
    seen: usize,
    marked: bool,
    /// The next blank and the next mark, as far as they are known.
    blank: usize,
    mark: usize,
}

impl<'t> Addresses<'t> {
    pub(super) fn in_text(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            seen: 0,
            marked: false,
            blank: 0,
            mark: 0,
        }
    }

    /// Whether this number is part of an address.
    pub(super) fn contain(&mut self, start: usize, end: usize) -> bool {
        for at in self.seen..start {
            self.marked = match self.text.get(at) {
                Some(b' ') => false,
                Some(b'@') => true,
                Some(b'/' | b'.') => self.marked || self.ends_mark(at),
                _ => self.marked,
            };
        }
        self.seen = start;
        self.blank = self.first(self.blank, end, |text| text.starts_with(b" "));
        self.mark = self.first(self.mark, end, |text| {
            text.starts_with(b"@") || text.starts_with(b"://") || text.starts_with(b"www.")
        });
        self.marked || self.mark < self.blank
    }

    fn ends_mark(&self, at: usize) -> bool {
        let text = self.text.get(..=at).unwrap_or_default();
        text.ends_with(b"://") || text.ends_with(b"www.")
    }

    /// The first position from `from` on that `is_it` accepts. `before` is the result of the last call.
    fn first(&self, before: usize, from: usize, is_it: impl Fn(&[u8]) -> bool) -> usize {
        if before >= from {
            return before;
        }
        (from..self.text.len())
            .find(|&at| self.text.get(at..).is_some_and(&is_it))
            .unwrap_or(self.text.len())
    }
}
