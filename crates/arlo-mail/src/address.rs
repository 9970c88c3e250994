//! The addresses of an address field (RFC 5322 section 3.4), found without trusting its form.
//!
//! Only the address itself counts. Display names, comments and quoted text give none, whatever they look like, so
//! that `"do_not_reply@arlo.com" <someone@example.net>` is someone's.

use crate::account::Account;
use crate::budget::Steps;
use crate::limits::MAX_TEXT_ADDRESSES;
use crate::sender::{Author, Sender};

/// What reading one address costs beside its bytes: normalisation and punycode.
const ADDRESS: usize = 32;

/// What an address is read as.
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
    steps.spend(ADDRESS + text.len());
    A::read(text)
}

/// Reads the first addresses of a field, in order. What is no address is left out; `None` stands for one that cannot be
/// read, so that a caller that needs exactly one sees that there were more.
pub(crate) fn addresses<A: Address>(field: &str, most: usize, steps: &Steps) -> Vec<Option<A>> {
    steps.spend(field.len());
    let mut found = Vec::new();
    let mut bare = String::new();
    let mut bracketed: Option<String> = None;
    let mut had_brackets = false;
    let mut comment_depth = 0_usize;
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        if found.len() >= most {
            return found;
        }
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
                // A quoted local part is not among the addresses we know; the quote makes it unreadable.
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
            // The name of a group.
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

fn push_bare<A: Address>(found: &mut Vec<Option<A>>, text: &str, steps: &Steps) {
    if text.contains('@') {
        found.push(parse(text, steps));
    }
}

/// The first addresses that stand anywhere in running text. What is none of them but has their sign counts for the
/// limit too.
pub(crate) fn addresses_in_text<'t, A: Address + 't>(text: &'t str, steps: &'t Steps) -> impl Iterator<Item = A> + 't {
    steps.spend(text.len());
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
mod tests {
    use super::*;

    fn read(field: &str) -> Vec<String> {
        addresses::<Account>(field, usize::MAX, &Steps::new(0))
            .into_iter()
            .map(|a| a.map_or("?".to_owned(), |a| a.as_str().to_owned()))
            .collect()
    }

    #[test]
    fn only_the_address_counts() {
        for (field, expected) in [
            ("do_not_reply@arlo.com", &["do_not_reply@arlo.com"][..]),
            ("Arlo <Do_Not_Reply@ARLO.com>", &["do_not_reply@arlo.com"]),
            ("\"do_not_reply@arlo.com\" <x@example.net>", &["x@example.net"]),
            ("do_not_reply@arlo.com <x@example.net>", &["x@example.net"]),
            (
                "=?utf-8?q?Arlo,_Inc?= <do_not_reply@arlo.com>",
                &["do_not_reply@arlo.com"],
            ),
            ("x@example.net (do_not_reply@arlo.com)", &["x@example.net"]),
            ("(a (nested) b@c.example) x@example.net", &["x@example.net"]),
            ("a@example.org, B <b@example.org>", &["a@example.org", "b@example.org"]),
            ("<a@example.org> <b@example.org>", &["a@example.org", "b@example.org"]),
            ("undisclosed-recipients:;", &[]),
            (
                "friends: a@example.org, b@example.org;",
                &["a@example.org", "b@example.org"],
            ),
            ("\"do_not_reply\"@arlo.com", &["?"]),
            ("Arlo <do_not_reply@arlo.com", &["do_not_reply@arlo.com"]),
            ("Arlo <>", &["?"]),
            ("", &[]),
        ] {
            assert_eq!(read(field), expected, "{field}");
        }
    }

    #[test]
    fn running_text_gives_its_addresses() {
        let steps = Steps::new(0);
        let found: Vec<_> = addresses_in_text("casey@example.org, Arlo <mailto:do_not_reply@arlo.com>. @ x@", &steps)
            .map(|a: Account| a.as_str().to_owned())
            .collect();
        assert_eq!(found, ["casey@example.org", "do_not_reply@arlo.com"]);
    }
}
