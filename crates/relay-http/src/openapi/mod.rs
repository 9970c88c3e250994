//! The OpenAPI 3.1 document of every call. Its licence is the crate's.

pub(crate) mod answers;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ObjectBuilder, OpenApi as Document, Required, Server, Type};
use utoipa::{Modify, OpenApi};

use crate::api::Settings;
use crate::failure::Problem;
use crate::{healthz, joining, page, poll, prestage, probes, pyaarlo, status};

/// The calls that take the token as the last part of their path, too.
const TOKEN_IN_PATH: [&str; 8] = [
    "/prepare-arlo-mfa",
    "/status",
    "/enrolment/token",
    "/enrolment",
    "/clear",
    "/get",
    "/add",
    "/mail",
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "arlo-relay",
        description = "Receives Arlo's mailed six-digit code and hands it to the login that waits for it. Every answer \
            has the id of its call in `X-Request-Id`, which the relay's log has too."
    ),
    tags(
        (name = "login", description = "Prestage a login and read its code"),
        (name = "enrolment", description = "Join, see what became of an enrolment's mail, and leave"),
        (name = "pages", description = "Pages for a person, and the forms on them"),
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
        pyaarlo::register::told_to_post,
        joining::join_by_json,
        joining::replace_token,
        joining::leave_by_call,
        page::index,
        page::join,
        page::join_page,
        page::manage,
        page::manage_page,
        page::privacy,
        page::register_page,
        healthz::healthz,
        probes::livez,
        probes::readyz,
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
            for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
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
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1))))
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
