//! Watches a mailbox over several connections.
//!
//! Invariants:
//!
//! - A mail is returned until the caller is [done](Watcher::done) with it, and never again after that, as long as the
//!   mailbox keeps its UIDVALIDITY.
//! - No loop repeats without a wait, or without an answer that brought something new.
//! - A call whose future is dropped loses its connection and nothing else.
//! - A mail that the server refuses to send does not delay the others; see `progress`.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::arrival::{Arrival, Disposal, Position, Start};
use crate::backoff::{Backoff, REFUSED_TRIES, after_refusals};
use crate::commands::not_now;
use crate::error::{Error, ErrorKind};
use crate::pace::Pace;
use crate::progress::Progress;
use crate::session::Session;
use crate::settings::Settings;

/// How many of the newest mails are read where the position is not known: at a first start that asks for it, and after
/// UIDVALIDITY changed.
const LOOK_BACK: u32 = 50;
/// How many of the newest mails are read at most after a long absence.
const MAX_BACKLOG: u32 = 2_000;
/// How often a mail is tried that the server cannot send correctly, or the list of new mails.
const TRIES: u8 = 3;
/// A failure after a connection that lasted so long counts as a first failure.
const LASTING: Duration = Duration::from_secs(60);

/// Watches one mailbox.
#[derive(Debug)]
pub struct Watcher {
    settings: Settings,
    pace: Pace,
    start: Start,
    progress: Progress,
    session: Option<Session>,
    backoff: Backoff,
    /// Nothing is sent before this time.
    resume_at: Option<Instant>,
    /// The server announces IDLE and does not answer it.
    idle_broken: bool,
    /// After which UID the server could not list the new mails correctly, and how often in a row.
    broken_list: (u32, u8),
    /// The UID of the mail that the server could not send correctly, and how often in a row.
    broken_mail: (u32, u8),
    /// The UID of the mail that the server refused to send, and how often.
    refused: (u32, u8),
    /// The list of new mails is not requested before this time.
    look_at: Option<Instant>,
}

impl Watcher {
    /// A watcher that has not connected yet.
    #[must_use]
    pub fn new(settings: Settings, pace: Pace, start: Start) -> Self {
        Self {
            settings,
            pace,
            start,
            progress: Progress::default(),
            session: None,
            backoff: Backoff::default(),
            resume_at: None,
            idle_broken: false,
            broken_list: (0, 0),
            broken_mail: (0, 0),
            refused: (0, 0),
            look_at: None,
        }
    }

    /// The mailbox that it watches.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How far the mailbox was read; `None` before it was opened for the first time.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.progress.position()
    }

    /// Opens the mailbox. Waits first where the last failure demands it. No mail that arrives from now on is missed.
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again.
    pub async fn open(&mut self) -> Result<(), Error> {
        let (session, _) = self.take().await?;
        self.session = Some(session);
        Ok(())
    }

    /// Waits for mail. Gives the new mails, lowest UID first, each until it is [done](Self::done).
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again, after a wait.
    pub async fn arrivals(&mut self) -> Result<Vec<Arrival>, Error> {
        let mut not_before = Instant::now();
        loop {
            if let Some(look_at) = self.look_at {
                sleep_until(look_at).await;
                self.look_at = None;
            }
            let (mut session, position) = self.take().await?;
            let (mut found, all) = match session.arrivals(position.uid).await {
                Ok(found) => found,
                Err(error) => {
                    self.broken_list = once_more(self.broken_list, position.uid);
                    return Err(self.failed(&session, error));
                }
            };
            self.broken_list = (0, 0);
            found.retain(|(uid, _)| !self.progress.is_done(*uid));
            if all {
                self.progress.listed_all(found.is_empty());
            } else {
                self.listed_some(found.is_empty());
            }
            if !found.is_empty() {
                self.session = Some(session);
                let at = |uid| Position { uid, ..position };
                return Ok(found
                    .into_iter()
                    .map(|(uid, header)| Arrival { at: at(uid), header })
                    .collect());
            }
            if !all {
                self.session = Some(session);
                return Err(not_now(&self.settings.server()));
            }
            sleep_until(not_before).await;
            not_before = Instant::now() + self.pace.least;
            match self.wait(&mut session).await {
                Ok(()) => self.session = Some(session),
                Err(error) => return Err(self.failed(&session, error)),
            }
        }
    }

    async fn wait(&mut self, session: &mut Session) -> Result<(), Error> {
        if session.has_idle && !self.idle_broken {
            let result = session.idle(Instant::now() + self.pace.idle).await;
            self.idle_broken = matches!(&result, Err(error) if error.kind() == ErrorKind::Timeout);
            result
        } else {
            sleep(self.pace.poll).await;
            session.noop().await
        }
    }

    /// Reads the first MiB of a mail; `None` if it is no longer there, or if the server fails to send it several times.
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again, after a wait.
    pub async fn mail(&mut self, arrival: &Arrival) -> Result<Option<Vec<u8>>, Error> {
        let (mut session, position) = self.take().await?;
        if position.uid_validity != arrival.at.uid_validity {
            self.session = Some(session);
            return Ok(None);
        }
        let uid = arrival.at.uid;
        match session.mail(uid).await {
            Ok(mail) => {
                self.session = Some(session);
                (self.refused, self.broken_mail) = ((0, 0), (0, 0));
                Ok(mail)
            }
            Err(error) if error.kind() == ErrorKind::NotNow => {
                self.session = Some(session);
                let earlier = if self.refused.0 == uid { self.refused.1 } else { 0 };
                self.refused = (uid, earlier + 1);
                if self.refused.1 < REFUSED_TRIES {
                    self.resume_at = Some(Instant::now() + after_refusals(earlier, &self.pace));
                    return Err(error);
                }
                self.refused = (0, 0);
                tracing::warn!(
                    server = self.settings.server(),
                    uid,
                    "a mail is skipped: the server does not send it"
                );
                Ok(None)
            }
            Err(error) => {
                self.broken_mail = once_more(self.broken_mail, uid);
                let error = self.failed(&session, error);
                if self.broken_mail != (uid, TRIES) {
                    return Err(error);
                }
                self.broken_mail = (0, 0);
                let server = self.settings.server();
                tracing::warn!(server, uid, %error, "a mail is skipped: the server cannot send it");
                Ok(None)
            }
        }
    }

    /// Marks or deletes a mail. The mailbox must be open for writing.
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again, after a wait.
    pub async fn dispose(&mut self, arrival: &Arrival, disposal: Disposal) -> Result<(), Error> {
        if disposal == Disposal::Keep {
            return Ok(());
        }
        let (mut session, position) = self.take().await?;
        if position.uid_validity == arrival.at.uid_validity
            && let Err(error) = session.dispose(arrival.at.uid, disposal).await
        {
            return Err(self.failed(&session, error));
        }
        self.session = Some(session);
        Ok(())
    }

    /// The caller is done with this mail and with all before it. A failure after that counts as a first failure.
    pub fn done(&mut self, arrival: &Arrival) {
        self.backoff.reset();
        self.progress.done(arrival.at);
    }

    /// The server has listed only some of the new mails. `is_empty`: none of them is left to do.
    fn listed_some(&mut self, is_empty: bool) {
        let after = self.position().map(|position| position.uid);
        let refused = self.progress.listed_some(is_empty);
        self.look_at = Some(Instant::now() + after_refusals(refused.earlier, &self.pace));
        if refused.is_given_up {
            let server = self.settings.server();
            tracing::warn!(server, after, "new mails are skipped: the server does not send them");
        }
    }

    /// Makes the next call wait as after a failure. For a caller that cannot take a mail now.
    pub fn put_off(&mut self) {
        let wait = self.backoff.after(true, &self.pace);
        self.resume_at = Some(Instant::now() + wait);
    }

    /// Logs out and closes the connection.
    pub async fn close(mut self) {
        if let Some(session) = self.session.take() {
            session.log_out().await;
        }
    }

    /// The open mailbox, or a newly opened one. A caller puts it back only after a success.
    async fn take(&mut self) -> Result<(Session, Position), Error> {
        if let Some(resume_at) = self.resume_at {
            sleep_until(resume_at).await;
            self.resume_at = None;
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => match Session::open(&self.settings).await {
                Ok(session) => {
                    self.progress.open_at(self.position_at_open(&session));
                    session
                }
                Err(error) => {
                    self.pause(&error);
                    return Err(error);
                }
            },
        };
        let position = self.position().unwrap_or(Position {
            uid_validity: session.uid_validity,
            uid: session.newest,
        });
        Ok((session, position))
    }

    /// Where to continue in a mailbox that was just opened.
    fn position_at_open(&self, session: &Session) -> Position {
        let server = self.settings.server();
        let newest = session.newest;
        let known = self.position().or(match self.start {
            Start::At(position) => Some(position),
            Start::Now | Start::Recent => None,
        });
        let uid = match known {
            Some(known) if known.uid_validity == session.uid_validity => {
                let earliest = newest.saturating_sub(MAX_BACKLOG);
                if known.uid < earliest {
                    tracing::warn!(
                        server,
                        "the mailbox has so many new mails that only the newest are read"
                    );
                }
                if self.broken_list == (known.uid, TRIES) && known.uid < newest {
                    tracing::warn!(server, "new mails are skipped: the server cannot list them");
                    newest
                } else {
                    known.uid.max(earliest)
                }
            }
            Some(_) => {
                tracing::info!(
                    server,
                    "the mailbox has a new UIDVALIDITY: its newest mails are read again"
                );
                newest.saturating_sub(LOOK_BACK)
            }
            None if self.start == Start::Now => newest,
            None => newest.saturating_sub(LOOK_BACK),
        };
        Position {
            uid_validity: session.uid_validity,
            uid,
        }
    }

    fn failed(&mut self, session: &Session, error: Error) -> Error {
        if session.since.elapsed() >= LASTING {
            self.backoff.reset();
        }
        self.pause(&error);
        error
    }

    fn pause(&mut self, error: &Error) {
        let wait = self.backoff.after(error.is_retryable(), &self.pace);
        self.resume_at = Some(Instant::now() + wait);
    }
}

/// Counts one more failure at this UID. Failures at another one, or those that were enough, count no longer.
fn once_more((earlier, tries): (u32, u8), uid: u32) -> (u32, u8) {
    if earlier == uid && tries < TRIES {
        (uid, tries + 1)
    } else {
        (uid, 1)
    }
}

#[cfg(test)]
mod tests;
