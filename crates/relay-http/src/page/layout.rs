//! What every page has around its content, and how it is served: one document without anything from elsewhere. Its
//! style and its script are allowed by their hashes, and nothing else is.
//!
//! All links are relative, so that a page works below any prefix that a proxy in front of it removes. No field of the
//! call says where that is, so none has to be believed.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::language::Language;
use super::texts::Texts;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |inline: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    // Base64 and keywords: always a header value. The policy that forbids everything is the safe side.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A page as it is served.
pub(crate) struct Page {
    status: StatusCode,
    retry_after: Option<u64>,
    language: Language,
    html: String,
}

impl Page {
    /// The page with another status than 200, and when to come back.
    pub(super) fn with_status(mut self, status: StatusCode, retry_after: Option<u64>) -> Self {
        self.status = status;
        self.retry_after = retry_after;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let head = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, POLICY.clone()),
            // With `no-referrer` a browser names no origin where it sends a form, and `host.rs` looks at that.
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag())),
            (VARY, HeaderValue::from_static("Accept-Language")),
        ];
        let mut response = (self.status, head, self.html).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// How the page gets to be in another language.
pub(super) enum OtherLanguages {
    /// By the same URL with another `?lang=`.
    ByLink,
    /// By the form that is on the page under this id.
    ByForm(&'static str),
    /// Not at all: what the page says cannot be said again.
    None,
}

/// For whom a page is made.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) language: Language,
    pub(super) version: &'static str,
}

impl View {
    pub(super) fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// A link to another page, in the same language.
    pub(super) fn link(&self, page: &str) -> String {
        format!("{page}?lang={}", self.language.tag())
    }

    /// The whole document. Its title is its heading as well, to which the focus goes where the page is an answer.
    pub(super) fn page(&self, title: &str, others: &OtherLanguages, is_answer: bool, content: &Markup) -> Page {
        let t = self.texts();
        let document = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " – arlo-relay" }
                    style { (PreEscaped(STYLE)) }
                }
                body data-copied=(t.copied) data-stopped=(t.looks_no_more) data-looking=(t.looks_by_itself) {
                    a .skip href="#content" { (t.skip) }
                    header {
                        a .brand href=(self.link("./")) { "arlo-relay" }
                        (self.languages(others))
                    }
                    main #content {
                        h1 tabindex="-1" autofocus[is_answer] { (title) }
                        (content)
                    }
                    footer {
                        a href=(self.link("./")) { (t.to_start) } " "
                        a href=(self.link("privacy")) { (t.privacy) } " "
                        a href="openapi.json" { (t.api) } " "
                        span { "arlo-relay " (self.version) }
                    }
                    p #announced .unseen role="status" {}
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        self.served(document)
    }

    /// Parts of a page, for its script.
    pub(super) fn fragment(&self, content: &Markup) -> Page {
        let document = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) { head { title { "arlo-relay" } } body { (content) } }
        };
        self.served(document)
    }

    fn served(&self, document: Markup) -> Page {
        Page {
            status: StatusCode::OK,
            retry_after: None,
            language: self.language,
            html: document.into_string(),
        }
    }

    fn languages(&self, others: &OtherLanguages) -> Markup {
        if matches!(others, OtherLanguages::None) {
            return html! {};
        }
        html! {
            nav aria-label=(self.texts().languages) {
                @for language in Language::ALL {
                    @if language == self.language {
                        span lang=(language.tag()) aria-current="true" { (language.name()) }
                    } @else {
                        @match others {
                            OtherLanguages::ByLink => {
                                a href={ "?lang=" (language.tag()) } lang=(language.tag()) hreflang=(language.tag()) {
                                    (language.name())
                                }
                            },
                            OtherLanguages::None => {},
                            OtherLanguages::ByForm(form) => {
                                button .plain type="submit" form=(form) name="switch" value=(language.tag())
                                    lang=(language.tag()) { (language.name()) }
                            },
                        }
                    }
                    " "
                }
            }
        }
    }
}
