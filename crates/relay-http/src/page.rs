//! The two pages that a person sees. Each is one document without anything from elsewhere; its style and script are
//! allowed by their hash and nothing else is.

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay::Registration;
use sha2::{Digest, Sha256};

use crate::api::Settings;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/status.js");
const INDEX: &str = include_str!("page/index.html");
const REGISTER: &str = include_str!("page/register.html");
const ASK: &str = include_str!("page/ask.html");
const FORM: &str = include_str!("page/form.html");

/// A page as it is served.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    html: Bytes,
    policy: HeaderValue,
}

impl Page {
    fn new(html: &str) -> Self {
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
            hash(STYLE),
            hash(SCRIPT)
        );
        let html = html.replace("{{style}}", STYLE).replace("{{script}}", SCRIPT);
        // Base64 and keywords: always a header value. The policy that forbids everything is the safe side.
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self {
            html: html.into(),
            policy,
        }
    }
}

fn hash(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let content_type = HeaderValue::from_static("text/html; charset=utf-8");
        (
            [(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, self.policy)],
            self.html,
        )
            .into_response()
    }
}

/// See how to enrol and what became of the mail
///
/// A page for a person.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "index",
    tag = "enrolment",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
    security(())
)]
pub(crate) fn index(settings: &Settings, registration: Registration) -> Page {
    let enrol = match registration {
        Registration::Closed | Registration::Invite => ASK,
        Registration::Open => r#"<p>Anyone may enrol here: <a href="register">register your Arlo account</a>.</p>"#,
    };
    let html = INDEX
        .replace("{{enrol}}", enrol)
        .replace("{{url}}", &escaped(settings.public_url.as_str()))
        .replace("{{version}}", &escaped(settings.version));
    Page::new(&html)
}

/// Enrol by hand
///
/// A page for a person: a form for `/register_done`, or how to enrol where registration is closed.
#[utoipa::path(
    get,
    path = "/register",
    operation_id = "registerPage",
    tag = "pyaarlo",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
    security(())
)]
pub(crate) fn register(registration: Registration) -> Page {
    let enrol = match registration {
        Registration::Closed | Registration::Invite => ASK,
        Registration::Open => FORM,
    };
    Page::new(&REGISTER.replace("{{enrol}}", enrol))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
