//! The addresses of an address field (RFC 5322 section 3.4), found without trusting its form.
//!
//! Only the address itself counts. Display names, comments and quoted text give none, whatever they look like, so
//! that `"do_not_reply@arlo.com" <someone@example.net>` is someone's.

use crate::account::Account;

/// Reads every address of a field, in order. What is no address is left out; `None` stands for one that cannot be
/// read, so that a caller that needs exactly one sees that there were more.
pub(super) fn addresses(field: &str) -> Vec<Option<Account>> {
    let mut found = Vec::new();
    let mut bare = String::new();
    let mut bracketed: Option<String> = None;
    let mut had_brackets = false;
    let mut comment_depth = 0_usize;
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
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
                    found.push(Account::parse(&address).ok());
                    had_brackets = true;
                }
            }
            ',' | ';' if bracketed.is_none() => {
                if !had_brackets {
                    push_bare(&mut found, &bare);
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
        found.push(Account::parse(&address).ok());
    } else if !had_brackets {
        push_bare(&mut found, &bare);
    }
    found
}

fn push_bare(found: &mut Vec<Option<Account>>, text: &str) {
    if text.contains('@') {
        found.push(Account::parse(text).ok());
    }
}

/// The addresses that stand anywhere in running text.
pub(super) fn addresses_in_text(text: &str) -> impl Iterator<Item = Account> + '_ {
    text.split(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ';' | ':')
    })
    .filter(|word| word.contains('@'))
    .filter_map(|word| {
        Account::parse(word.trim_matches(|c: char| matches!(c, '.' | '\'' | '!' | '?' | '*' | '“' | '”'))).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Vec<String> {
        addresses(field)
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
        let found: Vec<_> = addresses_in_text("casey@example.org, Arlo <mailto:do_not_reply@arlo.com>. @ x@")
            .map(|a| a.as_str().to_owned())
            .collect();
        assert_eq!(found, ["casey@example.org", "do_not_reply@arlo.com"]);
    }
}
