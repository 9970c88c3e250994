//! The failures that a call may answer with, as the OpenAPI document describes them.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::response::{Response as Answer, ResponseBuilder};
use utoipa::openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Type};

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
                problem("The token is not one of this account, or nobody's any more; which of these is not said"),
            ),
        ])
    }
}

/// 403 of joining.
pub(crate) struct MayNotJoin;

impl IntoResponses for MayNotJoin {
    fn responses() -> Answers {
        let why = "Registration is closed, or the relay is full; or the invitation is missing, used up, expired or no \
                   invitation of this relay; or the call comes from another site's page";
        answers([("403", problem(why))])
    }
}

/// 429 of joining.
pub(crate) struct TooManyJoin;

impl IntoResponses for TooManyJoin {
    fn responses() -> Answers {
        let many = problem("Too many calls, or too many have joined today, from the caller's network or in all");
        answers([("429", with_retry_after(many))])
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
        let crowded = problem("Too many logins of the enrolment wait already, or too many calls come");
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
