//! The page for a person: join, see how the mail gets here, try it, and give the values to a program.
//!
//! The server makes all of the HTML; forms and reloading do everything. A small script adds what a page cannot do
//! without one: it copies, saves a file, and looks for news while the page is open.
//!
//! - `start`, `join`, `manage`, `privacy`: the pages, and the calls that they answer;
//! - `member`, `mail`, `trial`, `clients`, `standing`: the sections of a member's page;
//! - `layout`, `parts`, `rich`: what pages and sections are made of. All text is escaped by `maud`;
//! - `language`, `texts`: what is said, in four languages;
//! - `form`, `fault`: what is read, and why it cannot be done.

mod clients;
mod fault;
mod form;
mod join;
mod language;
mod layout;
mod mail;
mod manage;
mod member;
mod parts;
mod privacy;
mod rich;
mod standing;
mod start;
mod texts;
mod trial;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use relay::ports::WebStore;
use utoipa::IntoResponses;
use utoipa::openapi::response::{Response as Answer, ResponseBuilder};
use utoipa::openapi::{Content, ObjectBuilder, RefOr, Type};

use self::language::Language;
use self::layout::{OtherLanguages, Page, View};
use self::start::Entered;
use crate::api::Api;
use crate::caller::Caller;
use crate::failure::Failure;

pub use self::clients::hass_aarlo;
pub(crate) use self::join::{__path_join, join};
pub(crate) use self::manage::{__path_manage, manage};

fn view<S, P>(api: &Api<S, P>, language: Language) -> View {
    View {
        language,
        version: api.settings.version,
    }
}

/// The language of a page that is asked for by its URL.
fn by_url<S, P>(api: &Api<S, P>, caller: &Caller, headers: &HeaderMap) -> View {
    let wished = caller.fields().get("lang");
    view(api, Language::chosen(wished.as_deref(), headers))
}

/// See how to join, and what became of the mail
///
/// A page for a person.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "index",
    tag = "pages",
    params(("lang" = Option<String>, Query, description = "en, de, fr or es; otherwise Accept-Language decides")),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
    security(())
)]
pub(crate) async fn index<S: WebStore, P: Send + Sync + 'static>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
) -> Page {
    let first = Entered {
        is_first: true,
        ..Entered::default()
    };
    join::start_page(by_url(&api, &caller, &headers), &api, &first)
}

/// Read what is kept of a member
///
/// A page for a person.
#[utoipa::path(
    get,
    path = "/privacy",
    operation_id = "privacy",
    tag = "pages",
    params(("lang" = Option<String>, Query, description = "en, de, fr or es; otherwise Accept-Language decides")),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
    security(())
)]
pub(crate) async fn privacy<S: WebStore, P: Send + Sync + 'static>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
) -> Page {
    privacy::page(by_url(&api, &caller, &headers))
}

/// A form that another site's page has sent, or that was opened at another address than the relay's own.
pub(crate) fn elsewhere(headers: &HeaderMap) -> Page {
    let view = View {
        language: Language::chosen(None, headers),
        version: "",
    };
    let text = parts::problem(&fault::words(view, Failure::Elsewhere));
    let page = view.page(view.texts().error_title, &OtherLanguages::None, false, &text);
    page.of_failure(Failure::Elsewhere)
}

/// Leads to the start page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToStart;

impl IntoResponse for ToStart {
    fn into_response(self) -> Response {
        // Relative: the prefix at which the page is reached is the browser's to know.
        (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("./"))]).into_response()
    }
}

/// Be led to the start page
///
/// For who asks by its address for the page that a form makes.
#[utoipa::path(
    get,
    path = "/join",
    operation_id = "joinPage",
    tag = "pages",
    responses((status = 303, description = "It leads to the start page")),
    security(())
)]
pub(crate) async fn join_page() -> ToStart {
    ToStart
}

/// Be led to the start page
///
/// For who asks by its address for the page that a form makes.
#[utoipa::path(
    get,
    path = "/manage",
    operation_id = "managePage",
    tag = "pages",
    responses((status = 303, description = "It leads to the start page")),
    security(())
)]
pub(crate) async fn manage_page() -> ToStart {
    ToStart
}

/// Be led to the start page
///
/// It is where pyaarlo's users were told to register.
#[utoipa::path(
    get,
    path = "/register",
    operation_id = "registerPage",
    tag = "pyaarlo",
    responses((status = 303, description = "It leads to the start page")),
    security(())
)]
pub(crate) async fn register_page() -> ToStart {
    ToStart
}

/// How a form is answered: always by a page.
pub(crate) struct Pages;

impl IntoResponses for Pages {
    fn responses() -> BTreeMap<String, RefOr<Answer>> {
        const ANSWERS: [(&str, &str); 10] = [
            ("200", "The page"),
            ("400", "The page, and what of the form is wrong"),
            ("401", "The page: the token is missing"),
            ("403", "The page: this token, this invitation or this caller may not"),
            ("408", "The page: the form took too long to arrive"),
            (
                "409",
                "The page: the form was sent before, and its token was replaced since",
            ),
            ("413", "The page: the form is larger than 8 KiB"),
            ("415", "The page: the body is no form"),
            ("429", "The page: too often"),
            ("503", "The page: the relay cannot do this now"),
        ];
        let text = || Content::new(Some(ObjectBuilder::new().schema_type(Type::String)));
        let answer = |(status, about): (&str, &str)| {
            let answer = ResponseBuilder::new().description(about).content("text/html", text());
            (status.to_owned(), answer.build().into())
        };
        ANSWERS.map(answer).into()
    }
}
