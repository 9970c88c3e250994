//! An open mailbox: what a watcher asks of it, and what it does to its mails. After an error the session cannot be used
//! any more, unless the error is [`ErrorKind::NotNow`].

use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, Response, ResponseCode, Status};
use tokio::time::{Instant, timeout};

use crate::arrival::Disposal;
use crate::commands::{ANSWER, Commands, MAX_ANSWER};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::limits::MAX_MAIL;
use crate::settings::{Access, Settings};

/// Time limit for a mail.
const MAIL: Duration = Duration::from_secs(120);
/// The most new mails that are read from one answer. The next answer brings the others.
const MAX_ARRIVALS: usize = 2_000;
/// Time limit for the answer to ID. Nothing depends on that answer.
const ID_ANSWER: Duration = Duration::from_secs(5);
/// The name of this client (RFC 2971). Some providers open no mailbox for a client that has not sent it.
const ID: &str = concat!(
    "ID (\"name\" \"mailbox-watch\" \"version\" \"",
    env!("CARGO_PKG_VERSION"),
    "\" \"vendor\" \"arlo-relay\")"
);

/// An open mailbox.
#[derive(Debug)]
pub(crate) struct Session {
    commands: Commands,
    /// Whether the server has IDLE.
    pub(crate) has_idle: bool,
    has_uid_plus: bool,
    pub(crate) uid_validity: u32,
    /// The UID of the newest mail when the mailbox was opened; 0 where it was empty.
    pub(crate) newest: u32,
    pub(crate) since: Instant,
}

impl Session {
    /// Connects, logs in and opens the mailbox.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Error> {
        let mut session = Self {
            commands: Commands::connect(settings).await?,
            has_idle: false,
            has_uid_plus: false,
            uid_validity: 0,
            newest: 0,
            since: Instant::now(),
        };
        if session.capabilities().await? {
            session.identify().await?;
        }
        session.select(settings).await?;
        Ok(session)
    }

    /// Asks for the server's capabilities. Gives whether it knows ID.
    async fn capabilities(&mut self) -> Result<bool, Error> {
        let (mut idle, mut uid_plus, mut id) = (false, false, false);
        self.commands
            .command("CAPABILITY", |answer| {
                if let Response::Capabilities(all) = answer {
                    let has = |wanted: &str| {
                        all.iter()
                            .any(|one| matches!(one, Capability::Atom(name) if name.eq_ignore_ascii_case(wanted)))
                    };
                    idle |= has("IDLE");
                    uid_plus |= has("UIDPLUS");
                    id |= has("ID");
                }
            })
            .await?;
        (self.has_idle, self.has_uid_plus) = (idle, uid_plus);
        Ok(id)
    }

    /// Sends the name of this client. A server that refuses it, or does not answer, is used all the same.
    async fn identify(&mut self) -> Result<(), Error> {
        match self.commands.exchange(ID, ID_ANSWER, MAX_ANSWER, |_| {}).await {
            Err(error) if error.kind() != ErrorKind::Timeout => Err(error),
            _ => Ok(()),
        }
    }

    async fn select(&mut self, settings: &Settings) -> Result<(), Error> {
        let verb = match settings.access {
            Access::ReadOnly => "EXAMINE",
            Access::ReadWrite => "SELECT",
        };
        let name = settings.mailbox.replace('\\', "\\\\").replace('"', "\\\"");
        let (mut validity, mut next, mut exists) = (None, None, 0);
        let opened = self
            .commands
            .command(&format!("{verb} \"{name}\""), |answer| match answer {
                Response::Data {
                    status: Status::Ok,
                    outcome,
                } => match outcome.code {
                    Some(ResponseCode::UidValidity(value)) => validity = Some(value),
                    Some(ResponseCode::UidNext(value)) => next = Some(value),
                    _ => {}
                },
                Response::MailboxData(MailboxDatum::Exists(count)) => exists = *count,
                _ => {}
            })
            .await;
        opened.map_err(|error| match error.kind() {
            ErrorKind::Refused => Error::new(
                ErrorKind::NoMailbox,
                format!(
                    "{} does not open the mailbox: check its name, and that it is still there",
                    self.commands.server()
                ),
            ),
            _ => error,
        })?;
        // A server without persistent UIDs sends no UIDVALIDITY.
        self.uid_validity = validity.unwrap_or(0);
        self.newest = match next {
            Some(next) => next.saturating_sub(1),
            None if exists == 0 => 0,
            None => self.newest_by_fetch().await?,
        };
        Ok(())
    }

    /// The newest UID of a server that does not send UIDNEXT.
    async fn newest_by_fetch(&mut self) -> Result<u32, Error> {
        let mut newest = 0;
        self.commands
            .fetch("FETCH * (UID)", ANSWER, MAX_ANSWER, |answer| {
                if let Response::Fetch(_, attributes) = answer {
                    newest = newest.max(uid(attributes).unwrap_or(0));
                }
            })
            .await?;
        Ok(newest)
    }

    /// The mails with a greater UID, lowest first, and whether those are all. If the server sends some and then
    /// refuses, the mails that came are kept.
    pub(crate) async fn arrivals(&mut self, after: u32) -> Result<(Vec<(u32, Header)>, bool), Error> {
        let Some(first) = after.checked_add(1) else {
            return Ok((Vec::new(), true));
        };
        let mut found: Vec<(u32, Header)> = Vec::new();
        let command = format!("UID FETCH {first}:* (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM DATE)])");
        let fetched = self.commands.fetch(&command, ANSWER, MAX_ANSWER, |answer| {
            // `n:*` names the newest mail even if its UID is less than n. Servers also report changed flags here.
            if let Response::Fetch(_, attributes) = answer
                && let Some(uid) = uid(attributes).filter(|&uid| uid > after)
                && let Some(header) = body(attributes)
                && found.len() < MAX_ARRIVALS
                && found.iter().all(|(one, _)| *one != uid)
            {
                found.push((uid, Header::read(header)));
            }
        });
        let all = match fetched.await {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotNow => false,
            Err(error) => return Err(error),
        };
        found.sort_unstable_by_key(|(uid, _)| *uid);
        Ok((found, all))
    }

    /// The first [`MAX_MAIL`] bytes of a mail; `None` if it is no longer there.
    pub(crate) async fn mail(&mut self, wanted: u32) -> Result<Option<Vec<u8>>, Error> {
        let mut mail = None;
        let command = format!("UID FETCH {wanted} (UID BODY.PEEK[]<0.{MAX_MAIL}>)");
        let allowance = MAX_MAIL + MAX_ANSWER;
        self.commands
            .fetch(&command, MAIL, allowance, |answer| {
                if let Response::Fetch(_, attributes) = answer
                    && uid(attributes) == Some(wanted)
                    && let Some(body) = body(attributes)
                {
                    mail = Some(body.get(..MAX_MAIL).unwrap_or(body).to_vec());
                }
            })
            .await?;
        Ok(mail)
    }

    pub(crate) async fn dispose(&mut self, uid: u32, disposal: Disposal) -> Result<(), Error> {
        match disposal {
            Disposal::Keep => Ok(()),
            Disposal::MarkSeen => {
                self.commands
                    .command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"), |_| {})
                    .await
            }
            Disposal::Delete => {
                let store = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
                self.commands.command(&store, |_| {}).await?;
                // Without UIDPLUS (RFC 4315) an EXPUNGE would also remove the mails that others marked.
                if self.has_uid_plus {
                    self.commands.command(&format!("UID EXPUNGE {uid}"), |_| {}).await?;
                }
                Ok(())
            }
        }
    }

    /// Gives the server an occasion to report new mail.
    pub(crate) async fn noop(&mut self) -> Result<(), Error> {
        self.commands.command("NOOP", |_| {}).await
    }

    /// Waits until the server reports new mail, or until that time. After a refusal of IDLE, `has_idle` is false.
    pub(crate) async fn idle(&mut self, until: Instant) -> Result<(), Error> {
        self.has_idle = self.commands.idle(until).await?;
        Ok(())
    }

    /// Logs out. Ignores the answer.
    pub(crate) async fn log_out(mut self) {
        let _ = timeout(Duration::from_secs(2), self.commands.command("LOGOUT", |_| {})).await;
    }
}

/// The UID among the attributes. Servers send them in any order, and omit some.
fn uid(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

fn body<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { data, .. } => data.as_deref(),
        _ => None,
    })
}
