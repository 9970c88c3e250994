//! The store on an emulated AWS: the conformance suite of every store, and what only this one can get wrong.

use std::sync::Arc;

use crate::aws::{Deployment, enrolled, get, request};
use crate::wire::{Cut, Wire};
use arlo_mail::{Code, MailId};
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use relay::ports::{
    AdmitMembers, AdmitOutcome, Clock, Ending, FindEnrolments, MailTaken, ManageEnrolments, ManageInvitations,
    ReadRequests, ReadStatus, StageRequests, TakeMail, TakeOutcome,
};
use relay::{
    AuditEvent, AuditKind, ClientNetwork, Enrolment, EnrolmentId, Invitation, InvitationId, JoinLimits, Joining,
    MadeBy, MailEvent, NewRequest, Pending, RequestState, StageOutcome, Staged, SystemClock, SystemRandom, TokenHash,
};
use relay_aws::aws::{AttributeValue, Map};
use relay_aws::presign::SignedPollUrls;
use relay_aws::store::AwsStore;
use relay_http::PollUrls;
use serde_json::{Value, json};

async fn fresh() -> (AwsStore, Deployment) {
    let deployment = Deployment::fresh().await;
    (deployment.store(), deployment)
}

relay::conformance!(fresh, stored);

const PENDING: &str = r#"{"status":"pending"}"#;
const COMPLETE: &str = r#"{"status":"complete","code":"012345"}"#;

/// A login request of an enrolled account.
async fn begin(store: &AwsStore) -> NewRequest {
    request(&enrolled(store).await.0, SystemClock.now())
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn ending(request: &NewRequest) -> MailTaken<'static> {
    let at = request.staged_at;
    let event = AuditEvent {
        at,
        kind: AuditKind::Mail(MailEvent::CodeDelivered),
        network: None,
    };
    MailTaken {
        ends: Some(Ending {
            mail: MailId::from_bytes([1; 32]),
            seen_until: later(request.expires_at, 60),
            request: Pending {
                id: request.poll_key.request_id(),
                staged_at: at,
                expires_at: request.expires_at,
            },
            outcome: Ok(Code::parse("012345").unwrap()),
        }),
        ..MailTaken::only(request.poll_key.enrolment(), event)
    }
}

/// A second copy of the mail comes.
async fn copy_comes(store: &AwsStore, request: &NewRequest, at: Timestamp) {
    let id = request.poll_key.enrolment();
    let seen = store.find(&id).await.unwrap().unwrap().seen;
    let outcome = Ok(Code::parse("012345").unwrap());
    store.finish(&id, &seen[0], &outcome, at).await.unwrap();
}

#[tokio::test]
async fn the_document_follows_the_request() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(PENDING));
    assert_eq!(store.take(&ending(&request)).await.unwrap(), TakeOutcome::Done);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(COMPLETE));
}

#[tokio::test]
async fn a_copy_of_a_mail_mends_the_document_that_the_first_did_not_write() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    store.take(&ending(&request)).await.unwrap();
    // As if the function had died between the table and the document.
    deployment.write_document(&request.poll_key, PENDING).await;
    let read = store.read(&request.poll_key).await.unwrap().unwrap();
    assert_eq!(read.state, RequestState::Pending);
    copy_comes(&store, &request, SystemClock.now()).await;
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(COMPLETE));
}

#[tokio::test]
async fn a_copy_that_comes_after_the_expiry_mends_nothing() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    store.take(&ending(&request)).await.unwrap();
    deployment.write_document(&request.poll_key, PENDING).await;
    copy_comes(&store, &request, later(request.expires_at, 1)).await;
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(PENDING));
}

#[tokio::test]
async fn a_slow_first_write_does_not_hide_the_code() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    deployment.write_document(&request.poll_key, COMPLETE).await;
    assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(COMPLETE));
}

#[tokio::test]
async fn the_code_of_the_request_before_is_not_read() {
    let (store, _deployment) = fresh().await;
    let first = begin(&store).await;
    store.stage(&first).await.unwrap();
    store.take(&ending(&first)).await.unwrap();
    let again = NewRequest {
        staged_at: later(first.staged_at, 1),
        ..first.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    let state = |read: Option<relay::LoginRequest>| read.unwrap().state;
    assert_eq!(state(store.read(&again.poll_key).await.unwrap()), RequestState::Pending);
    // Nor once a mail has ended the new one, and its function died before it wrote the document: what is there is of
    // the one before.
    let mut second = ending(&again);
    second.ends.as_mut().unwrap().mail = MailId::from_bytes([2; 32]);
    second.ends.as_mut().unwrap().outcome = Ok(Code::parse("222222").unwrap());
    assert_eq!(store.take(&second).await.unwrap(), TakeOutcome::Done);
    let code = RequestState::Complete(Code::parse("222222").unwrap());
    assert_eq!(state(store.read(&again.poll_key).await.unwrap()), code);
    copy_comes(&store, &first, SystemClock.now()).await;
    assert_eq!(state(store.read(&again.poll_key).await.unwrap()), code);
}

/// A store over a wire that loses the answer of this call.
fn losing(deployment: &Deployment, call: usize) -> AwsStore {
    deployment.store_over(&Wire::cut_at(call, Cut::Once).connection())
}

/// Who was told that it was not made would repeat it, and end the overlap of the address or the new token.
#[tokio::test]
async fn a_change_whose_answer_is_lost_is_known_to_be_made() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    let read = store
        .find(&request.poll_key.enrolment())
        .await
        .unwrap()
        .unwrap()
        .enrolment;
    // Not in whole microseconds, as a clock may be.
    let at = read
        .created_at
        .saturating_add(SignedDuration::from_nanos(1_000_001))
        .unwrap();
    let new = Enrolment {
        token: TokenHash::from_bytes([9; 32]),
        address: read.address.replaced(at).unwrap(),
        rotated_at: Some(at),
        ..read.clone()
    };
    let event = AuditEvent {
        at,
        kind: AuditKind::TokenReplaced,
        network: None,
    };
    // The first call reads the item.
    assert!(losing(&deployment, 1).replace(&read, &new, &event).await.unwrap());
    let stored = store.find(&read.id).await.unwrap().unwrap().enrolment;
    assert_eq!((stored.token, stored.address.current), (new.token, new.address.current));
    let events = store.status(&read.id).await.unwrap().events;
    let replaced = events.iter().filter(|event| event.kind == AuditKind::TokenReplaced);
    assert_eq!(replaced.count(), 1);
    assert_eq!(
        deployment.document(&request.poll_key).await,
        None,
        "the login of the old token is ended"
    );
}

/// Whichever call it is: he is enrolled, and has used the invitation once.
#[tokio::test]
async fn a_stranger_joins_though_an_answer_is_lost() {
    for call in 0..5 {
        let (store, deployment) = fresh().await;
        let now = SystemClock.now();
        let invitation = Invitation {
            id: InvitationId::from_bytes([1; 10]),
            uses: 1,
            used: 0,
            created_at: now,
            expires_at: later(now, 3600),
        };
        losing(&deployment, 0).invite(&invitation).await.unwrap();
        let id = EnrolmentId::generate(&SystemRandom).unwrap();
        let enrolment = Enrolment {
            id,
            created_at: now,
            made_by: MadeBy::Account { unused_until: None },
            ..enrolled(&store).await.0
        };
        let joining = Joining {
            enrolment: &enrolment,
            invitation: Some(invitation.id),
            network: ClientNetwork::parse("192.0.2.0/24"),
            limits: JoinLimits::default(),
        };
        let outcome = losing(&deployment, call).admit(&joining).await;
        assert_eq!(outcome.unwrap(), AdmitOutcome::Admitted, "{call}");
        assert_eq!(store.invitations().await.unwrap()[0].used, 1, "{call}");
        assert!(store.find(&id).await.unwrap().is_some(), "{call}");
    }
}

#[tokio::test]
async fn an_enrolment_whose_answer_is_lost_is_added() {
    let (_, deployment) = fresh().await;
    enrolled(&losing(&deployment, 0)).await;
}

#[tokio::test]
async fn a_request_without_a_document_takes_no_mail() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    let bucket = deployment.connection.bucket(&deployment.places.bucket);
    bucket.itself(Method::DELETE).await.unwrap();
    assert!(store.stage(&request).await.unwrap_err().is_retryable());
    let record = store.find(&request.poll_key.enrolment()).await.unwrap().unwrap();
    assert_eq!(record.pending, []);
    assert_eq!(store.take(&ending(&request)).await.unwrap(), TakeOutcome::Outdated);
}

/// What an item or attribute counts, by the rules of DynamoDB's documentation ("item sizes and formats").
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::L(list) => 3 + list.iter().map(|member| 1 + size(member)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + item_size(map),
        _ => 1,
    }
}

fn item_size(item: &Map) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// A write unit is 1 KiB of the item, and a login makes two writes.
#[tokio::test]
async fn a_thousand_logins_leave_a_small_item() {
    let (store, deployment) = fresh().await;
    let (enrolment, _) = enrolled(&store).await;
    let began = later(SystemClock.now(), -1000 * 3600);
    let mut largest = 0;
    for login in 0..1000_u16 {
        let request = request(&enrolment, later(began, i64::from(login) * 3600));
        assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
        if login % 50 == 49 {
            largest = item_size(&deployment.item(&enrolment.id).await).max(largest);
        }
        let mut taken = ending(&request);
        let mut mail = [0; 32];
        mail[..2].copy_from_slice(&login.to_be_bytes());
        taken.ends.as_mut().unwrap().mail = MailId::from_bytes(mail);
        assert_eq!(store.take(&taken).await.unwrap(), TakeOutcome::Done);
        if login % 50 == 49 {
            largest = item_size(&deployment.item(&enrolment.id).await).max(largest);
        }
    }
    let status = store.status(&enrolment.id).await.unwrap();
    assert_eq!((status.mail[0].count, status.events.len()), (1000, 50));
    eprintln!("the largest item was {largest} bytes");
    assert!(largest <= 1024, "{largest} bytes");
}

/// However many logins are given up, and whatever comes between them.
#[tokio::test]
async fn logins_without_a_mail_leave_a_small_item() {
    let (store, deployment) = fresh().await;
    let (enrolment, _) = enrolled(&store).await;
    let began = later(SystemClock.now(), -1000 * 60);
    for login in 0..200 {
        let request = request(&enrolment, later(began, login * 60));
        assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
        let wrong = NewRequest {
            token: TokenHash::from_bytes([9; 32]),
            ..request
        };
        assert_eq!(store.stage(&wrong).await.unwrap(), StageOutcome::NotEnrolled);
    }
    let size = item_size(&deployment.item(&enrolment.id).await);
    assert!(size <= 4096, "{size} bytes");
    let events = store.status(&enrolment.id).await.unwrap().events;
    let of = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(events.len(), 50);
    // The newest of all is the enrolment, which was made by the machine's clock.
    assert_eq!((of(AuditKind::Prestaged), of(AuditKind::WrongToken)), (25, 24));
}

#[tokio::test]
async fn nothing_in_the_table_reads_a_document_or_names_an_account_or_has_a_code() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    store.take(&ending(&request)).await.unwrap();
    let scan = json!({ "TableName": deployment.places.table });
    let table = deployment.connection.dynamodb();
    let found: Value = table.call("DynamoDB_20120810.Scan", &scan).await.unwrap();
    let items: Vec<Map> = serde_json::from_value(found["Items"].clone()).unwrap();
    assert_eq!(items.len(), 1);
    let all = format!("{items:?}");
    assert!(!all.contains(request.poll_key.expose()) && !all.contains("casey") && !all.contains("012345"));
}

#[tokio::test]
async fn the_poll_url_reads_the_document_and_a_changed_one_nothing() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    let connection = &deployment.connection;
    let urls = SignedPollUrls::new(
        connection.bucket(&deployment.places.bucket),
        deployment.places.clone(),
        connection.credentials(),
        Arc::new(SystemClock),
    );
    let staged = |expires_at| Staged {
        request_id: request.poll_key.request_id(),
        poll_key: request.poll_key.clone(),
        expires_at,
    };
    let url = urls.poll_url(&staged(request.expires_at)).await.unwrap();
    let url = url.expose();
    assert!(
        url.contains("X-Amz-Expires=299") || url.contains("X-Amz-Expires=300"),
        "not the request's life"
    );
    assert!(!url.contains(request.poll_key.expose()));
    let (status, headers, body) = get(connection, url).await;
    assert_eq!((status, body.as_str()), (200, PENDING));
    assert!(
        headers.contains("application/json") && headers.contains("no-store"),
        "{headers}"
    );
    let other = urls.poll_url(&staged(request.staged_at)).await;
    assert!(other.is_err(), "a URL for a request that is gone");
    let tampered = url.replace("X-Amz-Expires=", "X-Amz-Expires=9");
    assert_eq!(get(connection, &tampered).await.0, 403);
}
