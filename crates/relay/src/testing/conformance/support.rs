//! What the cases share: enrolled accounts, times, codes and mails.

use arlo_mail::{Account, Code, Link, MailId, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::audit::{AuditEvent, AuditKind, ClientNetwork};
use crate::enrolment::{Addresses, Enrolment, Label, MadeBy, MadeWith};
use crate::identity::{AccessToken, EnrolmentId};
use crate::keys::{AccountHashes, DeploymentKey, Keys};
use crate::mail_event::MailEvent;
use crate::poll_key::PollKey;
use crate::ports::{Clock, Ending, MailTaken, Record, TakeOutcome, WebStore};
use crate::request::{Fault, NewRequest, Pending, RequestState, StageOutcome};
use crate::status::{Kept, OtherMail};
use crate::testing::{CountingRandom, FixedClock};

pub(super) fn now() -> Timestamp {
    FixedClock::default().now()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    now().saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub(super) fn keys() -> Keys {
    Keys::new(&DeploymentKey::new([7; 32]))
}

pub(super) fn account(name: &str) -> AccountHashes {
    keys().hashes(&Account::parse(&format!("{name}@example.org")).unwrap())
}

pub(super) fn code(digits: &str) -> Code {
    Code::parse(digits).unwrap()
}

pub(super) fn network() -> ClientNetwork {
    ClientNetwork::parse("192.0.2.0/24").unwrap()
}

/// What happened, from nowhere.
pub(super) fn event(kind: AuditKind, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind,
        network: None,
    }
}

/// One enrolment and what a test does with it.
pub(super) struct Member {
    pub(super) random: CountingRandom,
    pub(super) enrolment: Enrolment,
    pub(super) account: AccountHashes,
}

impl Member {
    pub(super) fn new(name: &str, seed: u8) -> Self {
        let random = CountingRandom::default();
        // Members of one test must not share secrets.
        for _ in 0..u32::from(seed) * 100 {
            let _ = EnrolmentId::generate(&random);
        }
        let id = EnrolmentId::generate(&random).unwrap();
        let account = account(name);
        let enrolment = Enrolment {
            id,
            label: Label::parse("Home Assistant").filter(|_| seed == 0),
            account: account.current(),
            made_with: MadeWith::all(keys().current_id()),
            token: AccessToken::generate(&keys(), id, &random).unwrap().hash(),
            address: Addresses::FIRST,
            sender: Some(Sender::parse("hidden+a@icloud.example").unwrap()).filter(|_| seed == 0),
            own_address_only: seed == 0,
            require_dkim: seed == 0,
            made_by: MadeBy::Operator,
            created_at: now(),
            rotated_at: None,
            suspended_at: None,
        };
        Self {
            random,
            enrolment,
            account,
        }
    }

    pub(super) async fn enrolled(store: &impl WebStore, name: &str, seed: u8) -> Self {
        let member = Self::new(name, seed);
        store.add(&member.enrolment).await.unwrap();
        member
    }

    pub(super) fn id(&self) -> EnrolmentId {
        self.enrolment.id
    }

    pub(super) fn request(&self, staged_at: Timestamp) -> NewRequest {
        NewRequest {
            account: self.account,
            token: self.enrolment.token,
            poll_key: PollKey::generate(self.id(), &self.random).unwrap(),
            network: Some(network()),
            staged_at,
            expires_at: staged_at.saturating_add(SignedDuration::from_secs(300)).unwrap(),
        }
    }

    pub(super) async fn staged(&self, store: &impl WebStore, staged_at: Timestamp) -> NewRequest {
        let request = self.request(staged_at);
        assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
        request
    }

    pub(super) async fn record(&self, store: &impl WebStore) -> Record {
        store.find(&self.id()).await.unwrap().unwrap()
    }

    pub(super) async fn pending(&self, store: &impl WebStore) -> Vec<Pending> {
        let mut pending = self.record(store).await.pending;
        pending.sort_by_key(|request| request.staged_at);
        pending
    }

    /// A mail that ends the request, to be taken now.
    pub(super) fn ending(&self, mail: u8, request: &NewRequest, outcome: Result<Code, Fault>) -> MailTaken<'static> {
        let kind = match outcome {
            Ok(_) => MailEvent::CodeDelivered,
            Err(Fault::ConflictingCodes) => MailEvent::ConflictingCodes,
        };
        MailTaken {
            ends: Some(Ending {
                mail: MailId::from_bytes([mail; 32]),
                seen_until: later(3600),
                request: pending(request),
                outcome,
            }),
            ..self.counted(kind, now())
        }
    }

    /// A mail that ends nothing.
    pub(super) fn counted(&self, what: MailEvent, at: Timestamp) -> MailTaken<'static> {
        MailTaken::only(self.id(), event(AuditKind::Mail(what), at))
    }

    pub(super) async fn count(&self, store: &impl WebStore, what: MailEvent, kept: Option<Kept<'_>>, at: Timestamp) {
        let taken = MailTaken {
            kept,
            ..self.counted(what, at)
        };
        assert_eq!(store.take(&taken).await.unwrap(), TakeOutcome::Done);
    }

    /// Whether the mail is remembered.
    pub(super) async fn remembers(&self, store: &impl WebStore, mail: u8, at: Timestamp) -> bool {
        let record = self.record(store).await;
        record.seen(&MailId::from_bytes([mail; 32]), at).is_some()
    }
}

/// The request, as it waits.
pub(super) fn pending(request: &NewRequest) -> Pending {
    Pending {
        id: request.poll_key.request_id(),
        staged_at: request.staged_at,
        expires_at: request.expires_at,
    }
}

pub(super) async fn state(store: &impl WebStore, request: &NewRequest) -> Option<RequestState> {
    store.read(&request.poll_key).await.unwrap().map(|r| r.state)
}

/// A mail that is no code. Every third has no link, the others two.
pub(super) fn other_mail(n: i64, at: Timestamp) -> OtherMail {
    let links = ["a", "b"].iter().filter(|_| n % 3 != 2);
    OtherMail {
        sender: format!("care{n}@post.example"),
        subject: format!("Allow forwarding {n}? ✓"),
        links: links
            .map(|path| Link::parse(&format!("https://post.example/{path}?n={n}")).unwrap())
            .collect(),
        at,
    }
}
