//! One command line read strictly (RFC 5321 section 4.1), with `smtp-proto` for the grammar.
//!
//! The parser underneath is lenient where that would be unsafe or unclear here: it finds the line's end itself at any LF,
//! drops CR anywhere, takes arguments after DATA, reads `<postmaster>` and `<>` alike, and knows parameters of extensions
//! that are not offered, and wraps a SIZE of too many digits. So it only ever sees one line whose end was found before, without control characters, and what
//! it returns is checked.

use smtp_proto::{Error, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8, MailFrom, RcptTo, Request};

use super::reply::{self, Reply};

/// A command of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// EHLO (`extended`) or HELO with the client's name.
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

/// What answers a line that is no command of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The reply, after which the session goes on.
    Reply(Reply),
    /// The other side does not speak SMTP at all: the reply, then close.
    Close(Reply),
}

/// Reads one line, given without its CRLF.
pub(super) fn parse(line: &[u8]) -> Result<Command, Refusal> {
    let refuse = |reply: Reply| Err(Refusal::Reply(reply));
    let Ok(text) = std::str::from_utf8(line) else {
        return refuse(reply::BAD_LINE);
    };
    if text.chars().any(char::is_control) {
        return refuse(reply::BAD_LINE);
    }
    let text = text.trim_end();
    if is_http(text) {
        return Err(Refusal::Close(reply::NOT_SMTP));
    }
    let terminated = [text.as_bytes(), b"\r\n"].concat();
    let request = match Request::parse(&mut terminated.iter()) {
        Ok(request) => request,
        Err(error) => return refuse(refusal(&error)),
    };
    let has_argument = text.trim_start().contains(' ');

    match request {
        Request::Ehlo { host } => hello(&host, true).map_err(Refusal::Reply),
        Request::Helo { host } => hello(&host, false).map_err(Refusal::Reply),
        Request::Mail { from } => mail(text, from).map_err(Refusal::Reply),
        Request::Rcpt { to } => recipient(text, to).map_err(Refusal::Reply),
        Request::Data | Request::Rset | Request::Quit | Request::StartTls if has_argument => {
            refuse(reply::BAD_ARGUMENTS)
        }
        Request::Data => Ok(Command::Data),
        Request::Rset => Ok(Command::Reset),
        Request::Quit => Ok(Command::Quit),
        Request::StartTls => Ok(Command::StartTls),
        Request::Noop { .. } => Ok(Command::Noop),
        Request::Vrfy { .. } => Ok(Command::Verify),
        Request::Help { .. } => Ok(Command::Help),
        Request::Expn { .. }
        | Request::Auth { .. }
        | Request::Bdat { .. }
        | Request::Burl { .. }
        | Request::Etrn { .. }
        | Request::Atrn { .. } => refuse(reply::NOT_IMPLEMENTED),
        Request::Lhlo { .. } => refuse(reply::UNKNOWN_COMMAND),
    }
}

/// A browser can be made to send text to any port of its own machine; its first line gives it away.
fn is_http(text: &str) -> bool {
    text.ends_with(" HTTP/1.1") || text.ends_with(" HTTP/1.0")
}

fn refusal(error: &Error) -> Reply {
    match error {
        Error::InvalidSenderAddress => reply::BAD_SENDER,
        Error::InvalidRecipientAddress => reply::BAD_RECIPIENT,
        Error::SyntaxError { .. } | Error::InvalidParameter { .. } => reply::BAD_ARGUMENTS,
        Error::UnsupportedParameter { .. } => reply::BAD_PARAMETERS,
        _ => reply::UNKNOWN_COMMAND,
    }
}

/// Clients name themselves in many odd ways, and the name decides nothing: printable ASCII is enough.
fn hello(name: &str, extended: bool) -> Result<Command, Reply> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(reply::BAD_ARGUMENTS);
    }
    Ok(Command::Hello {
        name: name.to_owned(),
        extended,
    })
}

fn mail(text: &str, from: MailFrom<std::borrow::Cow<'_, str>>) -> Result<Command, Reply> {
    let offered = MailFrom {
        address: from.address.clone(),
        size: from.size,
        flags: from.flags & (MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8),
        ..MailFrom::default()
    };
    if from != offered {
        return Err(reply::BAD_PARAMETERS);
    }
    if declares_absurd_size(text) {
        return Err(reply::BAD_ARGUMENTS);
    }
    let smtputf8 = from.flags & MAIL_SMTPUTF8 != 0;
    if !smtputf8 && !from.address.is_ascii() {
        return Err(reply::NEEDS_SMTPUTF8);
    }
    let reverse_path = match (from.address.is_empty(), is_null_path(text)) {
        (true, true) => None,
        // `<postmaster>`, which only RCPT allows.
        (true, false) => return Err(reply::BAD_SENDER),
        (false, _) => Some(from.address.into_owned()),
    };
    Ok(Command::Mail {
        reverse_path,
        size: from.size,
        smtputf8,
    })
}

/// Whether SIZE has more than 19 digits, where the parser begins to count from nothing again.
fn declares_absurd_size(text: &str) -> bool {
    text.split(' ')
        .filter_map(|word| word.split_once('='))
        .any(|(key, value)| key.eq_ignore_ascii_case("SIZE") && value.len() > 19)
}

fn recipient(text: &str, to: RcptTo<std::borrow::Cow<'_, str>>) -> Result<Command, Reply> {
    let offered = RcptTo {
        address: to.address.clone(),
        ..RcptTo::default()
    };
    if to != offered {
        return Err(reply::BAD_PARAMETERS);
    }
    match (to.address.is_empty(), is_null_path(text)) {
        (true, true) => Err(reply::BAD_RECIPIENT),
        (true, false) => Ok(Command::Recipient("postmaster".to_owned())),
        (false, _) => Ok(Command::Recipient(to.address.into_owned())),
    }
}

/// Whether the line's path is `<>`.
fn is_null_path(text: &str) -> bool {
    text.split_once('<')
        .is_some_and(|(_, path)| path.trim_start().starts_with('>'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            ("<\"a\"@b.example>", "a@b.example"),
            ("<\"a b\"@b.example>", "a b@b.example"),
            ("<\"a>b\"@b.example>", "a>b@b.example"),
            ("<\"a@other.example\"@b.example>", "a@other.example@b.example"),
            ("<@other.example:a@b.example>", "a@b.example"),
            ("<a%other.example@b.example>", "a%other.example@b.example"),
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
            ("MAIL FROM:<a@b.example> SIZE=99999999999999999999", 501),
            ("MAIL FROM:<a@b.example> size=99999999999999999999999 BODY=7BIT", 501),
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
            match parse(&line) {
                Ok(Command::Hello { name: text, .. } | Command::Recipient(text) | Command::Mail { reverse_path: Some(text), .. }) => {
                    prop_assert!(!text.is_empty() && !text.chars().any(char::is_control));
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
}
