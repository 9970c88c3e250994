//! The state of one session (RFC 5321 section 4.1.4, RFC 2033 section 4), without any input or output.
//!
//! A command goes in, a [`Step`] comes out: a reply, or something that the connection has to do first. STARTTLS forgets
//! everything but the counts of what the client has used up (RFC 3207 section 4.2).

use super::command::{self, Command, Refusal};
use super::reply::{self, Reply};
use super::{Acceptance, Limits, Protocol, Recipient, Unavailable};
use crate::connections::Activity;

/// What to do after a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this and go on.
    Reply(Reply),
    /// Send this and close.
    Close(Reply),
    /// Ask the relay whether it takes mail for this recipient, then call [`Session::recipient_answered`].
    CheckRecipient(Recipient),
    /// Send 354 (or 452 where there is no memory), read the message of [`Session::take_envelope`], deal with it, then
    /// call
    /// [`Session::message_done`].
    ReadMessage,
    /// Send 220, drop what was read, shake hands, then call [`Session::tls_started`].
    StartTls,
}

/// What a session says of itself to the client.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) protocol: Protocol,
    /// The name that the server gives itself.
    pub(super) hostname: String,
    /// Whether there is a certificate.
    pub(super) offers_tls: bool,
    pub(super) limits: Limits,
}

/// Who the client says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) name: String,
    /// EHLO or LHLO, not HELO.
    pub(super) extended: bool,
}

/// The mail transaction under way. No `Debug`: it is all addresses.
#[derive(Default)]
pub(super) struct Envelope {
    pub(super) reverse_path: Option<String>,
    /// Each once.
    pub(super) recipients: Vec<Recipient>,
    /// For each RCPT that was accepted, which of the recipients it named.
    pub(super) accepted: Vec<usize>,
    /// For each recipient, whether everybody knows its address.
    pub(super) open: Vec<bool>,
    pub(super) smtputf8: bool,
}

impl Envelope {
    /// Whether a recipient is a secret address.
    pub(super) fn is_secret(&self) -> bool {
        self.open.contains(&false)
    }
}

/// One session.
pub(super) struct Session<'a> {
    profile: &'a Profile,
    tls: bool,
    hello: Option<Hello>,
    envelope: Option<Envelope>,
    errors: usize,
    messages: usize,
    /// Since the start or the last message.
    commands: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(profile: &'a Profile) -> Self {
        Self {
            profile,
            tls: false,
            hello: None,
            envelope: None,
            errors: 0,
            messages: 0,
            commands: 0,
        }
    }

    pub(super) fn greeting(&self) -> Reply {
        let protocol = match self.profile.protocol {
            Protocol::Smtp => "ESMTP",
            Protocol::Lmtp => "LMTP",
        };
        Reply::plain(220, format!("{} {protocol} arlo-relay", self.profile.hostname))
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls
    }

    pub(super) fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    /// What the client has shown so far that it is here for.
    pub(super) fn activity(&self) -> Activity {
        match &self.envelope {
            Some(envelope) if envelope.is_secret() => Activity::Busy,
            Some(envelope) if !envelope.recipients.is_empty() => Activity::Open,
            _ => Activity::Idle,
        }
    }

    /// Messages read to their end, whatever became of them.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// The client is told `reply` for something that was no command.
    pub(super) fn refuse(&mut self, reply: Reply) -> Step {
        self.commands += 1;
        self.settle(reply)
    }

    /// Takes one command line without its CRLF. `memory` is what a message may take now, in bytes.
    pub(super) fn command(&mut self, line: &[u8], memory: usize) -> Step {
        self.commands += 1;
        if self.commands > self.profile.limits.commands {
            return Step::Close(reply::TOO_MANY_COMMANDS);
        }
        match command::parse(line, self.profile.protocol) {
            Ok(command) => self.execute(command, memory),
            Err(Refusal::Reply(reply)) => self.settle(reply),
            Err(Refusal::Close(reply)) => Step::Close(reply),
        }
    }

    fn execute(&mut self, command: Command, memory: usize) -> Step {
        let reply = match command {
            Command::Hello { name, extended } => {
                self.envelope = None;
                self.hello = Some(Hello { name, extended });
                Reply::plain(250, self.capabilities(extended))
            }
            Command::Mail {
                reverse_path,
                size,
                smtputf8,
            } => {
                if self.messages >= self.profile.limits.messages {
                    return Step::Close(reply::TOO_MANY_MESSAGES);
                }
                if self.hello.is_none() || self.envelope.is_some() {
                    reply::BAD_SEQUENCE
                } else if size > self.profile.limits.message {
                    reply::MESSAGE_TOO_LARGE
                } else if size.min(self.profile.limits.message_kept) > memory {
                    reply::NO_MEMORY
                } else {
                    self.envelope = Some(Envelope {
                        reverse_path,
                        recipients: Vec::new(),
                        accepted: Vec::new(),
                        open: Vec::new(),
                        smtputf8,
                    });
                    reply::SENDER_OK
                }
            }
            Command::Recipient(address) => match self.recipient(&address) {
                Ok(recipient) => return Step::CheckRecipient(recipient),
                Err(reply) => reply,
            },
            Command::Data => match &self.envelope {
                None => reply::BAD_SEQUENCE,
                Some(envelope) if envelope.recipients.is_empty() => match self.profile.protocol {
                    Protocol::Smtp => reply::NO_RECIPIENTS,
                    // RFC 2033 section 4.2.
                    Protocol::Lmtp => reply::BAD_SEQUENCE,
                },
                Some(_) => return Step::ReadMessage,
            },
            Command::StartTls if !self.profile.offers_tls => reply::NOT_IMPLEMENTED,
            Command::StartTls if self.tls => reply::BAD_SEQUENCE,
            Command::StartTls => return Step::StartTls,
            Command::Reset => {
                self.envelope = None;
                reply::OK
            }
            Command::Noop => reply::OK,
            Command::Verify => reply::CANNOT_VERIFY,
            Command::Help => match self.profile.protocol {
                Protocol::Smtp => reply::HELP,
                Protocol::Lmtp => reply::LMTP_HELP,
            },
            Command::Quit => return Step::Close(reply::BYE),
        };
        self.settle(reply)
    }

    /// Whether RCPT has its place here, before the relay is asked.
    fn recipient(&mut self, address: &str) -> Result<Recipient, Reply> {
        let envelope = self.envelope.as_mut().ok_or(reply::BAD_SEQUENCE)?;
        if !envelope.smtputf8 && !address.is_ascii() {
            return Err(reply::NEEDS_SMTPUTF8);
        }
        let recipient = Recipient::new(address);
        if let Some(known) = envelope.recipients.iter().position(|other| *other == recipient) {
            envelope.accepted.push(known);
            return Err(reply::RECIPIENT_OK);
        }
        if envelope.recipients.len() >= self.profile.limits.recipients {
            return Err(reply::TOO_MANY_RECIPIENTS);
        }
        Ok(recipient)
    }

    /// The relay has answered for a recipient, whose address everybody knows (`open`) or not.
    pub(super) fn recipient_answered(
        &mut self,
        recipient: Recipient,
        answer: Result<Acceptance, Unavailable>,
        open: bool,
    ) -> Step {
        let reply = match answer {
            Ok(Acceptance::Accepted) => {
                // Asking for a hundred recipients is progress, not loitering.
                self.commands = self.commands.saturating_sub(1);
                if let Some(envelope) = &mut self.envelope {
                    envelope.accepted.push(envelope.recipients.len());
                    envelope.recipients.push(recipient);
                    envelope.open.push(open);
                }
                reply::RECIPIENT_OK
            }
            Ok(Acceptance::UnknownMailbox) => reply::UNKNOWN_MAILBOX,
            Ok(Acceptance::NotOurDomain) => reply::RELAYING_DENIED,
            Err(Unavailable) => reply::UNAVAILABLE,
        };
        self.settle(reply)
    }

    /// Ends the transaction and hands its envelope out.
    pub(super) fn take_envelope(&mut self) -> Envelope {
        self.envelope.take().unwrap_or_default()
    }

    /// A message was read to its end and dealt with; `reply` is the last that is said of it.
    pub(super) fn message_done(&mut self, reply: Reply) -> Step {
        self.messages += 1;
        self.commands = 0;
        self.settle(reply)
    }

    /// The connection is encrypted now, and nothing said before counts.
    pub(super) fn tls_started(&mut self) {
        self.tls = true;
        self.hello = None;
        self.envelope = None;
    }

    /// Counts failures, and closes after too many.
    fn settle(&mut self, reply: Reply) -> Step {
        if reply.is_permanent_failure() {
            self.errors += 1;
            if self.errors > self.profile.limits.errors {
                return Step::Close(reply::TOO_MANY_ERRORS);
            }
        }
        Step::Reply(reply)
    }

    fn capabilities(&self, extended: bool) -> String {
        let mut text = self.profile.hostname.clone();
        if extended {
            let size = self.profile.limits.message;
            text += &format!("\nPIPELINING\nSIZE {size}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES");
            if self.profile.offers_tls && !self.tls {
                text += "\nSTARTTLS";
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: usize = 1 << 20;

    fn profile(offers_tls: bool) -> Profile {
        Profile {
            protocol: Protocol::Smtp,
            hostname: "relay.example".to_owned(),
            offers_tls,
            limits: Limits {
                message: 2 << 20,
                message_kept: 2 << 20,
                recipients: 2,
                messages: 2,
                errors: 3,
                commands: 20,
                ..Limits::default()
            },
        }
    }

    /// Runs a command; every mailbox named `ours…` exists, `down` makes the relay fail, example.net is not ours.
    fn run(session: &mut Session<'_>, line: &str) -> (u16, bool) {
        let mut step = session.command(line.as_bytes(), MEMORY);
        if let Step::CheckRecipient(recipient) = step {
            let answer = match (recipient.local_part(), recipient.domain()) {
                ("down", _) => Err(Unavailable),
                (_, Some("example.net")) => Ok(Acceptance::NotOurDomain),
                (local, _) if local.starts_with("ours") => Ok(Acceptance::Accepted),
                _ => Ok(Acceptance::UnknownMailbox),
            };
            step = session.recipient_answered(recipient, answer, false);
        }
        match step {
            Step::Reply(reply) => (reply.code(), false),
            Step::Close(reply) => (reply.code(), true),
            Step::ReadMessage => (354, false),
            Step::StartTls => (220, false),
            Step::CheckRecipient(_) => unreachable!(),
        }
    }

    fn converse(profile: &Profile, lines: &[(&str, u16)]) {
        let mut session = Session::new(profile);
        for &(line, code) in lines {
            assert_eq!(run(&mut session, line).0, code, "{line} in {lines:?}");
        }
    }

    #[test]
    fn order_of_commands() {
        let profile = profile(true);
        converse(
            &profile,
            &[
                ("MAIL FROM:<>", 503),
                ("NOOP", 250),
                ("VRFY a", 252),
                ("HELP", 214),
                ("RSET", 250),
            ],
        );
        converse(
            &profile,
            &[("EHLO a", 250), ("RCPT TO:<ours@b.example>", 503), ("DATA", 503)],
        );
        converse(
            &profile,
            &[
                ("HELO a", 250),
                ("MAIL FROM:<>", 250),
                ("DATA", 554),
                ("MAIL FROM:<>", 503),
            ],
        );
        let start = [
            ("EHLO a", 250),
            ("MAIL FROM:<>", 250),
            ("RCPT TO:<ours@b.example>", 250),
        ];
        for (line, code) in [("DATA", 354), ("STARTTLS", 220), ("QUIT", 221), ("NOOP", 250)] {
            converse(&profile, &[&start[..], &[(line, code)]].concat());
        }
        for reset in ["RSET", "EHLO a", "HELO a"] {
            converse(
                &profile,
                &[&start[..], &[(reset, 250), ("DATA", 503), ("MAIL FROM:<>", 250)]].concat(),
            );
        }
    }

    #[test]
    fn lmtp_greets_otherwise() {
        let lmtp = Profile {
            protocol: Protocol::Lmtp,
            ..profile(false)
        };
        converse(&lmtp, &[("EHLO a", 500), ("HELO a", 500), ("STARTTLS", 502)]);
        converse(
            &lmtp,
            &[
                ("LHLO a", 250),
                ("MAIL FROM:<>", 250),
                ("DATA", 503),
                ("RCPT TO:<other@b.example>", 550),
                ("DATA", 503),
                ("RCPT TO:<ours@b.example>", 250),
                ("DATA", 354),
            ],
        );
        let mut session = Session::new(&lmtp);
        assert!(format!("{:?}", session.greeting()).contains("relay.example LMTP"));
        let Step::Reply(capabilities) = session.command(b"LHLO a", MEMORY) else {
            panic!("no reply to LHLO");
        };
        let shown = format!("{capabilities:?}");
        for needed in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"] {
            assert!(shown.contains(needed), "{shown}");
        }
        for line in [
            "LHLO a",
            "MAIL FROM:<>",
            "RCPT TO:<ours1@b.example>",
            "RCPT TO:<ours2@b.example>",
            "RCPT TO:<OURS1@b.example>",
        ] {
            assert_eq!(run(&mut session, line).0, 250, "{line}");
        }
        let envelope = session.take_envelope();
        assert_eq!((envelope.recipients.len(), envelope.accepted), (2, vec![0, 1, 0]));
    }

    #[test]
    fn recipients() {
        converse(
            &profile(false),
            &[
                ("EHLO a", 250),
                ("MAIL FROM:<a@b.example>", 250),
                ("RCPT TO:<other@b.example>", 550),
                ("RCPT TO:<ours@example.net>", 550),
                ("RCPT TO:<down@b.example>", 451),
                ("RCPT TO:<ours1@b.example>", 250),
                ("RCPT TO:<ours1@B.example>", 250),
                ("RCPT TO:<ours2@b.example>", 250),
                ("RCPT TO:<ours3@b.example>", 452),
                ("DATA", 354),
            ],
        );
        converse(
            &profile(false),
            &[
                ("EHLO a", 250),
                ("MAIL FROM:<>", 250),
                ("RCPT TO:<öurs@b.example>", 553),
                ("RSET", 250),
                ("MAIL FROM:<> SMTPUTF8", 250),
                ("RCPT TO:<oursé@b.example>", 250),
            ],
        );
    }

    #[test]
    fn declared_size() {
        converse(
            &profile(false),
            &[
                ("EHLO a", 250),
                ("MAIL FROM:<> SIZE=2097153", 552),
                ("MAIL FROM:<> SIZE=2097152", 452),
                ("MAIL FROM:<> SIZE=1048576", 250),
            ],
        );
    }

    #[test]
    fn start_tls_forgets_what_was_said() {
        let (profile, without_tls) = (profile(true), profile(false));
        let mut session = Session::new(&profile);
        for line in ["EHLO a", "MAIL FROM:<>", "RCPT TO:<ours@b.example>"] {
            assert_eq!(run(&mut session, line).0, 250);
        }
        assert_eq!(session.command(b"STARTTLS", MEMORY), Step::StartTls);
        session.tls_started();
        assert!(session.hello().is_none());
        assert_eq!(run(&mut session, "MAIL FROM:<>").0, 503);
        let Step::Reply(capabilities) = session.command(b"EHLO a", MEMORY) else {
            panic!("no reply to EHLO");
        };
        assert!(!format!("{capabilities:?}").contains("STARTTLS"));
        assert_eq!(run(&mut session, "DATA").0, 503);
        assert_eq!(run(&mut session, "STARTTLS").0, 503);
        converse(&without_tls, &[("EHLO a", 250), ("STARTTLS", 502)]);
    }

    #[test]
    fn too_many_of_anything_closes() {
        let profile = profile(false);
        let mut session = Session::new(&profile);
        for _ in 0..3 {
            assert_eq!(run(&mut session, "NONSENSE"), (500, false));
        }
        assert_eq!(run(&mut session, "NONSENSE"), (421, true));

        let mut session = Session::new(&profile);
        for _ in 0..20 {
            assert_eq!(run(&mut session, "NOOP"), (250, false));
        }
        assert_eq!(run(&mut session, "NOOP"), (421, true));

        let mut session = Session::new(&profile);
        run(&mut session, "EHLO a");
        for _ in 0..2 {
            run(&mut session, "MAIL FROM:<>");
            run(&mut session, "RCPT TO:<ours@b.example>");
            assert_eq!(run(&mut session, "DATA"), (354, false));
            session.take_envelope();
            assert_eq!(
                session.message_done(reply::MESSAGE_TAKEN),
                Step::Reply(reply::MESSAGE_TAKEN)
            );
        }
        assert_eq!(run(&mut session, "MAIL FROM:<>"), (421, true));
    }
}
