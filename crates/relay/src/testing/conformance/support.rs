//! What the cases share: one enrolled account, times, codes and mails.

use arlo_mail::{Account, Code, Link, MailId, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::enrolment::{Enrolment, OtherMail};
use crate::hash_key::{AccountHash, HashKey};
use crate::ports::{Clock, Ending, WebStore};
use crate::request::{Fault, NewRequest, Pending, RequestState, StageOutcome};
use crate::secret::{AccessToken, PollKey, RelayLocalPart};
use crate::testing::{CountingRandom, FixedClock};

pub(super) fn now() -> Timestamp {
    FixedClock::default().now()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    now().saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub(super) fn account(name: &str) -> AccountHash {
    HashKey::new([7; 32]).hash(&Account::parse(&format!("{name}@example.org")).unwrap())
}

pub(super) fn code(digits: &str) -> Code {
    Code::parse(digits).unwrap()
}

/// One enrolled account and what a test does with it.
pub(super) struct Member {
    pub(super) random: CountingRandom,
    pub(super) enrolment: Enrolment,
}

impl Member {
    pub(super) fn new(name: &str, seed: u8) -> Self {
        let hash = account(name);
        let random = CountingRandom::default();
        // Members of one test must not share secrets.
        for _ in 0..u32::from(seed) * 100 {
            let _ = RelayLocalPart::generate(&random);
        }
        let enrolment = Enrolment {
            account: hash,
            token: AccessToken::generate(&random).unwrap().hash(),
            local_part: RelayLocalPart::generate(&random).unwrap(),
            sender: Some(Sender::parse("hidden+a@icloud.example").unwrap()),
            own_address_only: seed == 0,
            created_at: now(),
            rotated_at: None,
        };
        Self { random, enrolment }
    }

    pub(super) async fn enrolled(store: &impl WebStore, name: &str, seed: u8) -> Self {
        let member = Self::new(name, seed);
        assert!(store.add(&member.enrolment).await.unwrap());
        member
    }

    pub(super) fn request(&self, staged_at: Timestamp) -> NewRequest {
        NewRequest {
            account: self.enrolment.account,
            token: self.enrolment.token,
            poll_key: PollKey::generate(&self.random).unwrap(),
            staged_at,
            expires_at: staged_at.saturating_add(SignedDuration::from_secs(300)).unwrap(),
        }
    }

    pub(super) async fn staged(&self, store: &impl WebStore, staged_at: Timestamp) -> NewRequest {
        let request = self.request(staged_at);
        assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
        request
    }

    pub(super) fn ending(&self, mail: u8, request: Option<&NewRequest>, outcome: Result<Code, Fault>) -> Ending {
        Ending {
            account: self.enrolment.account,
            mail: MailId::from_bytes([mail; 32]),
            now: now(),
            seen_until: later(3600),
            request: request.map(|r| Pending {
                id: r.poll_key.request_id(),
                staged_at: r.staged_at,
                expires_at: r.expires_at,
            }),
            outcome,
        }
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
