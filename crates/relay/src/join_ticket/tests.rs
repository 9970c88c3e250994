use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::invitation::InvitationCode;
use crate::joining::{JoinLimits, Joining};
use crate::keys::AccountHashes;
use crate::ports::{AdmitOutcome, ManageEnrolments, Record};
use crate::relay::Shown;
use crate::testing::{FixedClock, MemoryStore, settings};

struct Setup {
    relay: Relay<MemoryStore>,
    store: MemoryStore,
    clock: Arc<FixedClock>,
}

fn setup(registration: Registration) -> Setup {
    let (mut settings, clock) = settings();
    settings.registration = registration;
    settings.join_limits = JoinLimits::default();
    let store = MemoryStore::default();
    Setup {
        relay: Relay::new(settings, store.clone()),
        store,
        clock,
    }
}

impl Setup {
    async fn join(
        &self,
        ticket: &JoinTicket,
        account: &str,
        invitation: Option<&InvitationCode>,
    ) -> Result<Credentials, Refusal> {
        let account = Account::parse(account).unwrap();
        let stranger = Stranger {
            account: &account,
            label: None,
            invitation,
            network: None,
        };
        self.relay.join_once(ticket, stranger).await
    }

    async fn count(&self) -> usize {
        self.store.list().await.unwrap().len()
    }
}

#[tokio::test]
async fn a_form_that_is_sent_again_shows_what_it_made() {
    let setup = setup(Registration::Open);
    let ticket = setup.relay.join_ticket().unwrap();
    let first = setup.join(&ticket, "casey@example.org", None).await.unwrap();
    // The address of the same account, written another way.
    let again = setup.join(&ticket, " Casey+cam@Example.org", None).await.unwrap();
    assert_eq!(
        (again.id, &again.token, &again.local_part),
        (first.id, &first.token, &first.local_part)
    );
    assert_eq!(setup.count().await, 1);
    // Another account, or another form, is another enrolment.
    let robin = setup.join(&ticket, "robin@example.org", None).await.unwrap();
    assert_ne!((robin.id, &robin.token), (first.id, &first.token));
    let other = setup.relay.join_ticket().unwrap();
    let second = setup.join(&other, "casey@example.org", None).await.unwrap();
    assert_ne!((second.id, &second.token), (first.id, &first.token));
    assert_eq!(setup.count().await, 3);
}

#[tokio::test]
async fn sent_again_it_uses_up_no_invitation() {
    let setup = setup(Registration::Invite);
    let (code, _) = setup
        .relay
        .enroller()
        .invite(1, SignedDuration::from_hours(1))
        .await
        .unwrap();
    let ticket = setup.relay.join_ticket().unwrap();
    assert!(matches!(
        setup.join(&ticket, "casey@example.org", None).await,
        Err(Refusal::NotInvited)
    ));
    let first = setup.join(&ticket, "casey@example.org", Some(&code)).await.unwrap();
    let again = setup.join(&ticket, "casey@example.org", Some(&code)).await.unwrap();
    assert_eq!(again.token, first.token);
    let robin = setup.join(&ticket, "robin@example.org", Some(&code)).await;
    assert!(matches!(robin, Err(Refusal::InvitationOver)));
}

#[tokio::test]
async fn it_shows_no_token_that_was_replaced() {
    let setup = setup(Registration::Open);
    let ticket = setup.relay.join_ticket().unwrap();
    let first = setup.join(&ticket, "casey@example.org", None).await.unwrap();
    setup.relay.enroller().replace_token(&first.id, None).await.unwrap();
    let again = setup.join(&ticket, "casey@example.org", None).await;
    assert!(matches!(again, Err(Refusal::TicketUsed)));
}

/// Its token and its relay address would be good once more.
#[tokio::test]
async fn what_it_made_does_not_come_back() {
    let setup = setup(Registration::Invite);
    let (code, _) = setup
        .relay
        .enroller()
        .invite(3, SignedDuration::from_hours(2))
        .await
        .unwrap();
    for revokes in [true, false] {
        let ticket = setup.relay.join_ticket().unwrap();
        let made = setup.join(&ticket, "casey@example.org", Some(&code)).await.unwrap();
        if revokes {
            setup.relay.enroller().revoke(&made.id).await.unwrap();
        } else {
            let shown = Shown {
                token: &made.token,
                network: None,
            };
            setup.relay.leave(shown).await.unwrap();
        }
        let again = setup.join(&ticket, "casey@example.org", Some(&code)).await;
        assert!(matches!(again, Err(Refusal::TicketUsed)), "revoked: {revokes}");
        assert_eq!(setup.count().await, 0);
    }
    // Another form makes another enrolment, and what was refused has used the invitation no more.
    let other = setup.relay.join_ticket().unwrap();
    setup.join(&other, "casey@example.org", Some(&code)).await.unwrap();
}

#[tokio::test]
async fn it_is_good_for_an_hour() {
    let setup = setup(Registration::Open);
    let ticket = setup.relay.join_ticket().unwrap();
    setup.clock.advance(GOOD_FOR - SignedDuration::from_secs(1));
    setup.join(&ticket, "casey@example.org", None).await.unwrap();
    setup.clock.advance(SignedDuration::from_secs(1));
    let late = setup.join(&ticket, "casey@example.org", None).await;
    assert!(matches!(late, Err(Refusal::TicketOver)));
    assert_eq!(setup.count().await, 1);
}

#[tokio::test]
async fn a_made_up_one_makes_nothing() {
    let setup = setup(Registration::Open);
    let genuine = setup.relay.join_ticket().unwrap();
    for at in 0..TICKET_BYTES * 8 {
        let mut bytes = base32::decode::<TICKET_BYTES>(genuine.expose()).unwrap();
        bytes[at / 8] ^= 1 << (at % 8);
        let changed = JoinTicket::parse(&base32::encode(&*bytes)).unwrap();
        let refused = setup.join(&changed, "casey@example.org", None).await;
        assert!(matches!(refused, Err(Refusal::TicketOver)), "bit {at}");
    }
    for text in ["", "arelay_x", &"a".repeat(47), &"a".repeat(49), &"A".repeat(48)] {
        assert!(JoinTicket::parse(text).is_none(), "{text}");
    }
    assert_eq!(setup.count().await, 0);
}

#[tokio::test]
async fn nobody_joins_by_it_where_registration_is_closed() {
    let setup = setup(Registration::Closed);
    let ticket = setup.relay.join_ticket().unwrap();
    assert!(matches!(
        setup.join(&ticket, "casey@example.org", None).await,
        Err(Refusal::Closed)
    ));
}

/// A store in which the enrolment is not seen at the first look, as when another call makes it just then.
struct SeenLate(MemoryStore, AtomicU64);

impl FindEnrolments for SeenLate {
    async fn find(&self, id: &EnrolmentId) -> Result<Option<Record>, PortError> {
        match self.1.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(None),
            _ => self.0.find(id).await,
        }
    }

    async fn at_shared_address(&self, account: &AccountHashes) -> Result<Vec<Record>, PortError> {
        self.0.at_shared_address(account).await
    }
}

impl AdmitMembers for SeenLate {
    async fn admit(&self, joining: &Joining<'_>) -> Result<AdmitOutcome, PortError> {
        self.0.admit(joining).await
    }
}

#[tokio::test]
async fn of_two_calls_at_once_both_show_what_it_made() {
    let (mut settings, _) = settings();
    settings.registration = Registration::Open;
    let store = MemoryStore::default();
    let relay = Relay::new(settings.clone(), store.clone());
    let account = Account::parse("casey@example.org").unwrap();
    let stranger = Stranger {
        account: &account,
        label: None,
        invitation: None,
        network: None,
    };
    let ticket = relay.join_ticket().unwrap();
    let first = relay.join_once(&ticket, stranger.clone()).await.unwrap();
    let late = Relay::new(settings, SeenLate(store.clone(), AtomicU64::new(0)));
    let second = late.join_once(&ticket, stranger).await.unwrap();
    assert_eq!((second.id, second.token), (first.id, first.token));
    assert_eq!(store.list().await.unwrap().len(), 1);
}
