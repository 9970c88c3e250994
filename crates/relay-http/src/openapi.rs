//! The OpenAPI 3.1 document of every call.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response as Answer, ResponseBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Header, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, Server, Type};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::api::Settings;
use crate::failure::Problem;
use crate::{health, page, poll, prestage, pyaarlo, status};

/// The calls that take the token as the last part of their path, too.
const TOKEN_IN_PATH: [&str; 5] = ["/prepare-arlo-mfa", "/clear", "/get", "/add", "/mail"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "arlo-relay",
        description = "Receives Arlo's mailed six-digit code and hands it to the login that waits for it.",
        license(name = "MIT")
    ),
    tags(
        (name = "login", description = "Prestage a login and read its code"),
        (name = "enrolment", description = "See what an enrolment's mail has come to"),
        (name = "pyaarlo", description = "The REST API of pyaarlo: HTTP 200 whatever happens, meta.code and data.success tell"),
        (name = "operation", description = "The relay itself"),
    ),
    paths(
        prestage::prestage,
        poll::poll,
        poll::cancel,
        status::status,
        pyaarlo::code::clear,
        pyaarlo::code::get,
        pyaarlo::code::add,
        pyaarlo::code::add_posted,
        pyaarlo::mail::mail,
        pyaarlo::register::register_done,
        page::register,
        page::index,
        health::healthz,
        serialized,
    ),
    components(schemas(Problem)),
    security(("bearer" = []), ("query" = [])),
    modifiers(&Finish)
)]
struct Api;

/// Adds what the macros cannot say.
struct Finish;

impl Modify for Finish {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The access token of an enrolment"));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        let query = ApiKeyValue::with_description("token", "The access token, for clients that only take a URL");
        components.add_security_scheme("query", SecurityScheme::ApiKey(ApiKey::Query(query)));

        for path in TOKEN_IN_PATH {
            let Some(mut item) = document.paths.paths.get(path).cloned() else {
                continue;
            };
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                take_token_from_path(operation);
            }
            document.paths.paths.insert(format!("{path}/{{token}}"), item);
        }
    }
}

fn take_token_from_path(operation: &mut Operation) {
    let token = ParameterBuilder::new()
        .name("token")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The access token"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().insert(0, token.into());
    operation.security = Some(vec![SecurityRequirement::default()]);
    if let Some(id) = &mut operation.operation_id {
        id.push_str("ByPath");
    }
}

/// The document as it is served.
#[derive(Debug, Clone)]
pub(crate) struct Serialized(Bytes);

impl IntoResponse for Serialized {
    fn into_response(self) -> Response {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        ([json], self.0).into_response()
    }
}

/// Get this document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
    security(())
)]
pub(crate) fn serialized(settings: &Settings) -> Serialized {
    let mut document = Api::openapi();
    settings.version.clone_into(&mut document.info.version);
    document.servers = Some(vec![Server::new(settings.public_url.as_str())]);
    // The document is built of strings alone; an empty one would be the test's to find.
    Serialized(document.to_json().unwrap_or_default().into())
}

type Answers = BTreeMap<String, RefOr<Answer>>;

fn problem(description: &str) -> ResponseBuilder {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
}

fn with_retry_after(problem: ResponseBuilder) -> ResponseBuilder {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let mut header = Header::new(seconds);
    header.description = Some("Seconds after which the call may be made again".to_owned());
    problem.header("Retry-After", header)
}

fn answers<const N: usize>(answers: [(&str, ResponseBuilder); N]) -> Answers {
    let built = answers.map(|(status, answer)| (status.to_owned(), answer.build().into()));
    built.into_iter().collect()
}

/// 400 for a call without a body.
pub(crate) struct BadQuery;

impl IntoResponses for BadQuery {
    fn responses() -> Answers {
        answers([("400", problem("The query is not understood"))])
    }
}

/// What a JSON body can have wrong.
pub(crate) struct BadBody;

impl IntoResponses for BadBody {
    fn responses() -> Answers {
        answers([
            (
                "400",
                problem("The body is not JSON, has another form or no mail address in it"),
            ),
            ("408", problem("The body took too long to arrive")),
            ("413", problem("The body is larger than 64 KiB")),
            ("415", problem("The body is not application/json")),
        ])
    }
}

/// What a token can have wrong.
pub(crate) struct BadToken;

impl IntoResponses for BadToken {
    fn responses() -> Answers {
        let mut challenge = Header::new(ObjectBuilder::new().schema_type(Type::String));
        challenge.description = Some("Bearer".to_owned());
        answers([
            (
                "401",
                problem("There is no access token").header("WWW-Authenticate", challenge),
            ),
            (
                "403",
                problem("The token is not one of this account, or the account is not enrolled; not told which"),
            ),
        ])
    }
}

/// 403 of a poll URL.
pub(crate) struct NotThisOne;

impl IntoResponses for NotThisOne {
    fn responses() -> Answers {
        answers([("403", problem("There is no such login request, or it has expired"))])
    }
}

/// 429.
pub(crate) struct Crowded;

impl IntoResponses for Crowded {
    fn responses() -> Answers {
        let crowded = problem("Too many logins of the account wait already, or too many calls come");
        answers([("429", with_retry_after(crowded))])
    }
}

/// 429 of a call that no login crowds out.
pub(crate) struct TooOften;

impl IntoResponses for TooOften {
    fn responses() -> Answers {
        let often = problem("Too many calls, or too many that wait: of the caller, of its network or for this login");
        answers([("429", with_retry_after(often))])
    }
}

/// 503.
pub(crate) struct Unavailable;

impl IntoResponses for Unavailable {
    fn responses() -> Answers {
        let away = problem("The relay cannot do this at the moment");
        answers([("503", with_retry_after(away))])
    }
}
