//! The form to join.

use std::time::Duration;

use jiff::SignedDuration;
use relay::Registration;
use relay::ports::ManageEnrolments as _;

use crate::forms::{FORM, join_form, text_of};
use crate::pages::check;
use crate::world::{EMAIL, World};

#[tokio::test(start_paused = true)]
async fn who_joins_is_shown_the_values_once() {
    let world = World::registering(Registration::Open).await;
    let joined = world
        .post("/join", FORM, join_form(&world, "robin%2Bcam%40example.org", "").await)
        .await;
    assert_eq!(joined.status, 200, "{joined}");
    check(&joined);
    assert_eq!(text_of(&joined, "value-account"), "robin+cam@example.org");
    assert_eq!(
        text_of(&joined, "value-prestage"),
        "https://relay.example/v1/prepare-arlo-mfa"
    );
    let token = text_of(&joined, "value-token").to_owned();
    let relay_address = text_of(&joined, "value-address").to_owned();
    assert!(relay_address.ends_with("@relay.example"));
    for (lines, value) in [
        ("lines-hass", "tfa_host: &quot;https://relay.example/v1&quot;"),
        ("lines-command", "login"),
    ] {
        assert!(
            joined
                .body
                .split(&format!("id=\"{lines}\""))
                .nth(1)
                .unwrap()
                .contains(value)
        );
    }
    // The status shows them no more, beside the lines for the programs.
    let form = format!("email=robin%2Bcam%40example.org&token={token}&action=status");
    let status = world.post("/manage", FORM, form).await;
    check(&status);
    assert!(!status.body.contains("id=\"value-token\""));
    assert_eq!(text_of(&status, "value-address"), relay_address);
    // Thirty days after 2027-01-15T08:00:00Z.
    assert!(
        status
            .body
            .contains("it is removed on <time datetime=\"2027-02-14T08:00:00Z\"")
    );
}

#[tokio::test(start_paused = true)]
async fn a_form_to_join_that_is_sent_again_makes_nothing_new() {
    let world = World::registering(Registration::Open).await;
    let form = join_form(&world, EMAIL, "").await;
    let first = world.post("/join", FORM, form.clone()).await;
    let again = world.post("/join", FORM, form.clone()).await;
    let token = text_of(&first, "value-token");
    assert_eq!(text_of(&again, "value-token"), token);
    assert_eq!(
        world.store.list().await.unwrap().len(),
        2,
        "with the one of the operator"
    );

    // Once the token was replaced, the form says so.
    let manage = format!("email={EMAIL}&token={token}&action=token");
    let replaced = world.post("/manage", FORM, manage.clone()).await;
    assert_eq!(replaced.status, 200);
    check(&replaced);
    assert_ne!(text_of(&replaced, "value-token"), token);
    let used = world.post("/join", FORM, form.clone()).await;
    assert_eq!(used.status, 409);
    check(&used);
    assert!(used.body.contains("This form was sent before") && !used.body.contains(token));
    // So does the form that replaced it.
    let again = world.post("/manage", FORM, manage).await;
    assert_eq!(again.status, 403);
    assert!(again.body.contains("it is not valid any more"));

    // A page that was open for an hour keeps what was entered.
    tokio::time::advance(Duration::from_secs(3600)).await;
    let old = world.post("/join", FORM, form).await;
    assert_eq!(old.status, 400);
    assert!(old.body.contains("open for too long") && old.body.contains(&format!("value=\"{EMAIL}\"")));
    assert_eq!(world.store.list().await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_form_to_join_does_not_bring_back_who_has_left() {
    let world = World::registering(Registration::Open).await;
    let form = join_form(&world, EMAIL, "").await;
    let first = world.post("/join", FORM, form.clone()).await;
    let token = text_of(&first, "value-token");
    let leave = format!("email={EMAIL}&token={token}&action=leave-now");
    assert_eq!(world.post("/manage", FORM, leave).await.status, 200);
    let again = world.post("/join", FORM, form).await;
    assert_eq!(again.status, 409);
    check(&again);
    assert_eq!(world.get(&format!("/status?token={token}")).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn joining_that_is_refused_says_why_and_keeps_what_was_entered() {
    let invite = World::registering(Registration::Invite).await;
    let open = World::registering(Registration::Open).await;
    for (world, email, invitation, status, words) in [
        (&invite, EMAIL, "", 403, "This invitation is not valid"),
        (
            &invite,
            EMAIL,
            "arelay_invite_aaaa",
            403,
            "This invitation is not valid",
        ),
        (&open, "nobody", "", 400, "not a mail address"),
        (&open, "", "", 400, "not a mail address"),
    ] {
        let form = join_form(world, email, invitation).await;
        let answer = world.post("/join", FORM, form).await;
        assert_eq!(answer.status, status, "{email} {invitation}");
        check(&answer);
        assert!(
            answer
                .body
                .contains(&format!("role=\"alert\" tabindex=\"-1\" autofocus>{words}"))
                || answer.body.contains(words)
        );
        assert!(answer.body.contains(&format!("value=\"{email}\"")));
        assert_eq!(world.store.list().await.unwrap().len(), 1);
    }
    let closed = World::new().await;
    let answer = closed.post("/join", FORM, format!("email={EMAIL}")).await;
    assert_eq!(answer.status, 403, "{answer}");
    assert!(!answer.body.contains("action=\"join\""));
}

#[tokio::test(start_paused = true)]
async fn an_invitation_lets_one_join() {
    let world = World::registering(Registration::Invite).await;
    let invited = world.relay.enroller().invite(1, SignedDuration::from_hours(1)).await;
    let code = invited.unwrap().0.expose().to_owned();
    let form = join_form(&world, EMAIL, &code).await;
    for _ in 0..2 {
        assert_eq!(world.post("/join", FORM, form.clone()).await.status, 200);
    }
    let second = world.post("/join", FORM, join_form(&world, EMAIL, &code).await).await;
    assert_eq!(second.status, 403);
    assert_eq!(world.store.list().await.unwrap().len(), 2);
}
