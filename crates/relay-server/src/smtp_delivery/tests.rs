//! Whose mail is taken, and what is asked of the store for it.

use std::sync::Arc;

use arlo_mail::Account;
use jiff::{SignedDuration, tz::TimeZone};
use relay::testing::{FixedClock, settings};
use relay::{Credentials, NewEnrolment, RequestState, Shown, Staged};

use super::*;
use crate::authentication::NameServers;

struct World {
    delivery: RelayDelivery,
    relay: Relay<SqliteStore>,
    store: SqliteStore,
    clock: Arc<FixedClock>,
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("relay.sqlite3")).unwrap();
        let (settings, clock) = settings();
        let relay = Relay::new(settings, store.clone());
        let servers = NameServers::Addresses(vec![([127, 0, 0, 1], 9).into()]);
        let authenticator = Authenticator::new(&servers).unwrap();
        Self {
            delivery: RelayDelivery::new(relay.clone(), authenticator, Workers::new(), Metrics::new("1.2.3")),
            relay,
            store,
            clock,
            dir,
        }
    }

    async fn enrol(&self, name: &str) -> (Credentials, Recipient) {
        let account = Account::parse(&format!("{name}@example.org")).unwrap();
        let new = NewEnrolment::for_account(&account);
        let credentials = self.relay.enroller().enrol(new).await.unwrap();
        let recipient = recipient(credentials.local_part.expose());
        (credentials, recipient)
    }

    async fn prestage(&self, credentials: &Credentials) -> Staged {
        let shown = Shown {
            token: &credentials.token,
            network: None,
        };
        self.relay.prestage(&credentials.account, shown).await.unwrap()
    }

    async fn is_unknown(&self, recipient: &Recipient) -> bool {
        self.delivery.accepts(recipient).await.unwrap() == Acceptance::UnknownMailbox
    }

    fn message(&self) -> Message {
        let date = self.relay.now().to_zoned(TimeZone::UTC);
        let raw = format!(
            "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nSubject: Your code\r\nDate: {}\r\n\
             Message-ID: <1@arlo.com>\r\n\r\nYour one-time authentication code is:\r\n\r\n467266\r\n",
            date.strftime("%a, %d %b %Y %H:%M:%S +0000")
        );
        Message {
            reverse_path: None,
            recipients: vec![],
            client: Some([192, 0, 2, 1].into()),
            helo: "mail.example.net".to_owned(),
            tls: false,
            smtputf8: false,
            raw: raw.into(),
        }
    }
}

fn recipient(local_part: &str) -> Recipient {
    Recipient::new(&format!("{local_part}@relay.example"))
}

/// One character of a local part is another.
fn forged(local_part: &str, place: usize) -> Recipient {
    let mut bytes = local_part.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
    recipient(std::str::from_utf8(&bytes).unwrap())
}

#[tokio::test]
async fn an_address_that_was_made_up_is_refused_without_a_look_at_the_store() {
    let world = World::new();
    let (casey, own) = world.enrol("casey").await;
    assert_eq!(world.delivery.accepts(&own).await, Ok(Acceptance::Accepted));
    world.store.close().await;
    std::fs::remove_file(world.dir.path().join("relay.sqlite3")).unwrap();
    assert_eq!(world.delivery.accepts(&own).await, Err(Unavailable));
    for place in 0..32 {
        assert!(
            world.is_unknown(&forged(casey.local_part.expose(), place)).await,
            "{place}"
        );
    }
    for local_part in ["casey", &"a".repeat(32), "x".repeat(64).as_str()] {
        assert!(world.is_unknown(&recipient(local_part)).await, "{local_part}");
    }
}

#[tokio::test]
async fn an_address_that_was_given_up_is_refused_like_one_that_never_was() {
    let world = World::new();
    let (suspended, suspended_at) = world.enrol("casey").await;
    let (revoked, revoked_at) = world.enrol("robin").await;
    let (replaced, replaced_at) = world.enrol("alex").await;
    let enroller = world.relay.enroller();
    let overlap = SignedDuration::from_hours(1);
    let (new, _) = enroller.replace_address(&replaced.id, overlap).await.unwrap();
    assert!(!world.is_unknown(&replaced_at).await && !world.is_unknown(&recipient(new.expose())).await);
    enroller.suspend(&suspended.id).await.unwrap();
    enroller.revoke(&revoked.id).await.unwrap();
    world.clock.advance(overlap);
    for given_up in [&suspended_at, &revoked_at, &replaced_at] {
        assert!(world.is_unknown(given_up).await);
    }
    assert!(!world.is_unknown(&recipient(new.expose())).await);
    enroller.resume(&suspended.id).await.unwrap();
    assert!(!world.is_unknown(&suspended_at).await);
}

#[tokio::test]
async fn a_mail_ends_the_login_of_its_own_address_and_no_other() {
    let world = World::new();
    let ((casey, own), (twin, _)) = (world.enrol("casey").await, world.enrol("casey").await);
    let (one, other) = (world.prestage(&casey).await, world.prestage(&twin).await);
    world.delivery.receive(&world.message(), &own).await.unwrap();
    let state = async |staged: &Staged| world.relay.poll(&staged.poll_key).await.unwrap().state;
    assert!(matches!(state(&one).await, RequestState::Complete(code) if code.expose() == "467266"));
    assert_eq!(state(&other).await, RequestState::Pending);
}

/// It is nobody's any more, and is not put off for ever.
#[tokio::test]
async fn mail_for_an_address_that_was_given_up_since_rcpt_does_nothing() {
    let world = World::new();
    let (casey, own) = world.enrol("casey").await;
    assert_eq!(world.delivery.accepts(&own).await, Ok(Acceptance::Accepted));
    world.relay.enroller().suspend(&casey.id).await.unwrap();
    world.delivery.receive(&world.message(), &own).await.unwrap();
    let status = world.relay.enroller().status_of(&casey.id).await.unwrap();
    assert_eq!(status.mail, []);
}
