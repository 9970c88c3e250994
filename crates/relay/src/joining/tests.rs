use std::sync::Arc;

use super::*;
use crate::audit::AuditKind;
use crate::enrolment::Enrolment;
use crate::identity::AccessToken;
use crate::ports::{FindEnrolments, ManageEnrolments, ManageInvitations};
use crate::relay::Shown;
use crate::testing::{FixedClock, MemoryStore, settings};

struct Setup {
    relay: Relay<MemoryStore>,
    store: MemoryStore,
    clock: Arc<FixedClock>,
}

fn setup(registration: Registration, limits: JoinLimits) -> Setup {
    let (mut settings, clock) = settings();
    settings.registration = registration;
    settings.join_limits = limits;
    let store = MemoryStore::default();
    Setup {
        relay: Relay::new(settings, store.clone()),
        store,
        clock,
    }
}

impl Setup {
    async fn join(&self, invitation: Option<&InvitationCode>) -> Result<Credentials, Refusal> {
        let account = Account::parse("casey@example.org").unwrap();
        let stranger = Stranger {
            account: &account,
            label: Label::parse("Home Assistant"),
            invitation,
            network: ClientNetwork::parse("192.0.2.0/24"),
        };
        self.relay.join(stranger).await
    }

    async fn invited(&self) -> InvitationCode {
        let invited = self.relay.enroller().invite(1, SignedDuration::from_hours(1)).await;
        invited.unwrap().0
    }

    async fn enrolments(&self) -> Vec<Enrolment> {
        self.store.list().await.unwrap()
    }
}

fn shown(token: &AccessToken) -> Shown<'_> {
    let network = ClientNetwork::parse("198.51.100.0/24");
    Shown { token, network }
}

#[tokio::test]
async fn a_stranger_gets_an_enrolment_that_only_his_own_address_serves() {
    let setup = setup(Registration::Open, JoinLimits::default());
    let credentials = setup.join(None).await.unwrap();
    let enrolments = setup.enrolments().await;
    assert_eq!(enrolments.len(), 1);
    assert!(enrolments[0].own_address_only);
    assert_eq!(enrolments[0].label, Label::parse("Home Assistant"));
    let unused_until = setup.relay.now().saturating_add(UNUSED_KEPT).ok();
    assert_eq!(enrolments[0].made_by, MadeBy::Account { unused_until });
    assert_eq!(enrolments[0].token, credentials.token.hash());
    // Who names the account again gets another, and neither learns of the other.
    let again = setup.join(None).await.unwrap();
    assert_ne!((again.id, &again.token), (credentials.id, &credentials.token));
}

#[tokio::test]
async fn where_registration_is_closed_no_invitation_helps() {
    let setup = setup(Registration::Closed, JoinLimits::default());
    let code = setup.invited().await;
    for invitation in [None, Some(&code)] {
        assert!(matches!(setup.join(invitation).await, Err(Refusal::Closed)));
    }
    assert_eq!(setup.enrolments().await, []);
}

#[tokio::test]
async fn an_invitation_is_asked_for_and_used_up() {
    let setup = setup(Registration::Invite, JoinLimits::default());
    let code = setup.invited().await;
    assert!(matches!(setup.join(None).await, Err(Refusal::NotInvited)));
    setup.join(Some(&code)).await.unwrap();
    assert!(matches!(setup.join(Some(&code)).await, Err(Refusal::InvitationOver)));
    assert_eq!(setup.enrolments().await.len(), 1);
    assert_eq!(setup.relay.enroller().invitations().await.unwrap(), []);
}

/// The store is not asked at all.
#[tokio::test]
async fn a_made_up_invitation_is_refused_by_arithmetic() {
    let setup = setup(Registration::Invite, JoinLimits::default());
    let code = InvitationCode::parse(&format!("arelay_invite_{}", "a".repeat(32))).unwrap();
    assert!(matches!(setup.join(Some(&code)).await, Err(Refusal::InvitationOver)));
    assert_eq!(setup.enrolments().await, []);
}

#[tokio::test]
async fn an_invitation_is_over_in_time_or_when_it_is_withdrawn() {
    let setup = setup(Registration::Invite, JoinLimits::default());
    let (late, withdrawn) = (setup.invited().await, setup.invited().await);
    let id = setup.store.invitations().await.unwrap()[1].id;
    setup.relay.enroller().withdraw(&id).await.unwrap();
    assert!(matches!(
        setup.relay.enroller().withdraw(&id).await,
        Err(Refusal::NoInvitation)
    ));
    assert!(matches!(
        setup.join(Some(&withdrawn)).await,
        Err(Refusal::InvitationOver)
    ));
    setup.clock.advance(SignedDuration::from_hours(1));
    assert!(matches!(setup.join(Some(&late)).await, Err(Refusal::InvitationOver)));
}

#[tokio::test]
async fn who_comes_too_late_today_is_told_when_tomorrow_begins() {
    let limits = JoinLimits {
        of_network: 1,
        ..JoinLimits::default()
    };
    let setup = setup(Registration::Open, limits);
    setup.join(None).await.unwrap();
    // It is 08:00 UTC.
    match setup.join(None).await {
        Err(Refusal::TooManyJoin { retry_after }) => assert_eq!(retry_after, SignedDuration::from_hours(16)),
        other => panic!("{other:?}"),
    }
    setup.clock.advance(SignedDuration::from_hours(16));
    setup.join(None).await.unwrap();
}

#[tokio::test]
async fn a_full_relay_says_so() {
    let limits = JoinLimits {
        in_all: 1,
        ..JoinLimits::default()
    };
    let setup = setup(Registration::Open, limits);
    let first = setup.join(None).await.unwrap();
    assert!(matches!(setup.join(None).await, Err(Refusal::NoRoom)));
    assert_eq!(setup.relay.leave(shown(&first.token)).await.unwrap(), first.id);
    setup.join(None).await.unwrap();
}

#[tokio::test]
async fn an_owner_replaces_his_token_and_leaves() {
    let setup = setup(Registration::Open, JoinLimits::default());
    let joined = setup.join(None).await.unwrap();
    let (token, _) = setup.relay.replace_own_token(None, shown(&joined.token)).await.unwrap();
    let denied = |refusal| matches!(refusal, Err(Refusal::Denied));
    assert!(denied(setup.relay.leave(shown(&joined.token)).await));
    let (_, status) = setup.relay.status(None, shown(&token)).await.unwrap();
    let replaced = status
        .events
        .iter()
        .find(|event| event.kind == AuditKind::TokenReplaced);
    assert_eq!(replaced.unwrap().network, ClientNetwork::parse("198.51.100.0/24"));
    setup.relay.leave(shown(&token)).await.unwrap();
    assert!(setup.store.find(&joined.id).await.unwrap().is_none());
    assert!(denied(setup.relay.leave(shown(&token)).await));
}

#[test]
fn who_may_enrol_reads_back() {
    assert_eq!(Registration::ALL.map(Registration::name), ["closed", "invite", "open"]);
    for registration in Registration::ALL {
        assert_eq!(Registration::from_name(registration.name()), Some(registration));
        let relay = setup(registration, JoinLimits::default()).relay;
        assert_eq!(relay.registration(), registration);
    }
    assert_eq!(Registration::from_name("Open"), None);
}
