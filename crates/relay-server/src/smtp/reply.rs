//! Replies, with their enhanced status codes (RFC 5321 section 4.2, RFC 2034, RFC 3463).

use std::borrow::Cow;

/// One reply. Its text never repeats anything the client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    /// RFC 2034: on every line of a 2xx, 4xx and 5xx reply but those to the greeting, EHLO and HELO.
    status: &'static str,
    /// One line of the reply for each line of the text.
    text: Cow<'static, str>,
}

impl Reply {
    pub(super) const fn new(code: u16, status: &'static str, text: &'static str) -> Self {
        Self {
            code,
            status,
            text: Cow::Borrowed(text),
        }
    }

    /// A reply without an enhanced status code.
    pub(super) const fn plain(code: u16, text: String) -> Self {
        Self {
            code,
            status: "",
            text: Cow::Owned(text),
        }
    }

    pub(super) const fn code(&self) -> u16 {
        self.code
    }

    /// A 5xx: the same command will be refused again.
    pub(super) const fn is_permanent_failure(&self) -> bool {
        self.code >= 500
    }

    /// Appends the reply as it goes over the wire.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { '-' } else { ' ' };
            let gap = if self.status.is_empty() { "" } else { " " };
            let Self { code, status, .. } = self;
            out.extend_from_slice(format!("{code}{mark}{status}{gap}{line}\r\n").as_bytes());
        }
    }
}

pub(super) const OK: Reply = Reply::new(250, "2.0.0", "Ok");
pub(super) const SENDER_OK: Reply = Reply::new(250, "2.1.0", "Sender ok");
pub(super) const RECIPIENT_OK: Reply = Reply::new(250, "2.1.5", "Recipient ok");
pub(super) const MESSAGE_TAKEN: Reply = Reply::new(250, "2.0.0", "Message taken");
pub(super) const START_DATA: Reply = Reply::new(354, "", "End the message with <CRLF>.<CRLF>");
pub(super) const START_TLS: Reply = Reply::new(220, "2.0.0", "Ready to start TLS");
pub(super) const BYE: Reply = Reply::new(221, "2.0.0", "Bye");
pub(super) const CANNOT_VERIFY: Reply = Reply::new(252, "2.1.5", "Not verified here; send the mail to find out");
pub(super) const HELP: Reply = Reply::new(
    214,
    "2.0.0",
    "Commands: EHLO HELO MAIL RCPT DATA RSET NOOP VRFY STARTTLS HELP QUIT",
);
pub(super) const LMTP_HELP: Reply = Reply::new(214, "2.0.0", "Commands: LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");

pub(super) const SHUTTING_DOWN: Reply = Reply::new(421, "4.3.2", "Shutting down; try again later");
pub(super) const TIMEOUT: Reply = Reply::new(421, "4.4.2", "Timeout; closing the connection");
pub(super) const TOO_MANY_CONNECTIONS: Reply = Reply::new(421, "4.7.0", "Too many connections; try again later");
pub(super) const TOO_MANY_ERRORS: Reply = Reply::new(421, "4.7.0", "Too many errors; closing the connection");
pub(super) const TOO_MANY_COMMANDS: Reply = Reply::new(421, "4.7.0", "Too many commands; closing the connection");
pub(super) const TOO_MANY_MESSAGES: Reply = Reply::new(421, "4.7.0", "Too many messages; open a new connection");
pub(super) const UNAVAILABLE: Reply = Reply::new(451, "4.3.0", "Temporarily unavailable; try again later");
pub(super) const NO_MEMORY: Reply = Reply::new(452, "4.3.1", "Out of buffer space; try again later");
pub(super) const TOO_MANY_RECIPIENTS: Reply = Reply::new(452, "4.5.3", "Too many recipients; send again for the rest");

pub(super) const UNKNOWN_COMMAND: Reply = Reply::new(500, "5.5.2", "Unknown command");
pub(super) const BAD_LINE: Reply = Reply::new(500, "5.5.2", "Control characters or broken UTF-8 in a command");
pub(super) const LINE_TOO_LONG: Reply = Reply::new(500, "5.5.2", "Line too long");
pub(super) const ENDLESS_LINE: Reply = Reply::new(421, "4.7.0", "Line far too long; closing the connection");
pub(super) const BAD_ARGUMENTS: Reply = Reply::new(501, "5.5.4", "Bad or missing arguments");
pub(super) const BAD_SENDER: Reply = Reply::new(501, "5.1.7", "Bad sender address; use MAIL FROM:<name@domain>");
pub(super) const BAD_RECIPIENT: Reply = Reply::new(501, "5.1.3", "Bad recipient address; use RCPT TO:<name@domain>");
pub(super) const NOT_IMPLEMENTED: Reply = Reply::new(502, "5.5.1", "Command not implemented");
pub(super) const BAD_SEQUENCE: Reply = Reply::new(503, "5.5.1", "Bad sequence of commands");
pub(super) const BARE_LF: Reply = Reply::new(521, "5.5.2", "Commands end with CRLF, not with a bare LF; closing");
pub(super) const NOT_SMTP: Reply = Reply::new(521, "5.5.1", "This is an SMTP server; closing");
pub(super) const RELAYING_DENIED: Reply = Reply::new(550, "5.7.1", "Relaying denied");
pub(super) const UNKNOWN_MAILBOX: Reply = Reply::new(550, "5.1.1", "No such mailbox here");
pub(super) const MESSAGE_TOO_LARGE: Reply = Reply::new(552, "5.3.4", "Message too large");
pub(super) const NEEDS_SMTPUTF8: Reply = Reply::new(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
pub(super) const NO_RECIPIENTS: Reply = Reply::new(554, "5.5.1", "No valid recipients");
pub(super) const BAD_PARAMETERS: Reply = Reply::new(555, "5.5.4", "Unsupported MAIL or RCPT parameter");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_carries_the_codes() {
        let mut out = Vec::new();
        UNKNOWN_MAILBOX.write_to(&mut out);
        Reply::plain(250, "relay.example\nPIPELINING\nSIZE 1".to_owned()).write_to(&mut out);
        Reply::new(214, "2.0.0", "a\nb").write_to(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "550 5.1.1 No such mailbox here\r\n250-relay.example\r\n250-PIPELINING\r\n250 SIZE 1\r\n214-2.0.0 a\r\n214 2.0.0 b\r\n"
        );
    }
}
