//! The lines that the last server puts in front of a message (RFC 5321 section 4.4): `Return-Path` and `Received`.
//!
//! `Received` has no `for` clause: a relay address is a secret, and mail that is no code is sent on to the operator.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use super::Protocol;
use super::path::is_atext;
use super::session::Hello;

/// The content of the lines.
pub(super) struct Trace<'a> {
    /// `None` for the null reverse-path.
    pub(super) reverse_path: Option<&'a str>,
    pub(super) protocol: Protocol,
    pub(super) hello: &'a Hello,
    /// `None` for a client on this machine, which has no address.
    pub(super) client: Option<IpAddr>,
    pub(super) hostname: &'a str,
    pub(super) tls: bool,
    pub(super) smtputf8: bool,
    pub(super) time: Timestamp,
}

impl Trace<'_> {
    /// The lines, each with its CRLF.
    pub(super) fn lines(&self) -> String {
        let reverse_path = self.reverse_path.map(quoted).unwrap_or_default();
        let name: String = self.hello.name.chars().map(harmless).collect();
        let client = match self.client {
            Some(IpAddr::V4(address)) => format!(" ([{address}])"),
            Some(IpAddr::V6(address)) => format!(" ([IPv6:{address}])"),
            None => String::new(),
        };
        // A date that cannot be written (year 10000) is no reason to lose a mail.
        let date = rfc2822::to_string(&self.time.to_zoned(TimeZone::UTC)).unwrap_or_default();
        let Self { hostname, .. } = self;
        let protocol = self.protocol();
        format!(
            "Return-Path: <{reverse_path}>\r\nReceived: from {name}{client}\r\n\tby {hostname} with {protocol};\r\n\t{date}\r\n"
        )
    }

    /// The names of RFC 3848 and RFC 6531 section 4.3.
    fn protocol(&self) -> &'static str {
        if self.protocol == Protocol::Lmtp {
            return if self.smtputf8 { "UTF8LMTP" } else { "LMTP" };
        }
        match (self.smtputf8, self.hello.extended, self.tls) {
            (true, _, true) => "UTF8SMTPS",
            (true, _, false) => "UTF8SMTP",
            (false, true, true) => "ESMTPS",
            (false, true, false) => "ESMTP",
            // RFC 3848 has no name for HELO over TLS.
            (false, false, _) => "SMTP",
        }
    }
}

/// The client's name for itself may be anything printable: it must not end a comment or begin another clause.
fn harmless(c: char) -> char {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']') {
        c
    } else {
        '?'
    }
}

/// The address with the quotes its local part needs (RFC 5321 section 4.1.2).
fn quoted(address: &str) -> String {
    let Some((local_part, domain)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    let is_dot_string = local_part
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext));
    if is_dot_string {
        return address.to_owned();
    }
    let escaped = local_part.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace<'a>(reverse_path: Option<&'a str>, hello: &'a Hello) -> Trace<'a> {
        Trace {
            reverse_path,
            protocol: Protocol::Smtp,
            hello,
            client: Some(IpAddr::from([192, 0, 2, 1])),
            hostname: "relay.example",
            tls: true,
            smtputf8: false,
            time: "2026-11-21T22:55:10Z".parse().unwrap(),
        }
    }

    fn hello(name: &str) -> Hello {
        Hello {
            name: name.to_owned(),
            extended: true,
        }
    }

    #[test]
    fn lines_as_rfc_5321_has_them() {
        assert_eq!(
            trace(Some("casey@example.org"), &hello("mail.example.org")).lines(),
            "Return-Path: <casey@example.org>\r\n\
             Received: from mail.example.org ([192.0.2.1])\r\n\
             \tby relay.example with ESMTPS;\r\n\
             \tSat, 21 Nov 2026 22:55:10 +0000\r\n"
        );
    }

    #[test]
    fn lmtp_has_names_of_its_own_and_no_address() {
        let hello = hello("mail.example.org");
        for (smtputf8, name) in [(false, "LMTP"), (true, "UTF8LMTP")] {
            let trace = Trace {
                protocol: Protocol::Lmtp,
                client: None,
                tls: false,
                smtputf8,
                ..trace(None, &hello)
            };
            let start =
                format!("Return-Path: <>\r\nReceived: from mail.example.org\r\n\tby relay.example with {name};\r\n");
            assert!(trace.lines().starts_with(&start), "{}", trace.lines());
        }
    }

    #[test]
    fn nothing_from_the_client_breaks_a_line() {
        let hello = hello("a(b;for<c>\\");
        let lines = trace(Some("a>\"b\\ c@example.org"), &hello).lines();
        assert!(lines.contains("from a?b?for?c?? ("), "{lines}");
        assert!(
            lines.starts_with("Return-Path: <\"a>\\\"b\\\\ c\"@example.org>\r\n"),
            "{lines}"
        );
        assert!(trace(None, &hello).lines().starts_with("Return-Path: <>\r\n"));
    }

    #[test]
    fn protocol_names() {
        for (extended, tls, smtputf8, name) in [
            (false, false, false, "SMTP"),
            (true, false, false, "ESMTP"),
            (true, true, false, "ESMTPS"),
            (true, false, true, "UTF8SMTP"),
            (true, true, true, "UTF8SMTPS"),
        ] {
            let hello = Hello {
                name: "a".to_owned(),
                extended,
            };
            let trace = Trace {
                tls,
                smtputf8,
                ..trace(None, &hello)
            };
            assert_eq!(trace.protocol(), name);
        }
    }
}
