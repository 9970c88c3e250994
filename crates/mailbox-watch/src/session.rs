//! An open mailbox and the commands that a watcher needs. After an error the session cannot be used any more, unless
//! the error is [`ErrorKind::NotNow`].
//!
//! In an open mailbox, `NO` to a FETCH is temporary: a message was removed (RFC 2180 section 4.1.2), or the server has
//! a problem of its own (RFC 5530). Some servers describe that problem in words only.

use std::io;
use std::time::Duration;

use async_imap::Session as Imap;
use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, Outcome, Response, ResponseCode, Status};
use tokio::time::{Instant, timeout, timeout_at};

use crate::arrival::Disposal;
use crate::connect::{Connection, broken, connect, disconnected, imap, unavailable};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::limits::MAX_MAIL;
use crate::refusal;
use crate::settings::{Access, Settings};

/// Time limit for the answer to a command.
const ANSWER: Duration = Duration::from_secs(30);
/// Time limit for a mail.
const MAIL: Duration = Duration::from_secs(120);
/// Longest answer to a command that asks for no mail, in bytes: thousands of headers of some 200 bytes each.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
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
    imap: Imap<Connection>,
    server: String,
    pub(crate) idle: bool,
    pub(crate) uid_plus: bool,
    pub(crate) uid_validity: u32,
    /// The UID of the newest mail when the mailbox was opened; 0 where it was empty.
    pub(crate) newest: u32,
    pub(crate) since: Instant,
}

impl Session {
    /// Connects, logs in and opens the mailbox.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Error> {
        let mut session = Self {
            imap: connect(settings).await?,
            server: settings.server(),
            idle: false,
            uid_plus: false,
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
        self.command("CAPABILITY", |answer| {
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
        (self.idle, self.uid_plus) = (idle, uid_plus);
        Ok(id)
    }

    /// Sends the name of this client. A server that refuses it, or does not answer, is used all the same.
    async fn identify(&mut self) -> Result<(), Error> {
        match self.exchange(ID, ID_ANSWER, MAX_ANSWER, |_| {}).await {
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
                    self.server
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
        self.fetch("FETCH * (UID)", ANSWER, MAX_ANSWER, |answer| {
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
        let fetched = self.fetch(&command, ANSWER, MAX_ANSWER, |answer| {
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
        self.fetch(&command, MAIL, allowance, |answer| {
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
                self.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"), |_| {})
                    .await
            }
            Disposal::Delete => {
                let store = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
                self.command(&store, |_| {}).await?;
                // Without UIDPLUS (RFC 4315) an EXPUNGE would also remove the mails that others marked.
                if self.uid_plus {
                    self.command(&format!("UID EXPUNGE {uid}"), |_| {}).await?;
                }
                Ok(())
            }
        }
    }

    /// Gives the server an occasion to report new mail.
    pub(crate) async fn noop(&mut self) -> Result<(), Error> {
        self.command("NOOP", |_| {}).await
    }

    /// Waits until the server reports new mail, or until that time. After a refusal of IDLE, `self.idle` is
    /// false.
    pub(crate) async fn idle(&mut self, until: Instant) -> Result<(), Error> {
        let server = self.server.clone();
        self.imap.get_mut().allow(MAX_ANSWER);
        let tag = self
            .imap
            .run_command("IDLE")
            .await
            .map_err(|error| imap(error, &server))?;
        let mut is_reported = false;
        let begun = timeout(ANSWER, async {
            loop {
                let answer = response(self.imap.read_response().await, &self.server)?;
                match answer.parsed() {
                    Response::Continue(_) => return Ok(true),
                    Response::Done { tag: done, .. } if *done == tag => return Ok(false),
                    other => is_reported |= reports_mail(other),
                }
            }
        });
        if !begun.await.map_err(|_| self.timed_out())?? {
            self.idle = false;
            return Ok(());
        }
        // The server reports mail that came before IDLE began ahead of its answer to IDLE.
        while !is_reported {
            match timeout_at(until, self.imap.read_response()).await {
                Ok(answer) => match response(answer, &server)?.parsed() {
                    Response::Done { tag: done, .. } if *done == tag => return Ok(()),
                    Response::Data {
                        status: Status::Bye, ..
                    } => return Err(disconnected(&server)),
                    other => is_reported = reports_mail(other),
                },
                Err(_elapsed) => break,
            }
        }
        let ended = timeout(ANSWER, async {
            let sent = self.imap.run_command_untagged("DONE").await;
            sent.map_err(|error| imap(error, &server))?;
            loop {
                let answer = response(self.imap.read_response().await, &server)?;
                if matches!(answer.parsed(), Response::Done { tag: done, .. } if *done == tag) {
                    return Ok(());
                }
            }
        });
        ended.await.map_err(|_| self.timed_out())?
    }

    /// Logs out. Ignores the answer.
    pub(crate) async fn log_out(mut self) {
        let _ = timeout(Duration::from_secs(2), self.command("LOGOUT", |_| {})).await;
    }

    async fn command(&mut self, text: &str, each: impl FnMut(&Response<'_>)) -> Result<(), Error> {
        match self.exchange(text, ANSWER, MAX_ANSWER, each).await? {
            Ended::Ok => Ok(()),
            Ended::No { for_now: true } => Err(unavailable(&self.server)),
            Ended::No { for_now: false } | Ended::Bad => Err(self.refused()),
        }
    }

    /// A FETCH in the open mailbox.
    async fn fetch(
        &mut self,
        text: &str,
        time: Duration,
        bytes: usize,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), Error> {
        match self.exchange(text, time, bytes, each).await? {
            Ended::Ok => Ok(()),
            Ended::No { .. } => Err(not_now(&self.server)),
            Ended::Bad => Err(self.refused()),
        }
    }

    /// Sends a command, calls `each` with each response to it, and gives how the command ended.
    async fn exchange(
        &mut self,
        text: &str,
        time: Duration,
        bytes: usize,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<Ended, Error> {
        self.imap.get_mut().allow(bytes);
        let exchange = async {
            let sent = self.imap.run_command(text).await;
            let tag = sent.map_err(|error| imap(error, &self.server))?;
            loop {
                let answer = response(self.imap.read_response().await, &self.server)?;
                match answer.parsed() {
                    Response::Done {
                        tag: done,
                        status,
                        outcome,
                    } if *done == tag => return Ok(Ended::from_status(status, outcome)),
                    other => each(other),
                }
            }
        };
        match timeout(time, exchange).await {
            Ok(result) => result,
            Err(_elapsed) => Err(self.timed_out()),
        }
    }

    fn refused(&self) -> Error {
        Error::new(ErrorKind::Refused, format!("{} refused a command", self.server))
    }

    fn timed_out(&self) -> Error {
        Error::new(ErrorKind::Timeout, format!("{} did not answer in time", self.server))
    }
}

/// How the server ended a command.
enum Ended {
    Ok,
    /// It refused. `for_now`: it gave a code of RFC 5530 for a state that passes.
    No {
        for_now: bool,
    },
    /// It does not know the command.
    Bad,
}

impl Ended {
    fn from_status(status: &Status, outcome: &Outcome<'_>) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::No => Self::No {
                for_now: outcome.information.as_deref().is_some_and(refusal::is_temporary),
            },
            _ => Self::Bad,
        }
    }
}

/// The error for a mail of the open mailbox that the server does not send.
pub(crate) fn not_now(server: &str) -> Error {
    Error::new(ErrorKind::NotNow, format!("{server} does not send a mail just now"))
}

/// The response, or the error for a connection that ended.
fn response<T>(answer: io::Result<Option<T>>, server: &str) -> Result<T, Error> {
    answer
        .map_err(|error| broken(error, server))?
        .ok_or_else(|| disconnected(server))
}

/// Whether the response reports that mail came.
fn reports_mail(answer: &Response<'_>) -> bool {
    matches!(answer, Response::MailboxData(MailboxDatum::Exists(_)))
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
