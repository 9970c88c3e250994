//! The state of one session (RFC 5321 section 4.1.4, RFC 2033 section 4), without any input or output.
//!
//! A command goes in, a [`Step`] comes out: a reply, or something that the connection has to do first. STARTTLS forgets
//! everything but the counts of what the client has used up (RFC 3207 section 4.2).

use super::command::{self, Command, Refusal};
use super::reply::{self, Reply};
use super::{Acceptance, Limits, Protocol, Recipient, Unavailable};
use crate::connections::Activity;
use crate::tls::Identity;

#[cfg(test)]
mod tests;

/// What to do after a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this and go on.
    Reply(Reply),
    /// Send this and close.
    Close(Reply),
    /// Ask the relay whether it takes mail for this recipient, then call [`Session::recipient_answered`].
    CheckRecipient(Recipient),
    /// Send 354 (or 452 if there is no memory), read the message of [`Session::take_envelope`], deliver it, then call
    /// [`Session::message_done`].
    ReadMessage,
    /// Send 220, drop what was read, shake hands, then call [`Session::tls_started`].
    StartTls,
}

/// How a session presents the server to the client.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) protocol: Protocol,
    /// The name that the server gives itself.
    pub(super) hostname: String,
    /// What STARTTLS shows, where there is TLS.
    pub(super) identity: Option<Identity>,
    pub(super) limits: Limits,
}

impl Profile {
    /// Whether there is a certificate yet. A client that fails at a handshake may not try again without one.
    fn offers_tls(&self) -> bool {
        self.identity.as_ref().is_some_and(Identity::is_ready)
    }
}

/// How the client introduced itself.
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
    /// For each recipient, whether its address is public.
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

    /// What the client has done so far.
    pub(super) fn activity(&self) -> Activity {
        match &self.envelope {
            Some(envelope) if envelope.is_secret() => Activity::Secret,
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

    /// Replies to something that was no command.
    pub(super) fn refuse(&mut self, reply: Reply) -> Step {
        self.commands += 1;
        self.settle(reply)
    }

    /// Takes one command line without its CRLF. `memory` is how many bytes a message may use now.
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
            Command::StartTls if !self.profile.offers_tls() => reply::NOT_IMPLEMENTED,
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

    /// Whether RCPT is allowed now, before the relay is asked.
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

    /// The relay has answered for a recipient, whose address is public (`open`) or not.
    pub(super) fn recipient_answered(
        &mut self,
        recipient: Recipient,
        answer: Result<Acceptance, Unavailable>,
        open: bool,
    ) -> Step {
        let reply = match answer {
            Ok(Acceptance::Accepted) => {
                // A hundred accepted recipients are progress: they do not count towards the limit.
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

    /// Ends the transaction and returns its envelope.
    pub(super) fn take_envelope(&mut self) -> Envelope {
        self.envelope.take().unwrap_or_default()
    }

    /// A message was read to its end and delivered or refused; `reply` is the last one about it.
    pub(super) fn message_done(&mut self, reply: Reply) -> Step {
        self.messages += 1;
        self.commands = 0;
        self.settle(reply)
    }

    /// The connection is encrypted now; no earlier command counts.
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
            if self.profile.offers_tls() && !self.tls {
                text += "\nSTARTTLS";
            }
        }
        text
    }
}
