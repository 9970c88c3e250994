//! The addresses in an address field (RFC 5322 section 3.4) and in running text.
//!
//! Only the address itself counts. Display names, comments and quoted text give no address, whatever they look like:
//! `"do_not_reply@arlo.com" <someone@example.net>` gives `someone@example.net`.

use crate::account::Account;
use crate::limits::MAX_TEXT_ADDRESSES;
use crate::sender::{Author, Sender};
use crate::steps::Steps;

/// Steps for one address beside its bytes: normalisation and Punycode.
const ADDRESS: usize = 32;

/// A type that an address can be read as.
pub(crate) trait Address: Sized {
    fn read(text: &str) -> Option<Self>;
}

impl Address for Account {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Address for Sender {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Address for Author {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

fn parse<A: Address>(text: &str, steps: &Steps) -> Option<A> {
    steps.count(ADDRESS + text.len());
    A::read(text)
}

/// Reads the first addresses of a field, `most` at most, in order. An address that cannot be read gives `None`, so that
/// a caller that needs exactly one address sees that there are more. Other text gives nothing.
pub(crate) fn addresses<A: Address>(field: &str, most: usize, steps: &Steps) -> Vec<Option<A>> {
    steps.count(field.len());
    let mut found = Vec::new();
    let mut bare = String::new();
    let mut bracketed: Option<String> = None;
    let mut had_brackets = false;
    let mut comment_depth = 0_usize;
    let mut chars = field.chars();
    loop {
        if found.len() >= most {
            return found;
        }
        if comment_depth == 0 {
            let rest = chars.as_str();
            let (plain, special) = rest.split_at(rest.find(is_special).unwrap_or(rest.len()));
            bracketed.as_mut().unwrap_or(&mut bare).push_str(plain);
            chars = special.chars();
        }
        let Some(c) = chars.next() else { break };
        if comment_depth > 0 {
            match c {
                '\\' => drop(chars.next()),
                '(' => comment_depth += 1,
                ')' => comment_depth -= 1,
                _ => {}
            }
            continue;
        }
        match c {
            '(' => comment_depth = 1,
            '"' => {
                // No known sender or account has a quoted local part. The quote makes the address unreadable.
                let target = bracketed.as_mut().unwrap_or(&mut bare);
                target.push('"');
                while let Some(quoted) = chars.next() {
                    match quoted {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '<' => bracketed = Some(String::new()),
            '>' => {
                if let Some(address) = bracketed.take() {
                    found.push(parse(&address, steps));
                    had_brackets = true;
                }
            }
            ',' | ';' if bracketed.is_none() => {
                if !had_brackets {
                    push_bare(&mut found, &bare, steps);
                }
                bare.clear();
                had_brackets = false;
            }
            // What came before is the name of a group.
            ':' if bracketed.is_none() => bare.clear(),
            _ => bracketed.as_mut().unwrap_or(&mut bare).push(c),
        }
    }
    if let Some(address) = bracketed {
        found.push(parse(&address, steps));
    } else if !had_brackets {
        push_bare(&mut found, &bare, steps);
    }
    found
}

/// Whether a character does not belong to an address or a name, or not always.
fn is_special(c: char) -> bool {
    matches!(c, '(' | '"' | '<' | '>' | ',' | ';' | ':')
}

fn push_bare<A: Address>(found: &mut Vec<Option<A>>, text: &str, steps: &Steps) {
    if text.contains('@') {
        found.push(parse(text, steps));
    }
}

/// Reads the first addresses in running text. A word with an `@` that is no address counts for the limit too.
pub(crate) fn addresses_in_text<'t, A: Address + 't>(text: &'t str, steps: &'t Steps) -> impl Iterator<Item = A> + 't {
    steps.count(text.len());
    text.split(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ';' | ':')
    })
    .filter(|word| word.contains('@'))
    .take(MAX_TEXT_ADDRESSES)
    .filter_map(|word| {
        let word = word.trim_matches(|c: char| matches!(c, '.' | '\'' | '!' | '?' | '*' | '“' | '”'));
        parse(word, steps)
    })
}

#[cfg(test)]
mod tests;
