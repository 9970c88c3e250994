//! Whose address a call is made to.
//!
//! Another site's name can lead a browser to this machine (DNS rebinding), and another site's page can make a browser
//! call it. Such a call must not join on that site's behalf. So a call that gives access to its caller, and a form of
//! the relay's pages, is taken at the relay's own address only, and from the relay's own pages or from programs. Every
//! call of HTTP/1.1 has to name one host (RFC 9112 section 3.2).
//!
//! A proxy may change the host of a call, and never its `Origin`. So a page is the relay's own as well if its origin is
//! that of the public URL. No `Forwarded` field is believed here: a listener that knows its proxies writes the host
//! that the client named into `Host`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Version, header};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;

use crate::failure::Failure;
use crate::page;
use crate::pyaarlo::Answer;
use crate::request_id;
use crate::router::protect;
use crate::urls::PublicUrl;

/// The calls that need no token and give one.
const JOINING: [&str; 2] = ["enrolments", REGISTER];
/// The one of them that is pyaarlo's.
const REGISTER: &str = "register_done";
/// The forms of the page. Who manages an enrolment shows a token in the form. No other site has it, unless a member was
/// made to type it in there.
const FORMS: [&str; 2] = ["join", "manage"];

/// The router, with a look at the host of each call before it.
pub fn at_its_own_address(router: Router, public_url: &PublicUrl) -> Router {
    let own: Option<Arc<Authority>> = public_url.authority().map(Arc::new);
    let router = router.layer(from_fn(move |request: Request, next: Next| {
        let own = own.clone();
        async move {
            match check(&request, own.as_deref()) {
                Ok(()) => next.run(request).await,
                Err(Failure::Elsewhere) if FORMS.contains(&name(&request)) => {
                    protect(page::elsewhere(request.headers()).into_response()).await
                }
                Err(failure @ Failure::Elsewhere) if name(&request) == REGISTER => {
                    protect(Answer::<()>::from(Err(failure)).into_response()).await
                }
                Err(failure) => protect(failure.into_response()).await,
            }
        }
    }));
    router.layer(from_fn(request_id::identify))
}

fn name(request: &Request) -> &str {
    request.uri().path().trim_start_matches('/')
}

fn check(request: &Request, own: Option<&Authority>) -> Result<(), Failure> {
    let host = host(request)?;
    let name = name(request);
    let is_form = FORMS.contains(&name) && request.method() == Method::POST;
    if !JOINING.contains(&name) && !is_form {
        return Ok(());
    }
    let is_own = host.as_ref().is_none_or(|host| is_own(host, own));
    if is_own && is_own_page(request.headers(), host.as_ref(), own) {
        Ok(())
    } else {
        Err(Failure::Elsewhere)
    }
}

/// The host that the call is for: of its target where that is absolute, else of its one `Host`. HTTP/1.0 needs none.
fn host(request: &Request) -> Result<Option<Authority>, Failure> {
    const WRONG: Failure = Failure::BadRequest("The call has to name one host.");
    let mut fields = request.headers().get_all(header::HOST).iter();
    let named = match (fields.next(), fields.next()) {
        (Some(field), None) => {
            let host = Authority::try_from(field.as_bytes()).map_err(|_| WRONG)?;
            if host.as_str().contains('@') {
                return Err(WRONG);
            }
            Some(host)
        }
        (None, _) if request.version() < Version::HTTP_11 => None,
        _ => return Err(WRONG),
    };
    Ok(request.uri().authority().cloned().or(named))
}

/// Whether no other site can lead a browser here by this name: an address is no name, and the relay's own is its own.
fn is_own(host: &Authority, own: Option<&Authority>) -> bool {
    let host = host.host();
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address || host.eq_ignore_ascii_case("localhost") || own.is_some_and(|own| own.host().eq_ignore_ascii_case(host))
}

/// Whether no page of another site makes the call. Programs send neither field.
fn is_own_page(headers: &HeaderMap, host: Option<&Authority>, own: Option<&Authority>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let by_own_page = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin_is_own = text("origin").is_none_or(|origin| {
        let of = origin.split_once("://").map(|(_, authority)| authority);
        let is = |known: &Authority| of.is_some_and(|of| known.as_str().eq_ignore_ascii_case(of));
        [host, own].into_iter().flatten().any(is)
    });
    by_own_page && origin_is_own
}
