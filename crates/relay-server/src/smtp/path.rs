//! The paths of MAIL and RCPT (RFC 5321 section 4.1.2, with RFC 6531 section 3.3 for what is beyond ASCII).
//!
//! Only the syntax is checked here, and quotes and source routes are taken off, so that every spelling of a mailbox
//! reads alike. Lengths are bounded by the command line: the 64 bytes that RFC 5321 gives a local part are exceeded by
//! the reverse-paths that forwarders make, and refusing those would lose mail. For the same reason a reverse-path may
//! have dots where RFC 5321 has none: telephone companies gave out mailboxes such as `lark..7` and `lark.`.

/// The content of the angle brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Nothing.
    Null,
    /// `postmaster` without a domain, in any case.
    Postmaster,
    /// Local part, `@` and domain or address literal; the local part without its quotes.
    Mailbox(String),
}

/// Reads the path of MAIL with its brackets, and returns what follows it. `None` for what is no path.
pub(super) fn parse_reverse(text: &str) -> Option<(Path, &str)> {
    parse(text, |local_part| !local_part.is_empty())
}

/// Reads the path of RCPT likewise.
pub(super) fn parse_forward(text: &str) -> Option<(Path, &str)> {
    parse(text, |local_part| local_part.split('.').all(|atom| !atom.is_empty()))
}

/// Reads a path whose local part, where it is not quoted, has only dots that `dots_fit` allows.
fn parse(text: &str, dots_fit: impl Fn(&str) -> bool) -> Option<(Path, &str)> {
    let text = text.strip_prefix('<')?;
    if let Some(rest) = text.strip_prefix('>') {
        return Some((Path::Null, rest));
    }
    let (local_part, rest) = match skip_route(text)? {
        text if text.starts_with('"') => quoted_string(text)?,
        text => atoms_and_dots(text).filter(|(local_part, _)| dots_fit(local_part))?,
    };
    if let Some(rest) = rest.strip_prefix('>') {
        return local_part
            .eq_ignore_ascii_case("postmaster")
            .then_some((Path::Postmaster, rest));
    }
    let (domain, rest) = rest.strip_prefix('@')?.split_once('>')?;
    (is_domain(domain) || is_address_literal(domain)).then(|| (Path::Mailbox(format!("{local_part}@{domain}")), rest))
}

/// `@one,@two:` is obsolete: to be accepted, and ignored (RFC 5321 section 4.1.1.3).
fn skip_route(text: &str) -> Option<&str> {
    if !text.starts_with('@') {
        return Some(text);
    }
    let (route, rest) = text.split_once(':')?;
    route
        .split(',')
        .all(|hop| hop.strip_prefix('@').is_some_and(is_domain))
        .then_some(rest)
}

fn atoms_and_dots(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c| !is_atext(c) && c != '.')?;
    let (local_part, rest) = text.split_at_checked(end)?;
    Some((local_part.to_owned(), rest))
}

fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut characters = text.strip_prefix('"')?.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => content.push(characters.next()?),
            c => content.push(c),
        }
    }
    (!content.is_empty()).then_some((content, characters.as_str()))
}

/// What an atom consists of.
pub(super) fn is_atext(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// Looser than RFC 5321 by the underscore, which names in use have.
fn is_domain(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '_')
    })
}

fn is_address_literal(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .is_some_and(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !"[]\\".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(text: &str) -> Option<String> {
        match parse_forward(text)? {
            (Path::Mailbox(mailbox), "") => Some(mailbox),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn mailboxes() {
        for (path, expected) in [
            ("<a@b.example>", "a@b.example"),
            ("<a.b+c@b>", "a.b+c@b"),
            ("<A@B.Example>", "A@B.Example"),
            ("<\"a\"@b.example>", "a@b.example"),
            ("<\"a b\"@b.example>", "a b@b.example"),
            ("<\"a>b\"@b.example>", "a>b@b.example"),
            ("<\"a\\\"\\\\b\"@b.example>", "a\"\\b@b.example"),
            ("<\"a@other.example\"@b.example>", "a@other.example@b.example"),
            ("<@x.example,@y.example:a@b.example>", "a@b.example"),
            ("<a%other.example@b.example>", "a%other.example@b.example"),
            ("<other.example!a@b.example>", "other.example!a@b.example"),
            ("<a@[192.0.2.1]>", "a@[192.0.2.1]"),
            ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"),
            ("<jörg@bücher.example>", "jörg@bücher.example"),
            (
                "<casey+caf_=0123456789abcdef0123456789abcdef0123456789abcdef=relay.example@gmail.com>",
                "casey+caf_=0123456789abcdef0123456789abcdef0123456789abcdef=relay.example@gmail.com",
            ),
        ] {
            assert_eq!(mailbox(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn other_paths_and_what_follows() {
        assert_eq!(parse_reverse("<>"), Some((Path::Null, "")));
        assert_eq!(parse_reverse("<> SIZE=1"), Some((Path::Null, " SIZE=1")));
        assert_eq!(parse_forward("<PostMaster>x"), Some((Path::Postmaster, "x")));
    }

    #[test]
    fn what_is_no_path() {
        for text in [
            "",
            "a@b.example",
            "<",
            "<a",
            "<a>",
            "<\"a\">",
            "<a@b.example",
            "< >",
            "< a@b.example>",
            "<a @b.example>",
            "<a@ b.example>",
            "<a@>",
            "<@b.example>",
            "<@b.example:>",
            "<@b.example,a@c.example>",
            "<@:a@b.example>",
            "<a@@b.example>",
            "<a@b@c.example>",
            "<.a@b.example>",
            "<a.@b.example>",
            "<a..b@b.example>",
            "<a@.example>",
            "<a@b..example>",
            "<a@b.example.>",
            "<\"\"@b.example>",
            "<\"a@b.example>",
            "<\"a\\>",
            "<\"a\"b@b.example>",
            "<a(b)@b.example>",
            "<a@[]>",
            "<a@[192.0.2.1>",
            "<a@b[192.0.2.1]>",
        ] {
            assert_eq!(parse_forward(text), None, "{text}");
        }
    }

    #[test]
    fn a_reverse_path_may_have_dots_anywhere() {
        for (path, expected) in [
            ("<lark..7@phone.example>", "lark..7@phone.example"),
            ("<lark.@phone.example>", "lark.@phone.example"),
            ("<.lark@phone.example>", ".lark@phone.example"),
            ("<..@phone.example>", "..@phone.example"),
        ] {
            let mailbox = Some((Path::Mailbox(expected.to_owned()), ""));
            assert_eq!(parse_reverse(path), mailbox, "{path}");
            assert_eq!(parse_forward(path), None, "{path}");
        }
        for path in [
            "<@phone.example>",
            "<lark@phone..example>",
            "<lark@>",
            "<la rk@phone.example>",
        ] {
            assert_eq!(parse_reverse(path), None, "{path}");
        }
    }
}
