//! The forms of the page: join, and manage an enrolment.

use std::sync::Arc;
use std::time::Duration;

use arlo_mail::{Link, Provider};
use jiff::SignedDuration;
use relay::ports::{FindEnrolments as _, MailTaken, ManageEnrolments as _, TakeMail as _};
use relay::{
    AuditEvent, AuditKind, Confirmation, DeploymentKey, Kept, Keys, MailEvent, OtherMail, Overview, Registration,
};
use relay_http::{Api, Limits, PublicUrl, at_its_own_address, router};

use crate::pages::{LANGUAGES, check};
use crate::world::{Answer, EMAIL, STRANGE_TOKEN, World, parts, request, send};

pub(crate) const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const SCRIPT: &str = "\"><script>alert(1)</script>'&";
const SCRIPT_ESCAPED: &str = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E'%26";

/// What the browser sends of the form to join.
pub(crate) async fn join_form(world: &World, email: &str, invitation: &str) -> String {
    let page = world.get("/").await.body;
    let ticket = page.split("name=\"form\" value=\"").nth(1).unwrap();
    let ticket = ticket.split('"').next().unwrap();
    format!("lang=en&form={ticket}&email={email}&invitation={invitation}")
}

/// The text of the element of that id.
fn text_of<'a>(page: &'a Answer, id: &str) -> &'a str {
    let after = page.body.split(&format!("id=\"{id}\"")).nth(1).unwrap();
    let after = after.split("<code translate=\"no\">").nth(1).unwrap();
    after.split("</code>").next().unwrap()
}

impl World {
    async fn manage(&self, action: &str, more: &str) -> Answer {
        let form = format!("email={EMAIL}&token={}&action={action}{more}", self.token);
        self.post("/manage", FORM, form).await
    }

    async fn take(&self, event: MailEvent, kept: Option<Kept<'_>>) {
        let event = AuditEvent {
            at: self.relay.now(),
            kind: AuditKind::Mail(event),
            network: None,
        };
        let mail = MailTaken {
            kept,
            ..MailTaken::only(self.id, event)
        };
        self.store.take(&mail).await.unwrap();
    }
}

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

/// The form names the account, which is proven by that.
#[tokio::test(start_paused = true)]
async fn a_new_token_by_the_page_needs_the_former_key_no_more() {
    let [old, new] = [1, 2].map(|byte| DeploymentKey::new([byte; 32]));
    let world = World::with(|rules| rules.deployment.keys = Keys::new(&old)).await;
    let keys = Keys::new(&new).with_former(&old);
    let (relay, http, _draining) = parts(world.store.clone(), |rules| rules.deployment.keys = keys.clone());
    let enroller = relay.enroller();
    enroller.replace_address(&world.id, SignedDuration::ZERO).await.unwrap();
    let changed = World {
        router: router(Arc::new(Api::new(relay.clone(), http))),
        ..world
    };
    let need = async || {
        let read = Overview::read(&changed.store, &keys, changed.relay.now())
            .await
            .unwrap();
        read.need_former_key
    };
    let of_another = format!("email=robin@example.org&token={}&action=token", changed.token);
    assert_eq!(changed.post("/manage", FORM, of_another).await.status, 403);
    assert_eq!(need().await, 1);
    assert_eq!(changed.manage("token", "").await.status, 200);
    assert_eq!(need().await, 0);
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

#[tokio::test(start_paused = true)]
async fn script_in_every_field_is_text() {
    let world = World::registering(Registration::Invite).await;
    let fields = [
        "lang",
        "switch",
        "form",
        "email",
        "token",
        "invitation",
        "action",
        "request",
    ];
    let all: Vec<_> = fields.iter().map(|name| format!("{name}={SCRIPT_ESCAPED}")).collect();
    let mut forms = vec![("/join", all.join("&")), ("/manage", all.join("&"))];
    for field in fields {
        let good = join_form(&world, EMAIL, "").await;
        forms.push(("/join", format!("{field}={SCRIPT_ESCAPED}&{good}")));
        forms.push((
            "/manage",
            format!("{field}={SCRIPT_ESCAPED}&email={EMAIL}&token={}", world.token),
        ));
    }
    for (path, form) in forms {
        let answer = world.post(path, FORM, form.clone()).await;
        check(&answer);
        assert!(!answer.body.contains("<script>alert"), "{path} {form}");
        assert!(!answer.body.contains(SCRIPT), "{path} {form}");
    }
    // An address may have much in it, and is shown as it is.
    let odd = "%22%3Cb%3E'%22%40example.org";
    let answer = world.post("/join", FORM, join_form(&world, odd, "").await).await;
    assert!(
        answer.body.contains("value=\"&quot;&lt;b&gt;'&quot;@example.org\""),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_others_wrote_is_text_and_its_links_are_looked_at() {
    let world = World::new().await;
    let mail = OtherMail {
        sender: SCRIPT.to_owned(),
        subject: "<b onclick=x>\"&".to_owned(),
        links: vec![Link::parse("https://post.example:8443/allow/7f3c?a=<\"'").unwrap()],
        at: world.relay.now(),
    };
    world.take(MailEvent::NotFromArlo, Some(Kept::OtherMail(&mail))).await;
    let question = |link: &str| Confirmation {
        provider: Provider::Gmail,
        code: Some("123456789".to_owned()),
        link: Some(link.to_owned()),
        at: world.relay.now(),
    };
    let good = question("https://mail.google.com/mail/vf-x");
    world
        .take(MailEvent::ForwardingConfirmation, Some(Kept::Confirmation(&good)))
        .await;
    for action in ["status", "live"] {
        let page = world.manage(action, "").await;
        assert!(page.body.contains("&lt;b onclick=x&gt;&quot;&amp;"));
        assert!(!page.body.contains("<script>alert"));
        assert!(page.body.contains("123456789"));
        assert!(
            page.body
                .contains("href=\"https://mail.google.com/mail/vf-x\" rel=\"noreferrer noopener\"")
        );
        assert!(page.body.contains("Open the page at <bdi>post.example</bdi>"));
        assert!(
            page.body
                .contains("Open a link only if you have just set up the forwarding yourself")
        );
    }
    let bad = question("javascript:alert(1)");
    world
        .take(MailEvent::ForwardingConfirmation, Some(Kept::Confirmation(&bad)))
        .await;
    assert!(!world.manage("status", "").await.body.contains("javascript:"));
}

#[tokio::test(start_paused = true)]
async fn a_test_is_announced_and_seen_to_end() {
    let world = World::new().await;
    let begun = world.manage("test", "").await;
    assert_eq!(begun.status, 200);
    check(&begun);
    let request = begun.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let request = format!("&request={}", request.split('"').next().unwrap());
    assert!(
        begun
            .body
            .contains(&format!("mailto:{}?subject=Fwd", world.relay_address))
    );
    assert!(begun.body.contains("data-waits"));
    let waiting = world.manage("live", &request).await;
    assert!(waiting.body.contains("The relay waits for a code until"));

    tokio::time::advance(Duration::from_secs(7)).await;
    world.add_code("482913").await;
    for action in ["live", "status"] {
        let ended = world.manage(action, &request).await;
        assert!(
            ended
                .body
                .contains("<code translate=\"no\">482913</code></strong> came 7 seconds after the start.")
        );
        assert!(ended.body.contains("It is not the code of the test mail"));
    }
    // Another test takes the place of one that still waits.
    let again = world.manage("test", "").await;
    let second = again.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let second = format!("&request={}", second.split('"').next().unwrap());
    world.manage("test", &second).await;
    assert!(world.manage("live", &second).await.body.contains("The time is over"));

    tokio::time::advance(Duration::from_secs(300)).await;
    let over = world.manage("live", &request).await;
    assert!(over.body.contains("The time is over") && !over.body.contains("482913"));
    // The key of another enrolment's login reads nothing here.
    let other = crate::world::enrol(&world.relay, "robin@example.org").await;
    let form = format!(
        "email=robin@example.org&token={}&action=live{request}",
        other.token.expose()
    );
    assert!(
        world
            .post("/manage", FORM, form)
            .await
            .body
            .contains("The time is over")
    );
}

#[tokio::test(start_paused = true)]
async fn the_status_says_what_came_and_why_it_was_refused() {
    let world = World::new().await;
    assert!(world.manage("status", "").await.body.contains("No mail has come yet."));
    for event in MailEvent::ALL {
        world.take(event, None).await;
    }
    for language in LANGUAGES {
        let page = world.manage("status", &format!("&lang={language}")).await;
        check(&page);
        assert_eq!(page.header("content-language"), language);
        for event in MailEvent::ALL {
            assert!(
                !page.body.contains(&format!("<td>{}</td>", event.name())),
                "{event:?} in {language}"
            );
        }
        assert_eq!(page.body.matches("<td>1</td>").count(), MailEvent::ALL.len());
    }
    // The button for another language goes before what the form has.
    let page = world.manage("status", "&lang=fr&switch=es").await;
    assert_eq!(page.header("content-language"), "es");
}

#[tokio::test(start_paused = true)]
async fn leaving_is_asked_and_then_done() {
    let world = World::new().await;
    let asked = world.manage("leave", "").await;
    check(&asked);
    assert!(asked.body.contains("Do you want to leave?"));
    assert!(world.store.find(&world.id).await.unwrap().is_some());
    let left = world.manage("leave-now", "").await;
    assert_eq!(left.status, 200);
    check(&left);
    assert!(!left.body.contains(&world.token));
    assert!(world.store.find(&world.id).await.unwrap().is_none());
    assert_eq!(world.manage("leave-now", "").await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_manages_it() {
    let world = World::new().await;
    let token = &world.token;
    for action in ["status", "live", "test", "token", "leave", "leave-now"] {
        for (form, status) in [
            (format!("email={EMAIL}"), 401),
            (format!("email={EMAIL}&token="), 401),
            (format!("email={EMAIL}&token={STRANGE_TOKEN}"), 403),
            (format!("email={EMAIL}&token=%00"), 403),
            (format!("email=robin@example.org&token={token}"), 403),
            (format!("email=nobody&token={token}"), 400),
            (format!("token={token}"), 400),
        ] {
            let answer = world.post("/manage", FORM, format!("{form}&action={action}")).await;
            assert_eq!(answer.status, status, "{action} {form}");
            check(&answer);
            assert!(!answer.body.contains(&world.relay_address) && !answer.body.contains(token.as_str()));
        }
    }
    assert_eq!(world.manage("unknown", "").await.status, 400);
    assert!(world.store.find(&world.id).await.unwrap().is_some());
    // A token in the URL is none: a page must not teach people to put it there.
    let answer = world
        .post(&format!("/manage?token={token}"), FORM, format!("email={EMAIL}"))
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_form_that_is_none_gets_a_page_as_well() {
    let world = World::registering(Registration::Open).await;
    let long = "a".repeat(4_000);
    for path in ["/join", "/manage"] {
        for (headers, body, status) in [
            (&[("content-type", "application/json")][..], "{}".to_owned(), 415),
            (FORM, "a".repeat(8_193), 413),
            (FORM, format!("email={long}&token={long}&invitation={long}"), 413),
            (
                FORM,
                format!("email={}@example.org&token={}", "a".repeat(4_000), "b".repeat(4_000)),
                400,
            ),
            (FORM, "%ff%00&&==&email=%F0".to_owned(), 400),
        ] {
            let answer = world.post(path, headers, body).await;
            let status = if path == "/manage" && status == 400 {
                answer.status.as_u16()
            } else {
                status
            };
            assert_eq!(answer.status, status, "{path}");
            assert!((400..500).contains(&status));
            check(&answer);
        }
    }
    assert_eq!(world.store.list().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_does_it_too_often_is_told_when_to_come_back() {
    let limits = Limits::default();
    let world = World::limited(&limits).await;
    for _ in 0..relay::MAX_PENDING {
        assert_eq!(world.manage("test", "").await.status, 200);
    }
    let crowded = world.manage("test", "").await;
    assert_eq!(crowded.status, 429);
    check(&crowded);
    assert_eq!(crowded.header("retry-after"), "300");
    assert!(crowded.body.contains("Please try again in 300 seconds."));
    // It is still the page of the enrolment.
    assert!(crowded.body.contains("id=\"clients\""));
}

#[tokio::test(start_paused = true)]
async fn a_form_of_another_sites_page_is_refused() {
    let world = World::registering(Registration::Open).await;
    let router = at_its_own_address(
        world.router.clone(),
        &PublicUrl::parse("https://Relay.example/v1").unwrap(),
    );
    let own = ("host", "relay.example");
    for (headers, is_taken) in [
        (&[own][..], true),
        (
            &[
                own,
                ("origin", "https://relay.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            true,
        ),
        // A proxy that changes the host, and the browser that names the one it knows.
        (&[("host", "127.0.0.1:8080"), ("origin", "https://relay.example")], true),
        (&[own, ("origin", "https://attacker.example")], false),
        (&[own, ("origin", "https://relay.example.attacker.example")], false),
        (&[own, ("origin", "https://relay.example:8443")], false),
        (&[own, ("origin", "null")], false),
        (&[own, ("sec-fetch-site", "cross-site")], false),
        (
            &[
                own,
                ("sec-fetch-site", "same-site"),
                ("origin", "https://relay.example"),
            ],
            false,
        ),
        (
            &[
                ("host", "rebound.attacker.example"),
                ("origin", "https://rebound.attacker.example"),
            ],
            false,
        ),
        // What a proxy may say of itself is not asked.
        (
            &[("host", "attacker.example"), ("x-forwarded-host", "relay.example")],
            false,
        ),
    ] {
        for path in ["/join", "//join", "/manage"] {
            let form = match path {
                "/manage" => format!("email={EMAIL}&token={}", world.token),
                _ => join_form(&world, EMAIL, "").await,
            };
            let mut post = request(axum::http::Method::POST, path, headers, form);
            post.headers_mut()
                .insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
            let answer = send(&router, post).await;
            assert_eq!(answer.status == 200, is_taken, "{path} {headers:?}");
            check(&answer);
            if !is_taken {
                assert_eq!(answer.status, 403);
                assert!(answer.body.contains("sent from another site"));
            }
        }
    }
}
