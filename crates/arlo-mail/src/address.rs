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
    words(text)
        .take(MAX_TEXT_ADDRESSES)
        .filter_map(|word| parse(without_marks(word), steps))
}

/// The words of running text that have an `@`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ';' | ':')
    })
    .filter(|word| word.contains('@'))
}

fn without_marks(word: &str) -> &str {
    word.trim_matches(|c: char| matches!(c, '.' | '\'' | '!' | '?' | '*' | '“' | '”'))
}

/// Reads the first accounts in a text of a known writer, in which a particle or a mark may touch an address, as in
/// `lark@gmail.com의`. Of a stranger's text [`addresses_in_text`] takes whole words, since a part of an address is
/// another mailbox.
pub(crate) fn accounts_in_prose<'t>(text: &'t str, steps: &'t Steps) -> impl Iterator<Item = Account> + 't {
    // A word is looked at once for each `@` beside a byte.
    steps.count(2 * text.len());
    words(text)
        .flat_map(around_each_at)
        .take(MAX_TEXT_ADDRESSES)
        .filter_map(|word| parse(untouched(without_marks(word)), steps))
}

/// What is around each `@` of a word, to the next one. Languages without blanks can have several addresses in a word.
fn around_each_at(word: &str) -> impl Iterator<Item = &str> {
    let ats = || word.match_indices('@').map(|(at, _)| at);
    let starts = [0].into_iter().chain(ats().map(|at| at + 1));
    let ends = ats().skip(1).chain([word.len()]);
    let is_ascii = word.is_ascii();
    let parts = starts.zip(ends).filter_map(|(from, to)| word.get(from..to));
    is_ascii
        .then_some(word)
        .into_iter()
        .chain(parts.filter(move |_| !is_ascii))
}

/// The address in a word without what touches it: the ASCII name before the `@` from the last change of script or mark,
/// and the ASCII domain to the next one. An internationalised address stays whole.
fn untouched(word: &str) -> &str {
    let Some((local, domain)) = word.split_once('@') else {
        return word;
    };
    if !domain.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return word;
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_' | '\'');
    let name = local.trim_end_matches(is_of_name);
    let is_touched = !local.is_ascii() && !name.ends_with(is_latin);
    let name = local.get(name.len()..).unwrap_or_default();
    let name = name.trim_start_matches(['.', '+', '-', '\'']);
    let from = if is_touched && !name.is_empty() {
        local.len() - name.len()
    } else {
        0
    };
    word.get(from..local.len() + 1 + domain_end(domain)).unwrap_or(word)
}

/// The end of an ASCII domain that a text begins with; the end of the text if it may be a domain as a whole.
fn domain_end(text: &str) -> usize {
    let after = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let ascii = text.get(..text.len() - after.len()).unwrap_or_default();
    let last = ascii.rfind('.').map_or(0, |dot| dot + 1);
    let label = ascii.get(last..).unwrap_or_default();
    // No top-level domain has a hyphen, but for those in Punycode.
    let hyphen = label
        .find('-')
        .filter(|_| !label.to_ascii_lowercase().starts_with("xn--"));
    let end = hyphen.map_or(ascii.len(), |at| last + at);
    let touches = hyphen.is_some() || after.starts_with(|c: char| c == '\'' || is_of_other_script(c));
    let rest = text.get(end..).unwrap_or_default();
    let rest = rest
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-'))
        .next();
    let goes_on = rest.is_some_and(|rest| rest.trim_end_matches('.').contains('.'));
    if touches && last > 0 && last < end && !goes_on {
        end
    } else {
        text.len()
    }
}

/// Whether a character shows where a sentence goes on right behind an ASCII address: a letter or a mark of another
/// script.
pub(crate) fn is_of_other_script(c: char) -> bool {
    !c.is_ascii() && !is_latin(c)
}

/// Whether a letter, or a mark on one, is of the script that ASCII letters are of: an address may have both.
fn is_latin(c: char) -> bool {
    let is_of_latin_1 = matches!(c, '\u{c0}'..='\u{ff}') && !matches!(c, '×' | '÷');
    let is_of_latin_blocks = matches!(c, '\u{100}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    c.is_ascii_alphabetic() || is_of_latin_1 || is_of_latin_blocks || matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests;
