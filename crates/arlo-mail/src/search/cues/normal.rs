//! A text in the form in which cues are looked for.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::super::words::HARMLESS;

/// A text in that form, with the places of the marks that divide it.
#[derive(Debug, Default)]
pub(super) struct Marked {
    pub(super) words: Vec<u8>,
    /// The blanks in the words that stand for a mark such as a colon or a comma, over which no name goes.
    marks: Vec<usize>,
    /// Whether it ends in a colon.
    pub(super) ends_in_colon: bool,
}

impl Marked {
    pub(super) fn new(text: &str) -> Self {
        let mut marked = Self {
            words: Vec::with_capacity(text.len() + 3),
            marks: Vec::new(),
            ends_in_colon: text.trim_end().ends_with([':', '：']),
        };
        marked.read(text);
        for (word, phrases) in HARMLESS_FINDERS.iter() {
            if word.find(&marked.words).is_some() {
                phrases.iter().for_each(|phrase| marked.remove(phrase));
            }
        }
        marked
    }

    /// Whether a mark is at one of these places.
    pub(super) fn is_divided(&self, places: RangeInclusive<usize>) -> bool {
        let next = self.marks.partition_point(|mark| mark < places.start());
        self.marks.get(next).is_some_and(|mark| places.contains(mark))
    }

    fn read(&mut self, text: &str) {
        let words = &mut self.words;
        words.push(b' ');
        let mut after_blank = true;
        let mut before = ' ';
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let was_after_blank = std::mem::replace(&mut after_blank, false);
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii_alphanumeric() || byte == b'@' => words.push(byte.to_ascii_lowercase()),
                _ if is_of_word(c) => {
                    for lower in c.to_lowercase().filter_map(letter) {
                        words.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                _ => {
                    if !was_after_blank {
                        words.push(b' ');
                    }
                    // A hyphen between two blanks is a dash.
                    let is_dash = c == '-' && before == ' ' && chars.peek() == Some(&' ');
                    let blank = words.len() - 1;
                    if (is_dash || divides(c)) && self.marks.last() != Some(&blank) {
                        self.marks.push(blank);
                    }
                    if matches!(c, '%' | '\u{66a}') {
                        words.extend_from_slice(b"% ");
                    }
                    after_blank = true;
                }
            }
            before = c;
        }
        if !after_blank {
            words.push(b' ');
        }
        words.push(b'$');
    }

    /// Replaces a phrase by a blank.
    fn remove(&mut self, phrase: &Finder<'_>) {
        if phrase.find(&self.words).is_none() {
            return;
        }
        let mut kept = Vec::with_capacity(self.words.len());
        let mut marks = self.marks.iter().peekable();
        let mut kept_marks = Vec::new();
        let mut from = 0;
        let ends = phrase.find_iter(&self.words).map(Some).chain([None]);
        for at in ends {
            let end = at.unwrap_or(self.words.len());
            while let Some(mark) = marks.next_if(|&&mark| mark < end) {
                kept_marks.push(mark - from + kept.len());
            }
            kept.extend_from_slice(self.words.get(from..end).unwrap_or_default());
            from = end + phrase.needle().len();
            if at.is_some() {
                // The blank has the mark that the phrase had at one of its ends.
                while marks.next_if(|&&mark| mark < from).is_some() {
                    if kept_marks.last() != Some(&kept.len()) {
                        kept_marks.push(kept.len());
                    }
                }
                kept.push(b' ');
            }
        }
        self.words = kept;
        self.marks = kept_marks;
    }
}

/// Whether a character ends what may be one name.
fn divides(c: char) -> bool {
    matches!(
        c,
        ':' | '：' | ',' | '，' | '、' | '،' | ';' | '；' | '|' | '｜' | '·' | '•' | '–' | '—'
    )
}

/// A text in lower case, with one blank between its words and at both ends, and a `$` at the end. A mail address is one
/// word, and a percent sign is one. Letters are compared as they are in capitals, see [`letter`]. The phrases that mean
/// nothing are removed.
pub(super) fn normal(text: &str) -> Vec<u8> {
    Marked::new(text).words
}

/// One form of a small letter whose capital other letters have too; `None` for a mark that only some writers set.
fn letter(c: char) -> Option<char> {
    Some(match c {
        // The capital of the Turkish ı is I, and the small letter of İ is an i with a dot.
        'ı' => 'i',
        '\u{307}' => return None,
        // Greek capitals have no accents, and only a small sigma differs at the end of a word.
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        _ => c,
    })
}

/// Whether a character that is not ASCII is part of a word: a letter, a digit or a mark of one.
fn is_of_word(c: char) -> bool {
    // Between the last two are the quotation marks and dashes of all scripts.
    let may_be_mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{1fff}' | '\u{2c00}'..);
    may_be_mark && !c.is_whitespace() || c.is_alphanumeric()
}

/// [`HARMLESS`], to be searched.
static HARMLESS_FINDERS: LazyLock<Vec<(Finder<'static>, Vec<Finder<'static>>)>> = LazyLock::new(|| {
    let lists = HARMLESS.iter();
    lists
        .map(|(word, phrases)| (Finder::new(*word), phrases.iter().map(Finder::new).collect()))
        .collect()
});

#[cfg(test)]
mod tests;
