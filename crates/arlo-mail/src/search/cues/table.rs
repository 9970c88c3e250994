//! A table of cues, in which those that begin at one place of a text are found at once.

use std::ops::Range;

/// A text that means something, for example a word. A blank at its beginning is the beginning of a word.
#[derive(Debug, Clone, Copy)]
struct Cue<M> {
    text: &'static [u8],
    /// The byte after the first two, by which most cues of a group are excluded.
    third: Option<u8>,
    meaning: M,
}

/// Cues, by their first two bytes that are no leading blank.
#[derive(Debug)]
pub(super) struct Table<M> {
    /// For each two bytes the group of the cues that begin with them inside a word, and at the beginning of one.
    index: Vec<[u16; 2]>,
    /// Group 0 is empty.
    groups: Vec<Vec<Cue<M>>>,
}

impl<M: Copy> Table<M> {
    /// A table of these cues. Each has two bytes or more.
    pub(super) fn new(cues: impl IntoIterator<Item = (&'static str, M)>) -> Self {
        let mut table = Self {
            index: vec![[0; 2]; 1 << 16],
            groups: vec![Vec::new()],
        };
        for (text, meaning) in cues {
            let cue = Cue {
                text: text.as_bytes(),
                third: text.trim_start().as_bytes().get(2).copied(),
                meaning,
            };
            table.add(true, cue);
            if !text.starts_with(' ') {
                table.add(false, cue);
            }
        }
        table
    }

    fn add(&mut self, starts_word: bool, cue: Cue<M>) {
        let Some(&[first, second]) = cue.text.trim_ascii_start().first_chunk() else {
            return;
        };
        let Some(group) = self
            .index
            .get_mut(place(first, second))
            .and_then(|groups| groups.get_mut(usize::from(starts_word)))
        else {
            return;
        };
        if *group == 0 {
            *group = u16::try_from(self.groups.len()).unwrap_or_default();
            self.groups.push(Vec::new());
        }
        if let Some(cues) = self.groups.get_mut(usize::from(*group)) {
            cues.push(cue);
        }
    }

    /// Passes the cues of a text to `is_enough`, from left to right, each with its place,
    /// until one is enough. Returns whether one was.
    pub(super) fn any(&self, words: &[u8], mut is_enough: impl FnMut(M, Range<usize>) -> bool) -> bool {
        let mut starts_word = false;
        for (at, pair) in words.array_windows().enumerate() {
            let &[first, second] = pair;
            let groups = self.index.get(place(first, second)).copied().unwrap_or_default();
            let [inside, at_start] = groups;
            let group = if starts_word { at_start } else { inside };
            starts_word = first == b' ';
            if group == 0 {
                continue;
            }
            let third = words.get(at + 2).copied();
            for cue in self.groups.get(usize::from(group)).into_iter().flatten() {
                if cue.third.is_some() && cue.third != third {
                    continue;
                }
                let start = if cue.text.starts_with(b" ") { at - 1 } else { at };
                let fits = words.get(start..).is_some_and(|rest| rest.starts_with(cue.text));
                if fits && is_enough(cue.meaning, start..start + cue.text.len()) {
                    return true;
                }
            }
        }
        false
    }
}

fn place(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

#[cfg(test)]
mod tests;
