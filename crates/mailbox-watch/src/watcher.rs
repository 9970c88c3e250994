//! Follows a mailbox over all its connections.
//!
//! Invariants: a mail is told until its caller is [done](Watcher::done) with it, and never again after that, as long as
//! the mailbox keeps its UIDVALIDITY; no loop here turns without a wait or an answer of the server's that brought
//! something new; a call that is dropped half-way costs its connection and nothing else. A mail that the server refuses
//! to bring keeps no other one back: the [position](Watcher::position) stays before it, and what is done with beyond it
//! is remembered.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::arrival::{Arrival, Disposal, Position, Start};
use crate::backoff::{Backoff, doubled};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::pace::Pace;
use crate::session::{Session, not_now};
use crate::settings::Settings;

/// Newest mails looked at where the position tells nothing: at a first start that asks for it, and when UIDVALIDITY
/// changed.
const LOOK_BACK: u32 = 50;
/// Newest mails looked at after a long absence.
const MAX_BACKLOG: u32 = 2_000;
/// How often a mail, or what is new, is tried that the server cannot bring in order.
const TRIES: u8 = 3;
/// How often a mail is asked for that the server refuses to bring just now, while it brings others: some two minutes.
const REFUSED_TRIES: u8 = 12;
/// Most mails that are remembered as done with beyond one that the server does not bring.
const MAX_BEYOND: usize = 2_000;
/// Longest wait between two of those questions.
const REFUSED_WAIT: Duration = Duration::from_secs(15);
/// A connection that lasted so long was a good one: the next failure is the first again.
const LASTING: Duration = Duration::from_secs(60);

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
    /// Which mail the server refused to bring, and how often.
    refused: (u32, u8),
    /// How often in a row it refused to say all that is new.
    refused_news: u8,
    /// New mail is not asked for before.
    look_at: Option<Instant>,
    /// Whether the server has brought only some of what stands after the position.
    incomplete: bool,
    /// What was brought meanwhile and is done with.
    beyond: BTreeSet<u32>,
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
            refused: (0, 0),
            refused_news: 0,
            look_at: None,
            incomplete: false,
            beyond: BTreeSet::new(),
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
            if let Some(look_at) = self.look_at {
                sleep_until(look_at).await;
                self.look_at = None;
            }
            let (mut session, position) = self.take().await?;
            let (mut found, all) = match session.arrivals(position.uid).await {
                Ok(found) => found,
                Err(error) => return Err(self.failed_on(&session, position.uid, error)),
            };
            found.retain(|(uid, _)| !self.beyond.contains(uid));
            self.settle(position, &found, all);
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
                self.refused = (0, 0);
                Ok(mail)
            }
            Err(error) if error.kind() == ErrorKind::NotNow => {
                self.session = Some(session);
                let earlier = if self.refused.0 == uid { self.refused.1 } else { 0 };
                self.refused = (uid, earlier + 1);
                if self.refused.1 < REFUSED_TRIES {
                    self.resume_at = Some(Instant::now() + self.after_refusals(earlier));
                    return Err(error);
                }
                self.refused = (0, 0);
                tracing::warn!(
                    server = self.settings.server(),
                    uid,
                    "a mail is left out: the server does not bring it"
                );
                Ok(None)
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
            if self.incomplete {
                self.beyond.insert(arrival.at.uid);
            } else {
                position.uid = position.uid.max(arrival.at.uid);
            }
        }
    }

    /// Keeps account of mails that the server did not bring: `found` is what it brought that is not done with, and
    /// `all` says whether that is everything.
    fn settle(&mut self, position: Position, found: &[(u32, Header)], all: bool) {
        if all {
            (self.incomplete, self.refused_news) = (false, 0);
            if found.is_empty() {
                self.pass(position);
            }
            return;
        }
        self.incomplete = true;
        self.look_at = Some(Instant::now() + self.after_refusals(self.refused_news));
        self.refused_news = self.refused_news.saturating_add(1);
        // Where it brings nothing at all, waiting costs nothing. Where it brings all but one, that one comes no more.
        let given_up = self.refused_news >= REFUSED_TRIES && found.is_empty() && !self.beyond.is_empty();
        if given_up || self.beyond.len() > MAX_BEYOND {
            let server = self.settings.server();
            tracing::warn!(
                server,
                after = position.uid,
                "new mails are left out: the server does not bring them"
            );
            (self.incomplete, self.refused_news) = (false, 0);
            self.pass(position);
        }
    }

    /// Moves the position to the last mail that is done with.
    fn pass(&mut self, position: Position) {
        if let Some(last) = self.beyond.pop_last() {
            self.beyond.clear();
            self.position = Some(Position {
                uid: position.uid.max(last),
                ..position
            });
        }
    }

    /// How long to wait where the server refuses after so many refusals: growing, and longest where it brings nothing
    /// for long.
    fn after_refusals(&self, earlier: u8) -> Duration {
        let last = if earlier < REFUSED_TRIES {
            REFUSED_WAIT.min(self.pace.last_retry)
        } else {
            self.pace.last_retry
        };
        doubled(self.pace.first_retry, u32::from(earlier), last)
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
                    let place = self.place(&session);
                    if self
                        .position
                        .is_some_and(|known| known.uid_validity != place.uid_validity)
                    {
                        self.beyond.clear();
                        self.incomplete = false;
                    }
                    self.position = Some(place);
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
    use crate::settings::{Credential, Secret, UserAtHost};

    #[test]
    fn refusals_are_followed_by_seconds_that_grow() {
        let at = UserAtHost {
            user: "casey".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: None,
        };
        let settings = Settings::new(at, Credential::Password(Secret::Value("secret".to_owned().into())));
        let watcher = Watcher::new(settings, Pace::SERVICE, Start::Now);
        for (earlier, seconds) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 15), (11, 15), (12, 60), (255, 60)] {
            let wait = watcher.after_refusals(earlier);
            let expected = Duration::from_secs(seconds);
            assert!(
                wait >= expected.mul_f64(0.74) && wait <= expected.mul_f64(1.26),
                "{earlier}: {wait:?}"
            );
        }
    }
}
