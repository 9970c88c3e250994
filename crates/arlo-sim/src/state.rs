//! The state of the cloud: current logins, tokens, trusted browsers, and what tests ask about.
//!
//! One mutex protects all of it. It is never held over an await.

use std::hash::RandomState;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};

use crate::account::Account;
use crate::clock::Clock;
use crate::config::{Config, FactorKind, User, UserIndex};
use crate::event::Event;
use crate::expiring::Expiring;
use crate::faults::{Fault, Faults};
use crate::mailer::Mailer;
use crate::random;

/// Requests kept for [`Cloud::requests`](crate::Cloud::requests).
const MAX_REQUESTS: usize = 10_000;
/// Events kept for a stream that reads slowly.
const EVENT_BACKLOG: usize = 4096;
/// Wrong codes that one challenge takes.
const MAX_TRIES: u32 = 3;
/// So many wrong passwords lock an account, until they are older than [`LOCK_LIFETIME`].
const LOCKING_PASSWORDS: usize = 5;
const LOCK_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long the token of a password alone is valid, and the cookie of an unpaired browser.
const LOGIN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) faults: Faults,
    pub(crate) mailer: Mailer,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) clock: Clock,
    /// The URL of the HTTP listener, without a path.
    pub(crate) url: String,
    /// What the session says of the broker, if there is one.
    pub(crate) mqtt_url: Option<String>,
    /// Signs the URLs of media.
    pub(crate) media_key: RandomState,
    /// How often every URL of media was made void.
    pub(crate) media_age: AtomicUsize,
    pub(crate) streams: Streams,
    /// How many CONNECT packets the broker got.
    pub(crate) connects: AtomicUsize,
    /// By the index of their users.
    pub(crate) accounts: Mutex<Vec<Account>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: Expiring<Token>,
    challenges: Expiring<Challenge>,
    /// By the value of the trust cookie.
    browsers: Expiring<Browser>,
    /// By `browserAuthCode`.
    pairings: Expiring<UserIndex>,
    requests: Vec<String>,
    /// The users of the wrong passwords.
    wrong_passwords: Expiring<UserIndex>,
}

impl State {
    fn new(clock: &Clock) -> Self {
        Self {
            tokens: Expiring::new(clock),
            challenges: Expiring::new(clock),
            browsers: Expiring::new(clock),
            pairings: Expiring::new(clock),
            requests: Vec::new(),
            wrong_passwords: Expiring::new(clock),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) user: UserIndex,
    /// Whether the second factor was given too.
    pub(crate) complete: bool,
    /// Whether the API host has ended it. The auth host does not know of that.
    pub(crate) void: bool,
}

/// What /api/auth says about the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecondFactor {
    /// Arlo asks for it, or has got it.
    Enabled,
    /// The account has none.
    None,
    /// It is switched off for all accounts, in the form of this fault.
    Off(Fault),
}

#[derive(Debug)]
struct Browser {
    user: UserIndex,
    paired: bool,
}

struct Challenge {
    user: UserIndex,
    kind: FactorKind,
    code: String,
    tries_left: u32,
    approved: bool,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The result of one try to finish a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// The user has not answered the push question yet.
    NotYet,
    Wrong,
    Expired,
    TooManyTries,
}

/// The forms in which the second factor is switched off.
const MFA_OFF: [Fault; 4] = [
    Fault::MfaDisabled,
    Fault::MfaDisabledNoNumber,
    Fault::MfaDisabledUnsaid,
    Fault::MfaFalse,
];

impl Shared {
    pub(crate) fn new(config: Config, url: String, mqtt_url: Option<String>, stopping: watch::Receiver<bool>) -> Self {
        let clock = Clock::default();
        let now = clock.timestamp();
        let accounts = config.users.iter().enumerate();
        let accounts = accounts.map(|(index, user)| Account::new(user_id(index), user, now));
        Self {
            accounts: Mutex::new(accounts.collect()),
            url,
            mqtt_url,
            media_key: RandomState::new(),
            media_age: AtomicUsize::new(0),
            streams: Streams::default(),
            connects: AtomicUsize::new(0),
            mailer: Mailer::new(config.smtp, stopping.clone()),
            config,
            faults: Faults::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
            stopping,
            state: Mutex::new(State::new(&clock)),
            clock,
        }
    }

    pub(crate) fn user(&self, index: UserIndex) -> Option<&User> {
        self.config.users.get(index)
    }

    pub(crate) fn find_user(&self, email: &str) -> Option<(UserIndex, &User)> {
        self.config
            .users
            .iter()
            .enumerate()
            .find(|(_, user)| user.is_named(email))
    }

    /// Waits for a time of a scene, which runs as fast as the configuration says. Gives whether the cloud still runs.
    pub(crate) async fn pause(&self, time: Duration) -> bool {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep(time / self.config.speed.max(1)) => true,
            _ = stopping.wait_for(|stopping| *stopping) => false,
        }
    }

    /// Whether a camera of any user streams under this token.
    pub(crate) fn has_stream(&self, token: &str) -> bool {
        let users = 0..self.config.users.len();
        users.into_iter().any(|user| {
            self.with_account(user, |account, _| {
                let mut streams = account.devices.iter().filter_map(|device| device.stream.as_ref());
                streams.any(|stream| stream.token == token)
            }) == Some(true)
        })
    }

    pub(crate) fn record(&self, request: String) {
        let mut state = self.lock();
        if state.requests.len() < MAX_REQUESTS {
            state.requests.push(request);
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// The state of a user's second factor.
    pub(crate) fn second_factor(&self, user: UserIndex) -> SecondFactor {
        if self.user(user).is_some_and(|user| user.factors.is_empty()) {
            return SecondFactor::None;
        }
        let off = MFA_OFF.into_iter().find(|fault| self.faults.is_on(*fault));
        off.map_or(SecondFactor::Enabled, SecondFactor::Off)
    }

    /// A new token, in the fields of Arlo's answers. `given`: whether the second factor was given.
    pub(crate) fn issue_token(&self, user: UserIndex, given: bool) -> Result<Value, getrandom::Error> {
        let factor = self.second_factor(user);
        let complete = given || factor != SecondFactor::Enabled;
        // If the factor is switched off, Arlo still says that the login is not complete.
        let completed = given || factor == SecondFactor::None;
        let lifetime = if complete {
            self.config.token_lifetime
        } else {
            LOGIN_LIFETIME
        };
        let token = format!("2_{}", random::hex::<32>()?);
        let now = self.clock.timestamp().as_second();
        let answer = json!({
            "_type": "AccessTokenV2",
            "token": token,
            "userId": user_id(user),
            "authenticated": if completed { now } else { 0 },
            "issued": now,
            // A Unix time, in spite of its name.
            "expiresIn": now.saturating_add_unsigned(self.config.token_lifetime.as_secs()),
            // `"mfa": false` makes a client skip the second factor.
            "mfa": !matches!(factor, SecondFactor::None | SecondFactor::Off(Fault::MfaFalse)),
            "authCompleted": completed,
            "type": "USER",
            "MFA_State": match factor {
                SecondFactor::Enabled | SecondFactor::Off(Fault::MfaDisabledUnsaid | Fault::MfaFalse) => "ENABLED",
                SecondFactor::None | SecondFactor::Off(_) => "DISABLED",
            },
        });
        let issued = Token {
            user,
            complete,
            void: false,
        };
        self.lock().tokens.insert(token, lifetime, issued);
        Ok(answer)
    }

    /// Ends a token for the API host.
    pub(crate) fn void_token(&self, token: &str) {
        if let Some(token) = self.lock().tokens.get_mut(token) {
            token.void = true;
        }
    }

    /// Ends every token of a user for the API host. Gives them, for the end of their streams.
    pub(crate) fn void_tokens(&self, user: UserIndex) -> Vec<String> {
        let mut state = self.lock();
        let mut voided = Vec::new();
        for (name, token) in state.tokens.iter_mut() {
            if token.user == user && token.complete && !token.void {
                token.void = true;
                voided.push(name.to_owned());
            }
        }
        voided
    }

    pub(crate) fn token(&self, token: &str) -> Option<Token> {
        self.lock().tokens.get(token).copied()
    }

    pub(crate) fn revoke_token(&self, token: &str) {
        self.lock().tokens.remove(token);
    }

    /// Begins a challenge. Gives its name, which finishAuth must repeat.
    pub(crate) fn challenge(&self, user: UserIndex, kind: FactorKind, code: &str) -> Result<String, getrandom::Error> {
        let name = random::hex::<16>()?;
        let challenge = Challenge {
            user,
            kind,
            code: code.to_owned(),
            tries_left: MAX_TRIES,
            approved: false,
        };
        self.lock()
            .challenges
            .insert(name.clone(), self.config.code_lifetime, challenge);
        Ok(name)
    }

    /// One try. A challenge passes once. A wrong code uses up one of its tries.
    pub(crate) fn finish_challenge(&self, name: &str, user: UserIndex, code: Option<&str>) -> Outcome {
        let mut state = self.lock();
        if state.challenges.has_expired(name) {
            return Outcome::Expired;
        }
        let Some(challenge) = state
            .challenges
            .get_mut(name)
            .filter(|challenge| challenge.user == user)
        else {
            return Outcome::Wrong;
        };
        if challenge.tries_left == 0 {
            return Outcome::TooManyTries;
        }
        if challenge.kind == FactorKind::Push && !challenge.approved {
            return Outcome::NotYet;
        }
        if challenge.kind != FactorKind::Push && code != Some(challenge.code.as_str()) {
            challenge.tries_left -= 1;
            return Outcome::Wrong;
        }
        state.challenges.remove(name);
        Outcome::Passed
    }

    pub(crate) fn approve_pushes(&self, user: UserIndex) {
        for challenge in self.lock().challenges.newest_first() {
            challenge.approved |= challenge.user == user;
        }
    }

    pub(crate) fn pending_code(&self, user: UserIndex) -> Option<String> {
        let mut state = self.lock();
        let newest = state
            .challenges
            .newest_first()
            .into_iter()
            .find(|challenge| challenge.user == user);
        newest.map(|challenge| challenge.code.clone())
    }

    /// A cookie for a browser that passed the second factor, and the code that pairs the browser.
    pub(crate) fn offer_pairing(&self, user: UserIndex) -> Result<(String, String), getrandom::Error> {
        let (cookie, code) = (random::hex::<32>()?, random::hex::<16>()?);
        let mut state = self.lock();
        state
            .browsers
            .insert(cookie.clone(), LOGIN_LIFETIME, Browser { user, paired: false });
        state.pairings.insert(code.clone(), LOGIN_LIFETIME, user);
        Ok((cookie, code))
    }

    /// Trusts the browser with `cookie`, or a browser without a cookie. `None` if the pairing code is not valid.
    pub(crate) fn pair(&self, code: &str, cookie: Option<&str>) -> Result<Option<String>, getrandom::Error> {
        let fresh = random::hex::<32>()?;
        let mut state = self.lock();
        let Some(user) = state.pairings.remove(code) else {
            return Ok(None);
        };
        let known = cookie.filter(|cookie| state.browsers.get(cookie).is_some_and(|browser| browser.user == user));
        let cookie = known.map_or(fresh, str::to_owned);
        let trusted = Browser { user, paired: true };
        state
            .browsers
            .insert(cookie.clone(), self.config.trust_lifetime, trusted);
        Ok(Some(cookie))
    }

    pub(crate) fn is_trusted(&self, cookie: &str, user: UserIndex) -> bool {
        let state = self.lock();
        let browser = state.browsers.get(cookie);
        browser.is_some_and(|browser| browser.paired && browser.user == user)
    }

    /// Replaces a trusted browser's cookie and voids the old one. `None` if the browser is not trusted. The end of the
    /// trust does not change: no source says that Arlo extends it.
    pub(crate) fn rotate_trust(
        &self,
        cookie: &str,
        user: UserIndex,
    ) -> Result<Option<(String, Duration)>, getrandom::Error> {
        let fresh = random::hex::<32>()?;
        let mut state = self.lock();
        let trusted = |browser: &Browser| browser.paired && browser.user == user;
        if !state.browsers.get(cookie).is_some_and(trusted) {
            return Ok(None);
        }
        let left = state.browsers.rename(cookie, fresh.clone());
        Ok(left.map(|left| (fresh, left)))
    }

    /// Whether so many wrong passwords came that even the right one is refused.
    pub(crate) fn is_locked(&self, user: UserIndex) -> bool {
        let mut state = self.lock();
        let wrong = state.wrong_passwords.newest_first();
        wrong.into_iter().filter(|other| **other == user).count() >= LOCKING_PASSWORDS
    }

    pub(crate) fn wrong_password(&self, user: UserIndex) -> Result<(), getrandom::Error> {
        let name = random::hex::<16>()?;
        self.lock().wrong_passwords.insert(name, LOCK_LIFETIME, user);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many event streams are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<AtomicUsize>);

/// One open event stream. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct OpenStream(Streams);

impl Streams {
    pub(crate) fn opened(&self) -> OpenStream {
        self.0.fetch_add(1, Ordering::SeqCst);
        OpenStream(self.clone())
    }

    pub(crate) fn open(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Arlo's name of a user.
pub(crate) fn user_id(user: UserIndex) -> String {
    format!("SIM-{}", user + 1001)
}
