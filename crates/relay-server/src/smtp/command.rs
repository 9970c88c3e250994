//! One command line read strictly (RFC 5321 section 4.1).
//!
//! The input is one line without its end. Nothing in it can be another end, since control characters are refused.
//! Parameters of extensions that are not offered are refused, not ignored.

use super::Protocol;
use super::path::{self, Path};
use super::reply::{self, Reply};

/// A command of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// EHLO or LHLO (`extended`), or HELO, with the client's name.
    Hello {
        name: String,
        extended: bool,
    },
    /// MAIL FROM.
    Mail {
        /// `None` for the null reverse-path.
        reverse_path: Option<String>,
        /// The declared size in bytes; 0 for none.
        size: usize,
        smtputf8: bool,
    },
    /// RCPT TO with the address without quotes and source route, or `postmaster` alone.
    Recipient(String),
    Data,
    StartTls,
    Reset,
    Noop,
    Verify,
    Help,
    Quit,
}

/// The reply to a line that is not one of our commands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The reply, after which the session goes on.
    Reply(Reply),
    /// The client does not speak SMTP at all: the reply, then close.
    Close(Reply),
}

impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// Reads one line, given without its CRLF.
///
/// Each protocol has its own greeting command and refuses the other's: a client that is configured for the wrong one
/// gets an error at once (RFC 2033 section 4.1).
pub(super) fn parse(line: &[u8], protocol: Protocol) -> Result<Command, Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| reply::BAD_LINE)?;
    if text.chars().any(char::is_control) {
        return Err(reply::BAD_LINE.into());
    }
    if is_http(text) {
        return Err(Refusal::Close(reply::NOT_SMTP));
    }
    let text = text.trim_matches(' ');
    let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
    let argument = argument.trim_start_matches(' ');
    let alone = |command| {
        if argument.is_empty() {
            Ok(command)
        } else {
            Err(reply::BAD_ARGUMENTS)
        }
    };

    let command = match verb.to_ascii_uppercase().as_str() {
        "EHLO" if protocol == Protocol::Smtp => hello(argument, true),
        "HELO" if protocol == Protocol::Smtp => hello(argument, false),
        "LHLO" if protocol == Protocol::Lmtp => hello(argument, true),
        "MAIL" => mail(argument),
        "RCPT" => recipient(argument),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Reset),
        "QUIT" => alone(Command::Quit),
        "STARTTLS" => alone(Command::StartTls),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "VRFY" if argument.is_empty() => Err(reply::BAD_ARGUMENTS),
        "VRFY" => Ok(Command::Verify),
        "EXPN" | "AUTH" | "BDAT" | "ETRN" | "ATRN" | "TURN" | "SEND" | "SOML" | "SAML" => Err(reply::NOT_IMPLEMENTED),
        _ => Err(reply::UNKNOWN_COMMAND),
    };
    Ok(command?)
}

/// A browser can be made to send text to any port of its own machine. Its first line shows that it is a browser.
fn is_http(text: &str) -> bool {
    text.ends_with(" HTTP/1.1") || text.ends_with(" HTTP/1.0")
}

/// Clients give many odd names, and the name decides nothing: one word of printable ASCII is enough.
fn hello(name: &str, extended: bool) -> Result<Command, Reply> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(reply::BAD_ARGUMENTS);
    }
    Ok(Command::Hello {
        name: name.to_owned(),
        extended,
    })
}

fn mail(argument: &str) -> Result<Command, Reply> {
    let text = after_keyword(argument, "FROM:").ok_or(reply::BAD_ARGUMENTS)?;
    let (reverse_path, parameters) = match path::parse_reverse(text).ok_or(reply::BAD_SENDER)? {
        (Path::Null, rest) => (None, rest),
        (Path::Mailbox(mailbox), rest) => (Some(mailbox), rest),
        (Path::Postmaster, _) => return Err(reply::BAD_SENDER),
    };
    let (mut size, mut smtputf8) = (0, false);
    for (keyword, value) in each_parameter(parameters).ok_or(reply::BAD_SENDER)? {
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => size = declared_size(value).ok_or(reply::BAD_ARGUMENTS)?,
            ("SMTPUTF8", None) => smtputf8 = true,
            ("BODY", Some(value)) if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            ("SIZE" | "BODY", None) | ("SMTPUTF8", Some(_)) => return Err(reply::BAD_ARGUMENTS),
            _ => return Err(reply::BAD_PARAMETERS),
        }
    }
    if !smtputf8 && reverse_path.as_ref().is_some_and(|path| !path.is_ascii()) {
        return Err(reply::NEEDS_SMTPUTF8);
    }
    Ok(Command::Mail {
        reverse_path,
        size,
        smtputf8,
    })
}

fn recipient(argument: &str) -> Result<Command, Reply> {
    let text = after_keyword(argument, "TO:").ok_or(reply::BAD_ARGUMENTS)?;
    let (address, parameters) = match path::parse_forward(text).ok_or(reply::BAD_RECIPIENT)? {
        (Path::Mailbox(mailbox), rest) => (mailbox, rest),
        (Path::Postmaster, rest) => ("postmaster".to_owned(), rest),
        (Path::Null, _) => return Err(reply::BAD_RECIPIENT),
    };
    if each_parameter(parameters).ok_or(reply::BAD_RECIPIENT)?.next().is_some() {
        return Err(reply::BAD_PARAMETERS);
    }
    Ok(Command::Recipient(address))
}

/// What follows `FROM:` or `TO:`. Blanks after the colon are wrong and common.
fn after_keyword<'a>(argument: &'a str, keyword: &str) -> Option<&'a str> {
    let (start, rest) = argument.split_at_checked(keyword.len())?;
    start
        .eq_ignore_ascii_case(keyword)
        .then(|| rest.trim_start_matches(' '))
}

/// The parameters after a path, which follow a blank. Each is a keyword, with a value after `=` if it has one.
fn each_parameter(text: &str) -> Option<impl Iterator<Item = (&str, Option<&str>)>> {
    (text.is_empty() || text.starts_with(' ')).then(|| {
        text.split(' ').filter(|word| !word.is_empty()).map(|word| {
            word.split_once('=')
                .map_or((word, None), |(keyword, value)| (keyword, Some(value)))
        })
    })
}

/// RFC 1870 section 4: up to 20 digits. A number that is too large for `usize` is over any limit.
fn declared_size(value: &str) -> Option<usize> {
    let is_number = (1..=20).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &[u8]) -> Result<Command, Refusal> {
        super::parse(line, Protocol::Smtp)
    }

    fn refused(line: &str) -> u16 {
        match parse(line.as_bytes()) {
            Err(Refusal::Reply(reply)) => reply.code(),
            other => panic!("{line:?}: {other:?}"),
        }
    }

    fn mail_from(reverse_path: Option<&str>, size: usize, smtputf8: bool) -> Result<Command, Refusal> {
        Ok(Command::Mail {
            reverse_path: reverse_path.map(str::to_owned),
            size,
            smtputf8,
        })
    }

    #[test]
    fn commands_in_any_case() {
        for (line, command) in [
            ("DATA", Command::Data),
            ("data ", Command::Data),
            ("rSeT", Command::Reset),
            ("StartTLS", Command::StartTls),
            ("QUIT", Command::Quit),
            ("NOOP", Command::Noop),
            ("NOOP anything goes", Command::Noop),
            ("VRFY someone", Command::Verify),
            ("HELP", Command::Help),
            ("HELP MAIL", Command::Help),
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(command), "{line}");
        }
        assert_eq!(
            parse(b"ehlo [192.0.2.1]"),
            hello("[192.0.2.1]", true).map_err(Refusal::Reply)
        );
        assert_eq!(
            super::parse(b"lhlo a", Protocol::Lmtp),
            hello("a", true).map_err(Refusal::Reply)
        );
        for line in [&b"EHLO a"[..], b"HELO a"] {
            assert_eq!(
                super::parse(line, Protocol::Lmtp),
                Err(Refusal::Reply(reply::UNKNOWN_COMMAND))
            );
        }
        assert_eq!(parse(b"HELO my_host"), hello("my_host", false).map_err(Refusal::Reply));
    }

    #[test]
    fn reverse_paths() {
        assert_eq!(parse(b"MAIL FROM:<>"), mail_from(None, 0, false));
        assert_eq!(
            parse(b"mail from: <a@b.example>"),
            mail_from(Some("a@b.example"), 0, false)
        );
        assert_eq!(
            parse(b"MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME"),
            mail_from(Some("a@b.example"), 1000, false)
        );
        assert_eq!(
            parse(b"MAIL FROM:<a@[192.0.2.1]> size=99999999999999999999  body=7bit "),
            mail_from(Some("a@[192.0.2.1]"), usize::MAX, false)
        );
        assert_eq!(
            parse("MAIL FROM:<jörg@b.example> SMTPUTF8".as_bytes()),
            mail_from(Some("jörg@b.example"), 0, true)
        );
        assert_eq!(
            parse(b"MAIL FROM:<@x.example,@y.example:a@b.example>"),
            mail_from(Some("a@b.example"), 0, false)
        );
    }

    #[test]
    fn forward_paths() {
        for (path, address) in [
            ("<a@b.example>", "a@b.example"),
            ("<Postmaster>", "postmaster"),
            ("<\"a b\"@b.example>", "a b@b.example"),
            ("<jörg@b.example>", "jörg@b.example"),
        ] {
            assert_eq!(
                parse(format!("RCPT TO:{path}").as_bytes()),
                Ok(Command::Recipient(address.to_owned())),
                "{path}"
            );
        }
    }

    #[test]
    fn what_is_refused_and_how() {
        for (line, code) in [
            ("", 500),
            ("HELLO", 500),
            ("LHLO a", 500),
            ("MAILFROM:<a@b.example>", 500),
            ("NOOP\0", 500),
            ("NO\rOP", 500),
            ("RCPT TO:<a@b.example>\rRCPT TO:<c@b.example>", 500),
            ("EHLO", 501),
            ("EHLO jörg", 501),
            ("DATA now", 501),
            ("QUIT now", 501),
            ("RSET now", 501),
            ("STARTTLS now", 501),
            ("MAIL", 501),
            ("MAIL FROM:", 501),
            ("MAIL FROM:a@b.example", 501),
            ("MAIL FROM:<a@b.example", 501),
            ("MAIL FROM:<a>", 501),
            ("MAIL FROM:<@b.example>", 501),
            ("MAIL FROM:<postmaster>", 501),
            ("MAIL FROM:<a@b.example> SIZE=x", 501),
            ("MAIL TO:<a@b.example>", 501),
            ("RCPT TO:<>", 501),
            ("RCPT TO:< >", 501),
            ("RCPT TO:<a@@b.example>", 501),
            ("RCPT TO:<a@b.example", 501),
            ("EXPN list", 502),
            ("AUTH PLAIN AGEAYg==", 502),
            ("BDAT 10 LAST", 502),
            ("MAIL FROM:<a@b.example> SIZE=", 501),
            ("MAIL FROM:<a@b.example> SIZE=-1", 501),
            ("MAIL FROM:<a@b.example> SIZE=999999999999999999999", 501),
            ("MAIL FROM:<a@b.example> SMTPUTF8=yes", 501),
            ("MAIL FROM:<a@b.example>SIZE=1", 501),
            ("RCPT TO:<a@b.example>x", 501),
            ("VRFY", 501),
            ("EHLO two words", 501),
            ("MAIL FROM:<jörg@b.example>", 553),
            ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 555),
            ("MAIL FROM:<a@b.example> RET=FULL", 555),
            ("MAIL FROM:<a@b.example> AUTH=<>", 555),
            ("MAIL FROM:<a@b.example> X-OTHER=1", 555),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", 555),
            ("RCPT TO:<a@b.example> OTHER", 555),
        ] {
            assert_eq!(refused(line), code, "{line}");
        }
        assert_eq!(parse(b"NOOP \xff"), Err(Refusal::Reply(reply::BAD_LINE)));
        assert_eq!(parse(b"POST / HTTP/1.1"), Err(Refusal::Close(reply::NOT_SMTP)));
    }

    proptest! {
        #[test]
        fn no_line_panics_or_yields_a_control(
            verb in prop::sample::select(&["", "MAIL FROM:<", "RCPT TO:<", "EHLO ", "MAIL FROM:<a@b> "][..]),
            rest in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let line = [verb.as_bytes(), &rest].concat();
            let text = match parse(&line) {
                Ok(Command::Hello { name, .. }) => name,
                Ok(Command::Recipient(path) | Command::Mail { reverse_path: Some(path), .. }) => path,
                Ok(_) | Err(_) => return Ok(()),
            };
            prop_assert!(!text.is_empty() && !text.chars().any(char::is_control));
        }
    }
}
