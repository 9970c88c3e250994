//! Follows a mailbox over all its connections.
//!
//! Invariants: a mail is told until its caller is [done](Watcher::done) with it, and never again after that, as long as the
//! mailbox keeps its UIDVALIDITY; no loop here turns without a wait or an answer of the server's that brought something
//! new; a call that is dropped half-way costs its connection and nothing else.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::backoff::Backoff;
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::session::Session;
use crate::settings::Settings;

/// Newest mails looked at where the position tells nothing: at a first start that asks for it, and when UIDVALIDITY changed.
const LOOK_BACK: u32 = 50;
/// Newest mails looked at after a long absence.
const MAX_BACKLOG: u32 = 2_000;
/// How often a mail, or what is new, is tried that the server cannot bring in order.
const TRIES: u8 = 3;
/// A connection that lasted so long was a good one: the next failure is the first again.
const LASTING: Duration = Duration::from_secs(60);

/// How far a mailbox has been read (RFC 3501 section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Under which UIDs have their meaning.
    pub uid_validity: u32,
    /// The last UID that is done with.
    pub uid: u32,
}

impl Position {
    /// As a store keeps it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.uid_validity) << 32 | u64::from(self.uid)).to_be_bytes()
    }

    /// As a store kept it; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = *bytes else { return None };
        Some(Self {
            uid_validity: u32::from_be_bytes([a, b, c, d]),
            uid: u32::from_be_bytes([e, f, g, h]),
        })
    }
}

/// A mail that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it stands.
    pub at: Position,
    /// Who wrote it, and when.
    pub header: Header,
}

/// What becomes of a mail that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposal {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is marked as read.
    MarkSeen,
    /// It is deleted; where the server cannot delete one mail alone (RFC 4315), it is only marked for it.
    Delete,
}

/// How often to ask, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// IDLE is begun anew after this: a server may end it after 29 minutes, a home router forgets a connection after
    /// five, and some servers forget to tell.
    pub idle: Duration,
    /// Between two questions to a server without IDLE.
    pub poll: Duration,
    /// Between two looks that found nothing, however often the server says that there is something.
    pub least: Duration,
    /// After the first failure. It doubles.
    pub first_retry: Duration,
    /// After many failures.
    pub last_retry: Duration,
    /// After the first failure that a person has to mend. It doubles.
    pub first_retry_refused: Duration,
    /// After many of them.
    pub last_retry_refused: Duration,
}

impl Pace {
    /// For a service that watches day and night.
    pub const SERVICE: Self = Self {
        idle: Duration::from_secs(60),
        poll: Duration::from_secs(5),
        least: Duration::from_secs(1),
        first_retry: Duration::from_secs(1),
        last_retry: Duration::from_secs(60),
        first_retry_refused: Duration::from_secs(60),
        last_retry_refused: Duration::from_secs(30 * 60),
    };

    /// For someone who waits a minute or two for one mail.
    pub const LOGIN: Self = Self {
        idle: Duration::from_secs(15),
        poll: Duration::from_secs(2),
        least: Duration::from_secs(1),
        first_retry: Duration::from_millis(500),
        last_retry: Duration::from_secs(10),
        ..Self::SERVICE
    };
}

/// Where a watcher begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With what comes from now on.
    Now,
    /// With the newest mails that are there.
    Recent,
    /// Where an earlier watcher was.
    At(Position),
}

/// Watches one mailbox.
#[derive(Debug)]
pub struct Watcher {
    settings: Settings,
    pace: Pace,
    start: Start,
    position: Option<Position>,
    session: Option<Session>,
    backoff: Backoff,
    /// Nothing is tried before.
    resume_at: Option<Instant>,
    /// The server has IDLE and does not answer it.
    idle_broken: bool,
    /// What the server could not bring in order, and how often.
    suspect: (u32, u8),
}

impl Watcher {
    /// A watcher that has not connected yet.
    #[must_use]
    pub fn new(settings: Settings, pace: Pace, start: Start) -> Self {
        Self {
            settings,
            pace,
            start,
            position: None,
            session: None,
            backoff: Backoff::default(),
            resume_at: None,
            idle_broken: false,
            suspect: (0, 0),
        }
    }

    /// The mailbox that it watches.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How far it has come; `None` before the mailbox was opened for the first time.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Opens the mailbox, after what the last failure left to wait. What arrives from now on is not missed.
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again.
    pub async fn open(&mut self) -> Result<(), Error> {
        let (session, _) = self.take().await?;
        self.session = Some(session);
        Ok(())
    }

    /// Waits for mail, and gives what is new, lowest UID first. The same mail is given until it is [done](Self::done).
    ///
    /// # Errors
    /// Any [`ErrorKind`]; calling again tries again, after a wait.
    pub async fn arrivals(&mut self) -> Result<Vec<Arrival>, Error> {
        let mut rested_until = Instant::now();
        loop {
            let (mut session, position) = self.take().await?;
            let found = match session.arrivals(position.uid).await {
                Ok(found) => found,
                Err(error) => return Err(self.failed_on(&session, position.uid, error)),
            };
            if !found.is_empty() {
                self.session = Some(session);
                let at = |uid| Position { uid, ..position };
                return Ok(found
                    .into_iter()
                    .map(|(uid, header)| Arrival { at: at(uid), header })
                    .collect());
            }
            sleep_until(rested_until).await;
            rested_until = Instant::now() + self.pace.least;
            match self.wait(&mut session).await {
                Ok(()) => self.session = Some(session),
                Err(error) => return Err(self.failed(&session, error)),
            }
        }
    }

    async fn wait(&mut self, session: &mut Session) -> Result<(), Error> {
        if session.idle && !self.idle_broken {
            let result = session.idle(Instant::now() + self.pace.idle).await;
            self.idle_broken = matches!(&result, Err(error) if error.kind() == ErrorKind::Timeout);
            result
        } else {
            sleep(self.pace.poll).await;
            session.noop().await
        }
    }

    /// Reads a mail, its first MiB; `None` where it is gone, or where the server fails to bring it time and again.
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
                Ok(mail)
            }
            Err(error) => {
                let error = self.failed_on(&session, uid, error);
                if self.suspect != (uid, TRIES) {
                    return Err(error);
                }
                self.suspect = (0, 0);
                tracing::warn!(server = self.settings.server(), uid, %error, "a mail is left out: the server cannot bring it");
                Ok(None)
            }
        }
    }

    /// Marks or deletes a mail, where the mailbox is open for that.
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

    /// Is done with a mail and with all before it.
    pub fn done(&mut self, arrival: &Arrival) {
        if let Some(position) = &mut self.position
            && position.uid_validity == arrival.at.uid_validity
        {
            position.uid = position.uid.max(arrival.at.uid);
        }
    }

    /// Lets the next call wait as after a failure: the caller cannot take a mail now.
    pub fn put_off(&mut self) {
        let wait = self.backoff.after(true, &self.pace);
        self.resume_at = Some(Instant::now() + wait);
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        if let Some(session) = self.session.take() {
            session.log_out().await;
        }
    }

    /// The open mailbox, or one opened anew. It is put back only by who got through with it.
    async fn take(&mut self) -> Result<(Session, Position), Error> {
        if let Some(resume_at) = self.resume_at {
            sleep_until(resume_at).await;
            self.resume_at = None;
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => match Session::open(&self.settings).await {
                Ok(session) => {
                    self.position = Some(self.place(&session));
                    session
                }
                Err(error) => {
                    self.pause(&error);
                    return Err(error);
                }
            },
        };
        let position = self.position.unwrap_or(Position {
            uid_validity: session.uid_validity,
            uid: session.newest,
        });
        Ok((session, position))
    }

    /// Where to read on in a mailbox that has just been opened.
    fn place(&self, session: &Session) -> Position {
        let server = self.settings.server();
        let newest = session.newest;
        let known = self.position.or(match self.start {
            Start::At(position) => Some(position),
            Start::Now | Start::Recent => None,
        });
        let uid = match known {
            Some(known) if known.uid_validity == session.uid_validity => {
                let earliest = newest.saturating_sub(MAX_BACKLOG);
                if known.uid < earliest {
                    tracing::warn!(
                        server,
                        "the mailbox has grown by so much that only its newest mails are looked at"
                    );
                }
                if self.suspect == (known.uid, TRIES) && known.uid < newest {
                    tracing::warn!(server, "new mails are left out: the server cannot say what they are");
                    newest
                } else {
                    known.uid.max(earliest)
                }
            }
            Some(_) => {
                tracing::info!(server, "the mailbox counts anew: its newest mails are looked at again");
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

    /// A session failed at a mail, or at what comes after a mail.
    fn failed_on(&mut self, session: &Session, uid: u32, error: Error) -> Error {
        let tries = if self.suspect.0 == uid { self.suspect.1 } else { 0 };
        self.suspect = (uid, if tries == TRIES { 1 } else { tries + 1 });
        self.failed(session, error)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_a_store() {
        let position = Position {
            uid_validity: 0xdead_beef,
            uid: 7,
        };
        assert_eq!(Position::from_bytes(&position.to_bytes()), Some(position));
        for bytes in [&b""[..], b"1234567", b"123456789"] {
            assert_eq!(Position::from_bytes(bytes), None);
        }
    }
}
