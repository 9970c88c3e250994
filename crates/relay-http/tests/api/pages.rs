use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use relay::Registration;
use sha2::{Digest, Sha256};

use crate::world::{Answer, World};

/// What stands between the tags, and that it is allowed by its hash.
fn check_inline(page: &Answer, tag: &str) -> bool {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let Some((_, rest)) = page.body.split_once(&open) else {
        return false;
    };
    let (inline, _) = rest.split_once(&close).unwrap();
    let hash = format!("{tag}-src 'sha256-{}'", STANDARD.encode(Sha256::digest(inline)));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&hash), "{policy} lacks {hash}");
    true
}

#[tokio::test(start_paused = true)]
async fn the_pages_need_nothing_from_elsewhere_and_run_only_their_own_script() {
    let world = World::new().await;
    for (path, has_script) in [("/", true), ("/register", false)] {
        let page = world.get(path).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.body.contains("{{") && !page.body.contains("src=") && !page.body.contains("style="));
        assert!(check_inline(&page, "style"));
        assert_eq!(check_inline(&page, "script"), has_script);
        // Every field has its label.
        for field in page.body.split("<input id=\"").skip(1) {
            let (id, _) = field.split_once('"').unwrap();
            assert!(page.body.contains(&format!("<label for=\"{id}\">")), "{id}");
        }
    }
}

/// What a stranger wrote becomes an element by none of these, and a link is looked at before it is one.
#[tokio::test(start_paused = true)]
async fn the_page_shows_mail_as_text() {
    let page = World::new().await.get("/").await.body;
    for unsafe_way in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "eval(",
    ] {
        assert!(!page.contains(unsafe_way), "{unsafe_way}");
    }
    assert_eq!(
        page.matches(".href = ").count(),
        page.matches("startsWith(\"https://\")").count()
    );
    assert!(page.contains("open a link only if you have just set up the forwarding yourself"));
}

#[tokio::test(start_paused = true)]
async fn the_page_names_where_clients_are_pointed() {
    let world = World::new().await;
    let page = world.get("/").await.body;
    assert!(page.contains("<code>https://relay.example/v1/prepare-arlo-mfa</code>"));
    assert!(page.contains("arlo-relay 1.2.3"));
    for event in relay::MailEvent::ALL {
        assert!(
            page.contains(&format!("\"{}\": ", event.name())),
            "{event:?} has no words"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_register_is_said() {
    for (registration, form, closed) in [(Registration::Closed, false, true), (Registration::Open, true, false)] {
        let world = World::registering(registration).await;
        let register = world.get("/register").await.body;
        assert_eq!(register.contains("action=\"register_done\""), form);
        assert_eq!(register.contains("arlo-relay enroll"), closed);
        assert_eq!(world.get("/").await.body.contains("href=\"register\""), form);
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_can_serve_says_so() {
    let world = World::new().await;
    assert_snapshot!(world.get("/healthz").await, @r#"
    200 application/json
    {"status":"ok","version":"1.2.3","checks":{"store":"ok"}}
    "#);
}
