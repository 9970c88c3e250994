//! The commands that a watcher needs, in a mailbox that is open. After an error a session is done with, unless the
//! error is
//! [`ErrorKind::NotNow`].
//!
//! Once a mailbox is open, `NO` to a FETCH is a passing state: a message went away (RFC 2180 section 4.1.2), or the
//! server has a trouble of its own (RFC 5530), which some put into words alone.

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

/// For a command's answer.
const ANSWER: Duration = Duration::from_secs(30);
/// For a mail.
const MAIL: Duration = Duration::from_secs(120);
/// What a command may be answered in bytes, where it asks for no mail: thousands of headers, each of some 200 bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// New mails read of one answer; the others come with the next.
const MAX_ARRIVALS: usize = 2_000;
/// For the answer to ID, on which nothing depends.
const ID_ANSWER: Duration = Duration::from_secs(5);
/// Who this client is (RFC 2971). Some providers open no mailbox to a client that has not said so.
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

    /// Learns what the server can; whether it takes ID.
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

    /// Says who this client is. A server that does not like the answer, or gives none, is used all the same.
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
        // A server that keeps no UIDs has none to be valid.
        self.uid_validity = validity.unwrap_or(0);
        self.newest = match next {
            Some(next) => next.saturating_sub(1),
            None if exists == 0 => 0,
            None => self.newest_by_fetch().await?,
        };
        Ok(())
    }

    /// For a server that does not announce UIDNEXT.
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

    /// The mails whose UID is greater, lowest first, and whether those are all: where the server brings some and then
    /// refuses, what came is kept.
    pub(crate) async fn arrivals(&mut self, after: u32) -> Result<(Vec<(u32, Header)>, bool), Error> {
        let Some(first) = after.checked_add(1) else {
            return Ok((Vec::new(), true));
        };
        let mut found: Vec<(u32, Header)> = Vec::new();
        let command = format!("UID FETCH {first}:* (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM DATE)])");
        let fetched = self.fetch(&command, ANSWER, MAX_ANSWER, |answer| {
            // `n:*` names the newest mail even where its UID is less than n; flags that changed come unasked.
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

    /// A mail, its first [`MAX_MAIL`] bytes; `None` where it is gone.
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
                // Without UIDPLUS (RFC 4315) an EXPUNGE would remove what others marked: the mail stays marked then.
                if self.uid_plus {
                    self.command(&format!("UID EXPUNGE {uid}"), |_| {}).await?;
                }
                Ok(())
            }
        }
    }

    /// Lets the server tell what is new.
    pub(crate) async fn noop(&mut self) -> Result<(), Error> {
        self.command("NOOP", |_| {}).await
    }

    /// Waits until the server tells of new mail, or until then. Where IDLE is refused, `self.idle` is false afterwards.
    pub(crate) async fn idle(&mut self, until: Instant) -> Result<(), Error> {
        let server = self.server.clone();
        self.imap.get_mut().allow(MAX_ANSWER);
        let tag = self
            .imap
            .run_command("IDLE")
            .await
            .map_err(|error| imap(error, &server))?;
        let mut told = false;
        let begun = timeout(ANSWER, async {
            loop {
                let answer = given(self.imap.read_response().await, &self.server)?;
                match answer.parsed() {
                    Response::Continue(_) => return Ok(true),
                    Response::Done { tag: done, .. } if *done == tag => return Ok(false),
                    other => told |= tells(other),
                }
            }
        });
        if !begun.await.map_err(|_| self.late())?? {
            self.idle = false;
            return Ok(());
        }
        // Mail that came before IDLE began is told before the server's consent.
        while !told {
            match timeout_at(until, self.imap.read_response()).await {
                Ok(answer) => match given(answer, &server)?.parsed() {
                    Response::Done { tag: done, .. } if *done == tag => return Ok(()),
                    Response::Data {
                        status: Status::Bye, ..
                    } => return Err(disconnected(&server)),
                    other => told = tells(other),
                },
                Err(_elapsed) => break,
            }
        }
        let ended = timeout(ANSWER, async {
            let sent = self.imap.run_command_untagged("DONE").await;
            sent.map_err(|error| imap(error, &server))?;
            loop {
                let answer = given(self.imap.read_response().await, &server)?;
                if matches!(answer.parsed(), Response::Done { tag: done, .. } if *done == tag) {
                    return Ok(());
                }
            }
        });
        ended.await.map_err(|_| self.late())?
    }

    /// Says goodbye, and does not mind what comes of it.
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

    /// Sends a command, shows each response to it, and gives how it ended.
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
                let answer = given(self.imap.read_response().await, &self.server)?;
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
            Err(_elapsed) => Err(self.late()),
        }
    }

    fn refused(&self) -> Error {
        Error::new(ErrorKind::Refused, format!("{} refused a command", self.server))
    }

    fn late(&self) -> Error {
        Error::new(ErrorKind::Timeout, format!("{} did not answer in time", self.server))
    }
}

/// How the server ended a command.
enum Ended {
    Ok,
    /// It refused; `for_now` where it says in RFC 5530's words that this will pass.
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

/// A mail of an open mailbox that the server does not bring.
pub(crate) fn not_now(server: &str) -> Error {
    Error::new(ErrorKind::NotNow, format!("{server} does not bring a mail just now"))
}

/// A response, where there is one.
fn given<T>(answer: io::Result<Option<T>>, server: &str) -> Result<T, Error> {
    answer
        .map_err(|error| broken(error, server))?
        .ok_or_else(|| disconnected(server))
}

/// Whether this tells that mail came.
fn tells(answer: &Response<'_>) -> bool {
    matches!(answer, Response::MailboxData(MailboxDatum::Exists(_)))
}

/// Servers order the attributes as they like, and leave some out.
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
