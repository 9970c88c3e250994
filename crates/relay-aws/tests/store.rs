//! The store on an emulated AWS: the conformance suite of every store, and what only this one can get wrong.
//!
//! `ARLO_RELAY_TEST_AWS_ENDPOINT` says where the emulator is; without it the tests fail, since a store that was not
//! tested must not pass for one that was. `test.sh` starts one.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/aws.rs"]
mod aws;

use std::sync::Arc;

use arlo_mail::{Code, MailId};
use aws::{Deployment, enrolled, get};
use jiff::{SignedDuration, Timestamp};
use relay::ports::{Clock, EndOutcome, EndRequests, Ending, StageRequests};
use relay::testing::CountingRandom;
use relay::{NewRequest, Pending, PollKey, StageOutcome, Staged, SystemClock};
use relay_aws::presign::SignedPollUrls;
use relay_aws::store::AwsStore;
use relay_http::PollUrls;

async fn fresh() -> (AwsStore, Deployment) {
    let deployment = Deployment::fresh().await;
    (deployment.store(), deployment)
}

relay::conformance!(fresh, stored);

const PENDING: &str = r#"{"status":"pending"}"#;
const COMPLETE: &str = r#"{"status":"complete","code":"012345"}"#;

/// A login request of an enrolled account.
async fn begin(store: &AwsStore) -> NewRequest {
    let enrolment = enrolled(store).await;
    let now = SystemClock.now();
    NewRequest {
        account: enrolment.account,
        token: enrolment.token,
        poll_key: PollKey::generate(&CountingRandom::default()).unwrap(),
        staged_at: now,
        expires_at: now.saturating_add(SignedDuration::from_secs(300)).unwrap(),
    }
}

fn ending(request: &NewRequest) -> Ending {
    Ending {
        account: request.account,
        mail: MailId::from_bytes([1; 32]),
        now: request.staged_at,
        seen_until: request.expires_at,
        request: Some(Pending {
            id: request.poll_key.request_id(),
            staged_at: request.staged_at,
            expires_at: request.expires_at,
        }),
        outcome: Ok(Code::parse("012345").unwrap()),
    }
}

#[tokio::test]
async fn the_document_follows_the_request() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(PENDING));
    assert_eq!(store.end(&ending(&request)).await.unwrap(), EndOutcome::Done);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(COMPLETE));
}

#[tokio::test]
async fn a_copy_of_a_mail_mends_the_document_that_the_first_did_not_write() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    store.end(&ending(&request)).await.unwrap();
    // As if the function had died between the table and the document.
    deployment.write_document(&request.poll_key, PENDING).await;
    assert_eq!(store.end(&ending(&request)).await.unwrap(), EndOutcome::Duplicate);
    assert_eq!(deployment.document(&request.poll_key).await.as_deref(), Some(COMPLETE));
}

#[tokio::test]
async fn a_copy_that_comes_after_the_expiry_mends_nothing() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    let first = ending(&request);
    let seen_until = request.expires_at.saturating_add(SignedDuration::from_secs(1)).unwrap();
    let first = Ending { seen_until, ..first };
    store.end(&first).await.unwrap();
    deployment.write_document(&request.poll_key, PENDING).await;
    let late = Ending {
        now: request.expires_at,
        ..first
    };
    assert_eq!(store.end(&late).await.unwrap(), EndOutcome::Duplicate);
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
async fn a_request_without_a_document_takes_no_mail() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    deployment
        .connection
        .s3()
        .delete_bucket()
        .bucket(&deployment.places.bucket)
        .send()
        .await
        .unwrap();
    assert!(store.stage(&request).await.unwrap_err().is_retryable());
    assert_eq!(store.pending(&request.account).await.unwrap(), []);
    assert_eq!(store.end(&ending(&request)).await.unwrap(), EndOutcome::NotPending);
}

#[tokio::test]
async fn what_expires_says_so_to_the_table() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    store.end(&ending(&request)).await.unwrap();
    let items = deployment
        .connection
        .dynamodb()
        .scan()
        .table_name(&deployment.places.table)
        .send()
        .await
        .unwrap();
    let mut expiring = Vec::new();
    for item in items.items() {
        let partition = item.get("pk").unwrap().as_s().unwrap().clone();
        if let Some(expires) = item.get("expires") {
            let second: i64 = expires.as_n().unwrap().parse().unwrap();
            assert!(
                Timestamp::from_second(second).unwrap() >= request.expires_at,
                "{partition}"
            );
            expiring.push(partition.split('#').next().unwrap().to_owned());
        }
    }
    expiring.sort();
    assert_eq!(expiring, ["request", "seen"]);
}

#[tokio::test]
async fn nothing_in_the_table_reads_a_document_or_names_an_account() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    let items = deployment
        .connection
        .dynamodb()
        .scan()
        .table_name(&deployment.places.table)
        .send()
        .await
        .unwrap();
    let all = format!("{:?}", items.items());
    assert!(!all.contains(request.poll_key.expose()) && !all.contains("casey"));
}

#[tokio::test]
async fn the_poll_url_reads_the_document_and_a_changed_one_nothing() {
    let (store, deployment) = fresh().await;
    let request = begin(&store).await;
    store.stage(&request).await.unwrap();
    let connection = &deployment.connection;
    let urls = SignedPollUrls::new(
        connection.s3(),
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
