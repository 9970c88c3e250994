//! Sends commands over a connection that is logged in, and reads their answers. Each command has a time limit, and its
//! answer a limit of bytes.
//!
//! In an open mailbox, `NO` to a FETCH is temporary: a message was removed (RFC 2180 section 4.1.2), or the server has
//! a problem of its own (RFC 5530). Some servers describe that problem in words only.

use std::io;
use std::time::Duration;

use async_imap::Session as Imap;
use async_imap::imap_proto::{MailboxDatum, Outcome, Response, Status};
use tokio::time::{Instant, timeout, timeout_at};

use crate::connect::{Connection, broken, connect, disconnected, imap, unavailable};
use crate::error::{Error, ErrorKind};
use crate::refusal;
use crate::settings::Settings;

/// Time limit for the answer to a command.
pub(crate) const ANSWER: Duration = Duration::from_secs(30);
/// Longest answer to a command that asks for no mail, in bytes: thousands of headers of some 200 bytes each.
pub(crate) const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A connection that is logged in.
#[derive(Debug)]
pub(crate) struct Commands {
    imap: Imap<Connection>,
    server: String,
}

impl Commands {
    /// Connects and logs in.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            imap: connect(settings).await?,
            server: settings.server(),
        })
    }

    /// The server, for messages.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a command that asks for no mail. Calls `each` with each response to it.
    pub(crate) async fn command(&mut self, text: &str, each: impl FnMut(&Response<'_>)) -> Result<(), Error> {
        match self.exchange(text, ANSWER, MAX_ANSWER, each).await? {
            Ended::Ok => Ok(()),
            Ended::No { for_now: true } => Err(unavailable(&self.server)),
            Ended::No { for_now: false } | Ended::Bad => Err(self.refused()),
        }
    }

    /// A FETCH in the open mailbox.
    pub(crate) async fn fetch(
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
    pub(crate) async fn exchange(
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

    /// Waits until the server reports new mail, or until that time. Gives false if the server refuses IDLE.
    pub(crate) async fn idle(&mut self, until: Instant) -> Result<bool, Error> {
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
            return Ok(false);
        }
        // The server reports mail that came before IDLE began ahead of its answer to IDLE.
        while !is_reported {
            match timeout_at(until, self.imap.read_response()).await {
                Ok(answer) => match response(answer, &server)?.parsed() {
                    Response::Done { tag: done, .. } if *done == tag => return Ok(true),
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
                    return Ok(true);
                }
            }
        });
        ended.await.map_err(|_| self.timed_out())?
    }
}

/// How the server ended a command.
pub(crate) enum Ended {
    Ok,
    /// It refused. `for_now`: for a state that passes.
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
