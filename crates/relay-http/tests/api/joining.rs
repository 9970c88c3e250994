//! Strangers who join, owners who replace their token and leave.

use insta::assert_snapshot;
use jiff::SignedDuration;
use relay::ports::ManageEnrolments;
use relay::{JoinLimits, Registration};
use serde_json::json;

use crate::world::{Answer, JSON, STRANGE_TOKEN, World};

async fn join(world: &World, body: &serde_json::Value) -> Answer {
    world.post("/enrolments", JSON, body.to_string()).await
}

async fn invited(world: &World, uses: u32) -> String {
    let invited = world.relay.enroller().invite(uses, SignedDuration::from_hours(1));
    invited.await.unwrap().0.expose().to_owned()
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

#[tokio::test(start_paused = true)]
async fn a_stranger_joins_and_logs_in() {
    let world = World::registering(Registration::Open).await;
    let joined = join(&world, &json!({"email": "Robin+x@example.org", "label": "Home"})).await;
    assert_eq!(joined.status, 201, "{joined}");
    let shown = joined.json();
    let (token, id) = (shown["token"].as_str().unwrap(), shown["id"].as_str().unwrap());
    let relay_address = shown["relay_address"].as_str().unwrap();
    assert!(relay_address.starts_with(id) && relay_address.ends_with("@relay.example"));
    assert_eq!(shown["account"], "robin@example.org");
    assert_eq!(shown["label"], "Home");
    let prestage_url = format!("https://relay.example/v1/prepare-arlo-mfa/{token}");
    assert_eq!(shown["prestage_url"], prestage_url);
    assert_eq!(
        shown["pyaarlo"],
        json!({
            "tfa_source": "rest-api", "tfa_type": "EMAIL", "tfa_host": "https://relay.example/v1",
            "tfa_username": "robin@example.org", "tfa_password": token,
        })
    );
    let prestage = format!("/prepare-arlo-mfa/{token}");
    let staged = world.post(&prestage, JSON, r#"{"email":"robin@example.org"}"#).await;
    assert_eq!(staged.status, 200, "{staged}");

    let status = world.get(&format!("/status?token={token}")).await.json();
    // Thirty days after 2027-01-15T08:00:00Z.
    assert_eq!(status["removed_at"], "2027-02-14T08:00:00Z");
    assert_eq!(status["relay_address"], relay_address);
}

/// An old link of an invitation keeps nobody out.
#[tokio::test(start_paused = true)]
async fn where_anybody_may_join_no_invitation_is_looked_at() {
    let world = World::registering(Registration::Open).await;
    let code = invited(&world, 1).await;
    for invitation in [
        code.as_str(),
        "",
        "<script>",
        "arelay_invite_mfzgy33nmv2ha2lumfzgy33nmv2ha2lu",
    ] {
        let joined = join(&world, &json!({"email": "robin@example.org", "invitation": invitation})).await;
        assert_eq!(joined.status, 201, "{invitation}: {joined}");
    }
    assert_eq!(world.relay.enroller().invitations().await.unwrap().len(), 1, "used up");
}

#[tokio::test(start_paused = true)]
async fn joining_is_refused_in_words() {
    let closed = World::new().await;
    let email = json!({"email": "robin@example.org"});
    assert_snapshot!(join(&closed, &email).await, @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"Registration is closed here: ask the operator to run arlo-relay enroll for your account."}
    "#);
    let world = World::registering(Registration::Invite).await;
    assert_snapshot!(join(&world, &email).await, @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"Joining this relay takes an invitation: ask its operator for one."}
    "#);
    let code = invited(&world, 1).await;
    let with = |code: &str| json!({"email": "robin@example.org", "invitation": code});
    let used = join(&world, &with(&format!(" {code} "))).await;
    assert_eq!(used.status, 201, "{used}");
    let over = join(&world, &with(&code)).await;
    assert_snapshot!(over, @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"This invitation is not good, or not any more: it may be used up or expired. Ask the operator for another."}
    "#);
    for other in [
        "<script>",
        STRANGE_TOKEN,
        &code.replace("arelay_invite_", ""),
        &world.token,
    ] {
        assert_eq!(
            join(&world, &with(other)).await.to_string(),
            over.to_string(),
            "{other}"
        );
    }
    assert_eq!(world.store.list().await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_none_of_ours_is_refused_and_not_repeated() {
    let world = World::registering(Registration::Open).await;
    for (headers, body, status) in [
        (JSON, "", 400),
        (JSON, "{", 400),
        (JSON, "[]", 400),
        (JSON, r#"["robin@example.org", null, null]"#, 400),
        (JSON, "{}", 400),
        (JSON, r#"{"email":1}"#, 400),
        (JSON, r#"{"email":"<script>"}"#, 400),
        (JSON, r#"{"email":"robin@example.org","label":"a\nb"}"#, 400),
        (JSON, r#"{"email":"robin@example.org","invitation":7}"#, 400),
        (
            &[("content-type", "text/plain")],
            r#"{"email":"robin@example.org"}"#,
            415,
        ),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            "email=robin@example.org",
            415,
        ),
    ] {
        let answer = world.post("/enrolments", headers, body).await;
        assert_eq!(answer.status, status, "{body}: {answer}");
        assert!(!answer.body.contains("script"), "{answer}");
    }
    let label = "x".repeat(65);
    let answer = join(&world, &json!({"email": "robin@example.org", "label": label})).await;
    assert_snapshot!(answer, @r#"
    400 application/problem+json
    {"title":"Bad Request","status":400,"detail":"The label needs 1 to 64 characters on one line, all of them visible."}
    "#);
    assert_eq!(world.store.list().await.unwrap().len(), 1);
    let empty = json!({"email": " robin@example.org ", "label": " ", "invitation": ""});
    assert_eq!(join(&world, &empty).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn limits_say_when_to_come_back() {
    let world = World::with(|rules| {
        rules.registration = Registration::Open;
        rules.join_limits = JoinLimits {
            in_all: 2,
            a_day: 1,
            of_network: 1,
        };
    })
    .await;
    let email = json!({"email": "robin@example.org"});
    assert_eq!(join(&world, &email).await.status, 201);
    // It is 08:00 UTC.
    assert_snapshot!(join(&world, &email).await, @r#"
    429 application/problem+json
    retry-after: 57600
    {"title":"Too Many Requests","status":429,"detail":"Too many have joined today, from this network or in all. Try again tomorrow."}
    "#);
    tokio::time::advance(std::time::Duration::from_secs(57_600)).await;
    assert_eq!(join(&world, &email).await.status, 201);
    assert_snapshot!(join(&world, &email).await, @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"This relay has as many members as it may have."}
    "#);
}

#[tokio::test(start_paused = true)]
async fn an_owner_replaces_the_token_and_leaves() {
    let world = World::new().await;
    let poll = world.prestaged().await;
    let (name, old) = bearer(&world.token);
    let replaced = world.post("/enrolment/token", &[(name, &old)], "").await;
    assert_eq!(replaced.status, 200, "{replaced}");
    let shown = replaced.json();
    assert_eq!(shown["id"], world.id.to_string());
    assert_eq!(shown["relay_address"], world.relay_address);
    assert_eq!(shown["account"], json!(null));
    let (_, new) = bearer(shown["token"].as_str().unwrap());
    assert_ne!(new, old);
    // What the old one began is ended, and it opens nothing any more.
    assert_eq!(world.get(&poll).await.status, 403);
    for call in ["/enrolment/token", "/enrolment"] {
        let answer = match call {
            "/enrolment" => world.delete(call, &[(name, &old)]).await,
            _ => world.post(call, &[(name, &old)], "").await,
        };
        assert_eq!(answer.status, 403, "{call}: {answer}");
    }
    assert_eq!(world.delete("/enrolment", &[]).await.status, 401);
    let left = world.delete("/enrolment", &[(name, &new)]).await;
    assert_eq!((left.status.as_u16(), left.body.as_str()), (204, ""));
    assert_eq!(world.store.list().await.unwrap(), []);
    assert_eq!(world.delete("/enrolment", &[(name, &new)]).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn no_get_changes_anything() {
    let world = World::registering(Registration::Open).await;
    let token = &world.token;
    for uri in ["/enrolments?email=robin@example.org", "/enrolment", "/enrolment/token"] {
        let answer = world.get(&format!("{uri}?token={token}")).await;
        assert_eq!(answer.status, 405, "{uri}: {answer}");
    }
    assert_eq!(world.store.list().await.unwrap().len(), 1);
    assert_eq!(world.get(&format!("/status?token={token}")).await.status, 200);
}
