//! The page of the app in Home Assistant: the lines for hass-aarlo, ready to paste.
//!
//! Only the Supervisor's address gets an answer. It lets in who has logged in to Home Assistant as an administrator, so
//! this page has no login of its own and shows the access token. It changes nothing, and every link in it is relative:
//! the prefix that the Supervisor names in `X-Ingress-Path` is needed nowhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, html};
use relay_http::hass_aarlo;
use relay_server::reach::on_this_machine;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::enrolment::Enrolment;
use super::words::Words;
use crate::commands::doctor::is_healthy;
use crate::failure::Failure;

const STYLE: &str = include_str!("page.css");
/// Home Assistant shows the page in a frame of its own origin.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'self'");

/// What the page shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// The one address that gets an answer.
    pub(super) from: IpAddr,
    /// Where the relay serves HTTP.
    pub(super) http: SocketAddr,
    /// How hass-aarlo reaches the relay.
    pub(super) public_url: String,
    /// None as long as the user has named no account.
    pub(super) enrolment: Option<Enrolment>,
    /// How mail comes to the relay.
    pub(super) mail: Mail,
}

/// How mail comes to the relay.
#[derive(Debug)]
pub(super) enum Mail {
    /// The relay reads it in a mailbox.
    Mailbox,
    /// A mailbox forwards it to an address of this domain.
    Domain(String),
    /// The options name neither.
    Nowhere,
}

/// Serves the page until the stop.
pub(super) async fn serve(listener: TcpListener, shown: Shown, mut stop: watch::Receiver<bool>) -> Result<(), Failure> {
    let service = router(Arc::new(shown)).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            // An error is the end of the sender, which is a stop too.
            let _ = stop.wait_for(|stopped| *stopped).await;
        })
        .await
        .map_err(Failure::operation)
}

fn router(shown: Arc<Shown>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/page.css", get(style))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shown),
            only_from_the_supervisor,
        ))
        .with_state(shown)
}

async fn only_from_the_supervisor(
    State(shown): State<Arc<Shown>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if peer.ip().to_canonical() != shown.from {
        return (StatusCode::FORBIDDEN, "Open this page in Home Assistant.\n").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))],
        STYLE,
    )
}

async fn page(State(shown): State<Arc<Shown>>, headers: HeaderMap) -> Response {
    let wished = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let words = Words::wished(wished.unwrap_or_default());
    let runs = is_healthy(on_this_machine(shown.http)).await.unwrap_or(false);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, html)], markup(&shown, words, runs).into_string()).into_response()
}

fn markup(shown: &Shown, words: &Words, runs: bool) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "arlo-relay" }
                link rel="stylesheet" href="page.css";
            }
            body {
                h1 { "arlo-relay" }
                p .state role="status" { (if runs { words.runs } else { words.does_not_run }) }
                @match &shown.enrolment {
                    None => p { (words.no_account) }
                    Some(enrolment) => {
                        h2 { (words.lines_title) }
                        p { (words.lines_lead) }
                        pre tabindex="0" {
                            (hass_aarlo(&enrolment.account, enrolment.token.expose_secret(), &shown.public_url))
                        }
                        p { (words.secret) }
                        h2 { (words.mail_title) }
                        @match &shown.mail {
                            Mail::Mailbox => p { (words.mail_by_mailbox) }
                            Mail::Domain(domain) => {
                                p { (words.mail_by_forwarding) }
                                pre tabindex="0" { (enrolment.relay_address_at(domain)) }
                            }
                            Mail::Nowhere => p { (words.no_mail) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;

    use super::*;

    fn shown(enrolment: Option<Enrolment>) -> Shown {
        Shown {
            from: "172.30.32.2".parse().unwrap(),
            http: "127.0.0.1:9".parse().unwrap(),
            public_url: "http://a0d7b954-arlo-relay".to_owned(),
            enrolment,
            mail: Mail::Mailbox,
        }
    }

    async fn get_page(from: &str, shown: Shown, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
        let response = router(Arc::new(shown)).oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn only_the_supervisor_sees_the_token() {
        let enrolment = || Enrolment {
            account: "casey@gmail.com".to_owned(),
            token: "arelay_secret".to_owned().into(),
            relay_address: "x@relay.localhost".to_owned(),
        };
        let headers = [("x-ingress-path", "/api/hassio_ingress/abc")];
        for from in ["172.30.32.2:4000", "[::ffff:172.30.32.2]:4000"] {
            let (status, page) = get_page(from, shown(Some(enrolment())), &headers).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains("arelay_secret"), "{page}");
            assert!(
                page.contains("tfa_host: &quot;http://a0d7b954-arlo-relay&quot;"),
                "{page}"
            );
            assert!(!page.contains("\"/"), "a link that is not relative: {page}");
        }
        // What a caller claims of himself is not looked at.
        let claims = [("x-forwarded-for", "172.30.32.2"), ("x-remote-user-id", "admin")];
        for from in ["172.30.32.3:4000", "192.168.1.9:4000", "127.0.0.1:4000"] {
            let (status, page) = get_page(from, shown(Some(enrolment())), &claims).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert!(!page.contains("arelay_secret"), "{page}");
        }
    }

    #[tokio::test]
    async fn the_relay_address_is_that_of_the_present_domain() {
        let page = async |mail| {
            let enrolment = Enrolment {
                account: "casey@gmail.com".to_owned(),
                token: "arelay_secret".to_owned().into(),
                relay_address: "x@old.example.org".to_owned(),
            };
            let shown = Shown {
                mail,
                ..shown(Some(enrolment))
            };
            get_page("172.30.32.2:1", shown, &[]).await.1
        };
        let at_domain = page(Mail::Domain("new.example.org".to_owned())).await;
        assert!(
            at_domain.contains("x@new.example.org") && !at_domain.contains("old.example.org"),
            "{at_domain}"
        );
        let nowhere = page(Mail::Nowhere).await;
        assert!(
            nowhere.contains("Set your mailbox or a mail domain") && !nowhere.contains("x@"),
            "{nowhere}"
        );
    }

    #[tokio::test]
    async fn without_an_account_it_says_what_to_do_in_the_users_language() {
        for (wished, said) in [
            ("de-DE,de;q=0.9", "Konfiguration"),
            ("nl", "Configuration"),
            ("", "Configuration"),
        ] {
            let (_, page) = get_page("172.30.32.2:1", shown(None), &[("accept-language", wished)]).await;
            assert!(page.contains(said), "{page}");
        }
    }
}
