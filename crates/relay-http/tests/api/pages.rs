//! The pages for a person: what holds for each of them.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use relay::Registration;
use sha2::{Digest, Sha256};

use crate::forms::{FORM, join_form};
use crate::world::{Answer, EMAIL, World, request, send};

pub(crate) const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];

/// What stands between the tags, and that it is allowed by its hash.
fn check_inline(page: &Answer, tag: &str) {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let inline: Vec<_> = page.body.split(&open).skip(1).collect();
    assert_eq!(inline.len(), 1, "one {tag}");
    let (inline, _) = inline[0].split_once(&close).unwrap();
    let hash = format!("{tag}-src 'sha256-{}'", STANDARD.encode(Sha256::digest(inline)));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&hash), "{policy} lacks {hash}");
}

/// The values of that attribute.
fn attributes<'a>(body: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let parts = body.split(&start).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

/// All that holds for each page.
pub(crate) fn check(page: &Answer) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; ")
    );
    for forbidden in ["unsafe-", "http:", "https:", "*"] {
        assert!(
            !page.header("content-security-policy").contains(forbidden),
            "{forbidden}"
        );
    }
    check_inline(page, "style");
    check_inline(page, "script");
    let body = &page.body;
    for unwanted in [" src=", " style=", " onclick=", "<link", "<iframe", "<base", "{{"] {
        assert!(!body.contains(unwanted), "{unwanted}");
    }
    // Nothing leads away from the prefix at which the page is reached, but what a provider asks.
    for place in attributes(body, "href").into_iter().chain(attributes(body, "action")) {
        let is_relative = !place.starts_with('/') && !place.split(['/', '?', '#']).next().unwrap().contains(':');
        assert!(
            is_relative || place.starts_with("https://") || place.starts_with("mailto:"),
            "{place}"
        );
    }
    // Every id is there once, and every field has its label.
    let mut ids = attributes(body, "id");
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id twice");
    for field in body.split("<input id=\"").skip(1) {
        let (id, _) = field.split_once('"').unwrap();
        assert!(body.contains(&format!("<label for=\"{id}\">")), "{id}");
    }
    for labelled in attributes(body, "aria-labelledby")
        .into_iter()
        .chain(attributes(body, "aria-describedby"))
    {
        assert!(ids.contains(&labelled), "{labelled}");
    }
    assert_eq!(body.matches("<h1").count(), 1);
    assert_eq!(page.header("content-language"), attributes(body, "lang")[0]);
}

#[tokio::test(start_paused = true)]
async fn each_page_needs_nothing_from_elsewhere_and_runs_only_its_own_script() {
    for registration in [Registration::Closed, Registration::Invite, Registration::Open] {
        let world = World::registering(registration).await;
        for path in ["/", "/privacy", "/?lang=de", "/privacy?lang=es"] {
            let page = world.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            check(&page);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_page_speaks_each_language() {
    let world = World::registering(Registration::Open).await;
    for (language, join, privacy) in [
        ("en", "<h2 id=\"join\">Join</h2>", "What this relay knows about you"),
        ("de", "<h2 id=\"join\">Mitmachen</h2>", "Was dieses Relay über Sie weiß"),
        ("fr", "<h2 id=\"join\">S’inscrire</h2>", "Ce que ce relais sait de vous"),
        ("es", "<h2 id=\"join\">Unirse</h2>", "Qué sabe este relé de usted"),
    ] {
        for (path, words) in [("/", join), ("/privacy", privacy)] {
            let page = world.get(&format!("{path}?lang={language}")).await;
            assert!(page.body.contains(words), "{words}");
            assert!(page.body.contains(&format!("<html lang=\"{language}\">")));
            // The other languages are named in their own.
            for other in LANGUAGES.into_iter().filter(|other| *other != language) {
                assert!(page.body.contains(&format!(
                    "<a href=\"?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">"
                )));
            }
            // What it leads to keeps the language.
            assert!(page.body.contains(&format!("href=\"privacy?lang={language}\"")));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_language_is_the_one_chosen_or_else_the_browsers() {
    let world = World::new().await;
    for (uri, accepted, language) in [
        ("/", "fr-CH, en;q=0.5", "fr"),
        ("/?lang=es", "fr", "es"),
        ("/?lang=xx", "fr", "fr"),
        ("/?lang=%22%3E%3Cscript%3E", "de", "de"),
        ("/?lang=", "nl", "en"),
    ] {
        let asked = request(Method::GET, uri, &[("accept-language", accepted)], "");
        let page = send(&world.router, asked).await;
        assert_eq!(page.header("content-language"), language, "{uri} {accepted}");
        assert_eq!(page.header("vary"), "Accept-Language");
        assert!(!page.body.contains("\"><script>"));
        check(&page);
    }
}

/// What is shown changes while the page is open by the server's own HTML alone.
#[tokio::test(start_paused = true)]
async fn the_script_makes_no_markup_and_keeps_nothing() {
    let page = World::new().await.get("/").await.body;
    let script = page.split("<script>").nth(1).unwrap();
    for unwanted in [
        "innerHTML",
        "outerHTML = ",
        "insertAdjacent",
        "document.write",
        "createContextualFragment",
        "eval(",
        "Function(",
        "localStorage",
        "sessionStorage",
        "document.cookie",
        "http:",
        "https:",
    ] {
        assert!(!script.contains(unwanted), "{unwanted}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_join_is_said() {
    for (registration, form, invitation, closed) in [
        (Registration::Closed, false, false, true),
        (Registration::Invite, true, true, false),
        (Registration::Open, true, false, false),
    ] {
        let page = World::registering(registration).await.get("/").await.body;
        assert_eq!(page.contains("action=\"join\""), form, "{registration:?}");
        assert_eq!(page.contains("name=\"invitation\""), invitation, "{registration:?}");
        assert_eq!(page.contains("arlo-relay enroll"), closed, "{registration:?}");
        // Who has joined logs in everywhere.
        assert!(page.contains("action=\"manage\""));
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_manager_knows_the_fields() {
    let page = World::registering(Registration::Invite).await.get("/").await.body;
    for field in [
        "<input id=\"join-email\" name=\"email\" type=\"email\" autocomplete=\"email\"",
        "<input id=\"join-invitation\" name=\"invitation\" type=\"text\" autocomplete=\"off\"",
        "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\"",
        "<input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\"",
    ] {
        assert!(page.contains(field), "{field}");
    }
}

/// A page that only a form makes leads to the start page, whatever prefix it is reached at.
#[tokio::test(start_paused = true)]
async fn an_address_without_a_page_leads_to_the_start_page() {
    let world = World::new().await;
    for path in ["/register", "/join", "/manage"] {
        let answer = world.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, "./"),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_gets_the_head_of_a_page() {
    let world = World::new().await;
    for path in ["/", "/privacy"] {
        let answer = send(&world.router, request(Method::HEAD, path, &[], "")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.body, "");
    }
}

/// The links, and where a form is sent, have no secret: a form has it in its body.
#[tokio::test(start_paused = true)]
async fn no_url_of_a_page_has_a_secret() {
    let world = World::registering(Registration::Open).await;
    let joined = world.post("/join", FORM, join_form(&world, EMAIL, "").await).await;
    let status = format!("email={EMAIL}&token={}&action=test", world.token);
    let test = world.post("/manage", FORM, status).await;
    for page in [&joined, &test] {
        assert_eq!(page.status, 200);
        check(page);
        for place in attributes(&page.body, "href")
            .into_iter()
            .chain(attributes(&page.body, "action"))
        {
            for secret in ["arelay_", "token", "request", EMAIL] {
                // A mail program is no server.
                assert!(place.starts_with("mailto:") || !place.contains(secret), "{place}");
            }
        }
    }
    assert!(joined.body.contains("arelay_") && test.body.contains("mailto:"));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_can_serve_says_so() {
    let world = World::new().await;
    assert_snapshot!(world.get("/healthz").await, @r#"
    200 application/json
    {"status":"ok","version":"1.2.3","checks":{"store":"ok"}}
    "#);
}
