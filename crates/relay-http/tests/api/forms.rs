//! What holds for each form of the page, and how a browser sends them.

use relay::Registration;
use relay::ports::ManageEnrolments as _;
use relay_http::{Limits, PublicUrl, at_its_own_address};

use crate::pages::check;
use crate::world::{Answer, EMAIL, World, request, send};

pub(crate) const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
pub(crate) const SCRIPT: &str = "\"><script>alert(1)</script>'&";
const SCRIPT_ESCAPED: &str = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E'%26";

/// What the browser sends of the form to join.
pub(crate) async fn join_form(world: &World, email: &str, invitation: &str) -> String {
    let page = world.get("/").await.body;
    let ticket = page.split("name=\"form\" value=\"").nth(1).unwrap();
    let ticket = ticket.split('"').next().unwrap();
    format!("lang=en&form={ticket}&email={email}&invitation={invitation}")
}

/// The text of the element of that id.
pub(crate) fn text_of<'a>(page: &'a Answer, id: &str) -> &'a str {
    let after = page.body.split(&format!("id=\"{id}\"")).nth(1).unwrap();
    let after = after.split("<code translate=\"no\">").nth(1).unwrap();
    after.split("</code>").next().unwrap()
}

impl World {
    pub(crate) async fn manage(&self, action: &str, more: &str) -> Answer {
        let form = format!("email={EMAIL}&token={}&action={action}{more}", self.token);
        self.post("/manage", FORM, form).await
    }
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
