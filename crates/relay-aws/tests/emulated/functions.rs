//! The functions `inbound` and `receipt-rules` on an emulated AWS.

use std::time::Duration;

use crate::aws::{Deployment, casey, enrolled, keys};
use crate::wire::{Cut, Wire};
use hyper::Method;
use jiff::SignedDuration;
use relay::ports::{Clock, FindEnrolments, ReadStatus};
use relay::{
    AccessToken, ClientNetwork, DeploymentKey, Enrolment, Keys, PollKey, Refusal, Relay, RelayLocalPart, Shown,
    SystemClock,
};
use relay_aws::inbound::Inbound;
use relay_aws::receipt_rules::handle;
use relay_aws::settings::Settings;
use relay_aws::store::AwsStore;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PENDING: &str = r#"{"status":"pending"}"#;

struct Setup {
    deployment: Deployment,
    settings: Settings,
    store: AwsStore,
    inbound: Inbound,
    enrolment: Enrolment,
    token: AccessToken,
}

impl Setup {
    async fn new() -> Self {
        let deployment = Deployment::fresh().await;
        let settings = Settings::read(&deployment.environment(), keys()).unwrap();
        let store = deployment.store();
        let (enrolment, token) = enrolled(&store).await;
        Self {
            inbound: Inbound::new(&deployment.connection, &settings),
            deployment,
            settings,
            store,
            enrolment,
            token,
        }
    }

    /// The function `inbound`, over this wire.
    fn inbound_over(&self, wire: &Wire) -> Inbound {
        Inbound::new(&wire.connection(), &self.settings)
    }

    /// What `prestage` does, over this wire.
    async fn prestage_over(&self, wire: &Wire, token: &AccessToken) -> Result<PollKey, Refusal> {
        let store = self.deployment.store_over(&wire.connection());
        let shown = Shown {
            token,
            network: ClientNetwork::parse("192.0.2.0/24"),
        };
        let relay = Relay::new(self.settings.relay.clone(), store);
        Ok(relay.prestage(&casey(), shown).await?.poll_key)
    }

    async fn staged(&self) -> PollKey {
        self.prestage_over(&Wire::whole(), &self.token).await.unwrap()
    }

    fn own_address(&self) -> String {
        let local_part = RelayLocalPart::new(&keys(), self.enrolment.id, 0);
        format!("{}@relay.example", local_part.expose())
    }

    /// Stores a mail as SES does; the event that reports it.
    async fn receives(&self, id: &str, raw: &str, recipients: &[&str]) -> Value {
        self.deployment.write(&format!("mail/{id}"), raw).await;
        event(id, recipients)
    }

    async fn events(&self) -> Vec<&'static str> {
        let status = self.store.status(&self.enrolment.id).await.unwrap();
        status.mail.iter().map(|tally| tally.event.name()).collect()
    }
}

fn event(id: &str, recipients: &[&str]) -> Value {
    let pass = json!({ "status": "PASS" });
    json!({ "Records": [{ "eventSource": "aws:ses", "ses": {
        "mail": { "messageId": id, "source": "casey+caf_=x=relay.example@gmail.com", "headersTruncated": true },
        "receipt": { "recipients": recipients, "spfVerdict": pass, "dkimVerdict": pass, "virusVerdict": pass },
    }}]})
}

fn arlo_mail(code: &str, dkim: &str) -> String {
    // A Date has whole seconds: rounded down, it would be before the requests that it follows.
    let date = SystemClock
        .now()
        .saturating_add(SignedDuration::from_millis(999))
        .unwrap();
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "Return-Path: <casey+caf_=x=relay.example@gmail.com>\r\n\
         Received: from mail.google.com (mail.google.com [209.85.210.1])\r\n by inbound-smtp.us-east-1.amazonaws.com with SMTP id x;\r\n\
         X-SES-Spam-Verdict: PASS\r\n\
         Authentication-Results: amazonses.com;\r\n spf=pass client-ip=209.85.210.1;\r\n {dkim}\r\n\
         X-SES-RECEIPT: x\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Date:Subject; bh={code}; b=x\r\n\
         From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@gmail.com\r\nDate: {date}\r\nMessage-ID: <{code}@arlo.com>\r\n\
         Subject: Your one-time authentication code from Arlo\r\n\r\nYour Arlo one-time authentication code is:\r\n{code}\r\n"
    )
}

#[tokio::test]
async fn a_mail_ends_the_login_that_waits_and_is_deleted() {
    let setup = Setup::new().await;
    let key = setup.staged().await;
    let event = setup
        .receives(
            "m1",
            &arlo_mail("012345", "dkim=none header.i=unknown;"),
            &[&setup.own_address()],
        )
        .await;
    setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
    assert_eq!(setup.deployment.document(&key).await.as_deref(), Some(COMPLETE));
    assert_eq!(setup.deployment.object("mail/m1").await, None);
    // SES and Lambda may tell of it again.
    setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
    assert_eq!(setup.events().await, ["code-delivered"]);
}

#[tokio::test]
async fn a_mail_for_several_recipients_is_taken_in_for_each() {
    let setup = Setup::new().await;
    let (first, second) = (setup.staged().await, setup.staged().await);
    let (own, nobody) = (setup.own_address(), format!("{}@relay.example", "a".repeat(32)));
    let recipients = [nobody.as_str(), "someone@elsewhere.example", &own, "arlo@relay.example"];
    let event = setup
        .receives("m1", &arlo_mail("111111", "dkim=pass header.i=@arlo.com;"), &recipients)
        .await;
    setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
    assert!(setup.deployment.document(&second).await.unwrap().contains("111111"));
    assert_eq!(setup.deployment.document(&first).await.as_deref(), Some(PENDING));
    assert_eq!(setup.events().await, ["code-delivered", "duplicate"]);
}

#[tokio::test]
async fn the_shared_address_believes_ses_alone() {
    for (dkim, outcome) in [
        // Gmail's automatic forward: Arlo's signature survives it.
        ("dkim=pass header.i=@arlo.com;", "code-delivered"),
        ("dkim=fail header.i=@arlo.com;", "code-delivered"),
        ("dkim=pass header.i=@evil.example;", "code-delivered"),
    ] {
        // casey's own provider sent each of them on for casey: SPF passes for gmail.com.
        let setup = Setup::new().await;
        setup.staged().await;
        let event = setup
            .receives("m1", &arlo_mail("222222", dkim), &["arlo@relay.example"])
            .await;
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
        assert_eq!(setup.events().await, [outcome], "{dkim}");
    }
    let setup = Setup::new().await;
    let key = setup.staged().await;
    let mut event = setup
        .receives(
            "m1",
            &arlo_mail("222222", "dkim=pass header.i=@evil.example;"),
            &["arlo@relay.example"],
        )
        .await;
    event["Records"][0]["ses"]["mail"]["source"] = json!("mallory@evil.example");
    setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
    // Nobody is proven, so nothing of it is counted for anybody.
    assert!(setup.events().await.is_empty());
    assert_eq!(setup.deployment.document(&key).await.as_deref(), Some(PENDING));
}

#[tokio::test]
async fn what_is_no_mail_is_done_with() {
    let setup = Setup::new().await;
    let own = setup.own_address();
    for raw in ["", "no mail at all", "\0\0\0", "Subject: x\r\n\r\nx"] {
        let event = setup.receives("junk", raw, &[&own]).await;
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
        assert_eq!(setup.deployment.object("mail/junk").await, None, "{raw:?}");
    }
    for event in [
        json!({}),
        json!(null),
        event("gone", &[&own]),
        event("AMAZON_SES_SETUP_NOTIFICATION", &[&own]),
    ] {
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
    }
    let mut infected = setup
        .receives("virus", &arlo_mail("333333", "dkim=none"), &[&own])
        .await;
    infected["Records"][0]["ses"]["receipt"]["virusVerdict"]["status"] = json!("FAIL");
    setup
        .inbound
        .take_in(infected.to_string().as_bytes(), "r")
        .await
        .unwrap();
    assert_eq!(setup.deployment.object("mail/virus").await, None);
    assert!(!setup.events().await.contains(&"nothing-waiting"));
}

#[tokio::test]
async fn a_mail_that_cannot_be_taken_in_now_stays_for_the_next_attempt() {
    let setup = Setup::new().await;
    let event = setup
        .receives("m1", &arlo_mail("444444", "dkim=none"), &[&setup.own_address()])
        .await;
    let table = setup.deployment.connection.dynamodb();
    let delete = json!({ "TableName": setup.deployment.places.table });
    let deleted = table.call::<IgnoredAny>("DynamoDB_20120810.DeleteTable", &delete).await;
    deleted.unwrap();
    assert!(
        setup
            .inbound
            .take_in(event.to_string().as_bytes(), "r")
            .await
            .unwrap_err()
            .is_retryable()
    );
    assert!(setup.deployment.object("mail/m1").await.is_some());
}

const COMPLETE: &str = r#"{"status":"complete","code":"012345"}"#;
const NO_SIGNATURE: &str = "dkim=none header.i=unknown;";

#[tokio::test]
async fn a_login_makes_seven_calls() {
    let setup = Setup::new().await;
    let wire = Wire::whole();
    let key = setup.prestage_over(&wire, &setup.token).await.unwrap();
    assert_eq!(wire.calls(), 2);
    let own = setup.own_address();
    let event = setup.receives("m1", &arlo_mail("012345", NO_SIGNATURE), &[&own]).await;
    let wire = Wire::whole();
    setup
        .inbound_over(&wire)
        .take_in(event.to_string().as_bytes(), "r")
        .await
        .unwrap();
    assert_eq!(wire.calls(), 5);
    assert_eq!(setup.deployment.document(&key).await.as_deref(), Some(COMPLETE));
    let event = setup.receives("m2", "From: a@b.example\r\n\r\nx", &[&own]).await;
    let wire = Wire::whole();
    setup
        .inbound_over(&wire)
        .take_in(event.to_string().as_bytes(), "r")
        .await
        .unwrap();
    assert_eq!(wire.calls(), 4);
}

#[tokio::test]
async fn what_is_made_up_makes_no_call() {
    let setup = Setup::new().await;
    let others = Keys::new(&DeploymentKey::new([8; 32]));
    let token = AccessToken::generate(&others, setup.enrolment.id, &relay::SystemRandom).unwrap();
    let wire = Wire::whole();
    let refused = setup.prestage_over(&wire, &token).await;
    assert!(matches!(refused, Err(Refusal::Denied)));
    assert_eq!(wire.calls(), 0);
    let address = RelayLocalPart::new(&others, setup.enrolment.id, 0);
    let recipients = [
        format!("{}@relay.example", address.expose()),
        format!("{}@elsewhere.example", setup.own_address()),
        "a@relay.example".to_owned(),
    ];
    let recipients = recipients.each_ref().map(String::as_str);
    let event = setup
        .receives("m1", &arlo_mail("012345", NO_SIGNATURE), &recipients)
        .await;
    setup
        .inbound_over(&wire)
        .take_in(event.to_string().as_bytes(), "r")
        .await
        .unwrap();
    assert_eq!(wire.calls(), 0);
}

/// Lambda calls the function again. Wherever it died, the code then reaches the login, once.
#[tokio::test]
async fn a_function_that_dies_at_any_call_is_mended_by_the_next_attempt() {
    for (call, cut) in (0..5).flat_map(|call| [(call, Cut::Before), (call, Cut::After)]) {
        let setup = Setup::new().await;
        let (key, other) = (setup.staged().await, setup.staged().await);
        let own = setup.own_address();
        let event = setup.receives("m1", &arlo_mail("012345", NO_SIGNATURE), &[&own]).await;
        let wire = Wire::cut_at(call, cut);
        let died = setup
            .inbound_over(&wire)
            .take_in(event.to_string().as_bytes(), "r")
            .await;
        // The deletion is the last call: the mail is taken in without it.
        assert_eq!(died.is_ok(), call == 4, "{call} {cut:?}");
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
        let documents = [&key, &other].map(|key| setup.deployment.document(key));
        let [first, second] = documents;
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        let ended = [&first, &second].into_iter().filter(|text| *text == COMPLETE).count();
        let pending = [&first, &second].into_iter().filter(|text| *text == PENDING).count();
        assert_eq!((ended, pending), (1, 1), "{call} {cut:?}");
        let record = setup.store.find(&setup.enrolment.id).await.unwrap().unwrap();
        assert_eq!((record.pending.len(), record.seen.len()), (1, 1), "{call} {cut:?}");
        let status = setup.store.status(&setup.enrolment.id).await.unwrap();
        assert_eq!(
            (status.mail[0].event.name(), status.mail[0].count),
            ("code-delivered", 1)
        );
        assert_eq!(setup.deployment.object("mail/m1").await, None, "{call} {cut:?}");
    }
}

/// A login that its client was told failed is not there, or harms no other.
#[tokio::test]
async fn a_prestage_that_dies_at_any_call_keeps_no_code_from_the_next() {
    for (call, cut) in (0..2).flat_map(|call| [(call, Cut::Before), (call, Cut::After)]) {
        let setup = Setup::new().await;
        let died = setup.prestage_over(&Wire::cut_at(call, cut), &setup.token).await;
        assert!(died.is_err(), "{call} {cut:?}");
        let key = setup.staged().await;
        let own = setup.own_address();
        let event = setup.receives("m1", &arlo_mail("012345", NO_SIGNATURE), &[&own]).await;
        setup.inbound.take_in(event.to_string().as_bytes(), "r").await.unwrap();
        assert_eq!(setup.deployment.document(&key).await.as_deref(), Some(COMPLETE));
    }
}

/// Sends CloudFormation's request and gives back what it is answered.
async fn answer_to(deployment: &Deployment, kind: &str, changes: Value) -> Value {
    answer_for("Custom::ReceiptRules", deployment, kind, changes).await
}

async fn answer_for(resource: &str, deployment: &Deployment, kind: &str, changes: Value) -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut event = json!({
        "RequestType": kind,
        "ResourceType": resource,
        "ResponseURL": format!("http://{}/answer?X-Amz-Signature=secret", listener.local_addr().unwrap()),
        "StackId": "s", "RequestId": "r", "LogicalResourceId": "ReceiptRules", "PhysicalResourceId": "ReceiptRules",
        "ResourceProperties": {
            "RuleSetName": deployment.places.table, "RuleName": deployment.places.table, "Domain": "relay.example",
            "Bucket": deployment.places.bucket, "MailPrefix": "mail/", "TlsPolicy": "Require",
            "FunctionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{}", deployment.places.table),
        },
    });
    for (name, value) in changes.as_object().unwrap() {
        event["ResourceProperties"][name] = value.clone();
    }
    let taken = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut chunk = [0; 4096];
            let length = stream.read(&mut chunk).await.unwrap();
            request.extend_from_slice(&chunk[..length]);
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .await
            .unwrap();
        let request = String::from_utf8(request).unwrap();
        assert!(request.starts_with("PUT /answer?X-Amz-Signature=secret "));
        serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let handled = handle(&deployment.connection, &event, Duration::from_secs(30));
    let (answer, handled): (Value, _) = tokio::join!(taken, handled);
    handled.unwrap();
    answer
}

/// The active rule set and the names of its rules.
async fn active(deployment: &Deployment) -> Option<(String, Vec<String>)> {
    let active = deployment
        .connection
        .ses()
        .describe_active_receipt_rule_set()
        .send()
        .await
        .unwrap();
    let names = active.rules().iter().map(|rule| rule.name().to_owned()).collect();
    Some((active.metadata()?.name()?.to_owned(), names))
}

/// One after the other: an account has one active rule set.
#[tokio::test]
async fn the_rule_stands_in_the_active_rule_set_and_leaves_no_trace() {
    let deployment = Deployment::fresh().await;
    let ours = deployment.places.table.clone();
    let ses = deployment.connection.ses();
    let success = |answer: &Value| answer["Status"] == "SUCCESS" && answer["PhysicalResourceId"] == "ReceiptRules";

    ses.set_active_receipt_rule_set().send().await.unwrap();
    // Where none is active, our own set is; twice is once, and at the end none is.
    for kind in ["Create", "Create", "Update"] {
        let answer = answer_to(&deployment, kind, json!({})).await;
        assert!(success(&answer), "{answer}");
        assert_eq!(active(&deployment).await, Some((ours.clone(), vec![ours.clone()])));
    }
    deployment.write("mail/left", "x").await;
    deployment.write("poll/left", "x").await;
    for _ in 0..2 {
        let answer = answer_to(&deployment, "Delete", json!({})).await;
        assert!(success(&answer), "{answer}");
        assert_eq!(active(&deployment).await, None);
    }
    // The contents stay as long as someone may write, and go on their own.
    for (kind, left) in [("Create", true), ("Delete", false), ("Delete", false)] {
        let answer = answer_for("Custom::BucketContents", &deployment, kind, json!({})).await;
        assert!(success(&answer), "{answer}");
        assert_eq!(deployment.object("mail/left").await.is_some(), left, "{kind}");
    }
    deployment
        .connection
        .bucket(&ours)
        .itself(Method::DELETE)
        .await
        .unwrap();

    // Where another is active, ours is added and taken out again, and theirs stays as it is.
    let theirs = format!("{ours}-theirs");
    ses.create_receipt_rule_set()
        .rule_set_name(&theirs)
        .send()
        .await
        .unwrap();
    let rule = aws_sdk_ses::types::ReceiptRule::builder()
        .name("their-rule")
        .enabled(true)
        .build()
        .unwrap();
    ses.create_receipt_rule()
        .rule_set_name(&theirs)
        .rule(rule)
        .send()
        .await
        .unwrap();
    ses.set_active_receipt_rule_set()
        .rule_set_name(&theirs)
        .send()
        .await
        .unwrap();
    let answer = answer_to(&deployment, "Create", json!({})).await;
    assert!(success(&answer), "{answer}");
    let (set, mut rules) = active(&deployment).await.unwrap();
    rules.sort();
    assert_eq!(
        (set, rules),
        (theirs.clone(), vec![ours.clone(), "their-rule".to_owned()])
    );
    let answer = answer_to(&deployment, "Delete", json!({})).await;
    assert!(success(&answer), "{answer}");
    assert_eq!(
        active(&deployment).await,
        Some((theirs.clone(), vec!["their-rule".to_owned()]))
    );

    // A rule of our name that is not ours is not touched.
    let answer = answer_to(&deployment, "Create", json!({ "RuleName": "their-rule" })).await;
    assert!(
        answer["Status"] == "FAILED" && answer["Reason"].as_str().unwrap().contains("their-rule"),
        "{answer}"
    );
    let answer = answer_to(&deployment, "Create", json!({ "TlsPolicy": "Sometimes" })).await;
    assert!(
        answer["Status"] == "FAILED" && answer["Reason"].as_str().unwrap().contains("TlsPolicy"),
        "{answer}"
    );
    let answer = answer_to(&deployment, "Create", json!({ "Bucket": 7 })).await;
    assert_eq!(answer["Status"], "FAILED");
    assert_eq!(active(&deployment).await, Some((theirs, vec!["their-rule".to_owned()])));
    ses.set_active_receipt_rule_set().send().await.unwrap();
}
